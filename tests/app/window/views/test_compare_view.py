"""Two slots in the picture area: what each mode draws, where both panes look, what the pointer and the divider do."""

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.theme import apply_theme
from app.views.compare_view import CompareView, Mode
from app.views.divider import Divider
from app.views.flips import WINDOW, Flips
from app.views.frame_view import FrameView, Pointed
from app.views.heat import DISAGREE, dimmed, disagreement, heat_table
from engine.consistency.pair import PairCounts
from engine.pipeline import FrameResult
from engine.segmentation import Segmentation
from engine.video.frame import Frame

Show = Callable[[CompareView, int, int], CompareView]
RED, GREEN, BLUE = (220, 20, 20), (20, 200, 20), (20, 20, 220)
GREY = (100, 100, 100)
MODES: tuple[Mode, ...] = get_args(Mode)
COMPARING: tuple[Mode, ...] = ("side", "wipe", "difference")
HINT = "Choose a method for slot B"


def masks(left: int, right: int, *, size: tuple[int, int] = (160, 90)) -> NDArray[np.uint8]:
    """The left half of one class, the right half of another."""
    classes = np.full(size[::-1], left, np.uint8)
    classes[:, size[0] // 2 :] = right
    return classes


def pair(changed: NDArray[np.bool_]) -> PairCounts:
    return PairCounts(np.zeros((8, 4, 4), np.int64), changed)


def both(
    a: NDArray[np.uint8],
    b: NDArray[np.uint8] | None = None,
    *,
    index: int = 0,
    generation: int = 1,
    pairs: tuple[PairCounts | None, ...] = (),
    grey: int = 100,
    size: tuple[int, int] = (320, 180),
) -> FrameResult:
    """A grey frame of 320 × 180 with these masks in slots A and B."""
    made = [Segmentation(each, size, 1.0) for each in (a, b) if each is not None]
    frame = Frame(index, index / 25, np.full((size[1], size[0], 3), grey, np.uint8))
    return FrameResult(generation, frame, tuple(made), 0, pairs)


@pytest.fixture
def view(show: Show) -> CompareView:
    """642 × 360 pixels; A sees class 1 (red) left and 2 (blue) right, B sees class 1 left and 3 (green) right."""
    view = show(CompareView(), 642, 360)
    palette = np.zeros((256, 3), np.uint8)
    palette[1:4] = RED, BLUE, GREEN
    view.set_palette(palette)
    view.set_names("street", "ema(street)")
    view.show_result(both(masks(1, 2), masks(1, 3)))
    return view


def colour(view: QWidget, x: float, y: float) -> tuple[int, int, int]:
    QApplication.processEvents()
    picture = view.grab().toImage()
    scale = picture.devicePixelRatio()
    seen = picture.pixelColor(int(x * scale), int(y * scale))
    return seen.red(), seen.green(), seen.blue()


def near(one: tuple[int, ...], other: tuple[int, ...], most: int = 4) -> bool:
    return all(abs(a - b) <= most for a, b in zip(one, other, strict=True))


def at(view: CompareView, slot: int, x: float, y: float) -> QPoint:
    """A point of the picture (shares 0..1 of it, fitted) in a pane, in pixels of the whole view."""
    pane = view.panes[slot]
    scale = min(pane.width() / 320, pane.height() / 180)
    left, top = (pane.width() - 320 * scale) / 2, (pane.height() - 180 * scale) / 2
    return pane.mapTo(view, QPoint(int(left + x * 320 * scale), int(top + y * 180 * scale)))


def seen_at(view: CompareView, slot: int, x: float, y: float) -> tuple[int, int, int]:
    point = at(view, slot, x, y)
    return colour(view, point.x(), point.y())


def said(view: CompareView) -> list[str]:
    return [pill.text for pill in view._pills if pill.isVisible()]


def divider_of(view: CompareView) -> Divider:
    divider = view.findChild(Divider)
    assert divider is not None
    return divider


# ---- what is drawn


def test_one_slot_alone_is_a_until_b_is_asked_for(view: CompareView) -> None:
    assert near(seen_at(view, 0, 0.75, 0.5), BLUE)
    assert said(view) == ["A street"]
    view.set_single_slot(1)
    assert near(seen_at(view, 0, 0.75, 0.5), GREEN)
    assert said(view) == ["B ema(street)"]
    assert not view.panes[1].isVisible()


def test_side_by_side_shows_each_slot_in_a_pane_of_its_own(view: CompareView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.mode_changed) as heard:
        view.set_mode("side")
    assert heard.args == ["side"]
    QApplication.processEvents()
    assert near(seen_at(view, 0, 0.75, 0.5), BLUE)
    assert near(seen_at(view, 1, 0.75, 0.5), GREEN)
    assert near(seen_at(view, 1, 0.25, 0.5), RED)
    assert said(view) == ["A street", "B ema(street)"]
    assert abs(view.panes[0].width() - view.panes[1].width()) <= 1


def test_a_wipe_shows_a_left_and_b_right_of_the_divider(view: CompareView) -> None:
    view.set_mode("wipe")
    view.move_divider(0.75)
    line = 0.75 * view.width()
    assert near(colour(view, line - 6, 250), BLUE)
    assert near(colour(view, line + 6, 250), GREEN)
    view.move_divider(0.6)
    assert near(colour(view, line - 6, 250), GREEN)
    assert said(view) == ["A street", "B ema(street)"]


def test_outlines_of_both_slots_end_at_the_divider_and_follow_it(view: CompareView) -> None:
    a, b = np.full((90, 160), 1, np.uint8), np.full((90, 160), 1, np.uint8)
    a[45:], b[60:] = 2, 3
    view.show_result(both(a, b))
    view.set_style("outline")
    view.set_mode("wipe")
    for share in (0.5, 0.3, 0.7):
        view.move_divider(share)
        left, right = share * view.width() - 20, share * view.width() + 20
        assert near(colour(view, left, 181), BLUE, 60)
        assert near(colour(view, right, 181), GREY)
        assert near(colour(view, left, 241), GREY)
        assert near(colour(view, right, 241), GREEN, 60)


def test_the_divider_is_light_on_any_picture_and_has_no_blurred_edge(view: CompareView) -> None:
    view.set_mode("wipe")
    view.move_divider(0.7)
    QApplication.processEvents()
    picture = view.grab().toImage()
    scale = picture.devicePixelRatio()
    middle = round(0.7 * view.width() * scale)
    row = [picture.pixelColor(x, round(40 * scale)) for x in range(middle - 12, middle + 12)]
    light = [each for each in row if near((each.red(), each.green(), each.blue()), (255, 255, 255), 2)]
    assert len(light) == round(2 * scale)
    edge = [each for each in row if 40 < min(each.red(), each.green(), each.blue()) < 250]
    assert not edge, "each pixel is of the line, of its dark sides or of the picture"


def test_difference_marks_where_the_slots_disagree_and_says_how_much(view: CompareView) -> None:
    view.set_mode("difference")
    marked = tuple(int(DISAGREE[place : place + 2], 16) for place in (1, 3, 5))
    assert near(seen_at(view, 0, 0.75, 0.5), marked)
    agreed = seen_at(view, 0, 0.25, 0.5)
    assert max(agreed) - min(agreed) <= 1
    assert max(agreed) < 100
    assert said(view) == ["A ≠ B  50.0 %"]
    view.set_class_visible(3, False)
    assert near(seen_at(view, 0, 0.75, 0.5), marked), "class 2 of A is still drawn there"
    view.set_class_visible(2, False)
    assert near(seen_at(view, 0, 0.75, 0.5), agreed)
    assert said(view) == ["A ≠ B  \u20070.0 %"]


def test_where_classes_mean_other_things_nothing_is_called_a_difference(view: CompareView) -> None:
    view.set_names("street", "people", same_classes=False)
    view.set_mode("difference")
    assert near(seen_at(view, 0, 0.75, 0.5), BLUE)
    assert said(view) == ["A street", "B people knows other classes than A"]


def test_heat_appears_where_labels_flipped(view: CompareView) -> None:
    view.set_mode("flicker")
    upper, nowhere = np.zeros((180, 320), bool), np.zeros((180, 320), bool)
    upper[:60] = True
    for index in range(1, 11):
        flips = (pair(upper), pair(nowhere))
        view.show_result(both(masks(1, 2), masks(1, 3), index=index, pairs=flips))
    QApplication.processEvents()
    hot, calm, other = (seen_at(view, *place) for place in ((0, 0.5, 0.2), (0, 0.5, 0.7), (1, 0.5, 0.2)))
    assert hot[0] > calm[0] + 100
    assert max(calm) - min(calm) <= 1
    assert near(other, calm)
    assert view._legend.text == "flips  0 … 30 % of the last 10 frames"
    assert view._legend.isVisible()


@pytest.mark.parametrize("jump", [-3, 0, 40])
def test_a_seek_begins_the_heat_anew(view: CompareView, jump: int) -> None:
    view.set_mode("flicker")
    everywhere = pair(np.ones((180, 320), bool))
    for index in range(1, 6):
        view.show_result(both(masks(1, 2), masks(1, 3), index=index, pairs=(everywhere, everywhere)))
    assert "last 5 frames" in view._legend.text
    away = both(masks(1, 2), masks(1, 3), index=5 + jump, generation=2, pairs=(everywhere, everywhere))
    view.show_result(away)
    assert view._legend.text == "Play on to see where masks flip"
    assert near(seen_at(view, 0, 0.5, 0.2), seen_at(view, 0, 0.5, 0.7))


def test_no_pair_begins_the_heat_of_its_slot_anew_and_so_does_another_method(view: CompareView) -> None:
    flips = Flips()
    everywhere = pair(np.ones((4, 6), bool))
    for index in range(3):
        flips.add(both(masks(1, 2), masks(1, 3), index=index, pairs=(everywhere, everywhere)))
    flips.add(both(masks(1, 2), masks(1, 3), index=3, pairs=(everywhere, None)))
    assert (flips.pairs(0), flips.pairs(1)) == (3, 0)
    assert flips.levels(1) is None
    flips.reset(0)
    assert flips.pairs(0) == 0
    view.set_mode("flicker")
    for index in range(1, 3):
        view.show_result(both(masks(1, 2), index=index, pairs=(everywhere,)))
    view.set_names("other", None)
    assert view._legend.text == "Play on to see where masks flip"


# ---- while slot B is empty


@pytest.mark.parametrize("mode", COMPARING)
def test_with_b_empty_a_is_shown_with_a_hint_and_b_comes_alive_by_itself(view: CompareView, mode: Mode) -> None:
    view.set_names("street", None)
    view.set_mode(mode)
    view.show_result(both(masks(1, 2)))
    QApplication.processEvents()
    assert near(seen_at(view, 0, 0.3, 0.6), RED)
    assert said(view) == ["A street", f"B {HINT}"]
    if mode != "difference":
        slot, x = (1, 0.3) if mode == "side" else (0, 0.7)
        assert near(seen_at(view, slot, x, 0.6), GREY), "nothing covers the picture there"
    view.set_names("street", "ema(street)")
    view.show_result(both(masks(1, 2), masks(1, 3), index=1))
    QApplication.processEvents()
    assert view.mode == mode
    assert not any(HINT in text for text in said(view))
    slot = 1 if mode == "side" else 0
    alive = seen_at(view, slot, 0.75, 0.5)
    assert near(alive, GREEN) or mode == "difference"
    assert not near(alive, BLUE)


def test_with_b_empty_the_flicker_map_is_that_of_a_in_one_pane(view: CompareView) -> None:
    view.set_names("street", None)
    view.set_mode("flicker")
    for index in range(1, 4):
        view.show_result(both(masks(1, 2), index=index, pairs=(pair(np.ones((180, 320), bool)),)))
    assert not view.panes[1].isVisible()
    assert seen_at(view, 0, 0.5, 0.5)[0] > 150
    assert said(view) == ["A street"]


def test_one_slot_alone_needs_no_name(view: CompareView) -> None:
    view.set_names("street", None)
    view.set_single_slot(1)
    view.show_result(both(masks(1, 2)))
    assert near(seen_at(view, 0, 0.75, 0.5), BLUE)
    assert said(view) == []


def test_an_unknown_mode_is_refused_with_those_there_are(view: CompareView) -> None:
    with pytest.raises(ValueError, match="'swap'; choose one of single, side"):
        view.set_mode("swap")  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", MODES)
def test_without_masks_every_mode_shows_the_frame(view: CompareView, mode: Mode) -> None:
    view.set_mode(mode)
    view.set_names("", None)
    view.show_result(replace(both(masks(1, 2)), segmentations=()))
    QApplication.processEvents()
    seen = seen_at(view, 0, 0.25, 0.6)
    assert near(seen, GREY if mode != "flicker" else (int(dimmed(np.full((1, 1, 3), 100, np.uint8))[0, 0]),) * 3)


@pytest.mark.parametrize("mode", MODES)
def test_nothing_is_left_when_the_clip_is_closed(view: CompareView, mode: Mode) -> None:
    view.set_mode(mode)
    view.clear()
    QApplication.processEvents()
    assert said(view) == []
    assert not divider_of(view).isVisible()
    assert view.point_at(300, 180) is None
    assert colour(view, 160, 250) == colour(view, 3, 3)


# ---- both panes alike


def test_classes_opacity_and_style_hold_for_both_panes(view: CompareView) -> None:
    view.set_mode("side")
    QApplication.processEvents()
    view.set_class_visible(1, False)
    for slot in (0, 1):
        assert near(seen_at(view, slot, 0.25, 0.5), GREY)
    view.set_class_visible(1, True)
    view.set_opacity(0.5)
    for slot in (0, 1):
        assert near(seen_at(view, slot, 0.25, 0.5), (160, 60, 60))
    view.set_style("outline")
    for slot in (0, 1):
        assert near(seen_at(view, slot, 0.25, 0.5), GREY)
    view.set_style("fill")
    view.set_masks_shown(False)
    for slot in (0, 1):
        assert near(seen_at(view, slot, 0.75, 0.5), GREY)


@pytest.mark.parametrize("mode", ["difference", "flicker"])
def test_masks_left_out_leave_out_what_is_drawn_in_their_place(view: CompareView, mode: Mode) -> None:
    view.set_mode(mode)
    everywhere = pair(np.ones((180, 320), bool))
    for index in (1, 2):
        view.show_result(both(masks(1, 2), masks(3, 1), index=index, pairs=(everywhere, everywhere)))
    QApplication.processEvents()
    coloured = seen_at(view, 0, 0.5, 0.5)
    assert max(coloured) - min(coloured) > 50
    view.set_masks_shown(False)
    plain = seen_at(view, 0, 0.5, 0.5)
    assert max(plain) - min(plain) <= 1


def test_both_panes_always_show_the_same_frame(view: CompareView) -> None:
    for index, mode in enumerate(("side", "flicker", "single", "side", "wipe", "flicker"), start=1):
        view.set_mode(mode)  # type: ignore[arg-type]
        _same_grey(view, max(0, 10 * (index - 1)) or 100)
        view.show_result(both(masks(1, 2), masks(1, 3), index=index, grey=10 * index))
        _same_grey(view, 10 * index)
    view.set_mode("side")
    view.show_preview(np.full((18, 32, 3), 200, np.uint8))
    _same_grey(view, 200)
    QApplication.processEvents()
    assert near(seen_at(view, 1, 0.75, 0.5), (200, 200, 200))


def _same_grey(view: CompareView, grey: int) -> None:
    """Every pane that is shown has a picture of this grey, or of the one made of it for heat."""
    dark = int(dimmed(np.full((1, 1, 3), grey, np.uint8))[0, 0])
    for pane in view.panes:
        if pane.isVisible():
            assert int(np.ravel(pane._picture.image)[0]) in (grey, dark)


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


# ---- what heat is made of


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_disagreement_is_symmetric_and_none_with_itself(height: int, width: int, times: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    a = draw.integers(0, 4, (height, width), dtype=np.uint8)
    b = draw.integers(0, 4, (height, width), dtype=np.uint8)
    seen = np.ones(256, bool)
    there, back = disagreement(a, b, seen), disagreement(b, a, seen)
    assert np.array_equal(there, back)
    assert np.array_equal(there > 0, a != b)
    assert not disagreement(a, a, seen).any()
    larger = np.repeat(np.repeat(b, times, 0), times, 1)
    assert np.array_equal(disagreement(a, larger, seen), there)
    assert not disagreement(a, b, np.zeros(256, bool)).any()


def test_heat_is_clear_where_calm_and_grows_with_flips() -> None:
    alpha = heat_table()[:, 3].astype(int)
    assert alpha[0] == 0
    assert (np.diff(alpha) >= 0).all()
    assert 150 < alpha[-1] < 255
    flips = Flips()
    changed = np.zeros((20, 30), bool)
    changed[:, :10] = True
    for index in range(2 * WINDOW):
        flips.add(both(masks(1, 2), index=index, pairs=(pair(changed if index % 10 == 0 else np.zeros_like(changed)),)))
    assert flips.pairs(0) == WINDOW
    levels = flips.levels(0)
    assert levels is not None
    assert levels[10, 5] == pytest.approx(255 * (0.1 / 0.3) ** 0.5, abs=1)
    assert levels[10, 20] == 0


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
