"""The verb `steady`: a student that flickers less, from clips without labels, and a verdict on it."""

import json
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engine.atomic import write_text
from engine.models.bundle import read_graph, write_bundle
from engine.models.classes import ClassSet
from engine.networks import build_network
from engine.segmenter import Segmenter, load_model
from trainer.criterion import Criterion
from trainer.data.split import Split
from trainer.export import card_of
from trainer.job import JobSpec, JobStopped
from trainer.loop import train
from trainer.processes import Owner
from trainer.recipe import Recipe
from trainer.steady.choosing import Choosing, Found, choose
from trainer.steady.document import VERDICT
from trainer.steady.graph import for_student, with_weights
from trainer.steady.judging import Judged, judge_student
from trainer.steady.labelled import split_labelled
from trainer.steady.preview import PREVIEW
from trainer.steady.spans import Spans
from trainer.stepping.course import Course, Learnt
from trainer.teachers import find_teacher
from trainer.weights.checkpoint import load_weights, read_counters
from trainer.weights.half import is_stored_half, rounded
from trainer.weights.mixing import mixed_with_start

LEAST_FLICKER = Criterion(lambda model, clips: 0.0, higher_is_better=False)


def steady(owner: Owner, spec: JobSpec, recipe: Recipe) -> None:
    """Learn from the recipe's clips, choose, export, and judge.

    Leaves `student.onnx`, `student.safetensors` and `verdict.json`, whatever the verdict. Stopped before, it leaves the
    student as far as it is, without a verdict. Raises what `train` raises.
    """
    began = time.monotonic()
    if spec.threads:
        torch.set_num_threads(spec.threads)
    assert recipe.steady is not None
    start = Path(spec.start)
    baseline = load_model(
        recipe.steady.baseline or start.with_suffix(".onnx"), device="cpu", threads=spec.threads or None
    )
    class_set = baseline.card.class_set
    graph, _ = read_graph(start.with_suffix(".onnx"))
    if recipe.steady.baseline is not None:
        graph = for_student(graph, len(class_set) if recipe.model.new_heads else None, recipe.model.input)
    clips = clip_spans(recipe)
    choosing = Choosing(
        baseline,
        graph,
        [(path, spans.choose) for path, spans in clips],
        owner.heed,
        owner.job.folder / PREVIEW,
        recipe.model.input,
    )
    labelled = labelled_of(spec, recipe, class_set)
    course = watched(class_set, choosing, labelled)
    learnt = course.learnt
    try:
        if not _has_learnt(owner, recipe):
            train(owner, spec, recipe, course)
        network = _trained(owner, recipe, class_set)
        owner.emit("log", message="choosing among mixtures of the student and what it started from")
        network, found = choose(choosing, network, start, recipe.steady.shares)
    except JobStopped:
        _leave(owner, spec, recipe, graph, learnt)
        raise
    owner.emit("metric", **{key: value for key, value in asdict(found).items() if key != "lost"})
    student = _export(owner, spec, recipe, graph, network, learnt)
    tell = partial(_tell, owner, time.monotonic())
    judging = [(path, spans.judge) for path, spans in clips]
    images = () if labelled is None else labelled.held_out
    teacher = _third(spec, recipe, baseline)
    result = judge_student(judging, baseline, student, owner.heed, tell, images, teacher)
    document = verdict_document(result, baseline, student, clips, found, time.monotonic() - began, teacher)
    write_text(owner.job.folder / VERDICT, json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    owner.emit("verdict", verdict=document["verdict"], reason=document["reason"])


def clip_spans(recipe: Recipe) -> list[tuple[Path, Spans]]:
    """Of each of the recipe's clips what is learnt from, chooses and judges."""
    assert recipe.steady is not None
    return [
        (Path(each.path), Spans(tuple(range(*span) for span in each.learn), range(*each.choose), range(*each.judge)))
        for each in recipe.steady.clips
    ]


def verdict_document(
    result: Judged,
    baseline: Segmenter,
    student: Segmenter,
    clips: list[tuple[Path, Spans]],
    found: Found,
    seconds: float,
    teacher: Segmenter | None = None,
) -> dict[str, Any]:
    """What `verdict.json` holds. seconds: that all of it took. teacher: as `judge_student` has it."""
    verdict = result.verdict
    names = baseline.card.class_set.names
    sides = []
    for model, values, by_class in zip((baseline, student), result.values, result.by_class, strict=True):
        classes = {name: dict(zip(names, by_class[name], strict=True)) for name in ("flicker", "tc")}
        sides.append({"model": model.name, "graph_hash": model.card.graph_hash, **values, "by_class": classes})
    return {
        "verdict": verdict.outcome,
        "reason": verdict.reasons[0],
        **verdict.as_json(),
        "baseline": sides[0],
        "candidate": sides[1],
        **_new_student(baseline, student),
        **({} if result.labelled is None else {"labelled": result.labelled.as_json(names)}),
        **_taught(teacher, result),
        "clips": [
            {
                "clip": str(path),
                "learnt": [_ends(span) for span in each.learn],
                "chose": _ends(each.choose),
                "judged": _ends(each.judge),
            }
            for path, each in clips
        ],
        "start_share": found.share,
        "seconds": round(seconds, 1),
    }


def _taught(teacher: Segmenter | None, result: Judged) -> dict[str, Any]:
    """How far both agree with a third model that taught, 0..100; it is shown, and nothing is judged by it."""
    if teacher is None or result.taught is None:
        return {}
    before, after = result.taught
    return {"teacher": {"model": teacher.name, "agreement_before": before, "agreement_after": after}}


def _third(spec: JobSpec, recipe: Recipe, baseline: Segmenter) -> Segmenter | None:
    """The teacher, where that is neither the baseline nor what the student begins as."""
    if recipe.teacher is None or recipe.teacher.bundle is None:
        return None
    graph = find_teacher(recipe.teacher, spec.start)[0].with_suffix(".onnx")
    if graph in (baseline.path, Path(spec.start).with_suffix(".onnx")):
        return None
    return load_model(graph, device="cpu", threads=spec.threads or None)


def _new_student(baseline: Segmenter, student: Segmenter) -> dict[str, Any]:
    """Of a student that is another network than its baseline: what it is. Its latency stands in both sides."""
    ours, theirs = student.card, baseline.card
    if (ours.family, ours.options) == (theirs.family, theirs.options):
        return {}
    return {"new_student": {"family": ours.family, "parameters": ours.parameters, "taught_by": ours.teacher}}


def labelled_of(spec: JobSpec, recipe: Recipe, class_set: ClassSet) -> Split | None:
    """The labelled images, learnt from and held out; None without any. Raises DatasetError."""
    if recipe.data.dataset is None:
        return None
    return split_labelled(Path(spec.root), recipe.data.dataset, recipe.data.split, class_set)


def watched(class_set: ClassSet, choosing: Choosing | None, labelled: Split | None = None) -> Course:
    """Judged on the way by flicker on the frames that choose, beside agreement; nothing is chosen by either yet.

    choosing: None for a training that nobody watches. labelled: what is learnt with its labels besides.
    """
    told: dict[str, float] = {}

    def measure(network: nn.Module) -> float:
        if choosing is None:
            return 0.0
        found = choosing.ask(network)
        told.update({key: value for key, value in asdict(found).items() if key not in ("share", "lost", "flicker")})
        return found.flicker

    learnt = Learnt(class_set, (), "")
    if labelled is not None:
        count = sum(sample.label is not None for clip in labelled.learn for sample in clip.samples)
        learnt = Learnt(class_set, labelled.learn, f"{count} labelled images of somebody's own")
    return Course(learnt, (), "flicker", LEAST_FLICKER, measure, lambda: told)


def _has_learnt(owner: Owner, recipe: Recipe) -> bool:
    """Whether an earlier run has made all steps, and what follows them was stopped."""
    counters = read_counters(owner.job.checkpoints / "last.safetensors")
    steps = recipe.train.epochs * (recipe.train.epoch_steps or 0)
    return counters is not None and counters["step"] >= steps


def _trained(owner: Owner, recipe: Recipe, class_set: ClassSet) -> nn.Module:
    """The student as far as it is."""
    network = build_network(recipe.model.family, len(class_set), **recipe.model.options)
    load_weights(owner.job.checkpoints / "last.safetensors", network, averaged=recipe.train.ema_decay > 0)
    return network.eval()


def _export(owner: Owner, spec: JobSpec, recipe: Recipe, graph: Any, network: nn.Module, learnt: Learnt) -> Segmenter:
    owner.heed()
    _write(owner, spec, recipe, graph, network, learnt)
    return load_model(owner.job.folder / "student.onnx", device="cpu", threads=spec.threads or None)


def _write(owner: Owner, spec: JobSpec, recipe: Recipe, graph: Any, network: nn.Module, learnt: Learnt) -> None:
    half = recipe.model.weights == "float16"
    network = rounded(network) if half else network
    state = network.state_dict().items()
    tensors = {key: (value.half() if half and is_stored_half(value) else value).numpy() for key, value in state}
    counters = read_counters(owner.job.checkpoints / "last.safetensors") or {}
    card = card_of(owner.job, spec, recipe, network, learnt, counters.get("teacher"))
    with owner.job.claim() as claim:
        write_bundle(owner.job.folder / "student", with_weights(graph, network), tensors, card, placing=claim)


def _leave(owner: Owner, spec: JobSpec, recipe: Recipe, graph: Any, learnt: Learnt) -> None:
    """Of a training that is stopped: the student so far, where anything is learnt, with most of the start in it, since
    nothing has chosen yet.
    """
    assert recipe.steady is not None
    if not (owner.job.checkpoints / "last.safetensors").exists():
        return
    network, share = _trained(owner, recipe, learnt.class_set), max(recipe.steady.shares)
    network = mixed_with_start(network, Path(spec.start), share).eval() if share else network
    _write(owner, spec, recipe, graph, network, learnt)


def _tell(owner: Owner, began: float, done: int, total: int) -> None:
    if done % 5 != 1 and done != total:
        return
    left = (time.monotonic() - began) / done * (total - done)
    owner.emit("progress", stage="judging", step=done, total=total, left_s=round(left))


def _ends(span: range) -> list[int]:
    """[first, last] frame."""
    return [span.start, span.stop - 1]
