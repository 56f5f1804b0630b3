"""How soon a picture appears while the scrub bar is dragged: of any kind, and the exact frame with its masks.

    python benchmarks/scrub.py [CLIP] [--drags 60]

Seeded random and smooth drags through the controller with the bundled model. Prints median, 95th percentile and longest
in milliseconds. Runs wherever a window opens, or with QT_QPA_PLATFORM=offscreen.
"""

import argparse
import os
import random
import sys
import tempfile
import time

import numpy as np
from PySide6.QtCore import QEventLoop, QTimer

from app.window import make_application, make_window
from resources import DEMO_CLIP

STRIP_MS = 4000  # for the filmstrip to be made


def wait(ms: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def drag(window: object, index: int) -> tuple[float, float]:
    """Milliseconds to the first picture, and to the exact one."""
    controller = window.controller  # type: ignore[attr-defined]
    begin = time.perf_counter()
    seen: list[float] = []
    loop = QEventLoop()

    def preview(_: object) -> None:
        seen.append(time.perf_counter() - begin)

    def shown(result: object) -> None:
        seen.append(time.perf_counter() - begin)
        if result.frame.index == index:  # type: ignore[attr-defined]
            loop.quit()

    controller.playhead.preview.connect(preview)
    controller.shown.connect(shown)
    QTimer.singleShot(5000, loop.quit)
    controller.playhead.seek(index)
    loop.exec()
    controller.playhead.preview.disconnect(preview)
    controller.shown.disconnect(shown)
    return seen[0] * 1000, seen[-1] * 1000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", nargs="?", default=str(DEMO_CLIP))
    parser.add_argument("--drags", type=int, default=60)
    arguments = parser.parse_args()
    os.environ["STEADYMASK_HOME"] = tempfile.mkdtemp()  # what was open before must not be taken up again
    make_application()
    window = make_window(device="cpu")
    window.show()
    window.start(arguments.clip)
    wait(STRIP_MS)
    window.controller.playhead.begin_drag()
    count = window.controller.clip.frame_count or 1
    dice = random.Random(0)
    here = window.controller.playhead.position or 0
    for name in ("random", "smooth"):
        times = []
        for _ in range(arguments.drags):
            step = dice.randrange(1, 9) if name == "smooth" else dice.randrange(count)
            target = (here + step) % (count - 4)
            if target != here:
                times.append(drag(window, target))
            here = target
        for what, values in zip(("first picture", "exact frame"), np.array(times).T, strict=True):
            p50, p95 = np.percentile(values, [50, 95])
            print(f"{name} drags, {what}: median {p50:.0f} ms, p95 {p95:.0f} ms, longest {values.max():.0f} ms")
    window.controller.playhead.end_drag()
    window.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
