"""A folder of images: its name, and how many of them make a second."""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.dialogs.rate_sheet import RateSheet
from app.export.sheet import ExportSheet
from app.main_window import MainWindow
from app.player.clip import short_name
from app.player.image_rates import ImageRates
from app.settings.store import SettingsStore
from tests.app.window.conftest import MakeWindow
from tests.app.window.hands import played_to_end, until

COUNT = 6


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "shot.v2 ä"
    folder.mkdir()
    for index in range(COUNT):
        image = np.full((64, 96, 3), 20 * index, np.uint8)
        (folder / f"IMG_{index}.png").write_bytes(cv2.imencode(".png", image)[1].tobytes())
    return folder


def rate_of(window: MainWindow) -> Fraction | None:
    return None if window.controller.clip is None else window.controller.clip.frame_rate


def test_it_is_asked_once_and_remembered(make_window: MakeWindow, folder: Path, home: Path, qtbot: QtBot) -> None:
    window = make_window(str(folder))
    until(qtbot, lambda: "rate" in window.banners.messages)
    message = window.banners.messages["rate"]
    assert f"shot.v2 ä: {COUNT} images, shown at 25 a second" in message.text
    assert [action.label for action in message.actions] == ["Keep 25", "Another rate…"]
    played_to_end(qtbot, window, COUNT - 1)
    window.controller.playhead.seek(2)
    until(qtbot, lambda: window.controller.playhead.position == 2)
    window.banners.act("rate", message.actions[1].run)
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, RateSheet)
    sheet.field.setText("12,5")
    assert "last 0.5 s" in sheet.remark.text()
    sheet.set_button.click()
    until(qtbot, lambda: rate_of(window) == Fraction(25, 2))
    until(qtbot, lambda: window.controller.playhead.position == 2)
    assert not window.controller.playhead.playing
    assert "12.5 fps" in window.status_line.format.text()
    window.controller.close_clip()
    window.open(str(folder))
    until(qtbot, lambda: rate_of(window) == Fraction(25, 2))
    assert "rate" not in window.banners.messages
    window.store.finish()()
    assert SettingsStore(home).settings.image_rates == {str(folder): "25/2"}


def test_keeping_the_usual_rate_is_an_answer_too(make_window: MakeWindow, folder: Path, qtbot: QtBot) -> None:
    window = make_window(str(folder))
    until(qtbot, lambda: "rate" in window.banners.messages)
    window.banners.act("rate", window.banners.messages["rate"].actions[0].run)
    assert ImageRates(window.store).of(str(folder)) == 25
    window.controller.reopen()
    until(qtbot, lambda: window.controller.clip is not None)
    assert "rate" not in window.banners.messages
    window.forget_recent()
    assert ImageRates(window.store).of(str(folder)) is None, "what is forgotten leaves no name of a folder"


def test_the_menu_changes_it_later(make_window: MakeWindow, folder: Path, clip: Path, qtbot: QtBot) -> None:
    window = make_window(str(clip))
    played_to_end(qtbot, window, 29)
    assert "rate" not in window.banners.messages
    assert not window.actions_["image-rate"].isEnabled(), "a video has its own"
    window.open(str(folder))
    until(qtbot, lambda: rate_of(window) == 25)
    window.actions_["image-rate"].trigger()
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, RateSheet)
    sheet.field.setText("none")
    assert not sheet.set_button.isEnabled()
    assert "no frame rate" in sheet.remark.text()
    sheet.field.setText("10")
    sheet.accept()
    until(qtbot, lambda: rate_of(window) == 10)


def test_the_folder_keeps_its_name_everywhere(
    make_window: MakeWindow, folder: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window(str(folder))
    played_to_end(qtbot, window, COUNT - 1)
    assert window.windowTitle() == "shot.v2 ä – Steadymask"
    assert "shot.v2 ä" in window.status_line.name.text()
    until(qtbot, lambda: window.exporting.card is not None)
    window.exporting.ask()
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, ExportSheet)
    assert all(results.name.startswith("shot.v2 ä") for results in sheet.results)
    sheet.reject()
    window.controller.close_clip()
    window.keeper.note()
    monkeypatch.chdir(folder)
    assert short_name(".") == "shot.v2 ä"
    window.open(".")
    until(qtbot, lambda: window.controller.clip is not None)
    assert window.windowTitle() == "shot.v2 ä – Steadymask"


def test_exports_are_made_at_that_rate(
    make_window: MakeWindow, folder: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window()
    ImageRates(window.store).set(str(folder), Fraction(10))
    window.open(str(folder))
    played_to_end(qtbot, window, COUNT - 1)
    asked: list[Fraction | None] = []
    monkeypatch.setattr(window.exporting.jobs, "start", lambda request: asked.append(request.fps))
    for ask in (window.exporting.ask, window.exporting.ask_report):
        ask()
        sheet = QApplication.activeModalWidget()
        assert sheet is not None
        if not isinstance(sheet, ExportSheet):
            sheet.set_b("ema(fake)")  # type: ignore[attr-defined]
        sheet.accept()  # type: ignore[attr-defined]
    assert asked == [10, 10]


def test_of_many_folders_those_longest_ago_are_forgotten(home: Path, no_qt_left: None) -> None:
    store = SettingsStore(home)
    rates = ImageRates(store)
    for number in range(205):
        rates.set(f"/clips/{number}", Fraction(30000, 1001))
    assert rates.of("/clips/204") == Fraction(30000, 1001)
    assert rates.of("/clips/4") is None
    assert len(store.settings.image_rates) == 200
    assert rates.of("camera:0") is None
    store.finish()
