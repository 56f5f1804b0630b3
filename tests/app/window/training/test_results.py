"""What came of a training, in the real window: slot B, the worst moment, the card, and what can be done with it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.compare.moments import worst_within
from app.main_window import MainWindow
from app.training.outcome import deeds
from app.training.outcome.results import Results
from app.training.outcome.sheets import KeepSheet, ReplaceSheet
from app.training.record import Record
from engine.live.track import Curve
from engine.models.library import Library
from engine.storage.places import runs_folder
from tests.app.window.clips import write_clip
from tests.app.window.conftest import MakeWindow
from tests.app.window.hands import until
from tests.app.window.training.documents import ended

Ended = Callable[..., Record]


@pytest.fixture
def window(make_window: MakeWindow, clip: Path, qtbot: QtBot) -> MainWindow:
    window = make_window(str(clip))
    until(qtbot, lambda: window.controller.playhead.position is not None and window.controller.a.method)
    return window


@pytest.fixture
def run(window: MainWindow, clip: Path) -> Ended:
    """A training that this window has begun, and that has ended."""

    def make(clip: Path = clip, **said: object) -> Record:
        jobs = window.steadying.jobs
        record = ended(runs_folder() / f"street-steady-{len(jobs.records)}", clip, **said)
        jobs.records.insert(0, record)
        window.steadying.results._own.add(record)
        jobs.ended.emit(record)
        return record

    return make


def results(window: MainWindow) -> Results:
    return window.steadying.results


def test_the_student_comes_into_b_at_the_judged_span_with_its_card(
    window: MainWindow, run: Ended, qtbot: QtBot
) -> None:
    record = run()
    until(qtbot, lambda: window.controller.b.method)
    assert window.controller.b.name == deeds.student_of(record)
    until(qtbot, lambda: window.controller.playhead.position >= 22)
    assert not window.controller.playhead.playing
    assert window.comparing.mode == "side"
    card = results(window).card
    assert card.isVisible()
    assert card.headline.text() == "34 % less flicker, same objects, same speed"
    assert window.compare_panel.readout.isVisible()


def test_the_card_says_what_stood_in_b_and_gives_it_back(window: MainWindow, run: Ended, qtbot: QtBot) -> None:
    window.controller.b.use("ema(fake)")
    until(qtbot, lambda: window.controller.b.method)
    run()
    assert "ema(fake)" in results(window).card.note.text()
    results(window).card.undo_button.click()
    assert window.controller.b.name == "ema(fake)"


def test_nobody_is_disturbed_at_another_clip_and_a_click_shows_it(
    window: MainWindow, run: Ended, tmp_path: Path, qtbot: QtBot
) -> None:
    other = write_clip(tmp_path / "other.mp4", frames=30)
    record = run(other)
    assert not results(window).card.isVisible()
    assert window.controller.b.name is None
    window.steadying.opened.emit(record)
    until(qtbot, results(window).card.isVisible)
    assert window.controller.clip is not None
    assert window.controller.clip.spec == str(other)
    assert window.controller.b.name == deeds.student_of(record)


def test_one_of_an_earlier_window_waits_for_a_click(window: MainWindow, clip: Path, qtbot: QtBot) -> None:
    record = ended(runs_folder() / "earlier", clip)
    window.steadying.jobs.ended.emit(record)
    assert not results(window).card.isVisible()


def test_a_stopped_one_says_that_it_was_not_judged_and_offers_to_go_on(window: MainWindow, run: Ended) -> None:
    record = run(status="stopped")
    card = results(window).card
    assert "before it was judged" in card.headline.text()
    assert card.resume_button.isVisible()
    assert not card.longer_button.isVisible()
    asked = []
    window.steadying.jobs.resume = asked.append  # type: ignore[method-assign]
    card.resume_button.click()
    assert asked == [record]


def test_a_failure_is_told_with_what_to_do(window: MainWindow, run: Ended) -> None:
    record = ended(runs_folder() / "failed", Path(window.controller.clip.spec), "failed")  # type: ignore[union-attr]
    record.message = "the disk is full; make room"
    window.steadying.jobs.ended.emit(record)
    (message,) = [each for each in window.banners.messages.values() if "the disk is full" in each.text]
    assert message.level == "error"
    assert [action.label for action in message.actions] == ["Try again", "Show"]


def test_keeping_asks_for_a_name_and_can_be_undone(window: MainWindow, run: Ended, qtbot: QtBot) -> None:
    run()
    card = results(window).card
    card.keep_button.click()
    (sheet,) = window.findChildren(KeepSheet)
    sheet.name.setText("street")
    sheet.keep_button.click()
    until(qtbot, sheet.trouble.isVisible)
    assert "bundled" in sheet.trouble.text()
    sheet.name.setText("my-street")
    with qtbot.waitSignal(results(window).library_changed):
        sheet.keep_button.click()
    with Library() as library:
        assert library.find("my-street").is_file()
    until(qtbot, lambda: window.compare_panel.b.model_choice.findText("my-street") >= 0)
    with qtbot.waitSignal(results(window).library_changed):
        card.undo_button.click()
    with Library() as library:
        assert "my-street" not in [entry.name for entry in library.entries()]


def test_exporting_replaces_nothing_without_a_question(
    window: MainWindow, run: Ended, tmp_path: Path, qtbot: QtBot
) -> None:
    record, folder = run(), tmp_path / "out"
    folder.mkdir()
    (folder / "verdict.json").write_text("mine", "utf-8")
    results(window).export(record, folder)
    until(qtbot, lambda: window.findChildren(ReplaceSheet))
    (sheet,) = window.findChildren(ReplaceSheet)
    assert [path.name for path in folder.iterdir()] == ["verdict.json"]
    assert (folder / "verdict.json").read_text("utf-8") == "mine"
    sheet.replace_button.click()
    until(qtbot, lambda: str(folder) in results(window).card.note.text())
    assert sorted(path.name for path in folder.iterdir()) == ["student.onnx", "student.safetensors", "verdict.json"]
    assert (folder / "verdict.json").read_bytes() == (record.folder / "verdict.json").read_bytes()


def test_comparing_with_smoothing_puts_the_model_of_before_into_a(window: MainWindow, run: Ended, qtbot: QtBot) -> None:
    record = run()
    before = window.controller.a.name
    results(window).card.smoothing_button.click()
    until(qtbot, lambda: window.controller.a.name == "ema(street)")
    assert window.controller.b.name == deeds.student_of(record)
    results(window).card.undo_button.click()
    assert window.controller.a.name == before


def test_training_longer_goes_on_from_the_student(window: MainWindow, run: Ended, qtbot: QtBot) -> None:
    record = run()
    plans = []
    window.steadying.jobs.start = plans.append  # type: ignore[method-assign]
    results(window).card.longer_button.click()
    until(qtbot, lambda: plans)
    (plan,) = plans
    assert plan.start == record.folder / "student.safetensors"
    assert plan.preset == deeds.next_preset("quick")
    ((_, spans),) = plan.clips
    assert (spans.learn[0].start, spans.judge.stop) == (0, 30)


def test_what_is_discarded_can_come_back_until_the_window_closes(window: MainWindow, run: Ended, qtbot: QtBot) -> None:
    record = run()
    until(qtbot, lambda: window.controller.b.method)
    card = results(window).card
    card.discard_button.click()
    assert window.controller.b.name is None
    assert record not in window.steadying.jobs.records
    card.undo_button.click()
    assert record in window.steadying.jobs.records
    assert window.controller.b.name == deeds.student_of(record)
    card.discard_button.click()
    assert record.folder.exists()
    window.leave()
    assert not record.folder.exists()


def test_what_another_training_begins_with_is_not_deleted(window: MainWindow, run: Ended, clip: Path) -> None:
    record = run()
    other = ended(runs_folder() / "longer", clip, "interrupted")
    text = (other.folder / "job.toml").read_text("utf-8")
    start = str(record.job.spec().start)
    (other.folder / "job.toml").write_text(text.replace(start, str(record.folder / "student.safetensors")), "utf-8")
    deeds.delete_runs([record.folder])
    assert record.folder.exists()


def test_the_worst_moment_is_looked_for_in_the_span_alone() -> None:
    index = np.array([0, 2, 3, 5, 9], np.int64)
    curve = Curve(index, index / 25, np.array([0.9, np.nan, 0.1, 0.4, 0.8], np.float32))
    assert worst_within(curve, 2, 6) == 5
    assert worst_within(curve, 2, 2) is None
    assert worst_within(curve, 6, 8) is None
