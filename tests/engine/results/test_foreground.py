"""The person's own colours at the edge, against composites whose colours are known."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.results.foreground import foreground_colours
from tests.engine.mattes import disc

Picture = NDArray[np.uint8]


def surface(seed: int, size: tuple[int, int], mean: tuple[int, int, int]) -> Picture:
    """Smooth colours around a mean, uint8 (h, w, 3)."""
    noise = np.random.default_rng(seed).normal(0, 1, (size[1], size[0], 3)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), min(size) / 24)
    return np.clip(mean + 25 * noise / noise.std(), 0, 255).astype(np.uint8)


def composite(size: tuple[int, int], soft: float) -> tuple[Picture, Picture, NDArray[np.float32]]:
    """A picture, the person in it, and alpha."""
    person, behind = surface(1, size, (170, 110, 90)), surface(2, size, (40, 150, 60))
    alpha = disc(size, (size[0] / 2, size[1] / 2), min(size) / 3, soft)
    share = alpha[..., None]
    return np.rint(share * person + (1 - share) * behind).astype(np.uint8), person, alpha


def error(made: Picture, person: Picture, alpha: NDArray[np.float32]) -> float:
    """Mean distance in the band, 0..255."""
    band = (alpha > 0.05) & (alpha < 0.95)
    return float(np.abs(made[band].astype(int) - person[band]).mean())


@pytest.mark.parametrize("size", [(640, 360), (202, 360), (1280, 720)])
@pytest.mark.parametrize("soft", [0.015, 0.06])
def test_colours_in_the_band_come_near_the_persons(size: tuple[int, int], soft: float) -> None:
    picture, person, alpha = composite(size, soft * min(size))
    made = foreground_colours(picture, alpha)
    assert error(made, person, alpha) < 0.45 * error(picture, person, alpha)


def test_what_is_sure_stays_bit_for_bit() -> None:
    picture, _, alpha = composite((640, 360), 12)
    before = picture.copy()
    made = foreground_colours(picture, alpha)
    sure = (alpha == 0) | (alpha == 1)
    assert np.array_equal(made[sure], picture[sure])
    assert (made != picture).any()
    assert np.array_equal(picture, before), "the frame is everybody's"


def test_without_a_band_it_is_the_frame() -> None:
    picture = surface(1, (64, 48), (100, 100, 100))
    for value in (0.0, 1.0):
        assert foreground_colours(picture, np.full((48, 64), value, np.float32)) is picture


@pytest.mark.parametrize("at", [(0, 0), (63, 20), (30, 47)])
def test_a_person_at_the_border_is_no_trouble(at: tuple[int, int]) -> None:
    picture, alpha = surface(1, (64, 48), (100, 50, 200)), disc((64, 48), at, 6, 5)
    assert foreground_colours(picture, alpha).shape == picture.shape
    one = np.zeros((48, 64), np.float32)
    one[at[1], at[0]] = 0.5
    changed = (foreground_colours(picture, one) != picture).any(axis=2)
    assert not changed[one == 0].any()


def test_a_picture_of_one_colour_stays_so() -> None:
    picture = np.full((48, 64, 3), (10, 200, 90), np.uint8)
    made = foreground_colours(picture, disc((64, 48), (32, 24), 14, 9))
    assert np.abs(made.astype(int) - picture).max() <= 2
