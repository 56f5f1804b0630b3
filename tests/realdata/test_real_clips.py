"""Real clips from outside: the counts of the data's README, seeking, and damage. They never enter the repository."""

import os
import random
import zlib
from pathlib import Path

import pytest

from engine.video import open_video
from engine.video.probe import probe_file

DATA = Path(os.environ.get("STEADYMASK_DATA", Path(__file__).parents[2] / ".." / "shared" / "data"))
CLIPS = {  # name: (frames, size)
    "bikes": (250, (640, 272)),
    "juggle": (247, (1280, 720)),
    "person_desk": (367, (640, 360)),
    "road_header_lies": (88, (1280, 720)),
    "road_mpeg4": (76, (1280, 720)),
    "road_white_line": (221, (960, 540)),
    "static_road": (377, (768, 432)),
}

pytestmark = pytest.mark.skipif(not (DATA / "clips").is_dir(), reason=f"no real clips in {DATA}; set STEADYMASK_DATA")


def clip(name: str) -> Path:
    return DATA / "clips" / f"{name}.mp4"


@pytest.mark.parametrize("name", CLIPS)
def test_frames_play_and_read_alike(name: str) -> None:
    count, size = CLIPS[name]
    with open_video(clip(name)) as source:
        assert source.size == size
        seen = [zlib.crc32(frame.rgb) for frame in source]
        assert len(seen) == source.frame_count == count
        assert source.error is None
    with open_video(clip(name)) as source:
        for index in random.Random(name).sample(range(count), 8):
            assert zlib.crc32(source.read(index).rgb) == seen[index]


def test_header_that_lies() -> None:
    with open_video(clip("road_header_lies")) as source:
        assert source.frame_count == 91
        assert sum(1 for _ in source) == 88
        assert source.frame_count == 88
        assert source.error is None
        assert source.note is not None
        assert "91" in source.note
        assert "88" in source.note


@pytest.mark.parametrize("name", ["bikes", "road_mpeg4", "static_road"])
@pytest.mark.parametrize("share", [0.3, 0.77])
def test_truncated_copy(name: str, share: float, tmp_path: Path) -> None:
    """What was there before the cut plays; then an error or a note. If the header was behind the cut, nothing opens."""
    data = clip(name).read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(data[: int(len(data) * share)])
    header_first = data.index(b"moov") < data.index(b"mdat")
    if not header_first:
        with pytest.raises(Exception, match=r"cut\.mp4"):
            open_video(path)
        return
    assert probe_file(path).warning is not None
    with open_video(clip(name)) as whole, open_video(path) as cut:
        count = 0
        for good, kept in zip(whole, cut, strict=False):
            count += zlib.crc32(good.rgb) == zlib.crc32(kept.rgb)
        assert sum(1 for _ in cut) - count <= 3  # the last ones may follow a gap in the reordering
        assert 0 < count < CLIPS[name][0]
        assert cut.error or cut.note


def test_folder_of_real_images() -> None:
    folder = DATA / "camvid" / "val" / "images"
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    with open_video(folder, fps=15) as source:
        assert (source.frame_count, source.size, source.frame_rate) == (101, (480, 360), 15)
        assert source.read(100).pts_s == pytest.approx(100 / 15)
