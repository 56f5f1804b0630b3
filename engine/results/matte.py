"""A person in front of something else: a frame and its alpha over a ground."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import ExportError
from engine.results.backdrop import Backdrop, covering
from engine.video.alpha import checkerboard
from engine.video.images import IMAGE_SUFFIXES

GroundKind = Literal["overlay", "checkerboard", "colour", "blur", "alpha", "band", "picture", "clip"]
GREEN = (0, 177, 64)
"""The green that keyers expect."""

_WORDS: tuple[GroundKind, ...] = ("overlay", "checkerboard", "blur", "alpha", "band")
_SHRINK, _SIGMA = 8, 3.0  # a background is blurred at an eighth of its size, by so many of its pixels
_NOBODY, _LITTLE = 0.02, 1e-3
BAND = (0.05, 0.95)
"""Alpha between these two is neither the person nor what is behind: the band at the edge."""
BAND_COLOUR = (64, 208, 255)
_DIMMED = 0.4  # of its lightness is left beside the band


@dataclass(frozen=True, slots=True)
class Ground:
    """What stands behind a person. `overlay`: the frame itself, the person coloured. `alpha`: nothing, alpha in grey.
    `band`: the dimmed frame, of the person the band at the edge alone, in one colour.

    colour: (red, green, blue) of a `colour`. path: of a `picture` or a `clip`, a video or a folder of images.
    """

    kind: GroundKind = "overlay"
    colour: tuple[int, int, int] = GREEN
    path: Path | None = None

    @property
    def mixes(self) -> bool:
        """Whether the person is put over something else, so that their own colours count."""
        return self.kind not in ("overlay", "alpha", "band")

    def identity(self) -> str:
        """Everything about it, as it would be typed."""
        if self.kind == "colour":
            return "#{:02x}{:02x}{:02x}".format(*self.colour)
        return self.kind if self.path is None else str(self.path.absolute())


OVERLAID = Ground()


def parse_ground(text: str) -> Ground:
    """Read `overlay`, `checkerboard`, `blur`, `alpha`, `band`, `green`, `#rrggbb` or the path of a picture or a clip.

    Raises ExportError for what is none of them.
    """
    if text in _WORDS:
        return Ground(text)
    if text == "green":
        return Ground("colour")
    if re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        value = int(text[1:], 16)
        return Ground("colour", (value >> 16, value >> 8 & 255, value & 255))
    path = Path(text)
    if not path.exists():
        raise ExportError(
            f"{text!r} is no background, and no picture or clip has that path; give {', '.join(_WORDS)}, green, "
            "#rrggbb, or the path of a picture or a clip"
        )
    still = path.suffix.lower() in IMAGE_SUFFIXES and path.is_file()
    return Ground("picture" if still else "clip", path=path)


class Compositor:
    """Puts frames over one ground. What does not change from frame to frame is made once. One thread at a time.

    Close it after use, which ends the thread that a clip is decoded in.
    """

    def __init__(self, ground: Ground) -> None:
        """ground: any but `overlay`, which is `engine.results.overlay.blend`'s. Raises ExportError for a picture or a
        clip that cannot be read.
        """
        self._ground = ground
        self._picture = self._clip = None
        if ground.path is not None:
            if ground.kind == "clip":
                self._clip = Backdrop(ground.path)
            else:
                self._picture = _read(ground.path)
        self._still: NDArray[np.uint8] | None = None

    def over(
        self,
        rgb: NDArray[np.uint8],
        alpha: NDArray[np.float32],
        *,
        at_s: float = 0.0,
        front: NDArray[np.uint8] | None = None,
    ) -> NDArray[np.uint8]:
        """The frame, uint8 (H, W, 3), where alpha, float32 (H, W), is 1, the ground where it is 0.

        at_s: when it is seen, seconds, of which a clip's picture is taken. front: the person's own colours where they
        are known, see `engine.results.foreground`; None for the frame's. Raises ExportError where a clip breaks off.
        """
        if self._ground.kind == "alpha":
            grey = cv2.convertScaleAbs(alpha, alpha=255)
            return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)
        if self._ground.kind == "band":
            return _banded(rgb, alpha)
        if self._clip is not None:
            behind = self._clip.at(at_s, rgb.shape[1], rgb.shape[0])
        else:
            behind = _blurred(rgb, alpha) if self._ground.kind == "blur" else self._at(rgb.shape[1], rgb.shape[0])
        return mixed(rgb if front is None else front, behind, alpha)

    def close(self) -> None:
        """Release the clip, where there is one. May be called twice, from any thread."""
        if self._clip is not None:
            self._clip.close()

    def _at(self, width: int, height: int) -> NDArray[np.uint8]:
        """The ground at the frame's size."""
        if self._still is None or self._still.shape[:2] != (height, width):
            if self._picture is not None:
                self._still = covering(self._picture, width, height)
            elif self._ground.kind == "checkerboard":
                self._still = checkerboard(width, height)
            else:
                self._still = np.full((height, width, 3), self._ground.colour, np.uint8)
        return self._still


def mixed(front: NDArray[np.uint8], back: NDArray[np.uint8], alpha: NDArray[np.float32]) -> NDArray[np.uint8]:
    """alpha × front + (1 − alpha) × back, uint8 (H, W, 3), alpha in steps of 1/255; right to 1 of 255."""
    # On bytes, which takes less than half as long as floats do.
    share = cv2.convertScaleAbs(alpha, alpha=255)
    share = cv2.merge([share, share, share])
    seen = cv2.multiply(front, share, scale=1 / 255)
    return np.asarray(cv2.add(seen, cv2.multiply(back, cv2.bitwise_not(share), scale=1 / 255)), np.uint8)


def premultiplied(rgb: NDArray[np.uint8], alpha: NDArray[np.float32]) -> NDArray[np.uint8]:
    """alpha × rgb, uint8 (H, W, 3)."""
    return mixed(rgb, np.zeros_like(rgb), alpha)


def _blurred(rgb: NDArray[np.uint8], alpha: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The frame out of focus, the person left out of it: nobody has a halo of their own colours."""
    height, width = rgb.shape[:2]
    size = max(1, width // _SHRINK), max(1, height // _SHRINK)
    known = cv2.compare(alpha, _NOBODY, cv2.CMP_LT)  # where some of the person is, their colours are too
    parts = [cv2.resize(each, size, interpolation=cv2.INTER_AREA) for each in (cv2.copyTo(rgb, known), known)]
    weighted = np.dstack(parts).astype(np.float32)
    near, far = (cv2.GaussianBlur(weighted, (0, 0), sigma) for sigma in (_SIGMA, 4 * _SIGMA))
    # Deep inside the person nothing near is background: what is farther away shows through there.
    soft = near + _LITTLE * far
    soft = 255 * soft[..., :3] / np.maximum(soft[..., 3:], _LITTLE)
    large = cv2.resize(np.clip(soft, 0, 255).astype(np.uint8), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, np.uint8)


def _banded(rgb: NDArray[np.uint8], alpha: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The frame in a dark grey, and over it the band."""
    grey = cv2.convertScaleAbs(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), alpha=_DIMMED)
    levels = cv2.max(grey, cv2.inRange(alpha, *BAND))  # nothing that is dimmed is as bright as the band's level
    table = np.arange(256, dtype=np.uint8)[:, None, None].repeat(3, axis=2)
    table[255] = BAND_COLOUR
    return np.asarray(cv2.applyColorMap(levels, table), np.uint8)


def _read(path: Path) -> NDArray[np.uint8]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"), np.uint8)
    except (OSError, UnidentifiedImageError) as failure:
        raise ExportError(f"{path} cannot be read as a picture ({failure}); choose another background") from failure
