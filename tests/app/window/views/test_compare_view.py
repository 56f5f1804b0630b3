"""Two slots in the picture area: what each mode draws, also while slot B is empty, and what holds for both panes."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.views.compare_view import CompareView, Mode
from app.views.heat import DISAGREE, dimmed
from engine.models.mapping import ClassMapping
from tests.app.window.views.panes import (
    BLUE,
    GREEN,
    GREY,
    RED,
    both,
    colour,
    divider_of,
    masks,
    near,
    pair,
    said,
    seen_at,
)

MODES: tuple[Mode, ...] = get_args(Mode)
COMPARING: tuple[Mode, ...] = ("side", "wipe", "difference")
HINT = "Choose a method for slot B"


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
    view.set_names("street", "people", ClassMapping(("road", "car", "sky", "bus"), ("cat",) * 4, (None,) * 4))
    view.set_mode("difference")
    assert near(seen_at(view, 0, 0.75, 0.5), BLUE)
    assert said(view) == ["A street", "B people has no classes in common with A"]


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
    view.show_result(replace(both(masks(1, 2)), slots=()))
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
