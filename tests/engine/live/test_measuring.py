"""Which frames follow one another, decided once and told with the result; a mask is made small once."""

import itertools

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.datasets.street import SyntheticStreet
from engine.frame_result import FrameResult
from engine.live.measuring import Measuring
from engine.live.track import MeasureTrack
from engine.methods import MethodPool
from engine.methods.base import Method
from engine.segmentation import Segmentation
from engine.video.frame import Frame
from tests.engine.fakes import FakeMethod, picture

SIZE = (640, 360)


def frame(index: int) -> Frame:
    return Frame(index, index / 25, picture(index, 64, 48))


def shown(*places: tuple[int, int], method: Method | None = None) -> list[FrameResult]:
    """Results of (generation, index) one after another."""
    measuring, method = Measuring(), method or FakeMethod()
    return [measuring.measure(frame(index), (method,), generation) for generation, index in places]


@pytest.mark.parametrize(
    ("before", "now", "follows", "resets"),
    [
        ((1, 10), (1, 11), True, 1),
        ((1, 10), (1, 18), True, 1),
        ((1, 10), (1, 19), False, 1),  # dropped frames: too far to be measured, but smoothing goes on
        ((1, 10), (2, 12), True, 1),
        ((1, 10), (2, 19), False, 2),
        ((1, 10), (2, 10), False, 2),
        ((1, 10), (1, 9), False, 2),
    ],
)
def test_what_follows_is_near_ahead(before: tuple[int, int], now: tuple[int, int], follows: bool, resets: int) -> None:
    method = FakeMethod()
    first, second = (result.slots[0] for result in shown(before, now, method=method))
    assert (first.follows, first.pair) == (False, None)
    assert second.follows is follows
    assert (second.pair is not None) is follows
    assert (second.run == first.run) is follows
    assert len(method.resets) == resets


def test_all_slots_of_a_frame_are_told_the_same() -> None:
    measuring, pool = Measuring(), MethodPool(FakeMethod)  # type: ignore[arg-type]
    methods = (pool.make("fake"), pool.make("hold(fake, n=2)"))
    results = [measuring.measure(frame(index), methods) for index in (0, 1, 2, 40, 41)]
    for result in results:
        assert len({(slot.follows, slot.run) for slot in result.slots}) == 1
    assert [result.slots[0].follows for result in results] == [False, True, True, False, True]
    a, b = results[1].slots
    assert (a.method, a.unsmoothed) == ("fake", None)
    assert b.method.startswith("hold(fake")
    assert b.unsmoothed is a.segmentation, "the model inside is A's"


def test_the_track_keeps_what_it_was_told() -> None:
    track = MeasureTrack()
    track.set_method(0, "fake", 11)
    for result in shown((1, 0), (1, 1), (2, 30), (2, 31), (3, 20), (3, 21)):
        track.add(0, result.frame.index, result.frame.pts_s, result.slots[0])
    index = track.curve(0, "inference_ms").index
    told = dict(zip(index.tolist(), track.follows(0, index).tolist(), strict=True))
    assert told == {0: False, 1: True, 20: False, 21: True, 30: False, 31: True}


class CountedResize:
    """`cv2.resize`, and what it brought to the live size."""

    def __init__(self) -> None:
        self.sources: list[int] = []
        self._resize = cv2.resize

    def __call__(self, picture: NDArray[np.uint8], size: tuple[int, int], **options: int) -> NDArray[np.uint8]:
        if size == (320, 180):
            self.sources.append(id(picture))
        return np.asarray(self._resize(picture, size, **options), np.uint8)


class Street:
    """The labels of a drive as a model's masks, at their full size."""

    def __init__(self, labels: dict[int, NDArray[np.uint8]]) -> None:
        self._labels, self.card, self.report, self.name = labels, FakeMethod().card, FakeMethod().report, "street"

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        return Segmentation(self._labels[id(rgb)], SIZE, 1.0)

    def close(self) -> None:
        """There is nothing to free."""


def test_a_mask_is_brought_to_the_live_size_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drive = list(itertools.islice(SyntheticStreet(31, frames=3, size=SIZE, truth=False), 3))
    labels = {id(each.rgb): each.labels for each in drive if each.labels is not None}
    pool = MethodPool(lambda _: Street(labels))  # type: ignore[arg-type, return-value]
    methods = (pool.make("street"), pool.make("median(street, n=3)"))
    track, measuring, counted = MeasureTrack(), Measuring(), CountedResize()
    for slot, method in enumerate(methods):
        track.set_method(slot, method.name, 11)
    monkeypatch.setattr("engine.segmentation.cv2.resize", counted)
    for place, each in enumerate(drive):
        made = measuring.measure(Frame(place, place / 25, each.rgb), methods)
        masks = {id(slot.segmentation.classes) for slot in made.slots}
        for slot, result in enumerate(made.slots):
            track.add(slot, place, place / 25, result, reference=made.slots[0] if slot else None)
        times = [counted.sources.count(each) for each in masks]
        assert times == [1, 1], "A's serves the meter, the track, B's agreement and B's lag"
        counted.sources.clear()
