"""The whole path with a real child: a clip is opened, one button pressed, and a verdict stands in the window."""

from functools import partial
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.compare.moments import worst_within
from app.main_window import MainWindow
from app.training import sheet
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

PATIENCE_MS = 240_000
"""A child takes a quarter of a minute where nothing else works."""


def loaded(name: str) -> object:
    return FakeSegmenter() if name == "fake" else load_model(name, device="cpu", threads=1)


def test_from_the_clip_to_the_verdict_and_what_is_done_with_it(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet, "ms_per_frame", lambda *args, **how: 20.0)
    monkeypatch.setattr(sheet, "plan_steadying", partial(plan_steadying, changes=SMALL))
    clip, student = drawn_clip(tmp_path / "drive"), small_student(tmp_path)
    window = make_window(measure_clip=True, pool_on=lambda _: MethodPool(loaded))
    window.open(str(clip))
    window.controller.a.use(str(student.with_suffix(".onnx")))
    until(qtbot, lambda: window.controller.playhead.position is not None and window.controller.a.method)
    window.compare_panel.steady_button.click()
    (asked,) = window.findChildren(SteadySheet)
    until(qtbot, lambda: asked.start_button.isEnabled())
    asked.start_button.click()

    bar, card = window.exporting.bar, window.steadying.results.card
    told: list[str] = []
    window.steadying.jobs.changed.connect(lambda record: told.append(bar.text.text().partition(" ·")[0]))
    qtbot.waitUntil(card.isVisible, timeout=PATIENCE_MS)
    (record,) = window.steadying.jobs.records
    assert record.status == "done"
    assert [stage for stage in dict.fromkeys(told) if stage in ("Asking the teacher", "Learning", "Judging")] == [
        "Asking the teacher",
        "Learning",
        "Judging",
    ]
    assert record.verdict is not None
    assert card.headline.text().startswith(
        {"better": "", "worse": "Worse", "not better": "Not better"}[record.verdict["verdict"]]
    )
    until(qtbot, lambda: window.controller.b.method)
    assert window.controller.b.name == deeds.student_of(record)
    assert window.comparing.mode == "side"
    until(qtbot, lambda: window.controller.playhead.position == worst_judged(window))

    kept(window, qtbot)
    card.discard_button.click()
    assert window.controller.b.name is None
    assert not window.steadying.jobs.records
    card.undo_button.click()
    assert window.steadying.jobs.records == [record]
    until(qtbot, lambda: window.controller.b.name == deeds.student_of(record))


def worst_judged(window: MainWindow) -> int | None:
    """The judged frame before which A flickers most."""
    track = window.measuring.track
    return None if track is None else worst_within(track.curve(0, "flicker"), 18, 23)


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
