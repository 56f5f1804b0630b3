"""The frame that is shown, copied and saved: as it is seen, alone, or its mask; nothing is replaced unasked."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.stills.requests import Moment, write_moment
from engine.errors import ExportError
from tests.app.window.conftest import MakeWindow
from tests.app.window.hands import until
from tests.engine.fakes import FakeSource

GREY = 14
HOLD = "hold(fake, n=3)"


@pytest.fixture
def window(make_window: MakeWindow, qtbot: QtBot) -> MainWindow:
    """A clip that rests at frame 14, which is grey 14 and all of class 3, `road`."""
    window = make_window("/clips/walk.mp4", open_source=lambda spec: FakeSource(500, size=(64, 48)))
    until(qtbot, lambda: window.controller.playhead.position is not None)
    window.controller.playhead.pause()
    window.controller.playhead.seek(GREY)
    until(qtbot, lambda: shown(window))
    window.activateWindow()
    return window


def shown(window: MainWindow) -> bool:
    result = window.controller.playhead.last_result
    return result is not None and result.frame.index == GREY and bool(result.slots)


def clipboard() -> NDArray[np.uint8]:
    image = QGuiApplication.clipboard().image().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def copied(window: MainWindow, qtbot: QtBot, copy: Callable[[], object]) -> NDArray[np.uint8]:
    with qtbot.waitSignal(window.saving.copied, timeout=60_000):
        copy()
    return clipboard()


def road(window: MainWindow) -> NDArray[np.float64]:
    """The colour of the class over the picture."""
    opacity = window.store.settings.opacity
    return opacity * window.looks.palette[3].astype(float) + (1 - opacity) * GREY


def dialog() -> QFileDialog:
    (found,) = [top for top in QApplication.topLevelWidgets() if isinstance(top, QFileDialog) and top.isVisible()]
    return found


def test_ctrl_c_copies_what_is_seen(window: MainWindow, qtbot: QtBot) -> None:
    window.view.zoom(4)
    control = Qt.KeyboardModifier.ControlModifier
    seen = copied(window, qtbot, lambda: qtbot.keyClick(window, Qt.Key.Key_C, control))
    assert seen.shape == (48, 64, 3)
    assert np.abs(seen - road(window)).max() <= 1.5
    assert (copied(window, qtbot, lambda: window.saving.copy("source")) == GREY).all()
    window.classes.toggle(3)
    assert (copied(window, qtbot, window.saving.copy) == GREY).all()
    window.classes.toggle(3)
    window.looks.show_masks(False)
    assert (copied(window, qtbot, window.saving.copy) == GREY).all()


def test_both_slots_are_seen_side_by_side(window: MainWindow, qtbot: QtBot) -> None:
    window.controller.b.use(HOLD)
    window.comparing.set_mode("side")
    until(qtbot, lambda: len(window.view.stills()) == 2 and len(window.controller.playhead.last_result.slots) == 2)  # type: ignore[union-attr]
    seen = copied(window, qtbot, window.saving.copy)
    assert seen.shape == (48, 64 + 4 + 64, 3)
    assert np.abs(seen[:, :64] - road(window)).max() <= 1.5
    window.comparing.set_mode("wipe")
    assert copied(window, qtbot, window.saving.copy).shape == (48, 64, 3)


def test_saving_asks_where_and_writes_what_was_shown_then(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window.actions_["save-frame"].trigger()
    asked = dialog()
    assert asked.nameFilters() == [
        "As it is seen (*.png)",
        "Without masks (*.png)",
        "Mask of A, class ids (*.png)",
    ]
    assert [Path(file).name for file in asked.selectedFiles()] == ["fake frame 14 fake.png"]
    asked.setDirectory(str(tmp_path))
    asked.selectNameFilter("Mask of A, class ids (*.png)")
    asked.filterSelected.emit("Mask of A, class ids (*.png)")
    assert Path(asked.selectedFiles()[0]).name == "fake frame 14 fake mask.png"
    window.controller.playhead.seek(20)
    until(qtbot, lambda: window.controller.playhead.position == 20)
    file = tmp_path / "mask.png"
    written = asked.findChild(QLineEdit)
    assert written is not None
    written.setText(str(file))
    asked.filterSelected.emit("Mask of A, class ids (*.png)")
    assert asked.selectedFiles() == [str(file)], "a name of one's own stays"
    asked.accept()
    until(qtbot, lambda: "save-frame" in window.banners.messages)
    assert window.banners.messages["save-frame"].text == f"Written: {file}"
    with Image.open(file) as image:
        assert image.mode == "P"
        assert (np.asarray(image) == 3).all()


def test_it_asks_before_it_replaces(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    file = tmp_path / "mine.png"
    file.write_text("mine")
    window.saving.ask()
    asked, questions = dialog(), []
    written = asked.findChild(QLineEdit)
    assert written is not None
    written.setText(str(file))

    def answer_no() -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            questions.append(box.text())
            box.button(QMessageBox.StandardButton.No).click()

    QTimer.singleShot(0, answer_no)
    asked.accept()
    asked.reject()
    qtbot.wait(20)
    assert len(questions) == 1
    assert file.read_text() == "mine"


@pytest.fixture
def moment(window: MainWindow) -> Moment:
    made = window.saving._moment()
    assert made is not None
    return made


def test_a_name_without_a_suffix_never_replaces(moment: Moment, tmp_path: Path) -> None:
    assert write_moment(moment, "source", tmp_path / "one.jpg") == tmp_path / "one.jpg.png"
    with pytest.raises(ExportError):
        write_moment(moment, "source", tmp_path / "one.jpg")
    assert write_moment(moment, "seen", tmp_path / "one.jpg.png") == tmp_path / "one.jpg.png", "that was agreed to"


def test_the_clip_is_never_written_to(moment: Moment, tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    inside = Moment(moment.result, moment.stills, moment.sets, folder)
    with pytest.raises(ExportError, match="never changed"):
        write_moment(inside, "source", folder / "new.png")
    assert not list(folder.iterdir())


def test_a_folder_that_is_not_there_is_told(window: MainWindow, moment: Moment, qtbot: QtBot, tmp_path: Path) -> None:
    window.saving.save(moment, "source", str(tmp_path / "gone" / "a.png"))
    until(qtbot, lambda: "save-frame" in window.banners.messages)
    assert "does not exist" in window.banners.messages["save-frame"].text
