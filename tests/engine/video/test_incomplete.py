"""Files that are not all there: what is said of them, and that nothing is said of whole ones."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import VideoError
from engine.video import open_video
from engine.video.incomplete import missing_bytes, why_unreadable
from engine.video.probe import probe_file
from tests.engine.video.clips import CLIPS, SHORT, Clip, write_clip

FIRST = Clip("index first", ".mp4", options=SHORT, count=60, container_options={"movflags": "faststart"})
LAST = Clip("index last", ".mp4", options=SHORT, count=60)
MKV = Clip("matroska", ".mkv", options=SHORT, count=60)


def cut(clip: Clip, folder: Path, share: float) -> Path:
    path = write_clip(clip, folder / f"cut{clip.suffix}")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


@pytest.mark.parametrize("name", ["mp4 b-frames gop 250", "mkv live, no duration", "gif", "ts h264"])
def test_a_whole_file_lacks_nothing(name: str, make_clip: Callable[[Clip], Path]) -> None:
    path = make_clip(next(clip for clip in CLIPS if clip.name == name))
    assert missing_bytes(path) is None
    assert why_unreadable(path) is None


@pytest.mark.parametrize("read", [probe_file, open_video])
@pytest.mark.parametrize(
    ("clip", "share", "says"),
    [
        (LAST, 0.6, r"The index of its frames \(moov\).*is missing.*Copy or download it again"),
        (FIRST, 0.03, r"cut off before its first frame is whole; [\d,]+ bytes are missing"),
        (MKV, 0.01, r"cut off before its first frame is whole; [\d,]+ bytes are missing"),
    ],
)
def test_what_cannot_be_opened_says_what_is_missing(
    clip: Clip, share: float, says: str, read: Callable[[Path], object], tmp_path: Path
) -> None:
    with pytest.raises(VideoError, match=rf"cut\.[a-z0-9]+: it cannot be opened as a video: .*{says}"):
        read(cut(clip, tmp_path, share))


@pytest.mark.parametrize("clip", [FIRST, MKV])
def test_what_is_there_plays_and_the_rest_is_missed(clip: Clip, tmp_path: Path) -> None:
    path = cut(clip, tmp_path, 0.6)
    warning = probe_file(path).warning
    assert warning is not None
    assert f"{missing_bytes(path):,} bytes of its end are missing" in warning
    with open_video(path) as source:
        assert 10 < sum(1 for _ in source.frames()) < 60


@pytest.mark.parametrize(("content", "says"), [(b"", "it is empty"), (bytes(9000), "nothing but zeros")])
def test_a_file_without_content(content: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(content)
    with pytest.raises(VideoError, match=says):
        open_video(tmp_path / "clip.mp4")


@pytest.mark.parametrize(
    "content", [b"\0\0\0\x08ftyp" * 3, b"\0\0\0\x01ftyp\xff", b"\x1a\x45\xdf\xa3", b"\x1a\x45\xdf\xa3\x80\0"]
)
def test_nonsense_lengths_do_no_harm(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_bytes(content)
    missing_bytes(tmp_path / "x.mp4")
    why_unreadable(tmp_path / "x.mp4")
