"""What is done with a new model, off the GUI thread: kept, copied, trained on, taken away. No Qt."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

from app.training.record import Record, found_in
from engine.atomic import NEW, REPLACE, write_bytes
from engine.errors import SteadymaskError
from engine.models.keeping import keep_bundle
from engine.models.library import Library
from engine.storage.places import Item, delete
from resources import PRESETS
from trainer.steady import PRESET_NAMES, ClipSpan, Labelled, Plan, plan_steadying

STUDENT = "student.onnx"
_FILES = (STUDENT, "student.safetensors", "verdict.json")


class NotExportedError(SteadymaskError):
    """Files of these names are in the folder that a model is to be copied to."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        super().__init__(f"{folder} has {', '.join(names)} already; replace what is there, or choose another folder")
        self.folder, self.names = folder, tuple(names)


def student_of(record: Record) -> str:
    """The new model as a method."""
    return str(record.folder / STUDENT)


def baseline_of(record: Record) -> str:
    """The model that was to become steady, as a method: by its name in the library, else by its path.

    Raises JobError.
    """
    start = _compared_with(record).with_suffix(".onnx")
    with Library() as library:
        known = {entry.path.resolve(): entry.name for entry in library.entries()}
    return known.get(start.resolve(), str(start))


def keep(record: Record, name: str) -> str:
    """Put it into the library as `name`. Returns that. Raises ModelError."""
    with Library() as library:
        return keep_bundle(record.folder / STUDENT, name, library).name


def take_out(name: str) -> None:
    """The same the other way round. Raises ModelError and UnknownNameError."""
    with Library() as library:
        library.remove(name)


def export(record: Record, folder: Path, *, replace: bool = False) -> list[Path]:
    """Copy model and verdict to `folder`. Returns the copies.

    Raises NotExportedError where a file of such a name is there and it is not to be replaced; then nothing is copied.
    Raises OSError.
    """
    files = [record.folder / name for name in _FILES if (record.folder / name).is_file()]
    standing = [file.name for file in files if (folder / file.name).exists()]
    if standing and not replace:
        raise NotExportedError(folder, standing)
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        # What has come there since the question is nobody's to replace.
        placing = REPLACE if replace else NEW
        write_bytes(folder / file.name, file.read_bytes(), placing=placing)
    return [folder / file.name for file in files]


def longer(record: Record) -> Plan:
    """A training that goes on from this model, on the same frames and labelled images, with the next longer preset;
    after the longest, with that once more. Of a new student, which is to learn what another model says, it begins anew.
    Raises what `plan_steadying` raises.
    """
    verdict = record.verdict or {}
    spans = [
        ClipSpan(Path(each["clip"]), (int(each["learnt"][0][0]), int(each["judged"][1])))
        for each in verdict.get("clips") or ()
    ]
    spec = record.job.spec()
    data = tomllib.loads(spec.recipe)["data"]
    model = _compared_with(record)
    return plan_steadying(
        spans or [ClipSpan(clip) for clip in record.clips],
        model if model.suffix == ".onnx" else (record.folder / STUDENT).with_suffix(".safetensors"),
        preset=next_preset(record.preset),
        name=record.name,
        labelled=Labelled(Path(spec.root), data["dataset"], data["split"]) if "dataset" in data else None,
    )


def _compared_with(record: Record) -> Path:
    """The `.onnx` that a new student learnt from, else the `.safetensors` that a training began with."""
    spec = record.job.spec()
    return Path(tomllib.loads(spec.recipe)["steady"].get("baseline") or spec.start)


def next_preset(preset: str) -> str:
    """The next longer one that there is."""
    there = [name for name in PRESET_NAMES if (PRESETS / f"{name}.toml").is_file()]
    if preset not in there:
        return there[-1]
    return there[min(there.index(preset) + 1, len(there) - 1)]


def judged_span(record: Record, clip: Path) -> tuple[int, int] | None:
    """(first, last) frame of `clip` that was judged; None where it was not."""
    for each in (record.verdict or {}).get("clips") or ():
        if Path(each["clip"]) == clip.absolute():
            first, last = each["judged"]
            return int(first), int(last)
    return None


def delete_runs(folders: Sequence[Path]) -> None:
    """Delete these run folders, but for those whose model another training begins with and is not done yet."""
    others = {root for folder in folders for root in found_in(folder.parent) if root.folder not in folders}
    needed = {Path(other.job.spec().start).parent for other in others if other.status != "done"}
    delete([Item("run", folder.name, folder, 0) for folder in folders if folder not in needed])
