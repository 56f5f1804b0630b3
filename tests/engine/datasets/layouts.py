"""Small datasets in documented layouts, made up but learnable."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def write_camvid(root: Path, split: str = "train", count: int = 12, size: tuple[int, int] = (128, 96)) -> Path:
    """`count` images: sky above, road below, a car-coloured box between; label 11 (void) in the last row."""
    random = np.random.default_rng(3)
    width, height = size
    for kind in ("images", "labels"):
        (root / split / kind).mkdir(parents=True, exist_ok=True)
    colours = np.array([(120, 180, 230), (90, 90, 95), (200, 30, 30)], np.float64)
    for index in range(count):
        label = np.zeros((height, width), np.uint8)
        label[height // 2 :] = 3
        top, left = (int(random.integers(10, side - 50)) for side in (height, width))
        label[top : top + 40, left : left + 40] = 8
        place = np.searchsorted([0, 3, 8], label)
        image = np.clip(colours[place] + random.normal(0, 8, (height, width, 3)), 0, 255).astype(np.uint8)
        label[-1] = 11
        Image.fromarray(image).save(root / split / "images" / f"{index:04d}.png")
        Image.fromarray(label).save(root / split / "labels" / f"{index:04d}.png")
    return root


def write_cityscapes(root: Path, snippets: int = 4, size: tuple[int, int] = (96, 64), split: str = "train") -> Path:
    """Snippets of 30 frames, a label on the 20th alone: sky above, road below, a car that drives to the right."""
    for number in range(snippets):
        name = f"bonn_{number:06d}_{{:06d}}"
        for frame in range(30):
            image, label = _drive(np.random.default_rng([number, frame]), size, frame, (23, 7, 26))
            _save(root / "leftImg8bit_sequence" / split / "bonn" / f"{name.format(frame)}_leftImg8bit.png", image)
            if frame == 19:
                _save(root / "gtFine" / split / "bonn" / f"{name.format(frame)}_gtFine_labelIds.png", label)
    return root


def write_vspw(root: Path, clips: int = 2, frames: int = 8, size: tuple[int, int] = (96, 64)) -> Path:
    """Clips of the split `train`, a label on every frame."""
    for number in range(clips):
        for frame in range(frames):
            image, label = _drive(np.random.default_rng([number, frame]), size, frame, (1, 2, 124))
            folder = root / "data" / f"{number}_clip"
            _save(folder / "origin" / f"{frame:08d}.jpg", image)
            _save(folder / "mask" / f"{frame:08d}.png", label)
    (root / "train.txt").write_text("".join(f"{number}_clip\n" for number in range(clips)), encoding="utf-8")
    return root


def _drive(
    random: np.random.Generator, size: tuple[int, int], frame: int, ids: tuple[int, int, int]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Frame `frame` of a drive, uint8 (H, W, 3), and its label with the `ids` of what is above, below and the car."""
    width, height = size
    place = np.zeros((height, width), np.intp)
    place[height // 2 :] = 1
    left = frame * width // 60
    place[height // 3 : height * 2 // 3, left : left + width // 4] = 2
    colours = np.array([(120, 180, 230), (90, 90, 95), (200, 30, 30)], np.float64)
    image = np.clip(colours[place] + random.normal(0, 8, (height, width, 3)), 0, 255).astype(np.uint8)
    return image, np.array(ids, np.uint8)[place]


def _save(path: Path, picture: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)
