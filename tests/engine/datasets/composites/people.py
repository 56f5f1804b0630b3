"""Small portraits on disk, and a way to cut them out that needs no pymatting."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engine.datasets.composites import shelf
from engine.datasets.composites.cutout import Cutout

SIZE = (60, 80)
"""(width, height) of every portrait."""


def portrait(index: int, size: tuple[int, int] = SIZE) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """A head and shoulders that the picture's lower edge cuts: uint8 (h, w, 3), and where they are, bool (h, w)."""
    width, height = size
    x, y = np.meshgrid(np.arange(width) / width, np.arange(height) / height)
    person = np.hypot(x - 0.5, (y - 0.4) * 1.2) < 0.22
    person |= (y > 0.75) & (np.abs(x - 0.5) < 0.35)
    random = np.random.default_rng(index)
    rgb = random.integers(0, 60, (height, width, 3))
    rgb[person] += (150, 100, 80)
    return rgb.astype(np.uint8), person


def write_portraits(root: Path, split: str, count: int = 4) -> Path:
    """Portraits in the layout of eg1800."""
    for index in range(count):
        rgb, person = portrait(index)
        for kind, picture in (("images", rgb), ("masks", person.astype(np.uint8))):
            folder = root / split / kind
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture).save(folder / f"{index:05d}.png")
    return root


def write_road(path: Path, frames: int = 40, size: tuple[int, int] = (96, 54)) -> Path:
    """A clip whose pictures move to the left."""
    path.parent.mkdir(parents=True, exist_ok=True)
    row = np.linspace(20, 230, size[0] * 2).astype(np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(25))
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for index in range(frames):
            line = row[index : index + size[0]]
            rgb = np.repeat(np.repeat(line[None, :, None], size[1], axis=0), 3, axis=2)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def cut_plainly(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Portraits are cut out with their blurred label for alpha. Returns a list that grows with each that is made."""
    made: list[int] = []

    def cut(rgb: NDArray[np.uint8], person: NDArray[np.bool_]) -> Cutout:
        made.append(len(made))
        alpha = cv2.blur(person.astype(np.float32), (3, 3), borderType=cv2.BORDER_REPLICATE)
        return Cutout(rgb, np.rint(alpha * 255).astype(np.uint8))

    monkeypatch.setattr(shelf, "cut_out", cut)
    return made
