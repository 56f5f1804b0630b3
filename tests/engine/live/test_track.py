"""Measures by frame: what goes in comes out, compact, bounded, and equal to what the meters say."""

import threading

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.flow import Motion
from engine.frame_result import SlotResult
from engine.live import track as tracks
from engine.live.counts import UNKNOWN, Count
from engine.live.summary import columns, summarise, worst_moments
from engine.live.track import Known, MeasureTrack
from engine.measures import ConsistencyMeter, Interval
from engine.measures.pair import count_pair
from engine.segmentation import Segmentation

SIZE = (64, 36)
CLASSES = 4


def masks(count: int, noise: float, seed: int = 0) -> list[NDArray[np.uint8]]:
    """A band that moves down, with so many pixels wrong."""
    random = np.random.default_rng(seed)
    out = []
    for index in range(count):
        mask = np.zeros(SIZE[::-1], np.uint8)
        mask[index % 20 : index % 20 + 10] = 1
        wrong = random.random(mask.shape) < noise
        mask[wrong] = random.integers(0, CLASSES, int(wrong.sum()))
        out.append(mask)
    return out


def segmentation(mask: NDArray[np.uint8], ms: float = 10.0) -> Segmentation:
    return Segmentation(mask, SIZE, ms)


def filled(a: list[NDArray[np.uint8]], b: list[NDArray[np.uint8]], **options: Known) -> MeasureTrack:
    track = MeasureTrack()
    for slot, (name, all_masks) in enumerate((("a", a), ("b", b))):
        track.set_method(slot, name, CLASSES)
        for index, mask in enumerate(all_masks):
            pair = count_pair(all_masks[index - 1], mask, Motion.still(SIZE), CLASSES) if index else None
            theirs = segmentation(a[index])
            result = SlotResult(
                name,
                segmentation(mask, 10 + index),
                index > 0,
                pair=pair,
                unsmoothed=theirs if slot else None,
            )
            track.add(slot, index, index / 25, result, reference=SlotResult("a", theirs) if slot else None, **options)
    return track


def test_the_whole_clip_measures_what_the_meter_does() -> None:
    a, b = masks(60, 0.2), masks(60, 0.05, 1)
    track = filled(a, b)
    meters = []
    for all_masks in (a, b):
        meter = ConsistencyMeter(CLASSES)
        for index, mask in enumerate(all_masks):
            meter.update(mask, Motion.still(SIZE) if index else None)
        meters.append(meter)
    summary = summarise(track, 0, 59)
    for slot, meter in zip((summary.a, summary.b), meters, strict=True):
        assert slot is not None
        assert slot.flicker == pytest.approx(meter.flicker, rel=1e-5)
        assert slot.tc == pytest.approx(meter.tc)
        assert slot.pairs == 59
        assert (slot.latency_p50, slot.latency_max) == (39.5, 69.0)
    for measure in ("flicker", "tc"):
        theirs = meters[0].difference_interval(meters[1], measure)
        mine = summary.interval[measure]
        assert isinstance(mine, Interval)
        assert isinstance(theirs, Interval)
        assert (mine.low, mine.high) == pytest.approx((theirs.low, theirs.high), rel=1e-4)
        assert summary.within_noise(measure) is False


def test_a_part_of_the_clip_is_that_part_alone() -> None:
    calm, wild = masks(30, 0.0), masks(30, 0.4)
    track = filled(calm + wild, calm + calm)
    first, second = summarise(track, 1, 29), summarise(track, 31, 59)
    assert first.a is not None
    assert second.a is not None
    assert first.a.flicker is not None
    assert second.a.flicker is not None
    assert second.a.flicker > 2 * first.a.flicker
    assert first.b is not None
    assert first.b.agreement == 100
    assert second.b is not None
    assert second.b.agreement is not None
    assert second.b.agreement < 60


def test_a_method_as_the_other_is_within_noise() -> None:
    a = masks(40, 0.2)
    summary = summarise(filled(a, a), 0, 39)
    assert summary.within_noise("flicker") is True
    assert summary.within_noise("tc") is True


def test_lag_is_told_of_what_trails() -> None:
    heights = np.random.default_rng(5).integers(3, 30, 120)
    a = [(np.arange(SIZE[1])[:, None] < np.full(SIZE[0], height)).astype(np.uint8) for height in heights]
    late = [a[max(0, index - 2)] for index in range(120)]
    summary = summarise(filled(a, late), 0, 119)
    assert summary.a is not None
    assert summary.a.lag is None
    assert summary.b is not None
    assert summary.b.lag == pytest.approx(2, abs=0.1)


def test_on_a_camera_lag_counts_the_frames_that_were_shown() -> None:
    heights = np.random.default_rng(5).integers(3, 30, 120)
    shown = [(np.arange(SIZE[1])[:, None] < np.full(SIZE[0], height)).astype(np.uint8) for height in heights]
    track = MeasureTrack()
    track.set_method(0, "a", CLASSES)
    for place, unsmoothed in enumerate(shown):
        late = segmentation(shown[max(0, place - 2)])
        result = SlotResult("a", late, follows=place > 0, unsmoothed=segmentation(unsmoothed))
        track.add(0, 3 * place, place / 10, result)
    summary = summarise(track, 0, 400)
    assert summary.a is not None
    assert summary.a.lag == pytest.approx(2, abs=0.1)


def test_curves_have_the_frames_that_are_known_in_their_order() -> None:
    track = MeasureTrack()
    track.set_method(0, "a", CLASSES)
    a = masks(10, 0.1)
    for index in (7, 3, 5):
        track.add(0, index, index / 25, SlotResult("a", segmentation(a[index])))
    curve = track.curve(0, "inference_ms")
    assert curve.index.tolist() == [3, 5, 7]
    assert curve.pts_s.tolist() == [3 / 25, 5 / 25, 7 / 25]
    assert np.isnan(track.curve(0, "flicker").values).all()
    assert track.span == (0, 8)


def test_one_class_has_a_curve_of_its_own() -> None:
    a = [np.full(SIZE[::-1], 2, np.uint8) for _ in range(3)]
    a[2] = np.where(np.arange(SIZE[1])[:, None] < 9, np.uint8(3), a[2]).astype(np.uint8)
    track = filled(a, a)
    np.testing.assert_allclose(track.curve(0, "flicker", 2).values, [np.nan, 0, 0.25])
    np.testing.assert_allclose(track.curve(0, "tc", 2).values, [np.nan, 100, 75])
    assert np.isnan(track.curve(0, "flicker", 1).values).all()


def test_what_was_analysed_is_not_replaced_by_what_was_played() -> None:
    a = masks(5, 0.1)
    track = filled(a, a, known=Known.ANALYSED)
    before = track.curve(0, "inference_ms").values.copy()
    track.add(0, 2, 0.08, SlotResult("a", segmentation(a[0], 99.0)))
    assert np.array_equal(track.curve(0, "inference_ms").values, before)
    track.add(0, 2, 0.08, SlotResult("a", segmentation(a[2], 99.0)), known=Known.ANALYSED)
    assert track.curve(0, "inference_ms").values[2] == 99
    assert track.analysed(0) == track.analysed(1) == 5
    assert track.analysed(0, 2, 3) == 2
    assert summarise(track, 0, 4).complete
    assert not summarise(track, 0, 5).complete


def test_another_method_in_the_slot_takes_what_was_there_away() -> None:
    a = masks(5, 0.1)
    track = filled(a, a)
    track.set_method(0, "c", CLASSES)
    assert not len(track.curve(0, "tc").index)
    assert len(track.curve(1, "tc").index) == 5
    assert summarise(track, 0, 4).b is not None
    track.add(0, 1, 0.04, SlotResult("a", segmentation(a[1])))
    assert not len(track.curve(0, "tc").index), "what the old method still brings is not the new one's"
    counts = track.counts(1, np.arange(5))
    assert (counts[:, Count.SHARED] == UNKNOWN).all()
    assert counts[:, Count.AREA].any()
    track.set_method(1, None)
    assert summarise(track, 0, 4).b is None


def test_memory_is_bounded_and_the_newest_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracks, "MOST_FRAMES", 8192)
    monkeypatch.setattr(tracks, "_COUNT_BYTES", 3 * 1024 * len(Count) * 2 * CLASSES)
    track = MeasureTrack()
    track.set_method(0, "a", CLASSES)
    mask = segmentation(masks(1, 0.1)[0])
    for index in range(0, 30_000, 3):
        track.add(0, index, index / 25, SlotResult("a", mask))
    first, end = track.span
    assert end == 29_998
    assert end - first <= 8192
    curve = track.curve(0, "inference_ms")
    assert curve.index[0] >= first
    assert curve.index[-1] == 29_997
    assert track.counts(0, curve.index[-1:])[0, Count.AREA].sum() == SIZE[0] * SIZE[1]
    assert not track.counts(0, np.asarray([0]))[0].any()
    track.add(0, 0, 0.0, SlotResult("a", mask))
    assert track.curve(0, "inference_ms").index[0] >= first, "too old to be kept"


def test_threads_may_fill_both_slots_at_once() -> None:
    a = masks(200, 0.1)
    track = MeasureTrack()
    for slot in (0, 1):
        track.set_method(slot, "a", CLASSES)

    def fill(slot: int) -> None:
        for index in range(200):
            track.add(slot, index, index / 25, SlotResult("a", segmentation(a[index])))
            track.curve(slot, "tc", 1)

    threads = [threading.Thread(target=fill, args=(slot,)) for slot in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(len(track.curve(slot, "tc").index) == 200 for slot in (0, 1))


def test_the_worst_moments_are_found_apart_from_each_other() -> None:
    a = masks(100, 0.0)
    random = np.random.default_rng(3)
    for index in (20, 22, 60, 90):
        a[index] = random.integers(0, CLASSES, a[index].shape).astype(np.uint8)
    track = filled(a, masks(100, 0.0))
    moments = worst_moments(track, 10, most=3)
    assert len(moments) == 3
    assert moments == sorted(moments)
    for moment, worst in zip(moments, (20, 60, 90), strict=True):
        assert abs(moment - worst) <= 3
    assert worst_moments(filled([a[0]] * 9, [a[0]] * 9), 3) == []
    assert worst_moments(MeasureTrack(), 3) == []


@pytest.mark.parametrize("count", [5, 20, 100])
def test_the_strip_has_the_worst_of_each_part(count: int) -> None:
    a = masks(20, 0.3)
    track = filled(a, a)
    flicker = track.curve(0, "flicker").values
    strip = columns(track, 0, 20, count)
    assert strip.shape == (count,)
    assert np.isnan(strip[0]) or count < 20
    assert np.nanmax(strip) == np.nanmax(flicker)
    if count >= 20:
        np.testing.assert_array_equal(strip[:: count // 20], flicker)
