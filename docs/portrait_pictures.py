"""Makes the picture of docs/portraits.md: one person over every ground.

pip install scikit-image && python docs/portrait_pictures.py docs/images [--model portrait]

The person is Eileen Collins; NASA took the photograph, it is in the public domain, and scikit-image brings it along.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.data import astronaut

from engine import load_model
from engine.results.drawing import Drawing, Painter
from engine.results.matte import parse_ground
from resources import DEMO_CLIP

GROUNDS = ("overlay", "alpha", "band", "checkerboard", "blur", str(DEMO_CLIP))
SIDE = 320


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="portrait")
    arguments = parser.parse_args()
    rgb = np.asarray(astronaut(), np.uint8)
    tiles: list[NDArray[np.uint8]] = []
    model = load_model(arguments.model, device="cpu")
    made = model.segment(rgb)
    for name in GROUNDS:
        painter = Painter(model.card.class_set, Drawing(ground=parse_ground(name), foreground_colours=True))
        drawn = painter.drawn(rgb, made.mask, made.matte, at_s=4.0)
        painter.close()
        tiles.append(cv2.resize(drawn, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
    model.close()
    rows = [np.hstack(tiles[start : start + 3]) for start in (0, 3)]
    cv2.imwrite(str(arguments.folder / "grounds.png"), cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))


if __name__ == "__main__":
    main()
