"""How long the curves dock keeps the GUI thread busy: painting, zooming, taking up what is new.

    python benchmarks/curves.py [--frames 10000 1000000] [--rounds 40]

Two slots, three plots, 1100 × 230 pixels. Prints median and 99th percentile in milliseconds of processor
time, so that other work on the machine does not count. "read" is done in the background; everything else on the GUI
thread. Runs wherever a window opens, or with QT_QPA_PLATFORM=offscreen.
"""

import argparse
import sys
import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from app.curves.panel import CurvesPanel
from app.curves.snapshot import Request, take
from app.player.background import Background
from app.style.theme import apply_theme
from engine.live.counts import MEASURES
from engine.live.track import Known, MeasureTrack

RATE = 30.0
CLASSES = 11


class FilledTrack(MeasureTrack):
    """Two slots with made-up values of `frames` frames, without the masks that they would come from."""

    def __init__(self, frames: int) -> None:
        super().__init__()
        dice = np.random.default_rng(0)
        self._reach(frames - 1)
        self._end = frames
        self._pts[:frames] = np.arange(frames) / RATE
        for slot, name in enumerate(("street", "ema(street, alpha=0.7)")):
            self.set_method(slot, name, CLASSES)
            self._slots[slot].known[:frames] = Known.ANALYSED
            flicker = 0.02 + 0.01 * np.sin(np.arange(frames) / 90) + dice.gamma(2, 0.003, frames)
            values = {"flicker": flicker, "tc": 97 - 400 * flicker, "inference_ms": 8 + dice.gamma(2, 1, frames)}
            for row, measure in enumerate(MEASURES):
                self._slots[slot].values[row, :frames] = values[measure]


def wait_for(condition: Callable[[], bool]) -> None:
    loop, timer = QEventLoop(), QTimer(interval=10)
    timer.timeout.connect(lambda: loop.quit() if condition() else None)
    timer.start()
    loop.exec()
    timer.stop()


def measure(name: str, rounds: int, run: Callable[[int], object]) -> None:
    times = []
    for number in range(rounds):
        begin = time.thread_time()
        run(number)
        times.append(1000 * (time.thread_time() - begin))
    p50, p99 = np.percentile(times, [50, 99])
    print(f"  {name:<34} median {p50:7.2f} ms   p99 {p99:7.2f} ms")


def try_out(frames: int, rounds: int) -> None:
    panel = CurvesPanel(Background())
    panel.resize(1100, 230)
    panel.show()
    track = FilledTrack(frames)
    panel.set_clip(track, rate=RATE, live=False, frame_count=frames)
    wait_for(lambda: panel.snapshot is not None and panel.snapshot.known)
    wait_for(lambda: panel.plots.isVisible())
    plots = panel.plots
    drawn = sum(len(curve.xData) for plot in plots.plots.values() for curve in plot.curves.values())
    print(f"{frames} frames, two slots; {drawn} points are drawn:")

    def repaint(_: int) -> None:
        plots.viewport().repaint()

    def play(number: int) -> None:
        plots.show_here(number * frames // rounds)
        plots.viewport().repaint()

    def zoom(number: int) -> None:
        plots.zoomed.emit(0.8 if number < rounds // 2 else 1.25, frames / RATE * 0.37)
        plots.viewport().repaint()

    taken = take(Request(track, RATE, True, None))
    panel.fit()
    measure("repaint", rounds, repaint)
    measure("play line moves, repaint", rounds, play)
    measure("zoom, repaint", rounds, zoom)
    panel.fit()
    measure("refresh: draw what is new", rounds, lambda _: panel.show_snapshot(taken))
    measure("refresh: read (in the background)", 5, lambda _: take(taken.request))
    panel.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=40)
    arguments = parser.parse_args()
    application = QApplication([])
    apply_theme(application, "dark")
    for frames in arguments.frames:
        try_out(frames, arguments.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
