"""Where both panes look, what the pointer and the divider do there, and the signs in the corners."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.style.theme import apply_theme
from app.views.compare_view import CompareView, Mode
from app.views.divider import Divider
from app.views.frame_view import FrameView, Pointed
from tests.app.window.views.panes import BLUE, at, both, divider_of, masks, near, seen_at

# ---- where one looks


@pytest.mark.parametrize("slot", [0, 1])
def test_panes_look_at_the_same_place_whichever_is_moved(view: CompareView, qtbot: QtBot, slot: int) -> None:
    view.set_mode("side")
    QApplication.processEvents()
    with qtbot.waitSignal(view.view_changed):
        _turn(view.panes[slot], 90, 140, 120)
    _look_alike(view)
    state = view.view_state()
    assert state is not None
    assert state[2] > 1
    view.zoom(3)
    view.pan(0.3, -0.2)
    _look_alike(view)
    view.actual_size()
    _look_alike(view)
    view.panes[slot].fit()
    assert [pane.view_state() for pane in view.panes] == [None, None]
    view.restore_view((0.3, 0.6, 2.5))
    _look_alike(view)
    assert view.view_state() == pytest.approx((0.3, 0.6, 2.5), rel=1e-3)


def test_a_fit_where_nothing_moves_is_one_of_both_panes(view: CompareView) -> None:
    view.set_mode("side")
    QApplication.processEvents()
    view.zoom(2)
    view.zoom(-2)
    assert view.view_state() is not None
    view.panes[1].fit()
    assert view.view_state() is None


def test_the_view_is_kept_through_modes_and_sizes(view: CompareView) -> None:
    view.zoom(4)
    view.pan(0.2, 0.1)
    before = view.view_state()
    assert before is not None
    view.set_mode("side")
    QApplication.processEvents()
    _look_alike(view)
    view.resize(900, 500)
    QApplication.processEvents()
    _look_alike(view)
    after = view.view_state()
    assert after is not None
    assert after[:2] == pytest.approx(before[:2], abs=0.02)
    view.fit()
    view.resize(500, 500)
    QApplication.processEvents()
    for pane in view.panes:
        assert pane.view_state() is None
        assert pane.point_at(1, pane.height() / 2) is not None
        assert pane.point_at(pane.width() - 2, pane.height() / 2) is not None


def test_another_size_of_clip_is_fitted_in_both(view: CompareView) -> None:
    view.set_mode("side")
    QApplication.processEvents()
    view.zoom(4)
    square = masks(1, 2, size=(50, 50))
    view.show_result(both(square, square, size=(200, 200)))
    for pane in view.panes:
        assert pane.view_state() is None
        seen = pane.point_at(pane.width() / 2, pane.height() / 2)
        assert seen is not None
        assert abs(seen.x - 100) <= 1


def _look_alike(view: CompareView) -> None:
    QApplication.processEvents()
    first, second = (pane.view_state() for pane in view.panes)
    assert first is not None
    assert second is not None
    assert first[:2] == pytest.approx(second[:2], abs=1e-3)
    widths = [pane.width() for pane in view.panes]
    assert first[2] / widths[0] == pytest.approx(second[2] / widths[1], rel=0.02)


# ---- the pointer


@pytest.mark.parametrize(
    ("mode", "slot", "x", "class_id"),
    [
        ("single", 0, 0.75, 2),
        ("side", 0, 0.75, 2),
        ("side", 1, 0.75, 3),
        ("wipe", 0, 0.45, 1),
        ("wipe", 0, 0.7, 3),
        ("difference", 0, 0.75, 2),
        ("flicker", 0, 0.75, 2),
        ("flicker", 1, 0.75, 3),
    ],
)
def test_the_pointer_tells_the_class_of_the_slot_under_it(
    view: CompareView, qtbot: QtBot, mode: Mode, slot: int, x: float, class_id: int
) -> None:
    view.set_mode(mode)
    QApplication.processEvents()
    point = at(view, slot, x, 0.5)
    pointed = view.point_at(point.x(), point.y())
    assert pointed is not None
    assert pointed.class_id == class_id
    assert abs(pointed.x - x * 320) <= 2
    pane = view.panes[slot]
    with qtbot.waitSignal(view.pointed) as heard:
        _move(pane.viewport(), pane.mapFrom(view, point))
    (told,) = heard.args
    assert told.class_id == class_id
    assert abs(told.x - pointed.x) + abs(told.y - pointed.y) <= 2


def test_between_the_panes_is_nowhere(view: CompareView) -> None:
    view.set_mode("side")
    QApplication.processEvents()
    gap = view.panes[0].geometry().right() + 1
    assert view.point_at(gap, 180) is None


def test_a_point_of_one_slot_is_a_point_of_the_frame(view: CompareView) -> None:
    assert view.point_at(1, 1) == Pointed(0, 0, 1)


# ---- the divider


@pytest.mark.parametrize("off", [-7, 0, 8])
def test_the_divider_is_dragged_from_anywhere_along_the_line(view: CompareView, off: int) -> None:
    view.set_mode("wipe")
    QApplication.processEvents()
    pane = view.panes[0].viewport()
    start = QPoint(round(0.5 * pane.width()) + off, 300)
    grabbed = pane.childAt(start)
    assert isinstance(grabbed, Divider)
    assert grabbed.cursor().shape() is Qt.CursorShape.SplitHCursor
    QTest.mousePress(grabbed, Qt.MouseButton.LeftButton, pos=grabbed.mapFrom(pane, start))
    assert view.divider == 0.5
    QTest.mouseMove(grabbed, grabbed.mapFrom(pane, start + QPoint(100, -50)))
    assert view.divider == pytest.approx(0.5 + 100 / pane.width(), abs=1e-3)
    QTest.mouseMove(grabbed, grabbed.mapFrom(pane, start + QPoint(5000, 0)))
    assert view.divider == 1
    QTest.mouseRelease(grabbed, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    QTest.mouseDClick(grabbed, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert view.divider == 0.5
    assert view.view_state() is None, "the picture stayed where it was"


def test_beside_the_divider_the_picture_is_panned(view: CompareView) -> None:
    view.set_mode("wipe")
    QApplication.processEvents()
    pane = view.panes[0].viewport()
    assert not isinstance(pane.childAt(QPoint(round(0.5 * pane.width()) + 12, 300)), Divider)


def test_the_divider_keeps_its_share_of_the_pane(view: CompareView) -> None:
    view.set_mode("wipe")
    view.move_divider(0.25)
    view.zoom(3)
    view.resize(1000, 500)
    QApplication.processEvents()
    assert view.divider == 0.25
    assert divider_of(view).geometry().center().x() == pytest.approx(250, abs=1)
    view.set_mode("single")
    assert not divider_of(view).isVisible()
    assert near(seen_at(view, 0, 0.75, 0.5), BLUE)
    view.set_mode("wipe")
    assert view.divider == 0.25


@given(st.floats(-2, 3))
def test_a_divider_stays_within_the_pane(share: float) -> None:
    parent = QWidget()
    divider = Divider(parent)
    divider.set_share(share)
    assert divider.share == pytest.approx(min(1, max(0, share)), abs=1e-4)
    parent.deleteLater()


def test_arrow_keys_move_the_divider_and_not_the_clip(view: CompareView, qtbot: QtBot) -> None:
    view.set_mode("wipe")
    divider = divider_of(view)
    for key, share in ((Qt.Key.Key_Right, 0.51), (Qt.Key.Key_Left, 0.5), (Qt.Key.Key_PageUp, 0.6)):
        asked = QKeyEvent(QKeyEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.NoModifier)
        asked.ignore()
        QApplication.sendEvent(divider, asked)
        assert asked.isAccepted()
        qtbot.keyClick(divider, key)
        assert view.divider == pytest.approx(share)
    space = QKeyEvent(QKeyEvent.Type.ShortcutOverride, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(divider, space)
    assert not space.isAccepted()
    assert divider.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert divider.accessibleName()


def test_the_wheel_over_the_divider_is_left_to_the_picture(view: CompareView) -> None:
    view.set_mode("wipe")
    QApplication.processEvents()
    assert not _turn_widget(divider_of(view), 8, 200, 120)
    assert view.divider == 0.5
    assert _turn_widget(view.panes[0].viewport(), 100, 200, 120)


# ---- signs


def test_long_names_are_cut_and_stay_in_their_corners(view: CompareView) -> None:
    view.set_names("street", "median(" * 20 + "street" + ")" * 20)
    view.set_mode("wipe")
    QApplication.processEvents()
    pane = view.panes[0]
    left, right, _ = view._pills
    assert right.geometry().left() >= pane.width() / 2
    assert right.geometry().right() < pane.width()
    assert left.geometry().right() < pane.width() / 2
    assert right.accessibleName().startswith("B median(")
    assert right.geometry().bottom() < pane.height() / 6


def test_signs_let_the_pointer_through(view: CompareView) -> None:
    view.set_mode("side")
    QApplication.processEvents()
    pill = view._pills[0]
    assert view.panes[0].viewport().childAt(pill.geometry().center()) is None


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_signs_can_be_read_in_every_theme(view: CompareView, qapp: QApplication, theme: str) -> None:
    apply_theme(qapp, "light" if theme == "light" else "dark")
    QApplication.processEvents()
    pill = view._pills[0]
    picture = pill.grab().toImage()
    lightness = [picture.pixelColor(x, picture.height() // 2).lightness() for x in range(24, picture.width() - 8)]
    assert max(lightness) - min(lightness) > 120
    apply_theme(qapp)


def _move(widget: QWidget, point: QPoint) -> None:
    """Move the pointer over a widget, also where the screen is too small for it."""
    none = Qt.MouseButton.NoButton
    place, on_screen = QPointF(point), QPointF(widget.mapToGlobal(point))
    event = QMouseEvent(QMouseEvent.Type.MouseMove, place, on_screen, none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(widget, event)


def _turn(pane: FrameView, x: int, y: int, angle: int) -> None:
    _turn_widget(pane.viewport(), x, y, angle)


def _turn_widget(widget: QWidget, x: int, y: int, angle: int) -> bool:
    """Turn the wheel over a widget, without its parents. Returns whether it took it."""
    event = QWheelEvent(
        QPointF(x, y),
        QPointF(widget.mapToGlobal(QPoint(x, y))),
        QPoint(),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
    return event.isAccepted()
