"""What is said of a student besides the verdict."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.measures.accuracy import ConfusionMatrix
from engine.segmenter import load_model
from tests.streets import drawn
from tests.trainer.steady.small import small_student
from trainer.steady.judging import judge_student


def test_agreement_with_another_teacher_is_shown_and_not_judged(tmp_path: Path) -> None:
    frames = [frame.rgb for frame in drawn(1_000_201)[:7]]
    clip, bundles = tmp_path / "clip", tmp_path / "bundles"
    clip.mkdir()
    bundles.mkdir()
    for number, rgb in enumerate(frames):
        cv2.imwrite(str(clip / f"{number}.png"), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    students = [small_student(bundles, name).with_suffix(".onnx") for name in ("street", "street-consistent")]
    start, teacher = (load_model(student, device="cpu", threads=1) for student in students)
    span = [(clip, range(1, 7))]
    plain = judge_student(span, start, teacher, lambda: None, lambda done, total: None)
    beside = judge_student(span, start, teacher, lambda: None, lambda done, total: None, teacher=teacher)
    counts = ConfusionMatrix(len(start.card.class_set))
    for rgb in frames[1:]:
        counts.update(start.segment(rgb).mask, teacher.segment(rgb).mask)
    assert plain.taught is None
    assert beside.taught == (pytest.approx(counts.miou()), 100.0)
    assert np.isfinite(counts.miou() or np.nan)
    assert beside.taught[0] < 100
    assert beside.verdict.outcome == plain.verdict.outcome
    assert [each.passed for each in beside.verdict.conditions] == [each.passed for each in plain.verdict.conditions]
