"""The whole path with a real child: a clip is opened, one button pressed, and a verdict stands in the window."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.training import jobs, sheet
from app.training.outcome import deeds
from app.training.outcome.sheets import KeepSheet
from app.training.sheet import SteadySheet
from engine.methods import MethodPool
from engine.models.library import Library
from engine.segmenter import load_model
from tests.app.window.conftest import MakeWindow
from tests.app.window.fakes import FakeSegmenter
from tests.app.window.hands import until
from tests.trainer.steady.small import SMALL, drawn_clip, small_student
from trainer.steady import plan_steadying

JUDGED = range(18, 24)
PATIENCE_MS = 240_000
"""A child takes a quarter of a minute where nothing else works."""


def loaded(name: str) -> object:
    return FakeSegmenter() if name == "fake" else load_model(name, device="cpu", threads=1)


def test_from_the_clip_to_the_verdict_and_what_is_done_with_it(
    make_window: MakeWindow, real_children: object, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_POLL_MS", 50)  # a small model is judged in less than the usual half a second
    monkeypatch.setattr(sheet, "speeds", lambda *args, **how: (20.0, 20.0))
    monkeypatch.setattr(sheet, "plan_steadying", partial(plan_steadying, changes=SMALL))
    clip, student = drawn_clip(tmp_path / "drive"), small_student(tmp_path)
    window = make_window(measure_clip=True, pool_on=lambda _: MethodPool(loaded))
    window.open(str(clip))
    window.controller.a.use(str(student.with_suffix(".onnx")))
    until(qtbot, lambda: window.controller.playhead.position is not None and window.controller.a.method)
    qtbot.waitUntil(lambda: np.isfinite(judged_flicker(window)).sum() == len(JUDGED), timeout=PATIENCE_MS)
    window.compare_panel.steady_button.click()
    (asked,) = window.findChildren(SteadySheet)
    until(qtbot, lambda: asked.start_button.isEnabled())
    asked.start_button.click()

    bar, card = window.exporting.bar, window.steadying.results.card
    told: set[str] = set()
    window.steadying.jobs.changed.connect(lambda record: told.add(bar.text.text().partition(" ·")[0]))
    qtbot.waitUntil(card.isVisible, timeout=PATIENCE_MS)
    (record,) = window.steadying.jobs.records
    assert record.status == "done"
    assert told > {"Learning", "Judging"}, "what is over between two looks may not be seen"
    assert record.verdict is not None
    assert card.headline.text().startswith(
        {"better": "", "worse": "Worse", "not better": "Not better"}[record.verdict["verdict"]]
    )
    until(qtbot, lambda: window.controller.b.method)
    assert window.controller.b.name == deeds.student_of(record)
    assert window.comparing.mode == "side"
    worst = JUDGED[int(np.argmax(judged_flicker(window)))]
    until(qtbot, lambda: window.controller.playhead.position == worst)

    kept(window, qtbot)
    card.discard_button.click()
    assert window.controller.b.name is None
    assert not window.steadying.jobs.records
    card.undo_button.click()
    assert window.steadying.jobs.records == [record]
    until(qtbot, lambda: window.controller.b.name == deeds.student_of(record))


def judged_flicker(window: MainWindow) -> NDArray[np.float32]:
    """A's flicker before each of the frames that judge, as far as the clip is measured."""
    track = window.measuring.track
    if track is None:
        return np.empty(0, np.float32)
    curve = track.curve(0, "flicker")
    return curve.values[np.isin(curve.index, JUDGED)]


def kept(window: MainWindow, qtbot: QtBot) -> None:
    """Keep it in the library, and take that back."""
    card = window.steadying.results.card
    card.keep_button.click()
    (asked,) = window.findChildren(KeepSheet)
    asked.name.setText("mine")
    asked.keep_button.click()
    until(qtbot, lambda: "mine is in the library" in card.note.text())
    with Library() as library:
        assert library.find("mine").is_file()
    card.undo_button.click()
    until(qtbot, lambda: "not in the library any more" in card.note.text())
    with Library() as library:
        assert "mine" not in [entry.name for entry in library.entries()]
