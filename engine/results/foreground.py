"""A person's own colours where alpha is between 0 and 1, without the old background that shines through there."""

import cv2
import numpy as np
from numpy.typing import NDArray

_LINES = 180  # a picture is made so small that its shorter side has about so many
_WIDE, _NARROW = 23, 5  # sides of the two passes' squares, in pixels of the small picture
_TINY = 1e-5


def foreground_colours(rgb: NDArray[np.uint8], alpha: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The frame, uint8 (H, W, 3), with the person's own colours in the band; everything else is left bit for bit.

    rgb: uint8 (H, W, 3). alpha: float32 (H, W), 0..1. The band is where alpha, in steps of 1/255, is neither 0 nor 1;
    without one the frame itself is returned.

    Blur fusion (M. Forte, "Approximate Fast Foreground Colour Estimation", ICIP 2021): I is the picture, F and B are
    what is known of both sides, f and b their means over a square, weighted with alpha and with 1 − alpha. Then
    F = f + alpha (I − alpha f − (1 − alpha) b), once over wide squares and again, from that, over narrow ones. The
    means are smooth, so they are made of a small picture; the last equation takes the frame itself.
    """
    share = cv2.convertScaleAbs(alpha, alpha=255)
    band = cv2.inRange(share, 1, 254)
    left, top, width, height = cv2.boundingRect(band)
    if not width:
        return rgb
    shrink = max(1, round(min(alpha.shape) / _LINES))
    reach = shrink * (_WIDE // 2 + 1)
    near = np.s_[max(0, top - reach) : top + height + reach, max(0, left - reach) : left + width + reach]
    f, b = _means(rgb[near], np.asarray(alpha[near]), shrink)
    whole = np.asarray(cv2.merge([share[near]] * 3), np.uint8)
    mixed = cv2.add(_times(f, whole), _times(b, cv2.bitwise_not(whole)))
    # On bytes: what the picture has more than that, and what it has less.
    more, less = cv2.subtract(rgb[near], mixed), cv2.subtract(mixed, rgb[near])
    own = cv2.subtract(cv2.add(f, _times(more, whole)), _times(less, whole))
    made = rgb.copy()
    cv2.copyTo(own, band[near], made[near])
    return made


def _means(
    rgb: NDArray[np.uint8], alpha: NDArray[np.float32], shrink: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The mean colours of both sides around every pixel, uint8 (H, W, 3)."""
    height, width = alpha.shape
    size = max(1, width // shrink), max(1, height // shrink)
    # Whole squares of pixels shrink six times as fast; that the last few columns are left out shows nowhere.
    whole = np.s_[: size[1] * shrink, : size[0] * shrink]
    picture = cv2.resize(rgb[whole], size, interpolation=cv2.INTER_AREA).astype(np.float32)
    share = cv2.merge([cv2.resize(alpha[whole], size, interpolation=cv2.INTER_AREA)] * 3)
    rest = 1 - share
    found, b = picture, picture
    for side in (_WIDE, _NARROW):
        square = (side, side)
        around = cv2.blur(share, square)
        f = cv2.blur(found * share, square) / (around + _TINY)
        b = cv2.blur(b * rest, square) / (1 - around + _TINY)
        found = np.clip(f + share * (picture - share * f - rest * b), 0, 255)
    return _enlarged(f, width, height), _enlarged(b, width, height)


def _enlarged(colours: NDArray[np.float32], width: int, height: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(np.clip(colours, 0, 255).astype(np.uint8), (width, height)), np.uint8)


def _times(colours: NDArray[np.uint8], share: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """colours × share / 255."""
    return np.asarray(cv2.multiply(colours, share, scale=1 / 255), np.uint8)
