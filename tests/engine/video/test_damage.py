"""Cut and damaged files end as success, note or typed error; never as a crash, a hang or another exception."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import VideoError
from engine.video.probe import probe_file
from tests.engine.video import damage
from tests.engine.video.clips import SHORT, Clip, write_clip
from tests.sweep import sweep_count

CUTS = sweep_count(sample=20, full=100)
FLIPS = sweep_count(sample=20, full=200)
SECONDS_EACH = 5.0

SOURCES = {
    "mp4": Clip("mp4", ".mp4", options=SHORT, count=50, sound=True, container_options={"movflags": "faststart"}),
    "mkv": Clip("mkv", ".mkv", options=SHORT, count=50),
    "avi": Clip("avi", ".avi", codec="mpeg4", options={"g": "15", "bf": "2"}, count=50),
    "ts": Clip("ts", ".ts", options=SHORT, count=50, format="mpegts"),
    "webm": Clip("webm", ".webm", codec="libvpx-vp9", options={"deadline": "realtime", "cpu-used": "8"}, count=50),
}


def play_all(files: list[Path]) -> tuple[list[dict], list[Path]]:
    """Play files in child processes, many in each. Returns what they told and the files that crashed a child."""
    told: list[dict] = []
    crashed: list[Path] = []
    left = list(files)
    while left:
        child = subprocess.run(
            [sys.executable, "-P", damage.__file__, *map(str, left)],
            capture_output=True, timeout=SECONDS_EACH * len(left) + 10, check=False,
        )  # fmt: skip
        lines = [json.loads(line) for line in child.stdout.splitlines()]
        told += lines
        left = left[len(lines) :]
        if child.returncode == 0:
            assert not left
        else:
            assert child.returncode < 0, child.stderr.decode()  # a Python exception is never acceptable
            crashed.append(left.pop(0))
    return told, crashed


def check(files: list[Path]) -> list[dict]:
    told, crashed = play_all(files)
    for outcome in told:
        assert outcome["broken"] is None, outcome
        assert outcome["seconds"] < SECONDS_EACH, outcome
    for path in crashed:  # what crashes the decoder must not get past the probe
        with pytest.raises(VideoError):
            probe_file(path)
    return told


def _share(total: int, place: int) -> int:
    return total // len(SOURCES) + (place < total % len(SOURCES))


@pytest.mark.soak
@pytest.mark.parametrize("kind", SOURCES)
def test_truncated_files(kind: str, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    good = write_clip(SOURCES[kind], tmp_path / f"clip.{kind}")
    count = _share(CUTS, list(SOURCES).index(kind))
    record_property("count", count)
    whole = list(damage.play(good)["pictures"])
    for outcome in check(list(damage.cuts(good, tmp_path, count, seed=1))):
        # What is shown are pictures of the whole file, in order. Only a broadcast may show one that is patched up: that
        # which was cut, the last one in the file. Others in it are shown after that one, when B pictures are cut.
        # Whether FFmpeg marks it depends on the timing of its threads.
        places = [whole.index(picture) if picture in whole else None for picture in outcome.get("pictures", [])]
        intact = [place for place in places if place is not None]
        assert intact == sorted(set(intact)), outcome
        assert places.count(None) <= (kind == "ts"), outcome
        assert None not in places[: -1 - int(SHORT["bf"])], outcome
        # Nothing is lost in silence: what ends early says why. A stream format without a length cannot know.
        early = outcome["frames"] < SOURCES[kind].count
        assert not early or outcome["error"] or outcome["note"] or kind in ("ts", "avi", "webm", "mkv"), outcome
        if outcome["error"] and outcome["frames"]:
            assert f"frame {outcome['frames']} " in outcome["error"]


@pytest.mark.soak
@pytest.mark.parametrize("kind", SOURCES)
def test_flipped_bytes(kind: str, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    good = write_clip(SOURCES[kind], tmp_path / f"clip.{kind}")
    count = _share(FLIPS, list(SOURCES).index(kind))
    record_property("count", count)
    check(list(damage.flips(good, tmp_path, count, seed=2)))
