"""A clip behind a person: the right picture at every time, over and over, and what goes wrong is told."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.errors import ExportError, VideoError
from engine.results.backdrop import Backdrop, covering
from engine.results.drawing import Drawing
from engine.results.masks import export_masks
from engine.results.matte import parse_ground
from engine.video import open_video
from engine.video.clips import Clip
from engine.video.writer import OverlayWriter
from tests.engine.fakes import FakeSource
from tests.engine.mattes import FakeMatte, disc
from tests.engine.results.test_matte import decoded

TIMES = (0.0, 0.1, 0.2, 0.5, 0.6, 0.7, 1.4)
"""When the pictures of the clip begin: its rate varies. The last one is as long as one at the mean rate."""
SIZE = (96, 64)

MakeBackdrop = Callable[[Path], Backdrop]


def grey(level: int, size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    return np.full((size[1], size[0], 3), level, np.uint8)


def level(index: int) -> int:
    return 40 + 25 * index


def index_of(rgb: NDArray[np.uint8]) -> int:
    """Which picture of the clip that is."""
    return round((float(rgb.mean()) - 40) / 25)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "sea.mp4"
    with OverlayWriter(path, SIZE) as writer:
        for index, time_s in enumerate(TIMES):
            writer.write(grey(level(index)), time_s)
    return path


@pytest.fixture
def backdrop(clip: Path) -> Iterator[Backdrop]:
    made = Backdrop(clip)
    yield made
    made.close()


def length_of(clip: Path) -> float:
    with open_video(clip) as source:
        assert source.frame_rate is not None
        return TIMES[-1] + 1 / float(source.frame_rate)


def expected(clip: Path, at_s: float) -> int:
    within = (at_s + 0.001) % length_of(clip)
    return max(index for index, begin in enumerate(TIMES) if begin <= within)


def test_every_time_has_its_picture_and_after_the_end_it_begins_again(clip: Path, backdrop: Backdrop) -> None:
    for step in range(150):
        at_s = 0.033 * step + 0.01
        assert index_of(backdrop.at(at_s, *SIZE)) == expected(clip, at_s), at_s


@pytest.mark.parametrize("order", [(0.65, 0.15, 0.65, 0.0), (7.3, 1.45, 100.2, 0.55, 3600.0), (1.39, 1.41)])
def test_jumps_lead_to_the_same_pictures(clip: Path, backdrop: Backdrop, order: tuple[float, ...]) -> None:
    for at_s in order:
        assert index_of(backdrop.at(at_s, *SIZE)) == expected(clip, at_s), at_s
        assert index_of(backdrop.at(at_s, *SIZE)) == expected(clip, at_s), "asked again"


def test_a_time_before_the_start_has_the_first_picture(backdrop: Backdrop) -> None:
    assert index_of(backdrop.at(-3.0, *SIZE)) == 0


def test_it_fills_any_size(backdrop: Backdrop) -> None:
    for size in ((50, 80), (96, 64), (202, 40)):
        assert backdrop.at(0.15, *size).shape == (size[1], size[0], 3)


def test_a_tall_clip_is_cut_and_not_squashed() -> None:
    tall = np.zeros((128, 72, 3), np.uint8)
    tall[44:84] = 200  # its middle
    y, x = np.mgrid[:128, :72]
    tall[np.hypot(x - 36, y - 64) < 15] = 90
    made = covering(tall, 128, 72)
    rows, columns = np.nonzero(made[..., 0] == 90)
    assert np.ptp(rows) == pytest.approx(np.ptp(columns), abs=2), "a disc stays one"
    assert np.ptp(rows) == pytest.approx(30 * 128 / 72, abs=6)
    assert covering(tall, 72, 128) is tall


def test_pictures_are_made_ahead_and_the_thread_ends(backdrop: Backdrop) -> None:
    backdrop.at(0.0, *SIZE)
    threads = [each for each in threading.enumerate() if each.name == "steadymask-backdrop"]
    assert len(threads) == 1
    backdrop.close()
    assert not threads[0].is_alive()
    with pytest.raises(ExportError, match="closed"):
        backdrop.at(0.0, *SIZE)


def test_a_folder_of_images_is_a_clip(tmp_path: Path) -> None:
    from PIL import Image

    (tmp_path / "sea").mkdir()
    for index in range(3):
        Image.fromarray(grey(level(index))).save(tmp_path / "sea" / f"{index}.png")
    made = Backdrop(tmp_path / "sea")
    assert [index_of(made.at(step / 25 + 0.01, *SIZE)) for step in range(5)] == [0, 1, 2, 0, 1]
    made.close()


def test_what_is_no_clip_is_told(tmp_path: Path) -> None:
    (tmp_path / "sea.mp4").write_text("no clip")
    with pytest.raises(ExportError, match=r"sea\.mp4.*another background"):
        Backdrop(tmp_path / "sea.mp4")


def test_a_clip_that_breaks_off_is_told(backdrop: Backdrop, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = FakeSource(5, size=SIZE, error=VideoError("sea.mp4: it is damaged there."))
    monkeypatch.setattr(backdrop, "_source", damaged)
    assert backdrop.at(0.13, *SIZE).max() == 3
    with pytest.raises(ExportError, match=r"damaged there.*another background"):
        backdrop.at(0.21, *SIZE)


def test_exports_stand_over_it_by_time(clip: Path, tmp_path: Path) -> None:
    source = tmp_path / "desk.mp4"
    times = [0.0, 0.15, 0.3, 0.55, 1.5, 1.9]
    with OverlayWriter(source, SIZE) as writer:
        for time_s in times:
            writer.write(grey(255), time_s)
    out = tmp_path / "out"
    method = FakeMatte([disc((48, 32), (24, 16), 8)])
    ground = parse_ground(str(clip))
    assert ground.kind == "clip"
    summary = export_masks(
        Clip(str(source), "desk"), method, out, parts=("overlay", "h264"), drawing=Drawing(ground=ground)
    )
    assert summary.error is None
    for movie in ("overlay.mp4", "matte.mp4"):
        corners = [frame[:8, :8, :3] for frame in decoded(out / movie)]
        assert [index_of(each) for each in corners] == [expected(clip, time_s) for time_s in times]


def test_an_export_over_what_is_no_clip_fails_with_the_reason(tmp_path: Path) -> None:
    source, other = tmp_path / "desk.mp4", tmp_path / "sea.mov"
    with OverlayWriter(source, SIZE) as writer:
        writer.write(grey(255), 0.0)
    other.write_bytes(b"\0" * 100)
    method = FakeMatte([disc((48, 32), (24, 16), 8)])
    drawing = Drawing(ground=parse_ground(str(other)))
    summary = export_masks(Clip(str(source), "desk"), method, tmp_path / "out", parts=("overlay",), drawing=drawing)
    assert "sea.mov" in (summary.error or "")
    assert not (tmp_path / "out" / "overlay.mp4").exists()
