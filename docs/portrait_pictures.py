"""Makes the pictures of a person in the documentation: over every ground, and in the window.

pip install scikit-image
xvfb-run -s "-screen 0 1600x1000x24" python docs/portrait_pictures.py docs/images

The person is Eileen Collins; NASA took the photograph, it is in the public domain, and scikit-image brings it along.
"""

import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from screenshots import go_to, grab, new_window, until, wait
from skimage.data import astronaut

from engine import load_model
from engine.results.drawing import Drawing, Painter
from engine.results.matte import parse_ground
from resources import DEMO_CLIP

MODEL = "portrait"
GROUNDS = ("overlay", "alpha", "band", "checkerboard", "blur", str(DEMO_CLIP))
SIDE = 256
FRAMES = 40
SHOWN = 20


def every_ground(rgb: NDArray[np.uint8], path: Path) -> None:
    """One picture: a tile for each ground."""
    model = load_model(MODEL, device="cpu")
    made = model.segment(rgb)
    tiles: list[NDArray[np.uint8]] = []
    for name in GROUNDS:
        painter = Painter(model.card.class_set, Drawing(ground=parse_ground(name), foreground_colours=True))
        drawn = painter.drawn(rgb, made.mask, made.matte, at_s=4.0)
        painter.close()
        tiles.append(np.asarray(cv2.resize(drawn, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8))
    model.close()
    rows = [np.hstack(tiles[start : start + 3]) for start in (0, 3)]
    cv2.imwrite(str(path), cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))


def seen(rgb: NDArray[np.uint8], frame: int) -> NDArray[np.uint8]:
    """A frame of the photograph as a clip, as a hand would hold the camera."""
    middle = rgb.shape[0] / 2
    zoom = 1.15 + 0.05 * np.sin(frame / 12)
    right, down = middle * (1 - zoom) + 10 * np.sin(frame / 9), middle * (1 - zoom) + 10 + 5 * np.cos(frame / 7)
    place = np.array([[zoom, 0, right], [0, zoom, down]], np.float32)
    return np.asarray(cv2.warpAffine(rgb, place, rgb.shape[1::-1], borderMode=cv2.BORDER_REFLECT), np.uint8)


def moving(rgb: NDArray[np.uint8], folder: Path) -> Path:
    """All frames of the clip as a folder of images."""
    folder.mkdir()
    for frame in range(FRAMES):
        cv2.imwrite(str(folder / f"{frame:03d}.png"), cv2.cvtColor(seen(rgb, frame), cv2.COLOR_RGB2BGR))
    return folder


def in_the_window(rgb: NDArray[np.uint8], path: Path) -> None:
    """The window on that clip: as it is, and smoothed, before itself out of focus."""
    window = new_window()
    window.store.change(matte_ground="blur", theme="dark")
    window.open(str(moving(rgb, Path(tempfile.mkdtemp(), "person"))))
    until(lambda: window.controller.clip is not None)
    window.controller.a.use(MODEL)
    window.controller.b.use(f"ema({MODEL}, alpha=0.7)")
    window.comparing.set_mode("side")
    wait(1000)
    track = window.measuring.track
    assert track is not None
    until(lambda: track.analysed(1) == FRAMES)
    go_to(window, SHOWN)
    wait(1500)
    grab(window, path)
    window.close()


def main() -> None:
    folder = Path(sys.argv[1]).absolute()
    rgb = np.asarray(astronaut(), np.uint8)
    every_ground(seen(rgb, SHOWN), folder / "grounds.png")
    in_the_window(rgb, folder / "person.png")


if __name__ == "__main__":
    main()
