"""The sheet that says what will happen: with fakes where real ones take seconds, and once with the real plan."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QObject, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.player.background import Background
from app.training import calibration, sheet
from app.training.sheet import SteadySheet, Watched
from app.training.student import Student, Unable, find_student
from engine.errors import DatasetError
from engine.models.library import Library
from resources import MODELS
from tests.app.window.clips import write_clip
from tests.app.window.hands import until
from tests.trainer.steady.lone import write_labelled, write_lone
from trainer.steady import ClipSpan, Labelled, Spans

SPANS = Spans((range(0, 30), range(40, 60)), range(60, 73), range(73, 100))


class Planner:
    """In place of what plans. asked: each call. refuses: why it raises."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.refuses = ""

    def __call__(self, clips: tuple[ClipSpan, ...], start: Path, **how: Any) -> Any:
        self.asked.append({"clips": clips, "start": start, **how})
        if self.refuses:
            raise DatasetError(self.refuses)
        images = 0 if how["labelled"] is None else 9
        return SimpleNamespace(clips=tuple((clip.path, SPANS) for clip in clips), images=images)


@pytest.fixture
def planner(monkeypatch: pytest.MonkeyPatch) -> Planner:
    made = Planner()
    monkeypatch.setattr(sheet, "plan_steadying", made)
    monkeypatch.setattr(sheet, "speeds", lambda *args, **how: (20.0, 20.0))
    monkeypatch.setattr(sheet, "estimated_s", lambda plan, *ms: 360.0 * len(plan.clips))
    return made


Open = Callable[..., SteadySheet]


@pytest.fixture
def open_sheet(no_qt_left: None, qtbot: QtBot) -> Iterator[Open]:
    made: list[SteadySheet] = []
    owner = QObject()
    background = Background(owner)

    def make(method: str | None = "street", watched: Watched | None = None) -> SteadySheet:
        if watched is None:
            watched = Watched((ClipSpan(Path("/drive.mp4"), (10, 109)),))
        made.append(SteadySheet(method, watched, background))
        made[-1].open()
        return made[-1]

    yield make
    for each in made:
        each.reject()
    background.close()
    owner.deleteLater()


def ready(shown: SteadySheet, qtbot: QtBot) -> SteadySheet:
    until(qtbot, lambda: shown.start_button.isEnabled() and "About" in shown.time.text())
    return shown


def test_start_works_without_touching_anything(planner: Planner, open_sheet: Open, qtbot: QtBot) -> None:
    shown = open_sheet()
    assert not shown.start_button.isEnabled()
    ready(shown, qtbot)
    assert planner.asked == [
        {
            "clips": (ClipSpan(Path("/drive.mp4"), (10, 109)),),
            "start": MODELS / "street.safetensors",
            "preset": "quick",
            "name": "street-steady",
            "teacher": None,
            "seed": None,
            "threads": calibration.most_threads(),
            "labelled": None,
        }
    ]
    assert shown.student.text() == "street"
    assert shown.teacher.text() == "street itself, as it is now"
    assert shown.time.text().startswith("About 6 minutes")
    assert "27 frames are kept for judging" in shown.remark.text()
    assert [part[0] for part in shown.clips.bars[0].parts] == ["learns", "learns", "chooses", "judges"]
    assert "judges frames 73 to 99" in shown.clips.bars[0].accessibleName()
    assert not shown.options.name.isVisible(), "what most people leave alone is folded away"
    with qtbot.waitSignal(shown.accepted):
        QTest.keyClick(shown, Qt.Key.Key_Return)
    assert shown.plan is not None


def test_what_is_folded_away_is_heard_and_a_taken_name_is_refused(
    planner: Planner, open_sheet: Open, qtbot: QtBot
) -> None:
    shown = ready(open_sheet(), qtbot)
    shown.options.fold_button.click()
    assert shown.options.name.isVisible()
    shown.options.teacher.setCurrentText("street-large")
    shown.options.teacher.activated.emit(shown.options.teacher.currentIndex())
    shown.options.seed.setValue(7)
    assert not shown.start_button.isEnabled()
    ready(shown, qtbot)
    assert (planner.asked[-1]["teacher"], planner.asked[-1]["seed"]) == ("street-large", 7)
    assert shown.teacher.text() == "street-large"
    shown.options.name.selectAll()
    QTest.keyClicks(shown.options.name, "street")
    until(qtbot, lambda: "bundled" in shown.remark.text())
    assert not shown.start_button.isEnabled()
    assert "--name" not in shown.remark.text()


def test_clips_come_by_dropping_them_and_go_again(
    planner: Planner, open_sheet: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).touch()
    shown = ready(open_sheet(), qtbot)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path)), QUrl.fromLocalFile("/drive.mp4")])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entered = QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data, buttons, keys)
    shown.dragEnterEvent(entered)
    assert entered.isAccepted()
    shown.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, buttons, keys))
    until(qtbot, lambda: len(planner.asked) == 2)
    ready(shown, qtbot)
    assert [clip.path.name for clip in shown.spans] == ["drive.mp4", "a.mp4", "b.mp4"]
    assert shown.time.text().startswith("About 18 minutes")
    for clip in shown.spans:
        shown.clips.removed.emit(clip)
    assert shown.spans == ()
    assert not shown.start_button.isEnabled()
    assert "Add a clip" in shown.remark.text()
    assert shown.clips.hint.isVisible()


def test_a_clip_that_is_too_short_is_told(planner: Planner, open_sheet: Open, qtbot: QtBot) -> None:
    planner.refuses = "/drive.mp4 has 9 frames to work with; take a longer clip"
    shown = open_sheet()
    until(qtbot, lambda: "take a longer clip" in shown.remark.text())
    assert not shown.start_button.isEnabled()


def test_the_model_inside_a_smoothed_method_learns(planner: Planner, open_sheet: Open, qtbot: QtBot) -> None:
    shown = ready(open_sheet("ema(street, alpha=0.7)"), qtbot)
    assert shown.student.text() == "street, the model inside ema(street, alpha=0.7)"


def test_what_cannot_learn_says_why_and_offers_what_can(planner: Planner, open_sheet: Open, qtbot: QtBot) -> None:
    shown = open_sheet("nobody")
    until(qtbot, lambda: shown.instead.isVisible())
    assert "nobody" in shown.student.text()
    assert "bundled models" in shown.student.text()
    assert not shown.start_button.isEnabled()
    assert shown.instead.text() == "Put street into A"
    with qtbot.waitSignal(shown.use_asked) as heard:
        shown.instead.click()
    assert heard.args == ["street"]
    ready(shown, qtbot)
    assert not shown.instead.isVisible()


def test_a_live_source_is_recorded_first(planner: Planner, open_sheet: Open, qtbot: QtBot) -> None:
    shown = open_sheet(watched=Watched(live="camera 0"))
    until(qtbot, lambda: "Add a clip" in shown.remark.text())
    assert "camera 0" in shown.clips.hint.text()
    assert not shown.start_button.isEnabled()
    with qtbot.waitSignals([shown.record_asked, shown.rejected]):
        shown.record_button.click()


def test_who_can_learn(tmp_path: Path, home: Path) -> None:
    found = find_student("street")
    assert isinstance(found, Student)
    assert (found.name, found.suggested, found.inside) == ("street", "street-steady", "")
    assert "street-large" in found.teachers
    assert "street" not in found.teachers
    assert "quick" in found.presets
    with Library() as library:
        place = library.folder / "street-steady"
        place.mkdir(parents=True)
    again = find_student("street")
    assert isinstance(again, Student)
    assert again.suggested == "street-steady-2"
    alone = find_student(str(write_lone(tmp_path, "alone")))
    assert isinstance(alone, Student)
    assert alone.is_new
    assert (alone.suggested, alone.teachers) == ("alone-steady", ())
    unable = find_student(str(tmp_path / "gone.onnx"))
    assert isinstance(unable, Unable)
    assert unable.instead == "street"
    assert isinstance(find_student(None), Unable)


def test_this_machine_is_measured_on_a_frame_of_the_models_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert calibration.ms_per_frame(MODELS / "street.onnx", 1, seconds=0) > 0
    lone = write_lone(tmp_path)
    monkeypatch.setattr(calibration, "ms_per_frame", lambda onnx, *how, **more: 90.0 if onnx == lone else 40.0)
    assert calibration.speeds(MODELS / "street.safetensors", 1) == (40.0, 40.0)
    learns, other = calibration.speeds(lone, 1)
    assert other == 90.0
    assert 10 < learns < 13, "192 of 352 lines"


def test_a_model_that_is_only_onnx_says_what_happens(
    planner: Planner, open_sheet: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    lone = write_lone(tmp_path)
    shown = ready(open_sheet(str(lone)), qtbot)
    assert "theirs is an ONNX graph alone" in shown.sentence.text()
    assert "new small student learns what it says" in shown.sentence.text()
    assert shown.student.text() == "A new one, with the 2 classes of theirs"
    assert shown.teacher.text() == "theirs"
    assert shown.options.teacher.currentText() == "The model in A"
    assert not shown.instead.isVisible()
    assert planner.asked[-1]["start"].with_suffix(".onnx") == lone
    assert planner.asked[-1]["name"] == "theirs-steady"


def test_a_folder_with_labels_is_told_from_a_clip(
    planner: Planner, open_sheet: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    clip = tmp_path / "walk"
    clip.mkdir()
    for number in range(3):
        cv2.imwrite(str(clip / f"{number}.png"), np.zeros((8, 8, 3), np.uint8))
    labelled = write_labelled(tmp_path / "mine", 3)
    shown = ready(open_sheet(), qtbot)
    assert not shown.labelled.isVisible()
    shown.add([clip, labelled])
    until(qtbot, lambda: planner.asked[-1]["labelled"] == Labelled(labelled) and shown.labelled.count.text())
    assert shown.labelled.isVisible()
    assert (shown.labelled.name.text(), shown.labelled.count.text()) == ("mine", "9 images")
    assert [each.path.name for each in shown.spans] == ["drive.mp4", "walk"]
    shown.labelled.away.click()
    until(qtbot, lambda: planner.asked[-1]["labelled"] is None)
    assert not shown.labelled.isVisible()
    ready(shown, qtbot)
    planner.refuses = "the labels in mine are of other classes"
    shown.add([labelled])
    until(qtbot, lambda: "other classes" in shown.remark.text())
    assert not shown.start_button.isEnabled()


def test_with_the_real_plan(open_sheet: Open, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "speeds", lambda *args, **how: (20.0, 20.0))
    clip = write_clip(tmp_path / "grey.mp4", frames=40)
    shown = ready(open_sheet(watched=Watched((ClipSpan(clip, (5, 34)),))), qtbot)
    assert shown.plan is not None
    spec = shown.plan.spec
    assert spec.verb == "steady"
    assert spec.threads == calibration.most_threads()
    (_, spans), *others = shown.plan.clips
    assert not others
    assert (spans.learn[0].start, spans.judge.stop) == (5, 35)
