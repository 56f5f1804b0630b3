"""The child process that looks first, and the marker that remembers."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import VideoError
from engine.video import probe
from engine.video.probe import probe_file
from engine.video.sentinel import OpenSentinel
from tests.engine.video.clips import CLIPS, SHORT, Clip, write_clip


@pytest.mark.parametrize(
    "name", ["mp4 b-frames gop 250", "mkv live, no duration", "gif", "ts h264", "avi mpeg4 b-frames"]
)
def test_good_files(name: str, make_clip: Callable[[Clip], Path]) -> None:
    found = probe_file(make_clip(next(clip for clip in CLIPS if clip.name == name)))
    assert found.first >= 25
    assert found.warning is None


def test_both_ends_are_decoded_and_quickly(plain: Path) -> None:
    began = time.monotonic()
    found = probe_file(plain)
    assert 25 <= found.first <= 30
    assert 24 <= found.last <= 30
    assert time.monotonic() - began < 2  # 0.1 s on an idle machine


def test_working_directory_cannot_get_in_the_way(plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("engine", "av", "json"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('wrong module')")
    monkeypatch.chdir(tmp_path)
    assert probe_file(plain).first > 0


def test_cut_file_is_a_warning(tmp_path: Path) -> None:
    header_first = Clip("long", ".mp4", options=SHORT, count=200, container_options={"movflags": "faststart"})
    path = write_clip(header_first, tmp_path / "Schnitt ü 剪.mp4")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 3 // 4])
    found = probe_file(path)
    assert found.first > 0
    assert found.warning is not None
    assert found.warning.startswith("Schnitt ü 剪.mp4 is cut off at 5.")
    assert "bytes of its end are missing" in found.warning


def test_no_video_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.mp4"
    path.write_text("no video")
    with pytest.raises(VideoError, match=r"text\.mp4: it cannot be opened"):
        probe_file(path)
    with pytest.raises(VideoError, match=r"gone\.mp4"):
        probe_file(tmp_path / "gone.mp4")


@pytest.fixture
def in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Lets other code run where the child would look at the file."""

    def put(code: str) -> None:
        child = tmp_path / "child.py"
        child.write_text(code)
        monkeypatch.setattr(probe, "_CHILD", child)

    return put


@pytest.mark.skipif(os.name == "nt", reason="no signals there")
@pytest.mark.parametrize("name", ["SIGSEGV", "SIGBUS", "SIGABRT"])
def test_crash_becomes_an_error(name: str, plain: Path, in_its_place: Callable[[str], None]) -> None:
    in_its_place(f"import os, signal; os.kill(os.getpid(), signal.{name})")
    with pytest.raises(VideoError, match=rf"plain\.mp4: the decoder crashed on it \({name}\)"):
        probe_file(plain)


def test_failing_child_shows_its_last_line(plain: Path, in_its_place: Callable[[str], None]) -> None:
    in_its_place("raise SystemExit('no decoder here')")
    with pytest.raises(VideoError, match="status 1: no decoder here"):
        probe_file(plain)


def test_hanging_child_is_ended(plain: Path, in_its_place: Callable[[str], None]) -> None:
    in_its_place("import time; time.sleep(60)")
    with pytest.raises(VideoError, match="longer than 1 s"):
        probe_file(plain, timeout_s=1.0)


def test_sentinel_after_a_clean_close(tmp_path: Path) -> None:
    sentinel = OpenSentinel(tmp_path / "state")
    assert sentinel.left_over() is None
    sentinel.mark("/videos/a.mp4")
    assert sentinel.left_over() is None  # we are alive, so it is no left-over
    sentinel.clear()
    sentinel.clear()
    assert list((tmp_path / "state").iterdir()) == []


def test_sentinel_after_a_crash(tmp_path: Path) -> None:
    code = (
        "import os, sys; from engine.video.sentinel import OpenSentinel; "
        "OpenSentinel(sys.argv[1]).mark(sys.argv[2]); os.kill(os.getpid(), 9)"
    )
    video = tmp_path / "Straße 北京.mp4"
    child = subprocess.run([sys.executable, "-P", "-c", code, str(tmp_path / "state"), str(video)], check=False)
    assert child.returncode != 0
    sentinel = OpenSentinel(tmp_path / "state")
    assert sentinel.left_over() == video
    sentinel.mark(tmp_path / "other.mp4")
    assert sentinel.left_over() == video
    sentinel.clear()
    assert sentinel.left_over() is None


def test_sentinel_of_a_number_given_out_again(tmp_path: Path) -> None:
    """A marker of our own process number, but of an earlier start, was left by another process."""
    (tmp_path / f"open-{os.getpid()}.json").write_text(json.dumps({"path": "/videos/a.mp4", "started": 1.0}))
    assert OpenSentinel(tmp_path).left_over() == Path("/videos/a.mp4")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"path": 3, "started": 1}', '{"path": "/a"}'])
def test_sentinel_reads_past_nonsense(text: str, tmp_path: Path) -> None:
    (tmp_path / "open-1.json").write_text(text)
    (tmp_path / "open-x.json").write_text(text)
    assert OpenSentinel(tmp_path).left_over() is None
