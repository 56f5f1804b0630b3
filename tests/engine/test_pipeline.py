"""Every-frame mode: order, errors in-band, bounds, prompt close."""

import threading
import time
from collections.abc import Iterator

import pytest

from engine.errors import BackendError, VideoError
from engine.pipeline import Channel, ChannelClosed, FrameResult, run_every_frame
from tests.engine.fakes import FakeMethod, FakeSource

LONG_S = 20.0


def test_every_frame_arrives_once_and_in_order() -> None:
    source, method = FakeSource(200), FakeMethod()
    results = list(run_every_frame(source, method))
    assert [r.frame.index for r in results] == list(range(200))
    assert method.calls == [i % 256 for i in range(200)]
    assert all(r.segmentation.classes[0, 0] == r.frame.index % 256 % 11 for r in results)
    assert all(r.dropped == 0 for r in results)


def test_a_slow_consumer_loses_nothing() -> None:
    indices = []
    for result in run_every_frame(FakeSource(20), FakeMethod(), bound=1):
        time.sleep(0.002)
        indices.append(result.frame.index)
    assert indices == list(range(20))


def test_start_skips_the_frames_before_it() -> None:
    source = FakeSource(10)
    assert [r.frame.index for r in run_every_frame(source, FakeMethod(), start=7)] == [7, 8, 9]
    assert source.decoded == [7, 8, 9]


def test_two_methods_see_the_same_frame_which_is_decoded_once() -> None:
    source, a, b = FakeSource(12), FakeMethod("a"), FakeMethod("b")
    results = list(run_every_frame(source, a, b))
    assert source.decoded == list(range(12))
    assert a.calls == b.calls == list(range(12))
    assert all(len(r.slots) == 2 for r in results)


def test_no_method_gives_frames_alone() -> None:
    assert [r.slots for r in run_every_frame(FakeSource(3))] == [(), (), ()]


def test_a_decoder_that_raises_is_seen_after_the_frames_before_it() -> None:
    def fail(index: int) -> None:
        if index == 5:
            raise VideoError("fake.mp4 is damaged", frame=5)

    seen: list[int] = []
    with pytest.raises(VideoError, match="damaged"):
        _collect(run_every_frame(FakeSource(10, before=fail), FakeMethod()), seen)
    assert seen == [0, 1, 2, 3, 4]


def test_a_runtime_that_raises_is_seen_and_names_the_frame() -> None:
    def fail(value: int) -> None:
        if value == 3:
            raise BackendError("out of memory")

    seen: list[int] = []
    with pytest.raises(BackendError, match="frame 3: out of memory"):
        _collect(run_every_frame(FakeSource(10), FakeMethod(before=fail)), seen)
    assert seen == [0, 1, 2]


def test_a_bug_in_a_stage_is_raised_as_it_is() -> None:
    def bug(value: int) -> None:
        raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError, match="a bug"):
        list(run_every_frame(FakeSource(10), FakeMethod(before=bug)))


def test_an_error_that_the_source_keeps_ends_the_clip_without_raising() -> None:
    source = FakeSource(4, error=VideoError("cut off", frame=4))
    assert len(list(run_every_frame(source, FakeMethod()))) == 4
    assert str(source.error) == "cut off"


def test_closing_the_generator_stops_both_threads_and_the_decoder() -> None:
    source = FakeSource(100_000)
    results = run_every_frame(source, FakeMethod())
    next(results)
    results.close()
    assert source.open_decoders == 0
    assert not _workers()
    assert not source.closed.is_set(), "the caller closes the source"


@pytest.mark.parametrize("stage", ["decode", "segment"])
def test_close_is_prompt_while_a_stage_hangs(stage: str) -> None:
    release, entered = threading.Event(), threading.Event()

    def hang(index: int) -> None:
        if index == 2:
            entered.set()
            release.wait(LONG_S)

    source = FakeSource(10, before=hang if stage == "decode" else None)
    results = run_every_frame(source, FakeMethod(before=hang if stage == "segment" else None), join_s=0.2)
    next(results)
    assert entered.wait(LONG_S)
    began = time.monotonic()
    results.close()
    assert time.monotonic() - began < LONG_S / 2
    release.set()
    for worker in _workers():
        worker.join(LONG_S)
    assert not _workers()


def test_decoding_waits_for_the_consumer_so_memory_is_bounded() -> None:
    source = FakeSource(1000)
    bound = 3
    for count, result in enumerate(run_every_frame(source, FakeMethod(), bound=bound), 1):
        # two channels, one frame in the hand of each stage and one in ours
        assert source.decoded[-1] + 1 - count <= 2 * bound + 3
        if result.frame.index == 50:
            break


def test_channel_put_waits_for_room_and_close_wakes_it() -> None:
    channel: Channel[int] = Channel(2)
    assert channel.put(1)
    assert channel.put(2)
    outcome: list[bool] = []
    blocked = threading.Thread(target=lambda: outcome.append(channel.put(3)))
    blocked.start()
    assert len(channel) == 2
    assert channel.get() == 1
    blocked.join(LONG_S)
    assert outcome == [True]
    channel.close()
    assert channel.put(4) is False
    with pytest.raises(ChannelClosed):
        channel.get()


def test_channel_needs_room() -> None:
    with pytest.raises(ValueError, match="bound=0"):
        Channel(0)


def _collect(results: Iterator[FrameResult], seen: list[int]) -> None:
    for result in results:
        seen.append(result.frame.index)  # noqa: PERF401 - what came before an error must be kept


def _workers() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name.startswith("steadymask-")]
