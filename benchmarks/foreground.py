"""What foreground colours cost and gain: foreground.py [--size 1280x720] [--runs N].

A person whose colours, background and alpha are known is put together, with edges of several widths, at rest on a
textured background. Prints a Markdown table: the processor time of a frame over a colour without and with estimating,
ms, all threads together (medians of N runs in turn), and the mean distance of the colours in the band from the person's
own, of 255.
"""

import argparse
import statistics
import sys
import time

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.results.foreground import foreground_colours
from engine.results.matte import Compositor, Ground

WIDTHS = (4, 8, 16, 32)
HEAD = "| edge, pixels | band, % of the frame | plain, ms | with foreground colours, ms | more, ms | distance | with |"


def surface(seed: int, size: tuple[int, int], mean: tuple[int, int, int], spread: float) -> NDArray[np.uint8]:
    """Smooth colours around a mean, uint8 (h, w, 3)."""
    noise = np.random.default_rng(seed).normal(0, 1, (size[1], size[0], 3)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), size[1] / 30)
    return np.clip(mean + spread * noise / noise.std(), 0, 255).astype(np.uint8)


def edge(size: tuple[int, int], width: float) -> NDArray[np.float32]:
    """Alpha of head and shoulders with a wavy edge so many pixels wide, float32 (h, w)."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    across, middle = (x - size[0] / 2) / size[1], y / size[1]
    head = np.hypot(across, (middle - 0.38) * 0.8) - 0.18
    shoulders = np.hypot(across * 0.8, middle - 1.05) - 0.42
    away = size[1] * (np.minimum(head, shoulders) + 0.006 * np.sin(90 * across) * np.cos(80 * middle))
    return np.clip(0.5 - away / width, 0, 1).astype(np.float32)


def milliseconds(run: object, *arguments: object) -> float:
    begin = time.process_time()
    run(*arguments)  # type: ignore[operator]
    return (time.process_time() - begin) * 1000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="1280x720", metavar="WxH")
    parser.add_argument("--runs", type=int, default=60)
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    size = width, height
    person, behind = surface(1, size, (170, 110, 90), 25), surface(2, size, (40, 150, 60), 40)
    over = Compositor(Ground("colour"))
    print(HEAD + "\n| ---: |" + " ---: |" * (HEAD.count("|") - 2), flush=True)
    for soft in WIDTHS:
        alpha = edge(size, soft)
        share = alpha[..., None]
        rgb = np.rint(share * person + (1 - share) * behind).astype(np.uint8)
        plain, more = [], []
        for _ in range(arguments.runs):
            plain.append(milliseconds(over.over, rgb, alpha))
            more.append(milliseconds(foreground_colours, rgb, alpha))
        band = (alpha > 0) & (alpha < 1)
        inside = (alpha > 0.05) & (alpha < 0.95)
        made = foreground_colours(rgb, alpha)
        away = [np.abs(each[inside].astype(int) - person[inside]).mean() for each in (rgb, made)]
        before, extra = statistics.median(plain), statistics.median(more)
        print(
            f"| {soft} | {100 * band.mean():.1f} | {before:.1f} | {before + extra:.1f} | **{extra:.1f}** "
            f"| {away[0]:.1f} | {away[1]:.1f} |",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
