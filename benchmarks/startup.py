"""How long a start takes: to the first window, and from opening a clip to its first masks.

    python benchmarks/startup.py [CLIP] [--times 5]

Each time in a process of its own. Prints the median and the longest in seconds. Runs wherever a window opens, or with
QT_QPA_PLATFORM=offscreen.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

from resources import DEMO_CLIP

CHILD = """
import sys, time
began = float(sys.argv[2])
from app.window import make_application, make_window
application = make_application()
window = make_window(device="cpu")
window.show()
seen = {}
def painted():
    seen["window"] = time.time() - began
    seen["asked"] = time.time()
    window.open(sys.argv[1])
def shown(result):
    if result.slots and "mask" not in seen:
        seen["mask"] = time.time() - seen["asked"]
        print(seen["window"], seen["mask"])
        window.close()
from PySide6.QtCore import QTimer
window.controller.shown.connect(shown)
window.start(None)
QTimer.singleShot(0, painted)
application.exec()
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", nargs="?", default=str(DEMO_CLIP))
    parser.add_argument("--times", type=int, default=5)
    arguments = parser.parse_args()
    os.environ["STEADYMASK_HOME"] = tempfile.mkdtemp()  # what was open before must not be taken up again
    windows, masks = [], []
    for _ in range(arguments.times):
        child = subprocess.run(
            [sys.executable, "-c", CHILD, arguments.clip, str(time.time())],
            capture_output=True,
            text=True,
            check=True,
        )
        window_s, mask_s = map(float, child.stdout.split()[-2:])
        windows.append(window_s)
        masks.append(mask_s)
    for name, values in (("start to first window", windows), ("opening a clip to its first masks", masks)):
        print(f"{name}: median {statistics.median(values):.2f} s, longest {max(values):.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
