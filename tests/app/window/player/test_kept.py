"""In the window: a clip that was measured is there when it is opened again, and so are its masks when slots change."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from engine.frame_result import FrameResult
from engine.live.measuring import Measuring
from engine.methods import MethodPool
from engine.storage.places import places
from tests.app.window.conftest import MakeWindow
from tests.app.window.hands import until
from tests.engine.live.shaky import ShakyClip, ShakyModel

FRAMES = 80
A, B = "shaky", "ema(shaky, alpha=0.5)"


class Machine:
    """Opens windows on one clip, and counts what is segmented and what is opened."""

    def __init__(self, make_window: MakeWindow, qtbot: QtBot, clip: Path) -> None:
        self._make, self._qtbot, self._clip = make_window, qtbot, clip
        self.models: list[ShakyModel] = []
        self.sources: list[ShakyClip] = []

    def window(self, *, measure_clip: bool = True) -> MainWindow:
        """As after a start: with A and B, paused at the first frame."""
        self.models, self.sources = [], []
        window = self._make(open_source=self._open, pool_on=lambda _: self._pool(), measure_clip=measure_clip)
        window.controller.a.use(A)
        window.controller.b.use(B)
        until(self._qtbot, lambda: len(window.controller.methods) == 2)
        window.controller.open(str(self._clip), play=False)
        until(self._qtbot, lambda: (now := window.controller.playhead.last_result) is not None and len(now.slots) == 2)
        return window

    def measured(self) -> MainWindow:
        """One whose clip is measured to the end, and closed again."""
        window = self.window()
        until(self._qtbot, lambda: complete(window))
        until(self._qtbot, lambda: self.sources[-1].closed.is_set())
        window.close()
        return window

    @property
    def inferences(self) -> int:
        return sum(len(model.calls) for model in self.models)

    def _open(self, _spec: str) -> ShakyClip:
        self.sources.append(ShakyClip(FRAMES))
        return self.sources[-1]

    def _pool(self) -> MethodPool:
        def load(_: str) -> ShakyModel:
            self.models.append(ShakyModel())
            return self.models[-1]

        return MethodPool(load)  # type: ignore[arg-type]


@pytest.fixture
def machine(make_window: MakeWindow, qtbot: QtBot, tmp_path: Path) -> Machine:
    clip = tmp_path / "shaky.mp4"
    clip.write_bytes(b"some clip")
    return Machine(make_window, qtbot, clip)


def complete(window: MainWindow) -> bool:
    track = window.measuring.track
    return track is not None and track.analysed(0) == track.analysed(1) == FRAMES


def shows(qtbot: QtBot, window: MainWindow, accept: Callable[[FrameResult], bool]) -> FrameResult:
    until(qtbot, lambda: (now := window.controller.playhead.last_result) is not None and accept(now))
    result = window.controller.playhead.last_result
    assert result is not None
    return result


@pytest.mark.parametrize("measure_clip", [True, False])
def test_opened_again_everything_is_there_without_inference(machine: Machine, qtbot: QtBot, measure_clip: bool) -> None:
    machine.measured()
    again = machine.window(measure_clip=measure_clip)
    until(qtbot, lambda: complete(again))
    until(qtbot, lambda: again.compare_panel.readout.span.text() == "Whole clip")
    assert "Nothing is measured" not in again.compare_panel.readout.sentence.text()
    asked: list[int] = []
    again.measuring.seek_asked.connect(asked.append)
    again.measuring.go_to_moment(1)
    assert asked, "the worst moments are known"
    assert machine.inferences == 0
    assert len(machine.sources) == 1, "nobody reads the clip but who plays it"


def test_a_swap_and_a_seek_show_masks_without_inference(machine: Machine, qtbot: QtBot) -> None:
    machine.measured()
    window = machine.window()
    pool = MethodPool(lambda _: ShakyModel())  # type: ignore[arg-type, return-value]
    measuring, methods = Measuring(), (pool.make(A), pool.make(B))
    expected = [measuring.measure(frame, methods) for frame in ShakyClip(FRAMES).frames()]
    window.controller.playhead.seek(60)
    result = shows(qtbot, window, lambda now: now.frame.index == 60 and len(now.slots) == 2)
    for mine, theirs in zip(result.slots, expected[60].slots, strict=True):
        assert np.array_equal(mine.segmentation.classes, theirs.segmentation.classes)
    window.comparing.swap()
    names = [slot.method for slot in reversed(result.slots)]
    swapped = shows(qtbot, window, lambda now: [slot.method for slot in now.slots] == names)
    for mine, theirs in zip(reversed(swapped.slots), expected[60].slots, strict=True):
        assert np.array_equal(mine.segmentation.classes, theirs.segmentation.classes)
    until(qtbot, lambda: complete(window))
    assert machine.inferences == 0


def test_what_is_kept_is_in_the_storage_page_and_goes_with_it(machine: Machine, home: Path) -> None:
    machine.measured()
    item = next(item for item in places() if item.kind == "cache")
    assert (item.name, item.deletable) == ("masks", True)
    assert item.path == home / "cache" / "masks"
    assert item.bytes > 10_000


def test_a_clip_that_is_deleted_from_the_caches_is_measured_again(machine: Machine, qtbot: QtBot, home: Path) -> None:
    from engine.storage.places import delete

    machine.measured()
    assert delete([item for item in places() if item.kind == "cache"]) == []
    assert not (home / "cache" / "masks").exists()
    again = machine.window()
    until(qtbot, lambda: complete(again))
    assert machine.inferences >= FRAMES
