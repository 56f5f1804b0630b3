"""Heat in the panes of two slots: where labels flipped, when it begins anew, and what it is made of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication

from app.views.compare_view import CompareView
from app.views.flips import WINDOW, Flips
from app.views.heat import disagreement, heat_table
from tests.app.window.views.panes import both, masks, near, pair, seen_at


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


def test_a_seek_begins_the_heat_anew_even_where_its_first_frame_was_not_drawn(view: CompareView) -> None:
    view.set_mode("flicker")
    everywhere = pair(np.ones((180, 320), bool))
    for index in range(1, 6):
        view.show_result(both(masks(1, 2), masks(1, 3), index=index, pairs=(everywhere, everywhere)))
    assert "last 5 frames" in view._legend.text
    away = both(masks(1, 2), masks(1, 3), index=46, run=2, pairs=(everywhere, everywhere))
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


# ---- what heat is made of


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_disagreement_is_symmetric_and_none_with_itself(height: int, width: int, times: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    a = draw.integers(0, 4, (height, width), dtype=np.uint8)
    b = draw.integers(0, 4, (height, width), dtype=np.uint8)
    seen = np.ones(256, bool)
    (there, share), (back, _) = disagreement(a, b, seen), disagreement(b, a, seen)
    assert share == np.mean(a != b)
    assert np.array_equal(there, back)
    assert np.array_equal(there > 0, a != b)
    assert not disagreement(a, a, seen)[0].any()
    larger = np.repeat(np.repeat(b, times, 0), times, 1)
    assert np.array_equal(disagreement(a, larger, seen)[0], there)
    assert not disagreement(a, b, np.zeros(256, bool))[0].any()


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
