"""From a person's clips and a preset to the spec of a job. Imports neither Qt nor torch."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import tomli_w

from engine.errors import DatasetError, UnknownNameError
from engine.models.card import ModelCard
from engine.tasks import task_of
from engine.video import open_video
from resources import PRESETS
from trainer.data.clips import find_unlabelled
from trainer.job import JobSpec
from trainer.recipe import Recipe, parse_recipe
from trainer.recipe.part import laid_over
from trainer.steady.beginning import begin
from trainer.steady.labelled import Labelled, look_at
from trainer.steady.spans import Most, Spans, spans_of

Preset = Literal["quick", "standard", "thorough"]

CROP_MULTIPLE = 32
"""Of both sides of a recipe's `crop`."""

LABELLED = "labelled"
"""What of a preset is otherwise where there are labelled images."""

PRESET_NAMES: tuple[Preset, ...] = ("quick", "standard", "thorough")


@dataclass(frozen=True, slots=True)
class ClipSpan:
    """A clip that is to be learnt from. path: a video or a folder of images. range_: (first, last) frame that counts,
    both included; None for all.
    """

    path: Path
    range_: tuple[int, int] | None = None


@dataclass(frozen=True)
class Plan:
    """What a steadying will do.

    start: the `.safetensors` that the student's weights begin as. student: as it begins. threads, device: as of
    JobSpec. clips: whole paths, with what is learnt, chooses and judges of each. labelled: the folder of images with
    labels, None without one; images: how many of them have one.
    """

    preset: str
    start: Path
    student: ModelCard
    recipe: Recipe
    clips: tuple[tuple[Path, Spans], ...]
    threads: int = 0
    device: Literal["auto", "cpu", "cuda"] = "auto"
    labelled: Path | None = None
    images: int = 0

    @property
    def spec(self) -> JobSpec:
        """The job that does it."""
        recipe = tomli_w.dumps(self.recipe.model_dump(mode="json", exclude_none=True))
        root = "" if self.labelled is None else str(self.labelled)
        return JobSpec(
            verb="steady", recipe=recipe, root=root, start=str(self.start), threads=self.threads, device=self.device
        )


def plan_steadying(
    clips: Sequence[ClipSpan],
    start: Path,
    *,
    preset: str = "quick",
    name: str | None = None,
    teacher: str | None = None,
    seed: int | None = None,
    threads: int = 0,
    device: Literal["auto", "cpu", "cuda"] = "auto",
    labelled: Labelled | None = None,
    changes: dict[str, Any] | None = None,
) -> Plan:
    """The plan of steadying the student at `start` (a bundle's `.safetensors`) on `clips`.

    Of a model that is an `.onnx` alone it is a new student's, which learns what that says.

    name: of the new model; None for the student's with `-steady` behind. teacher: a bundle of the same classes to learn
    from, None for the model itself. seed: None for the preset's. threads, device: as of JobSpec. labelled:
    images that are learnt again with their labels, but for a third, which say how right the student is. changes: to the
    preset, table by table.
    Raises UnknownNameError for a preset, ModelError for a student that cannot be trained, DatasetError for clips that
    are missing or too short and labels that do not fit, VideoError for those that cannot be opened, RecipeError.
    """
    if preset not in PRESET_NAMES:
        raise UnknownNameError(f"there is no preset {preset!r}; known: {', '.join(PRESET_NAMES)}")
    beginning = begin(start)
    card, is_new, images = beginning.card, beginning.teacher is not None, 0
    if not clips:
        raise DatasetError("there is no clip to learn from; give one at least")
    raw = _preset(f"taught-{preset}" if is_new else preset)
    if labelled is not None:
        layout, images = look_at(labelled, card.class_set)
        raw = laid_over(raw, _preset(LABELLED))
        height = min(card.input.fixed) if card.input.fixed else card.input.short_side
        raw["data"] |= {"dataset": layout, "split": labelled.part, "height": height}
    raw = laid_over(raw, changes or {})
    raw["model"] = {
        "task": card.task,
        "name": name or _named_after(card.name),
        "version": "1",
        "summary": f"{'A new student of ' if is_new else ''}{card.name}, steadied on {_words(clips)}.",
        "family": card.family,
        "options": dict(card.options),
        "new_heads": is_new and not task_of(card.task).soft,  # all mattes tell the same two apart
        "licence": card.licence,
        "weights": card.weights,
        "input": card.input.model_dump(mode="json", exclude_none=True),
    }
    if seed is not None:
        raw["seed"] = seed
    if teacher is not None or is_new:
        raw["teacher"]["bundle"] = teacher or str(beginning.teacher)
    settings = raw.get("steady", {})
    most = Most(*(max(1, settings[key] // len(clips)) for key in ("most_learnt", "most_choosing", "most_judging")))
    spans, sizes = [], []
    for clip in clips:
        (first, end), size = _looked_at(clip)
        spans.append(spans_of(str(clip.path), first, end, most))
        sizes.append(card.input.size_for(*size))
    paths = [clip.path.resolve() for clip in clips]
    raw["steady"] = {
        **settings,
        "preset": preset,
        **({"baseline": str(beginning.teacher)} if is_new else {}),
        "clips": [_clip(path, each) for path, each in zip(paths, spans, strict=True)],
    }
    stretches = [(str(path), _ends(part)) for path, each in zip(paths, spans, strict=True) for part in each.learn]
    raw["data"]["unlabelled"] |= {
        "clips": [path for path, _ in stretches],
        "ranges": [ends for _, ends in stretches],
    }
    _fit(raw["data"], sizes)
    recipe = parse_recipe(tomli_w.dumps(raw), f"the preset {preset}")
    assert recipe.data.unlabelled is not None
    find_unlabelled(recipe.data.unlabelled, Path(), recipe.data.length, careful=True)
    return Plan(
        preset,
        beginning.weights,
        card,
        recipe,
        tuple(zip(paths, spans, strict=True)),
        threads,
        device,
        None if labelled is None else labelled.folder.resolve(),
        images,
    )


def _looked_at(clip: ClipSpan) -> tuple[tuple[int, int], tuple[int, int]]:
    """((first frame, frame after the last), (width, height)) of a clip. Raises VideoError or DatasetError."""
    if not clip.path.exists():
        raise DatasetError(f"there is no clip {clip.path}; check the path")
    with open_video(clip.path) as source:
        count, size = source.count() or 0, source.size
    if clip.range_ is None:
        return (0, count), size
    first, last = clip.range_
    if not 0 <= first <= last < count:
        raise DatasetError(f"{clip.path} has the frames 0 to {count - 1}; {first} to {last} is no range of them")
    return (first, last + 1), size


def _fit(data: dict[str, Any], sizes: Sequence[tuple[int, int]]) -> None:
    """Unless the preset has a `crop`, let samples be whole frames, at the (width, height) that the student sees.

    Of a part of a frame its global features are those of another picture, and it takes things for something else.
    """
    if "crop" in data:
        return
    width, height = (-(-max(side) // CROP_MULTIPLE) * CROP_MULTIPLE for side in zip(*sizes, strict=True))
    data["crop"] = [height, width]
    data["unlabelled"]["as_seen"] = True
    if "synthetic" in data:
        data["synthetic"] = {"size": [width, height], **data["synthetic"]}


def _clip(path: Path, spans: Spans) -> dict[str, Any]:
    learn = [_ends(span) for span in spans.learn]
    return {"path": str(path), "learn": learn, "choose": _ends(spans.choose), "judge": _ends(spans.judge)}


def _ends(span: range) -> list[int]:
    return [span.start, span.stop]


def _named_after(student: str) -> str:
    name = f"{student}-steady"
    return name if len(name) <= 64 else f"{student[:57]}-steady"


def _words(clips: Sequence[ClipSpan]) -> str:
    first = clips[0].path.stem or clips[0].path.name
    return first if len(clips) == 1 else f"{first} and {len(clips) - 1} more clips"


def _preset(name: str) -> dict[str, Any]:
    """The tables of a preset, laid over those of its `base`."""
    own = tomllib.loads((PRESETS / f"{name}.toml").read_text(encoding="utf-8"))
    base = own.pop("base", None)
    return own if base is None else laid_over(_preset(base), own)
