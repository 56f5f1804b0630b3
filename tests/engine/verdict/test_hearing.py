"""A span that is heard once, and candidates that are judged on it without asking anybody again."""

from pathlib import Path

import numpy as np
import pytest

from engine.comparison import compare
from engine.datasets import LabelledFrame
from engine.errors import Cancelled
from engine.methods import MethodPool
from engine.segmentation import Segmentation
from engine.verdict import Evidence, HeardFrame, Hearing, hear, seed_of
from engine.verdict import judge as judging
from tests.engine.test_comparison import SceneSource
from tests.engine.test_evaluation import scene
from tests.engine.verdict.scene import TOY, Sure, motions, noisy, segmented, truth

FRAMES = 24


def frames() -> list[LabelledFrame]:
    return [LabelledFrame(index, scene(index)[0]) for index in range(FRAMES)]


def pool() -> MethodPool:
    return MethodPool(lambda name: Sure(0.01 if name == "calm" else 0.05))  # type: ignore[arg-type, return-value]


def test_it_says_what_a_comparison_of_the_same_frames_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "is_bundled", lambda class_set: False)  # no need to render the synthetic street
    candidate = pool().make("calm")
    verdict = compare(SceneSource(FRAMES), "scene", pool().make("noisy"), pool().make("calm"), verdict=True).verdict
    hearing = hear(pool().make("noisy"), frames(), FRAMES, seed=seed_of(candidate))
    assert len(hearing) == FRAMES
    judge = hearing.judge(candidate.segment(frame.rgb) for frame in frames())
    assert judge.stands
    again = judge.verdict()
    assert verdict is not None
    assert again.refereed == verdict.refereed == FRAMES - 2
    for ours, theirs in zip(again.conditions, verdict.conditions, strict=True):
        if ours.name != "street":
            assert ours.passed is theirs.passed
            assert ours.values == pytest.approx(theirs.values, rel=0.02, abs=0.01)


def test_models_are_asked_once_for_any_number_of_candidates(tmp_path: Path) -> None:
    model = Sure(0.05)
    hearing = hear(model, frames(), FRAMES, most=5)  # type: ignore[arg-type]
    asked = model.frames
    assert asked <= FRAMES + 6 * 15
    outcomes = [
        hearing.judge([Segmentation(change(frame.baseline.classes), (96, 64), 0.0) for frame in hearing]).verdict()
        for change in (np.copy, np.zeros_like)
    ]
    assert [each.outcome for each in outcomes] == ["not better", "worse"]
    assert model.frames == asked


def test_on_disk_it_is_the_same(tmp_path: Path) -> None:
    masks, noise = truth(12), noisy(truth(12), 0.04)
    held = Hearing(TOY, "somebody"), Hearing(TOY, "somebody", tmp_path)
    for index, motion in enumerate(motions(12)):
        possible = np.full((1, *masks[0].shape), 31, np.uint8)
        evidence = [None, Evidence(masks[index], possible), Evidence.of_labels(masks[index])][index % 3]
        for each in held:
            each.add(HeardFrame(segmented(noise[index]), motion, evidence))
    assert len(list(tmp_path.iterdir())) == 12
    memory, disk = (each.judge([segmented(mask) for mask in masks]).verdict().as_json() for each in held)
    assert memory == disk
    assert memory["refereed"] == 8
    labelled = [frame.evidence.labelled for frame in held[1] if frame.evidence is not None]
    assert labelled == [False, True] * 4


def test_spans_add_up_in_one_judge_and_too_few_masks_are_refused() -> None:
    hearing = Hearing(TOY, "somebody")
    for mask, motion in zip(noisy(truth(12), 0.04), motions(12), strict=True):
        hearing.add(HeardFrame(segmented(mask), motion, Evidence(truth(12)[0])))
    masks = [segmented(mask) for mask in truth(12)]
    judge = hearing.judge(masks, name="first")
    assert hearing.judge(masks, into=judge, name="second") is judge
    assert [kept.name for kept in judge.clips] == ["first", "second"]
    assert judge.frames == 24
    with pytest.raises(ValueError, match="shorter"):
        hearing.judge(masks[:-1])


def test_it_can_be_stopped() -> None:
    with pytest.raises(Cancelled):
        hear(Sure(0.05), frames(), FRAMES, cancelled=lambda: True)  # type: ignore[arg-type]
