"""Masks over frames: filled and outlined."""

import time

import numpy as np
import pytest

from engine.models.classes import VOID
from engine.results.overlay import blend, outlines

PALETTE = np.zeros((256, 3), np.uint8)
PALETTE[1], PALETTE[2] = (200, 0, 0), (0, 0, 200)


def halves(height: int = 40, width: int = 60) -> np.ndarray:
    """Class 1 on the left, class 2 on the right."""
    classes = np.ones((height, width), np.uint8)
    classes[:, width // 2 :] = 2
    return classes


def grey(height: int = 40, width: int = 60) -> np.ndarray:
    return np.full((height, width, 3), 100, np.uint8)


@pytest.mark.parametrize(("opacity", "red"), [(0.0, 100), (0.5, 150), (1.0, 200)])
def test_filled_classes_cover_the_frame(opacity: float, red: int) -> None:
    drawn = blend(grey(), halves(), PALETTE, opacity)
    assert drawn.shape == (40, 60, 3)
    assert drawn[5, 5, 0] == red


def test_the_result_has_the_size_of_the_masks() -> None:
    for size in ((40, 60), (80, 120), (20, 30)):
        assert blend(grey(*size), halves(), PALETTE).shape == (40, 60, 3)
        assert blend(grey(*size), halves(), PALETTE, style="outline").shape == (40, 60, 3)


@pytest.mark.parametrize("style", ["fill", "outline"])
def test_hidden_classes_leave_the_frame_as_it_is(style: str) -> None:
    visible = np.ones(256, bool)
    visible[2] = False
    frame = grey()
    drawn = blend(frame, halves(), PALETTE, 1.0, style="outline" if style == "outline" else "fill", visible=visible)
    assert (drawn[:, 30:] == 100).all()
    assert (drawn[:, 29] == (200, 0, 0)).all()
    assert (frame == 100).all()


def test_outlines_are_opaque_and_lie_within_their_class() -> None:
    drawn = blend(grey(), halves(), PALETTE, 0.1, style="outline")
    assert (drawn[:, 29] == (200, 0, 0)).all()
    assert (drawn[:, 30] == (0, 0, 200)).all()
    assert (np.delete(drawn, (29, 30), axis=1) == 100).all()


def test_outlines_grow_with_the_picture() -> None:
    widths = []
    for height in (360, 720, 1440):
        drawn = blend(grey(height, 640), halves(height, 640), PALETTE, style="outline")
        widths.append(int((drawn[height // 2, :, 0] == 200).sum()))
    assert widths == [1, 2, 3]


@pytest.mark.parametrize("thickness", [1, 2, 3])
def test_a_border_is_as_thick_as_asked_on_each_side(thickness: int) -> None:
    drawn = outlines(halves(), thickness)
    assert (drawn[:, 30 - thickness : 30] == 1).all()
    assert (drawn[:, 30 : 30 + thickness] == 2).all()
    assert (drawn == VOID).sum() == drawn.size - 2 * thickness * 40


def test_one_class_has_no_border_and_void_has_none_either() -> None:
    assert (outlines(np.full((10, 10), 3, np.uint8)) == VOID).all()
    classes = np.full((10, 10), VOID, np.uint8)
    classes[4, 4] = 7
    assert np.unique(outlines(classes)).tolist() == [7, VOID]
    assert (outlines(classes) != VOID).sum() == 1


def test_borders_are_found_within_a_millisecond() -> None:
    classes = np.random.default_rng(0).integers(0, 11, (360, 640)).astype(np.uint8)
    took = []
    for _ in range(30):
        begin = time.perf_counter()
        outlines(classes)
        took.append((time.perf_counter() - begin) * 1000)
    print(f"outlines: {np.median(took):.3f} ms")
    assert np.median(took) < 1
