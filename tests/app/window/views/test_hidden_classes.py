"""Which classes are not drawn: the background at first, and what a person hid, which stays with the class set."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.views.class_list import SHOWN
from engine.methods import MethodPool
from engine.models.background import backgrounds, drawn_at_first
from engine.models.classes import ClassSet, bundled_class_set
from tests.app.window.conftest import MakeWindow
from tests.app.window.fakes import FakeSegmenter, fakes
from tests.app.window.hands import until
from tests.engine.fakes import FakeSource

CAMVID, FOREGROUND = bundled_class_set("camvid"), bundled_class_set("foreground")
SETS = {"one": CAMVID, "two": CAMVID, "faces": bundled_class_set("300vw-mask"), "figure": FOREGROUND}


def model(name: str) -> FakeSegmenter:
    made = FakeSegmenter()
    made.name = name
    made.card = made.card.model_copy(update={"class_set": SETS.get(name, CAMVID)})
    return made


@pytest.fixture
def window(make_window: MakeWindow, qtbot: QtBot) -> MainWindow:
    """A clip that rests, with model `one` in slot A."""
    return opened(make_window, qtbot)


def opened(make_window: MakeWindow, qtbot: QtBot, a: str = "one") -> MainWindow:
    window = make_window("x", open_source=fakes(FakeSource(20)), pool_on=lambda _: MethodPool(model))
    until(qtbot, lambda: window.controller.playhead.position is not None)
    window.controller.playhead.pause()
    use(window, qtbot, a)
    return window


def use(window: MainWindow, qtbot: QtBot, a: str, b: str | None = None) -> None:
    window.controller.a.use(a)
    window.controller.b.use(b)
    names = [name for name in (a, b) if name is not None]
    until(qtbot, lambda: [method.name for method in window.controller.methods] == names)


def alpha(window: MainWindow, class_id: int, slot: int = 0) -> int:
    """How opaque a class is drawn in the pane of a slot, 0..255."""
    if window.controller.b.name is not None:
        window.view.set_mode("side")
    return int(window.view.panes[slot].masks.lut[class_id, 3])


@pytest.mark.parametrize("name", ["background", "Background", "VOID", "__background__", "unlabeled"])
def test_names_of_the_background(name: str) -> None:
    assert backgrounds((name, "car")) == (name,)


def test_other_is_a_class_and_something_is_always_drawn() -> None:
    assert backgrounds(("other", "sky", "background clutter")) == ()
    assert backgrounds(("background",)) == ()
    assert np.flatnonzero(~drawn_at_first(FOREGROUND)).tolist() == [0]


def test_the_background_is_not_tinted_and_can_be(window: MainWindow, qtbot: QtBot) -> None:
    use(window, qtbot, "figure")
    assert window.classes.hidden == ("background",)
    assert (alpha(window, 0), alpha(window, 1)) == (0, 255)
    row = window.classes.model.index(0)
    assert not row.data(SHOWN)
    assert "not tinted" in row.data(Qt.ItemDataRole.AccessibleTextRole)
    window.classes.toggle(0)
    assert alpha(window, 0) == 255
    assert window.looks.visible.all()


def test_what_is_hidden_stays_with_its_model(window: MainWindow, qtbot: QtBot) -> None:
    window.classes.toggle(3)
    assert alpha(window, 3) == 0
    use(window, qtbot, "faces")
    assert window.classes.hidden == ("background",)
    window.classes.toggle(0)
    window.classes.toggle(2)
    use(window, qtbot, "one")
    assert window.classes.hidden == ("road",)
    use(window, qtbot, "faces")
    assert window.classes.hidden == ("eyes",)


def test_slots_have_their_own_where_their_sets_differ(window: MainWindow, qtbot: QtBot) -> None:
    use(window, qtbot, "one", "faces")
    window.classes.toggle(3)
    assert (alpha(window, 3, 0), alpha(window, 3, 1), alpha(window, 0, 1)) == (0, 255, 0)
    window.looks.hide(1, 4)
    assert (alpha(window, 4, 0), alpha(window, 4, 1)) == (255, 0)
    use(window, qtbot, "faces", "one")
    assert window.classes.hidden == ("background", "inner mouth")
    use(window, qtbot, "one", "two")
    assert (alpha(window, 3, 0), alpha(window, 3, 1)) == (0, 0), "the same set is hidden in both"
    window.actions_["all-classes"].trigger()
    assert (alpha(window, 3, 0), alpha(window, 3, 1)) == (255, 255)


def test_a_right_click_on_b_hides_its_class(window: MainWindow, qtbot: QtBot) -> None:
    use(window, qtbot, "one", "faces")
    window.view.set_mode("side")
    pane = window.view.panes[1]
    window.controller.playhead.seek(14)  # all of class 3
    until(qtbot, lambda: (there := pane.point_at(*middle(pane))) is not None and there.class_id == 3)
    place = pane.viewport().rect().center()
    QApplication.sendEvent(
        pane.viewport(),
        QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, pane.viewport().mapToGlobal(place)),
    )
    menu = window.findChild(QMenu, "picture-menu")
    assert menu is not None
    (hide,) = [action for action in menu.actions() if action.text() == "Hide “outer mouth” of B"]
    menu.close()
    hide.trigger()
    assert (alpha(window, 3, 0), alpha(window, 3, 1)) == (255, 0)


def middle(pane: QWidget) -> tuple[int, int]:
    return pane.rect().center().x(), pane.rect().center().y()


def test_it_is_kept_across_starts(window: MainWindow, make_window: MakeWindow, qtbot: QtBot, home: Path) -> None:
    window.classes.toggle(5)
    window.close()
    again = opened(make_window, qtbot)
    assert again.classes.hidden == ("tree",)


def test_a_key_is_the_class_set_and_no_name(window: MainWindow) -> None:
    window.classes.toggle(5)
    other = ClassSet(name="another", classes=CAMVID.classes)
    assert not window.looks.visible_of(other)[5]
