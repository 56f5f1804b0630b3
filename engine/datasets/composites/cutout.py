"""A person cut out of a photograph: alpha in a band around the label, and the colours without the background.

Needs the extra `matting` (pymatting), whose very first import compiles for about a minute.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import DatasetError

BAND = 0.016
"""How far the band reaches to both sides of the label's border, of the picture's diagonal."""

_PLAIN = 24
"""How far the values of a plain line may lie apart after JPEG, of 255."""

EPSILON = 1e-5
"""Regularisation of the closed form: that of the paper, 1e-7, follows the noise of JPEG."""


@dataclass(frozen=True, slots=True, eq=False)
class Cutout:
    """One picture's person. foreground: uint8 (h, w, 3) RGB, its colours everywhere. alpha: uint8 (h, w), 255 person.

    Truth is what these 8 bits say: composites are made from them.
    """

    foreground: NDArray[np.uint8]
    alpha: NDArray[np.uint8]

    def rgba(self) -> NDArray[np.uint8]:
        """Both as one picture, uint8 (h, w, 4), straight."""
        return np.dstack([self.foreground, self.alpha])


def cut_out(rgb: NDArray[np.uint8], person: NDArray[np.bool_]) -> Cutout:
    """Cut the person out of a picture, rgb uint8 (h, w, 3), by its label, bool (h, w). Half a second at 300 × 400.

    Alpha is 1 within the label and 0 beyond it, but for a band along its border, where it is the closed form's (Levin,
    Lischinski, Weiss, "A Closed-Form Solution to Natural Image Matting", TPAMI 2008). Colours are estimated by multiple
    levels (Germer et al., "Fast Multi-Level Foreground Estimation", ICPR 2020). Without a border alpha is the label.
    Plain margins, where a photograph was filled up to its size, are left off: it ends where its person is cut.
    Raises DatasetError without pymatting.
    """
    try:
        from pymatting import estimate_alpha_cf, estimate_foreground_ml
    except ImportError as error:
        raise DatasetError(
            "composites are made with pymatting, which is not installed; run: pip install 'steadymask[matting]'"
        ) from error
    rows, columns = photographed(rgb, person)
    rgb, person = rgb[rows, columns], person[rows, columns]
    image = rgb.astype(np.float64) / 255
    sure = trimap(person)
    alpha = sure
    if 0 in sure and 1 in sure:
        alpha = estimate_alpha_cf(image, sure, laplacian_kwargs={"epsilon": EPSILON})
    kept = np.rint(alpha * 255).astype(np.uint8)
    colours = estimate_foreground_ml(image, kept / 255)
    return Cutout(np.rint(np.clip(colours, 0, 1) * 255).astype(np.uint8), kept)


def photographed(rgb: NDArray[np.uint8], person: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The rows and columns of a picture without its plain margins, which hold one colour and nobody."""
    kept = []
    for axis in (1, 0):
        spread = (rgb.max(axis=axis).astype(np.int64) - rgb.min(axis=axis)).max(axis=1)
        lines = np.flatnonzero((spread > _PLAIN) | person.any(axis=axis))
        kept.append(slice(int(lines[0]), int(lines[-1]) + 1) if lines.size else slice(None))
    return kept[0], kept[1]


def trimap(person: NDArray[np.bool_]) -> NDArray[np.float64]:
    """1 surely the person, 0 surely not, 0.5 in the band, float64 (h, w)."""
    radius = max(1, round(BAND * float(np.hypot(*person.shape))))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)
    label = person.astype(np.uint8)
    # The picture's own edge is no border: beyond it the person goes on.
    inside, around = cv2.erode(label, disc, borderValue=1), cv2.dilate(label, disc, borderValue=0)
    return np.where(inside > 0, 1.0, np.where(around > 0, 0.5, 0.0))
