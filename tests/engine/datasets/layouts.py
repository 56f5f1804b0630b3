"""A small dataset in a documented layout, made up but learnable."""

from pathlib import Path

import numpy as np
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
