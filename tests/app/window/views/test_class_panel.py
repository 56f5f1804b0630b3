"""The class panel: which classes are drawn, in which colour, how large they are."""

import time
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QColorDialog, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from app.views.class_list import COLOUR, POINTED, SHARE
from app.views.class_panel import ClassPanel
from engine.importing.names import class_set_of
from engine.models.classes import bundled_class_set

Show = Callable[[ClassPanel, int, int], ClassPanel]
CAMVID = bundled_class_set("camvid")
ROLE = Qt.ItemDataRole


@pytest.fixture
def panel(show: Show) -> ClassPanel:
    panel = ClassPanel()
    panel.show_classes(CAMVID, CAMVID.palette())
    return show(panel, 240, 600)


def click(panel: ClassPanel, row: int, x: int, qtbot: QtBot) -> None:
    rect = panel.list.visualRect(panel.list.model().index(row, 0))
    qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, rect.center().y()))


def test_a_click_hides_a_class_and_shows_it_again(panel: ClassPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.hidden_changed):
        click(panel, 3, 90, qtbot)
    assert panel.hidden == ("road",)
    with qtbot.waitSignal(panel.hidden_changed):
        click(panel, 3, panel.list.width() - 20, qtbot)
    assert panel.hidden == ()


def test_a_double_click_is_two_clicks(panel: ClassPanel, qtbot: QtBot) -> None:
    rect = panel.list.visualRect(panel.list.model().index(2, 0))
    told: list[tuple[str, ...]] = []
    panel.hidden_changed.connect(lambda: told.append(panel.hidden))
    place = QPoint(90, rect.center().y())
    # As Qt sends it: press, release, double click, release.
    qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseRelease(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert told == [("pole",), ()]


def test_the_keyboard_does_what_clicks_do(panel: ClassPanel, qtbot: QtBot) -> None:
    panel.list.setFocus()
    qtbot.keyClick(panel.list, Qt.Key.Key_Down)
    qtbot.keyClick(panel.list, Qt.Key.Key_Return)
    assert panel.hidden == ("building",)
    qtbot.keyClick(panel.list, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    dialog = panel.findChild(QColorDialog)
    assert dialog is not None
    assert "building" in dialog.windowTitle()
    dialog.reject()


def test_a_colour_is_chosen_without_blocking(panel: ClassPanel, qtbot: QtBot) -> None:
    click(panel, 0, 16, qtbot)
    dialog = panel.findChild(QColorDialog)
    assert dialog is not None
    dialog.setCurrentColor("#123456")
    with qtbot.waitSignal(panel.colour_changed) as heard:
        dialog.accept()
    assert heard.args == [0, "#123456"]
    assert panel.model.index(0).data(COLOUR).name() == "#123456"
    assert panel.hidden == ()


def test_the_menu_of_a_class(panel: ClassPanel, qtbot: QtBot) -> None:
    panel.set_colour(8, "#010203")
    rect = panel.list.visualRect(panel.list.model().index(8, 0))
    panel.list.customContextMenuRequested.emit(rect.center())
    menu = panel.findChild(QMenu)
    assert menu is not None
    actions = {action.text(): action for action in menu.actions()}
    with qtbot.waitSignal(panel.colour_changed) as heard:
        actions["Colour of the model"].trigger()
    assert heard.args == [8, CAMVID.classes[8].colour]
    actions["Only this one"].trigger()
    assert panel.hidden == tuple(name for name in CAMVID.names if name != "car")
    actions["Show all"].trigger()
    assert panel.hidden == ()
    menu.close()


def test_all_and_none(panel: ClassPanel) -> None:
    buttons = {button.text(): button for button in panel.findChildren(QPushButton)}
    buttons["None"].click()
    assert panel.hidden == CAMVID.names
    buttons["All"].click()
    assert panel.hidden == ()


def test_hidden_classes_are_set_by_name(panel: ClassPanel) -> None:
    told: list[tuple[str, ...]] = []
    panel.hidden_changed.connect(lambda: told.append(panel.hidden))
    panel.set_hidden(("sky", "car", "no such class"))
    assert panel.hidden == ("sky", "car")
    assert told == [("sky", "car")]


def test_shares_of_the_frame(panel: ClassPanel, qtbot: QtBot) -> None:
    classes = np.zeros((10, 10), np.uint8)
    classes[:, 7:] = 3
    panel.show_masks(np.full((10, 10), 5, np.uint8))
    panel.show_masks(classes)  # the newest counts
    qtbot.waitUntil(lambda: panel.model.index(0).data(SHARE) == pytest.approx(0.7))
    assert panel.model.index(3).data(SHARE) == pytest.approx(0.3)
    assert panel.model.index(3).data(ROLE.AccessibleTextRole) == "road, 30.0% of the frame, shown"
    panel.show_masks(None)
    qtbot.waitUntil(lambda: panel.model.index(0).data(SHARE) is None)


def test_the_class_under_the_pointer_is_marked(panel: ClassPanel) -> None:
    panel.point_at(4)
    marked = [row for row in range(len(CAMVID)) if panel.list.model().index(row, 0).data(POINTED)]
    assert marked == [4]
    before = panel.grab().toImage()
    panel.point_at(None)
    assert panel.grab().toImage() != before


def test_opacity_and_style(panel: ClassPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.opacity_changed) as heard:
        panel.opacity.setValue(30)
    assert heard.args == [0.3]
    buttons = {button.text(): button for button in panel.findChildren(QPushButton)}
    with qtbot.waitSignal(panel.style_changed) as heard:
        buttons["Outline"].click()
    assert heard.args == ["outline"]
    panel.set_style("fill")
    assert buttons["Fill"].isChecked()


def test_few_classes_need_no_search_and_many_have_one(panel: ClassPanel) -> None:
    assert not panel.search.isVisible()
    many = class_set_of(tuple(f"thing {number}" for number in range(255)))
    panel.show_classes(many, many.palette())
    assert panel.search.isVisible()
    panel.search.setText("G 25")
    found = panel.list.model()
    assert [found.index(row, 0).data() for row in range(found.rowCount())] == [
        "thing 25",
        "thing 250",
        "thing 251",
        "thing 252",
        "thing 253",
        "thing 254",
    ]
    panel.toggle(254)
    assert panel.hidden == ("thing 254",)


def test_shares_of_255_classes_cost_little(show: Show) -> None:
    many = class_set_of(tuple(f"thing {number}" for number in range(255)))
    panel = ClassPanel()
    panel.show_classes(many, many.palette())
    show(panel, 240, 700)
    shares, took = np.full(255, 1 / 255), []
    for _ in range(30):
        begin = time.perf_counter()
        panel.model.set_shares(shares)
        took.append((time.perf_counter() - begin) * 1000)
    print(f"shares of 255 classes: {np.median(took):.3f} ms")
    assert np.median(took) < 2
