"""What opens, and how it is said when something does not."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from engine.errors import CameraError, VideoError
from engine.video import open_video
from tests.engine.video.clips import Clip, burnt_index, picture, write_plain


@pytest.mark.parametrize("name", ["Straße 北京 🎥.mp4", " a b\tc.mp4", "%03d.mp4", "rtsp:x.mp4", "n" * 250 + ".mp4"])
def test_odd_names(name: str, plain: Path, tmp_path: Path) -> None:
    path = tmp_path / "ordner ünï" / name
    path.parent.mkdir()
    shutil.copy(plain, path)
    with open_video(str(path)) as source:
        assert source.name == name
        assert burnt_index(source.read(17).rgb) == 17


def test_relative_path(plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(plain, tmp_path / "clip.mp4")
    monkeypatch.chdir(tmp_path)
    with open_video("clip.mp4") as source:
        monkeypatch.chdir("/")
        assert sum(1 for _ in source) == 60


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps open files from being replaced")
def test_read_only_file(plain: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(plain, tmp_path / "clip.mp4"))
    path.chmod(0o400)
    with open_video(path) as source:
        assert source.read(3).index == 3


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match=r"gone\.mp4.*no such file"):
        open_video(tmp_path / "gone.mp4")


def test_folder_without_images(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    with pytest.raises(VideoError, match=f"{tmp_path.name}.*no images"):
        open_video(tmp_path)


@pytest.mark.parametrize("content", [b"", b"plain text, no video", bytes(5000)])
def test_no_video(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(VideoError, match=r"clip\.mp4: it cannot be opened as a video"):
        open_video(path)


def test_sound_only(tmp_path: Path) -> None:
    path = tmp_path / "song.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 48000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(VideoError, match="holds no video"):
        open_video(path)


def test_unknown_scheme() -> None:
    with pytest.raises(VideoError, match=r"gopher:// is not supported.*rtsp://"):
        open_video("gopher://somewhere/clip")


@pytest.mark.parametrize("what", [-1, 97, "camera:97"])
def test_no_such_camera(what: int | str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CameraError, match=f"camera {str(what).removeprefix('camera:')}"):
        open_video(what)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("fps", [0, -25, float("nan"), float("inf")])
def test_impossible_rate(fps: float, tmp_path: Path) -> None:
    (tmp_path / "0.png").write_bytes(b"")
    with pytest.raises(VideoError, match="no rate"):
        open_video(tmp_path, fps=fps)


def test_rate_is_refused_where_it_means_nothing(plain: Path) -> None:
    with pytest.raises(VideoError, match="fps=30"):
        open_video(plain, fps=30)


def test_file_that_vanishes_between(plain: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(plain, tmp_path / "clip.mp4"))
    with open_video(path) as source:
        path.unlink()
        assert list(source.frames()) == []
        assert source.error is not None
        assert source.error.frame == 0


def test_frames_of_another_size_are_scaled(tmp_path: Path) -> None:
    """Two transport streams one after the other: the second has larger pictures."""
    small = write_plain(tmp_path / "small.ts", map(picture, range(20)))
    large = write_plain(tmp_path / "large.ts", (picture(20 + index, (320, 192)) for index in range(20)))
    path = tmp_path / "both.ts"
    path.write_bytes(small.read_bytes() + large.read_bytes())
    with open_video(path) as source:
        frames = list(source)
        assert {frame.rgb.shape for frame in frames} == {(96, 160, 3)}
        assert burnt_index(frames[-1].rgb) >= 38
        assert source.note is not None
        assert "scaled to 160×96" in source.note


def test_recording_that_starts_between_key_frames(make_clip: Callable[[Clip], Path], tmp_path: Path) -> None:
    whole = write_plain(tmp_path / "whole.ts", map(picture, range(120))).read_bytes()
    path = tmp_path / "late.ts"
    path.write_bytes(whole[len(whole) // 4 // 188 * 188 :])
    with open_video(path) as source:
        shown = [burnt_index(frame.rgb) for frame in source]
        assert shown == list(range(shown[0], 120))
        assert 0 < shown[0] < 60
        assert source.error is None
    with open_video(path) as source:
        assert [burnt_index(source.read(index).rgb) for index in (50, 3, 0)] == [shown[50], shown[3], shown[0]]


def test_import_is_light() -> None:
    """Opening nothing loads no decoder: the names alone cost little, and never an inference runtime."""
    code = "import engine.video.open, sys; print([m for m in ('av', 'torch', 'onnxruntime') if m in sys.modules])"
    child = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert child.stdout.strip() == "[]"
