"""A comparison's folder: whole, or as it was before."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.report import folder as folder_module
from app.report.folder import write_comparison
from app.report.video import space_of
from engine.errors import BackendError, Cancelled, ExportError
from engine.video.clips import Clip
from tests.engine.fakes import FakeMethod
from tests.engine.video.clips import picture, write_plain

FRAMES = 12
FILES = {
    *("compare.mp4", "curves.png", "flicker_map_a.png", "flicker_map_b.png", "worst.png", "frames.csv"),
    *("summary.json", "report.html"),
}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    path = write_plain(tmp_path_factory.mktemp("clips") / "clip.mp4", (picture(index) for index in range(FRAMES)))
    return Clip(str(path), path.stem)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def after(calls: int) -> Callable[[], bool]:
    """Says no so many times, then yes."""
    asked = iter(range(calls))
    return lambda: next(asked, None) is None


def break_runtime(value: int) -> None:
    raise BackendError("the runtime fell over")


@pytest.mark.parametrize("calls", [0, 5, FRAMES, FRAMES + 3])
def test_cancelled_at_any_time_it_leaves_nothing(calls: int, clip: Clip, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        write_comparison(clip, FakeMethod("a"), FakeMethod("b"), tmp_path / "out", cancelled=after(calls))
    assert not (tmp_path / "out").exists()


def test_what_was_cancelled_or_failed_leaves_the_earlier_comparison_as_it_was(clip: Clip, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    write_comparison(clip, FakeMethod("a"), FakeMethod("b"), folder)
    before = contents(folder)
    assert set(before) == FILES
    with pytest.raises(Cancelled):
        write_comparison(clip, FakeMethod("a"), FakeMethod("c"), folder, cancelled=after(FRAMES + 2))
    assert contents(folder) == before
    with pytest.raises(BackendError):
        write_comparison(clip, FakeMethod("a"), FakeMethod("c", before=break_runtime), folder)
    assert contents(folder) == before


def test_a_whole_one_replaces_the_earlier_one_and_nothing_else(clip: Clip, tmp_path: Path) -> None:
    write_comparison(clip, FakeMethod("a"), FakeMethod("b"), tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    before = contents(tmp_path)
    write_comparison(clip, FakeMethod("a"), FakeMethod("quite-another"), tmp_path)
    now = contents(tmp_path)
    assert set(now) == {*FILES, "notes.txt"}
    assert now["notes.txt"] == b"mine"
    assert b"quite-another" in now["report.html"]
    assert all(now[name] != before[name] for name in ("compare.mp4", "report.html", "summary.json", "curves.png"))


def test_a_video_that_cannot_be_replaced_keeps_the_earlier_comparison(
    clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_comparison(clip, FakeMethod("a"), FakeMethod("b"), tmp_path)
    before = contents(tmp_path)
    replace = Path.replace

    def refuse(path: Path, target: Path) -> Path:
        if Path(target) == tmp_path / "compare.mp4":
            raise PermissionError(13, "it is open in another program")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(ExportError, match="may not be written"):
        write_comparison(clip, FakeMethod("a"), FakeMethod("c"), tmp_path)
    assert contents(tmp_path) == before


def test_pictures_that_cannot_be_written_leave_nothing(
    clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder_module, "draw_worst", full)
    with pytest.raises(ExportError, match="no space left"):
        write_comparison(clip, FakeMethod("a"), FakeMethod("b"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_is_told_before_the_work(clip: Clip, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    a = FakeMethod("a")
    with pytest.raises(ExportError, match="file"):
        write_comparison(clip, a, FakeMethod("b"), tmp_path / "file" / "out")
    assert not a.calls


def test_what_it_takes_grows_with_the_frames_and_not_with_large_sources(tmp_path: Path) -> None:
    none, one, two = (space_of(tmp_path, (1280, 720), frames).expected for frames in (0, 100, 200))
    assert two - one == pytest.approx(one - none, rel=0.01)
    assert space_of(tmp_path, (3840, 2160), 100).expected == one
    assert space_of(tmp_path, (320, 180), 100).expected < one
