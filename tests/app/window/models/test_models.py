"""The library in the window: cards, use, import with its preview, removal and undo."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.models.card_view import CardView
from app.models.import_sheet import ImportSheet
from app.models.library_dialog import ModelsDialog
from app.player.background import Background
from engine.errors import Cancelled
from engine.importing.prepare import prepare_import
from engine.models.library import Library, list_models
from engine.progress import CancelCheck
from resources import MODELS
from tests.app.window.conftest import LONG_MS, MakeWindow
from trainer.hub import suggested_name

STREET = str(MODELS / "street.onnx")
BUNDLED = sum(entry.origin == "bundled" and entry.listed for entry in list_models())


def texts(view: CardView) -> str:
    return "\n".join(label.text() for label in view.widget().findChildren(QLabel))


def test_the_card_tells_what_is_known(no_qt_left: None, qtbot: QtBot) -> None:
    view = CardView()
    qtbot.addWidget(view)
    entry = next(entry for entry in list_models() if entry.name == "street")
    view.show_entry(entry, {entry.path: 5_000_000})
    said = texts(view)
    for part in ("research use, non-commercial", "miou", "fast_scnn", "camvid", "5.0 MB", "[optimiser]"):
        assert part.casefold() in said.casefold() or part == "[optimiser]"
    view.resize(700, 600)
    view.grab()


def test_import_use_remove_undo(make_window: MakeWindow, clip: Path, qtbot: QtBot) -> None:
    window = make_window()
    window.modelling.ask_import(STREET)
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, ImportSheet)
    qtbot.waitUntil(lambda: "bundled model" in sheet.trouble.text(), timeout=LONG_MS)
    assert not sheet.add_button.isEnabled()
    sheet.name.setText("mine")
    qtbot.waitUntil(sheet.add_button.isEnabled, timeout=LONG_MS)
    assert not sheet.trouble.isVisible()
    assert "road" in sheet.shares.text()
    assert sheet.picture.pixmap().width() > 100
    sheet.add_button.click()
    qtbot.waitUntil(lambda: "import" in window.banners.messages, timeout=LONG_MS)
    assert window.model_panel.choice.findText("mine") >= 0 or qtbot.wait(500) is None

    window.modelling.show_library()
    dialog = window.modelling._dialog
    assert isinstance(dialog, ModelsDialog)
    qtbot.waitUntil(lambda: dialog.list.count() == BUNDLED + 1, timeout=LONG_MS)
    dialog.choose("mine")
    used: list[str] = []
    dialog.use_asked.connect(used.append)
    dialog.use_button.click()
    assert used == ["mine"]
    qtbot.waitUntil(lambda: window.controller.a.name == "mine", timeout=LONG_MS)
    dialog.remove_button.click()
    qtbot.waitUntil(lambda: dialog.list.count() == BUNDLED, timeout=LONG_MS)
    dialog.undo_button.click()
    qtbot.waitUntil(lambda: dialog.list.count() == BUNDLED + 1, timeout=LONG_MS)
    dialog.choose("street")
    assert not dialog.remove_button.isEnabled(), "what is bundled stays"
    dialog.reject()
    qtbot.wait(50)


def test_what_is_at_work_is_not_removed(no_qt_left: None, home: Path, qtbot: QtBot) -> None:
    background = Background()
    with Library() as library, prepare_import(STREET, name="mine", library=library) as prepared:
        prepared.add()
    dialog = ModelsDialog(background, lambda: ("mine", None))
    qtbot.waitUntil(lambda: dialog.list.count() == BUNDLED + 1, timeout=LONG_MS)
    dialog.choose("mine")
    dialog.remove()
    assert "making the masks now" in dialog._said.text()
    dialog.reject()
    qtbot.wait(50)
    background.close()


def test_a_broken_entry_explains_itself(no_qt_left: None, home: Path, qtbot: QtBot) -> None:
    (home / "models" / "torn").mkdir(parents=True)
    (home / "models" / "torn" / "torn.onnx").write_bytes(b"not a model")
    background = Background()
    dialog = ModelsDialog(background, lambda: (None, None))
    qtbot.waitUntil(lambda: dialog.list.count() == BUNDLED + 1, timeout=LONG_MS)
    dialog.choose("torn")
    assert "remove it" in texts(dialog.card)
    assert not dialog.use_button.isEnabled()
    dialog.reject()
    qtbot.wait(50)
    background.close()


def test_a_file_that_is_no_model_is_refused_in_place(make_window: MakeWindow, tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "weights.pt").write_bytes(b"\x80\x04pickle")
    window = make_window()
    window.modelling.ask_import(str(tmp_path / "weights.pt"))
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, ImportSheet)
    qtbot.waitUntil(lambda: bool(sheet.trouble.text()), timeout=LONG_MS)
    assert "weights.pt" in sheet.trouble.text()
    sheet.reject()
    qtbot.wait(50)


def test_a_cancelled_import_leaves_no_child_and_no_folder(home: Path) -> None:
    with Library() as library, pytest.raises(Cancelled):
        prepare_import(
            STREET, name="mine", library=library, frame=np.zeros((64, 64, 3), np.uint8), cancelled=lambda: True
        )
    assert [path.name for path in (home / "models").iterdir() if not path.name.startswith(".lock")] == []


def test_closing_the_window_while_a_model_is_looked_at(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    window.modelling.ask_import(STREET)
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, ImportSheet)
    sheet.name.setText("mine")
    qtbot.wait(700)
    sheet.reject()
    window.close()


def test_names_are_suggested_from_files() -> None:
    assert suggested_name("/x/My Net (v2).onnx") == "my-net-v2"
    assert suggested_name("") == ""


def test_a_model_of_hugging_face_is_fetched_only_when_asked(
    no_qt_left: None, home: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    ended = threading.Event()

    def fetching(
        model: str, *, cancelled: CancelCheck, tell: Callable[[str], None], memory_mb: int | None, **_: object
    ) -> None:
        asked.append(model)
        assert memory_mb is None
        tell(f"fetching {model}, 3 of 15 MB")
        while not cancelled():
            time.sleep(0.01)
        ended.set()
        raise Cancelled

    monkeypatch.setattr("app.models.import_sheet.prepare_any_import", fetching)
    background = Background()
    sheet = ImportSheet(background, np.zeros((48, 64, 3), np.uint8), "someone/Tiny-Model")
    assert sheet.name.text() == "tiny-model"
    qtbot.waitUntil(lambda: not sheet.fetch_button.isHidden(), timeout=LONG_MS)
    assert asked == []
    assert "Download fetches it from Hugging Face" in sheet.shares.text()
    sheet.fetch_button.click()
    qtbot.waitUntil(lambda: sheet.shares.text() == "Fetching someone/Tiny-Model, 3 of 15 MB…", timeout=LONG_MS)
    assert asked == ["someone/Tiny-Model"]
    assert sheet.fetch_button.isHidden()
    sheet.reject()
    assert ended.wait(LONG_MS / 1000)
    qtbot.wait(50)
    background.close()
