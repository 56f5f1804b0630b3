"""How long the GUI thread is busy while the window plays: gaps of a 10 ms timer.

    python benchmarks/window_probe.py [CLIP] [--seconds 20] [--export] [--steady PRESET] [--b METHOD] [--mode side]

Prints the median, 99th percentile and longest gap in milliseconds. Runs wherever a window opens, or with
QT_QPA_PLATFORM=offscreen. --export: the same clip is exported meanwhile. --steady: the bundled model is made steady on
it meanwhile, as the button does it; the stages that this comes to are printed with the gaps in each, so let it take as
long as the training. --b: a method in slot B, measured and drawn beside A. The curves are open and the whole clip is
measured in the background in any case.
"""

import argparse
import os
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer

from app.compare.comparing import MODES
from app.training.calibration import most_threads
from app.training.record import Record
from app.window import make_application, make_window
from engine.work import SegmentRequest
from resources import DEMO_CLIP, MODELS
from trainer.steady import PRESET_NAMES, ClipSpan, Plan, plan_steadying

TICK_MS = 10


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", nargs="?", default=str(DEMO_CLIP))
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--export", action="store_true")
    parser.add_argument("--steady", choices=PRESET_NAMES, default=None)
    parser.add_argument("--b", default=None)
    parser.add_argument("--mode", choices=MODES, default="side")
    arguments = parser.parse_args()
    os.environ["STEADYMASK_HOME"] = tempfile.mkdtemp()  # what was open before must not be taken up again
    plan = None if arguments.steady is None else _plan(Path(arguments.clip), arguments.steady)
    application = make_application()
    window = make_window(method_b=arguments.b)
    window.comparing.set_mode(arguments.mode if arguments.b else "single")
    window.show()
    window.start(arguments.clip, keep_methods=True)
    ticks: list[float] = []
    shown: list[int] = []
    window.controller.shown.connect(lambda result: shown.append(result.frame.index))
    # Again from the start at the end, so that it plays all the time.
    window.controller.playhead.playing_changed.connect(
        lambda playing: None if playing or not shown else restart.start()
    )
    restart = QTimer(singleShot=True, interval=0)
    restart.timeout.connect(window.controller.playhead.play)
    timer = QTimer(interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: ticks.append(time.perf_counter()))

    stages: list[tuple[float, str]] = []

    def note(record: Record) -> None:
        stages.append((time.perf_counter(), record.stage if record.status == "running" else record.status))

    def begin() -> None:
        window.controller.shown.disconnect(begin)
        timer.start()
        if plan is not None:
            window.steadying.jobs.changed.connect(note)
            window.steadying.jobs.start(plan)
        if arguments.export:
            request = SegmentRequest(spec=arguments.clip, method="street", folder=Path(tempfile.mkdtemp()) / "export")
            window.exporting.jobs.start(request)
        # `quit` would ask what is to become of the training.
        QTimer.singleShot(int(arguments.seconds * 1000), application.exit)

    window.controller.shown.connect(begin)
    application.exec()
    timer.stop()
    window.controller.playhead.playing_changed.disconnect()
    for record in window.steadying.jobs.unfinished:
        record.job.control("stop")
    window.leave()
    print(f"{len(shown)} frames shown in {arguments.seconds:.0f} s; gaps of a {TICK_MS} ms timer:")
    gaps_ms, at = np.diff(ticks) * 1000, np.asarray(ticks[1:])
    _tell("all", gaps_ms)
    bounds = [(stage, begin, end) for (begin, stage), (end, _) in pairwise([*stages, (ticks[-1], "")])]
    for stage in dict.fromkeys(stage for stage, _, _ in bounds):
        within = [(at > begin) & (at <= end) for each, begin, end in bounds if each == stage]
        _tell(stage or "starting", gaps_ms[np.any(within, axis=0)])
    if hasattr(os, "getloadavg"):
        print(f"load of this machine in the last minute: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return 0


def _plan(clip: Path, preset: str) -> Plan:
    return plan_steadying([ClipSpan(clip)], MODELS / "street.safetensors", preset=preset, threads=most_threads())


def _tell(what: str, gaps_ms: NDArray[np.float64]) -> None:
    if len(gaps_ms):
        p50, p99 = np.percentile(gaps_ms, [50, 99])
        print(f"  {what:10} median {p50:.1f} ms   p99 {p99:.1f} ms   longest {gaps_ms.max():.1f} ms")


if __name__ == "__main__":
    sys.exit(main())
