"""The strips of flicker along the scrub bar, and the worst moments."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.style.ramp import level, ramp
from app.style.theme import apply_theme, colours
from app.views.flicker_lane import FlickerLane
from app.views.timeline import Timeline
from engine.flow.motion import Motion
from engine.frame_result import SlotResult
from engine.live.summary import columns
from engine.live.track import MeasureTrack
from engine.measures.pair import count_pair
from engine.segmentation import Segmentation
from tests.app.window.views.conftest import within

FRAMES = 101


@pytest.fixture
def timeline(show: Callable[[QWidget, int, int], QWidget]) -> Timeline:
    """Of a clip with 101 frames at 10 per second, 418 pixels wide: 4 pixels a frame. The knob is at the end."""
    timeline = Timeline()
    timeline.setMaximum(FRAMES - 1)
    timeline.setValue(FRAMES - 1)
    timeline.set_rate(Fraction(10))
    show(within(timeline), 418, 60)
    return timeline


def image_of(timeline: Timeline) -> QImage:
    """What is seen once the window has given it the height that it asks for."""
    window = timeline.window().layout()
    assert window is not None
    window.activate()
    return timeline.grab().toImage()


def column(image: QImage, x: float) -> list[str]:
    """The colours of a column of pixels, from top to bottom."""
    return [image.pixelColor(round(x), y).name() for y in range(image.height())]


def hot(flicker: float) -> str:
    red, green, blue = (int(part) for part in ramp()[int(level(flicker))])
    return QColor(red, green, blue).name()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_each_frame_has_the_colour_of_its_flicker(timeline: Timeline, qapp: object, theme: str) -> None:
    apply_theme(qapp, theme)  # type: ignore[arg-type]
    flicker = np.full(FRAMES, 0.001, np.float32)
    flicker[50] = 0.09
    flicker[70:] = np.nan
    timeline.set_flicker(flicker, None)
    image = image_of(timeline)
    assert hot(0.09) in column(image, timeline.x_of(50))
    assert hot(0.09) not in column(image, timeline.x_of(48))
    assert hot(0.001) in column(image, timeline.x_of(30))
    unknown = column(image, timeline.x_of(80))
    assert hot(0.001) not in unknown
    assert colours().line in unknown


def test_a_is_above_the_bar_and_b_below(timeline: Timeline) -> None:
    timeline.set_flicker(np.full(7, 0.02), np.full(13, 0.08))
    seen = column(image_of(timeline), timeline.x_of(40))
    assert seen.index(hot(0.02)) < seen.index(colours().accent) < seen.index(hot(0.08))


def test_it_grows_only_where_there_is_something_to_show(timeline: Timeline) -> None:
    plain = timeline.sizeHint().height()
    timeline.set_flicker(np.full(10, 0.02), None)
    a = timeline.sizeHint().height()
    timeline.set_flicker(np.full(10, 0.02), np.full(10, 0.02))
    both = timeline.sizeHint().height()
    timeline.set_moments([4])
    marked = timeline.sizeHint().height()
    assert plain < a < both < marked < plain + 16
    timeline.set_flicker(None, None)
    timeline.set_moments([])
    assert timeline.sizeHint().height() == plain


def test_no_column_is_no_strip(timeline: Timeline) -> None:
    plain = timeline.sizeHint().height()
    timeline.set_flicker(np.zeros(0), np.zeros(0))
    assert timeline.sizeHint().height() == plain
    timeline.grab()


def test_moments_are_marked_where_they_are(timeline: Timeline) -> None:
    timeline.set_flicker(np.full(10, 0.02), None)
    before = image_of(timeline)
    timeline.set_moments([25, 60])
    after = image_of(timeline)
    assert colours().muted in column(after, timeline.x_of(25))
    assert colours().muted in column(after, timeline.x_of(60))
    assert colours().muted not in column(after, timeline.x_of(40))
    assert colours().muted not in column(before, timeline.x_of(25))


def test_a_long_clip_keeps_its_single_hot_frame(timeline: Timeline) -> None:
    flicker = np.zeros(500_000, np.float32)
    flicker[250_000] = 0.12
    timeline.set_flicker(flicker, None)
    image = image_of(timeline)
    middle = timeline.x_of((FRAMES - 1) / 2)
    around = {name for x in range(round(middle) - 3, round(middle) + 4) for name in column(image, x)}
    assert hot(0.12) in around
    assert hot(0.12) not in column(image, timeline.x_of(10))


def test_the_bubble_tells_the_flicker_under_the_pointer(timeline: Timeline, qtbot: QtBot) -> None:
    flicker = np.full(FRAMES, 0.02, np.float32)
    timeline.set_flicker(flicker, None)
    qtbot.mouseMove(timeline, QPoint(round(timeline.x_of(50)), 30))
    calm = image_of(timeline)
    flicker[50] = np.nan
    timeline.set_flicker(flicker, None)
    unknown = image_of(timeline)
    bubble = (0, 0, timeline.width(), 19)
    assert calm.copy(*bubble) != unknown.copy(*bubble)


@pytest.mark.parametrize(("frame", "value"), [(0, 0.1), (49, 0.1), (50, 0.2), (99, 0.2), (250, 0.2), (-3, 0.1)])
def test_a_frame_has_the_value_of_its_part(frame: int, value: float) -> None:
    assert FlickerLane(np.array([0.1, 0.2]), "#3f7fd9").at(frame, 100) == pytest.approx(value)


@given(frames=st.integers(2, 400), count=st.integers(1, 900), data=st.data())
def test_the_bubble_and_the_engine_mean_the_same_part(frames: int, count: int, data: st.DataObject) -> None:
    frame = data.draw(st.integers(1, frames - 1))
    track = MeasureTrack()
    track.set_method(0, "street", classes=2)
    before, now = np.zeros((48, 64), np.uint8), np.zeros((48, 64), np.uint8)
    now[:12] = 1
    pair = count_pair(before, now, Motion.still((64, 48)), 2)
    made = SlotResult("street", Segmentation(now, (64, 48), 5.0, None), pair=pair)
    track.add(0, frame, frame / 30, made)
    lane = FlickerLane(columns(track, 0, frames, count), "#3f7fd9")
    assert lane.at(frame, frames) == pytest.approx(0.25)


def test_what_is_unknown_has_no_value() -> None:
    assert FlickerLane(np.array([np.nan]), "#3f7fd9").at(0, 1) is None


def test_strips_are_made_once_and_not_at_every_painting(timeline: Timeline, monkeypatch: pytest.MonkeyPatch) -> None:
    timeline.set_flicker(np.full(10, 0.02), np.full(10, 0.03))
    image_of(timeline)
    calls: list[int] = []

    def counted(values: NDArray[np.float32]) -> NDArray[np.uint8]:
        calls.append(len(values))
        return level(values)

    monkeypatch.setattr("app.views.flicker_lane.level", counted)
    for frame in (3, 4, 5):
        timeline.setValue(frame)
        timeline.grab()
    assert calls == []
    timeline.set_flicker(np.full(10, 0.02), None)
    image_of(timeline)
    assert calls == [10]


def test_a_live_source_has_no_strips(timeline: Timeline) -> None:
    timeline.set_flicker(np.full(10, 0.05), None)
    timeline.setEnabled(False)
    assert hot(0.05) not in column(image_of(timeline), timeline.x_of(40))
