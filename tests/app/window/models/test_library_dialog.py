"""The library's dialog: what it shows of a model, bundled or imported, and that it follows what others do."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.models import watching
from app.models.card_view import CardView, _Chips
from app.models.library_dialog import ModelsDialog
from app.player.background import Background
from app.style.theme import apply_theme
from engine.models.bundle import read_card, write_card
from engine.models.library import Library, library_state
from resources import MODELS
from tests.app.window.conftest import MakeWindow
from tests.app.window.hands import until

LONG = "street-taken-in-from-elsewhere-under-a-name-that-is-very-long"


def take_in(name: str, folder: Path) -> None:
    """What `steadymask models import` does in the end: the model comes into its place by one renaming."""
    made = folder / "made" / name
    made.mkdir(parents=True)
    for suffix in (".onnx", ".safetensors"):
        shutil.copy(MODELS / f"street{suffix}", made / f"{name}{suffix}")
    write_card(made / name, read_card(MODELS / "street.onnx").model_copy(update={"name": name}))
    (folder / "models").mkdir(exist_ok=True)
    made.rename(folder / "models" / name)


def opened(window: MainWindow, qtbot: QtBot) -> ModelsDialog:
    window.modelling.show_library()
    dialog = window.modelling._dialog
    assert dialog is not None
    until(qtbot, lambda: dialog.list.count() > 0)
    return dialog


def names(dialog: ModelsDialog) -> list[str]:
    return [str(dialog.list.item(row).data(Qt.ItemDataRole.UserRole)) for row in range(dialog.list.count())]


@pytest.fixture(params=["dark", "light"])
def theme(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[str]:
    apply_theme(qapp, request.param)
    yield request.param
    apply_theme(qapp)


def test_the_classes_of_every_model_are_seen_and_nothing_is_cut(
    theme: str, make_window: MakeWindow, home: Path, qtbot: QtBot
) -> None:
    take_in(LONG, home)
    dialog = opened(make_window(), qtbot)
    least = dialog.minimumSizeHint()
    assert (least.width(), least.height()) <= (900, 600)
    dialog.resize(900, 600)
    for name in ("street", LONG):
        dialog.choose(name)
        qtbot.wait(20)
        inside = dialog.card.widget()
        assert inside.width() <= dialog.card.viewport().width(), "no wider than what can be seen of it"
        (chips,) = inside.findChildren(_Chips)
        assert chips.height() >= chips.heightForWidth(chips.width()) > 20
        image = chips.grab().toImage()
        seen = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(30)}
        entry = dialog._entries[name]
        assert entry.card is not None
        assert entry.card.class_set.classes[0].colour.lower() in seen
        for label in inside.findChildren(QLabel):
            longest = max(
                (label.fontMetrics().horizontalAdvance(word) for word in re.split(r"[\s/-]", label.text())), default=0
            )
            assert label.toolTip() or label.width() >= longest, f"{label.text()!r} is cut"
    for button in dialog.findChildren(QPushButton):
        assert not button.isVisible() or button.width() >= button.sizeHint().width(), button.text()
    row = dialog.list.visualItemRect(dialog.list.item(names(dialog).index(LONG)))
    assert row.width() <= dialog.list.viewport().width()
    assert LONG in dialog.list.item(names(dialog).index(LONG)).toolTip()


def test_a_word_that_cannot_be_broken_is_shortened(no_qt_left: None, qtbot: QtBot) -> None:
    view = CardView()
    qtbot.addWidget(view)
    view.show_text("sha256:" + "0123456789" * 8)
    (label,) = view.widget().findChildren(QLabel)
    assert len(label.text()) == 40
    assert label.text().startswith("sha256:0123")
    assert label.toolTip().endswith("0123456789" * 8)


def test_a_model_goes_into_a_or_b(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    until(qtbot, lambda: window.controller.a.method is not None)
    dialog = opened(window, qtbot)
    dialog.choose("street-consistent")
    dialog.use_b_button.click()
    until(qtbot, lambda: window.controller.b.name == "street-consistent")
    assert window.controller.a.name == "fake"
    dialog.use_button.click()
    until(qtbot, lambda: window.controller.a.name == "street-consistent")


def test_what_stands_in_b_says_so_and_is_not_removed(no_qt_left: None, home: Path, qtbot: QtBot) -> None:
    take_in("mine", home)
    background = Background()
    dialog = ModelsDialog(background, lambda: ("street", "mine"))
    until(qtbot, lambda: "mine" in names(dialog))
    assert "in A" in dialog.list.item(names(dialog).index("street")).text()
    assert "in B" in dialog.list.item(names(dialog).index("mine")).text()
    dialog.choose("mine")
    dialog.remove()
    assert "mine is making the masks now" in dialog._said.text()
    dialog.reject()
    qtbot.wait(50)
    background.close()


def test_what_is_imported_elsewhere_appears_at_once(
    make_window: MakeWindow, home: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_EVERY_MS", 50)
    window = make_window()
    dialog = opened(window, qtbot)
    dialog.choose("street-large")
    dialog.card.verticalScrollBar().setValue(200)
    until(qtbot, lambda: window.modelling._watch._state is not None)
    take_in("theirs", home)
    until(qtbot, lambda: "theirs" in names(dialog))
    until(qtbot, lambda: window.model_panel.choice.findText("theirs") >= 0)
    until(qtbot, lambda: window.compare_panel.b.model_choice.findText("theirs") >= 0)
    assert dialog.selected == ["street-large"]
    assert dialog.card.verticalScrollBar().value() == 200, "who reads stays where they are"
    with Library() as library:
        library.remove("theirs")
        until(qtbot, lambda: "theirs" not in names(dialog))


def test_the_state_of_a_library_is_that_of_its_models(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    assert library_state(folder) == frozenset()
    (folder / ".work").mkdir(parents=True)
    assert library_state(folder) == frozenset()
    (folder / "mine").mkdir()
    before = library_state(folder)
    assert [name for name, _ in before] == ["mine"]
    os.utime(folder / "mine", ns=(1, 1))
    assert library_state(folder) != before
