"""Names and colours of an own model's classes, edited in the library while the model is at work."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QColorDialog
from pytestqt.qtbot import QtBot

from app.models.class_editor import ClassEditor
from app.models.library_dialog import ModelsDialog
from engine.methods import MethodPool
from engine.models.bundle import read_card
from engine.models.library import Library
from tests.app.window.conftest import LONG_MS, MakeWindow
from tests.app.window.fakes import FakeSegmenter
from tests.engine.fakes import FakeSource
from tests.engine.homes import write_models


@pytest.fixture
def own(home: Path) -> Path:
    """The library of this test's home, with the model `mine`."""
    (home / "models").mkdir()
    write_models(home / "models", "mine")
    return next((home / "models").rglob("mine.onnx"))


def test_what_is_edited_is_shown_at_once(own: Path, make_window: MakeWindow, qtbot: QtBot) -> None:
    def load(name: str) -> FakeSegmenter:
        model = FakeSegmenter()
        model.name = name
        if name == "mine":
            with Library() as library:
                model.card = read_card(library.find(name))
        return model

    window = make_window(
        open_source=lambda spec: FakeSource(4, size=(64, 48)),
        pool_on=lambda _: MethodPool(load),  # type: ignore[arg-type]
    )
    qtbot.waitUntil(lambda: len(window.controller.methods) == 1, timeout=LONG_MS)
    window.controller.a.use("mine")
    qtbot.waitUntil(lambda: window.controller.a.model_name == "mine", timeout=LONG_MS)
    window.modelling.show_library()
    dialog = window.modelling._dialog
    assert isinstance(dialog, ModelsDialog)
    qtbot.waitUntil(lambda: "mine" in dialog._entries, timeout=LONG_MS)
    dialog.choose("street")
    assert not dialog.classes_button.isEnabled(), "what is bundled stays as it is"
    dialog.choose("mine")
    dialog.classes_button.click()
    (sheet,) = dialog.findChildren(ClassEditor)
    before = read_card(own)
    assert [name.text() for name in sheet.names] == list(before.class_set.names)
    sheet.names[0].setText(" ")
    assert sheet.trouble.text() == "Class 1 has no name; every class needs one."
    assert not sheet.save_button.isEnabled()
    sheet.names[0].setText(before.class_set.names[1])
    assert "are both called" in sheet.trouble.text()
    sheet.names[0].setText("  heaven ")
    assert not sheet.trouble.isVisible()
    sheet.swatches[1].click()
    (colour,) = sheet.findChildren(QColorDialog)
    colour.colorSelected.emit(colour.currentColor().fromString("#123456"))
    colour.reject()
    sheet.save_button.click()
    qtbot.waitUntil(lambda: window.classes.model.names[0] == "heaven", timeout=LONG_MS)
    assert tuple(window.classes.model.palette[1]) == (0x12, 0x34, 0x56)
    assert tuple(window.view.panes[0].masks.lut[1, :3]) == (0x12, 0x34, 0x56)
    after = read_card(own)
    assert (after.class_set.names[0], after.class_set.classes[1].colour) == ("heaven", "#123456")
    assert after.graph_hash == before.graph_hash
    entry = dialog._entries["mine"]
    qtbot.waitUntil(lambda: dialog._entries["mine"].card == after or entry is None, timeout=LONG_MS)
    dialog.reject()
    qtbot.wait(50)
