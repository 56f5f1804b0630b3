"""Memory of `segment` stays flat, however long the video."""

import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.engine.video.clips import picture, write_plain
from tests.sweep import sweep_count

LIMIT_MB = 900
GROWTH_MB = 40


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_segment_keeps_its_memory(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """720p at 25 frames a second: ten minutes in the soak, four seconds otherwise."""
    seconds = sweep_count(sample=4, full=600)
    record_property("count", f"{seconds} s of 720p")
    shots = [picture(index, (1280, 720)) for index in range(50)]
    clip = write_plain(tmp_path / "long.mp4", (shots[index % 50] for index in range(25 * seconds)), preset="ultrafast")
    command = [sys.executable, "-P", "-m", "app", "segment", str(clip), "--out", str(tmp_path / "out")]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    used: list[float] = []
    watched = psutil.Process(child.pid)
    while child.poll() is None:
        try:
            used.append(watched.memory_info().rss / 1e6)
        except psutil.NoSuchProcess:
            break
        try:
            child.wait(timeout=0.25)
        except subprocess.TimeoutExpired:
            continue
    assert child.wait() == 0
    assert len(list((tmp_path / "out" / "long" / "masks").iterdir())) == 25 * seconds
    assert max(used) < LIMIT_MB
    # The start loads libraries; from the second quarter on, nothing may add up.
    quarter = len(used) // 4
    early, late = statistics.median(used[quarter : 2 * quarter]), statistics.median(used[-quarter:])
    assert late - early < GROWTH_MB, f"{early:.0f} MB in the second quarter, {late:.0f} MB in the last"
