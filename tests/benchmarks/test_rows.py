"""The rows of the table of results: what they are judged along, and in which order."""

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.results import __main__ as results
from benchmarks.results.judging import Followed
from engine.datasets import LabelledFrame
from engine.evaluation import evaluate
from tests.engine.test_evaluation import SceneClip, dataset_of, pool_of


def test_a_followed_clip_is_judged_as_it_would_be_without() -> None:
    followed = Followed(SceneClip())
    followed.follow()
    tables = [evaluate(dataset_of(clip), ["noisy"], pool_of()[0]) for clip in (SceneClip(), followed)]  # type: ignore[arg-type]
    assert tables[0] == tables[1]
    assert tables[0].rows[0].values["flicker"]


def test_a_clip_with_a_cut_cannot_be_followed() -> None:
    class Cut(SceneClip):
        def frames(self) -> Any:
            for frame in super().frames():
                yield LabelledFrame(frame.index, np.full_like(frame.rgb, 250) if frame.index >= 5 else frame.rgb)

    with pytest.raises(ValueError, match="scene has a cut at frame 5"):
        Followed(Cut()).follow()


def test_every_row_is_judged_against_the_first_control(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long that trains; and what is done is not done again."""
    others = threading.Event()
    trained: list[str] = []
    judged: dict[str, Path | None] = {}

    def train(command: list[str], **_: object) -> None:
        folder = Path(command[command.index("--out") + 1])
        trained.append(folder.parent.name)
        if folder.parent.name == "control-1":
            others.wait(10)
            time.sleep(0.05)
        else:
            others.set()
        folder.mkdir()
        (folder / "student.onnx").touch()

    def judge(start: Path, student: Path, control: Path | None, *_: object) -> dict[str, Any]:
        judged[student.parts[-3]] = control
        return {}

    monkeypatch.setattr(results.subprocess, "run", train)
    monkeypatch.setattr(results, "judge", judge)
    monkeypatch.setattr(results, "write_table", lambda *_: None)
    rows = results.runs(["control", "temporal"])
    (tmp_path / "temporal-2").mkdir()
    (tmp_path / "temporal-2" / "row.json").touch()
    results.Rows(Path("street.onnx"), tmp_path, tmp_path, "cpu", at_once=2).make(rows)
    assert rows[0].folder == "control-1"
    assert sorted(trained) == ["control-1", "control-2", "control-3", "temporal-1", "temporal-3"]
    assert judged == dict.fromkeys(trained, tmp_path / "control-1" / "job" / "student.onnx")
