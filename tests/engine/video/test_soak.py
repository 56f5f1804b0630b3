"""Memory, threads and open files stay flat, however long a video is and however often one is opened."""

import gc
import os
from collections.abc import Callable
from pathlib import Path

import av
import psutil
import pytest

from engine.video import open_video
from tests.engine.video.clips import picture, write_plain
from tests.sweep import sweep_count

REPEATS = sweep_count(sample=20, full=90)
OPENINGS = sweep_count(sample=30, full=100)
MIB = 2**20


def memory() -> int:
    gc.collect()
    return psutil.Process().memory_info().rss


def repeated(source: Path, target: Path, times: int) -> Path:
    """`source` `times` over, without decoding: a long clip in no time."""
    with av.open(str(target), "w") as long:
        stream = None
        shift = 0
        for _ in range(times):
            with av.open(str(source)) as short:
                given = short.streams.video[0]
                stream = stream or long.add_stream_from_template(given)
                for packet in short.demux(given):
                    if packet.dts is not None and packet.pts is not None:
                        packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, stream
                        long.mux(packet)
                assert given.duration is not None
                shift += given.duration
    return target


@pytest.mark.soak
def test_playing_a_long_video_keeps_no_frames(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    record_property("count", f"{100 * REPEATS} frames")
    short = write_plain(tmp_path / "short.mp4", (picture(index, (640, 360)) for index in range(100)))
    with open_video(repeated(short, tmp_path / "long.mp4", REPEATS)) as source:
        levels = [memory() for frame in source if frame.index % 250 == 249]
        count = source.frame_count
        assert count == 100 * REPEATS
        assert max(levels) - levels[0] < 8 * MIB  # a kept frame is 0.7 MiB
        for index in range(0, count, count // 40):
            source.read(index)
        assert memory() - levels[0] < 60 * MIB  # 32 decoded pictures for stepping back, and a second decoder


@pytest.mark.soak
def test_opening_again_and_again_leaves_nothing(plain: Path, record_property: Callable[[str, object], None]) -> None:
    record_property("count", OPENINGS)
    process = psutil.Process()

    def once() -> None:
        with open_video(plain) as source:
            playing = source.frames(10)
            next(playing)
            source.read(50)

    for _ in range(10):
        once()
    before, files, threads = memory(), process.num_fds() if os.name == "posix" else 0, process.num_threads()
    for _ in range(OPENINGS):
        once()
    gc.collect()
    assert memory() - before < 20 * MIB
    assert process.num_threads() <= threads
    if os.name == "posix":
        assert process.num_fds() <= files
