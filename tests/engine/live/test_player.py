"""Live mode: newest frame wins, generations, in-band errors, prompt close."""

import itertools
import threading
import time
from collections.abc import Iterator

import pytest

from engine.errors import BackendError, VideoError
from engine.frame_result import FrameResult
from engine.live.handover import Ended, Failed
from engine.live.player import Player
from tests.engine.fakes import FakeMethod, FakeSource
from tests.engine.live.listening import Listener
from tests.waiting import wait_for

LONG_S = 30.0
FAST = 1000  # frames per second: as fast as the stages go


class Gate:
    """Blocks whoever passes with a value in `hold` until it is opened."""

    def __init__(self, *hold: int) -> None:
        self.hold = set(hold)
        self.entered = threading.Event()
        self._open = threading.Event()

    def __call__(self, value: int) -> None:
        if value in self.hold and not self._open.is_set():
            self.entered.set()
            self._open.wait(LONG_S)

    def open(self) -> None:
        self._open.set()


@pytest.fixture
def players() -> Iterator[list[Player]]:
    made: list[Player] = []
    yield made
    for player in made:
        assert player.close(LONG_S)


def test_plays_to_the_end_with_the_last_frame_and_then_the_end(players: list[Player]) -> None:
    listener, source = Listener(), FakeSource(20, rate=FAST)
    player = Player(source, listener, FakeMethod())
    players.append(player)
    player.play()
    end = listener.wait_for_end()
    assert isinstance(end, Ended)
    assert listener.items[-1] is end
    indices = [r.frame.index for r in listener.results]
    assert indices == sorted(set(indices))
    assert indices[-1] == 19
    assert len(indices) + listener.results[-1].dropped == 20
    assert not player.playing


def test_frames_come_no_earlier_than_their_time(players: list[Player]) -> None:
    listener = Listener()
    player = Player(FakeSource(6, rate=50), listener, FakeMethod())
    players.append(player)
    began = time.monotonic()
    player.play()
    listener.wait_for_end()
    assert time.monotonic() - began >= 5 / 50


def test_a_slow_method_drops_to_the_newest_frame_and_counts(players: list[Player]) -> None:
    gate = Gate(0)
    # The first frame must not be dropped for the second before the other thread has taken it.
    source = FakeSource(50, rate=FAST, before=lambda index: index != 1 or gate.entered.wait(LONG_S))
    method, listener = FakeMethod(before=gate), Listener()
    player = Player(source, listener, method)
    players.append(player)
    player.play()
    assert gate.entered.wait(LONG_S)
    wait_for(lambda: len(source.decoded) == 50 and source.open_decoders == 0)
    gate.open()
    listener.wait_for_end()
    assert method.calls == [0, 49], "only the newest of the waiting frames is worked on"
    assert [r.frame.index for r in listener.results] == [0, 49]
    assert listener.results[-1].dropped == 48


def test_a_seek_drops_older_work_before_it_is_done(players: list[Player]) -> None:
    gate = Gate(3)
    source, method = FakeSource(100), FakeMethod(before=gate)
    listener = Listener()
    player = Player(source, listener, method)
    players.append(player)
    player.seek(3)
    assert gate.entered.wait(LONG_S)
    for index in range(10, 60):
        player.seek(index)
    wait_for(lambda: bool(source.reads) and source.reads[-1] == 59)
    gate.open()
    listener.wait_for_frame(59)
    assert method.calls == [3, 59], "nothing between was segmented"
    assert [r.frame.index for r in listener.results] == [59], "what was being worked on is not delivered"
    assert listener.results[-1].generation == player.generation


def test_seeks_coalesce_before_they_are_decoded(players: list[Player]) -> None:
    gate = Gate(3)
    source, listener = FakeSource(100, before=gate), Listener()
    player = Player(source, listener, FakeMethod())
    players.append(player)
    player.seek(3)
    assert gate.entered.wait(LONG_S)
    for index in range(10, 60):
        player.seek(index)
    gate.open()
    listener.wait_for_frame(59)
    assert source.reads == [3, 59]


def test_seek_while_playing_goes_on_from_there(players: list[Player]) -> None:
    listener = Listener()
    player = Player(FakeSource(1000, rate=50), listener, FakeMethod())
    players.append(player)
    player.play()
    listener.wait_for_frame(0)
    player.seek(500)
    listener.wait(lambda items: any(isinstance(i, FrameResult) and i.frame.index > 500 for i in items))
    assert player.playing


def test_pause_then_play_continues_behind_the_frame_shown(players: list[Player]) -> None:
    source, listener = FakeSource(1000, rate=100), Listener()
    player = Player(source, listener, FakeMethod())
    players.append(player)
    player.play()
    listener.wait_for_frame(3)
    player.pause()
    wait_for(lambda: source.open_decoders == 0)
    shown = player.position
    assert shown is not None
    player.play()
    listener.wait(lambda items: isinstance(items[-1], FrameResult) and items[-1].frame.index > shown)
    indices = [r.frame.index for r in listener.results]
    assert indices == sorted(set(indices))


def test_play_after_the_end_begins_again(players: list[Player]) -> None:
    listener = Listener()
    player = Player(FakeSource(5, rate=FAST), listener, FakeMethod())
    players.append(player)
    player.play()
    listener.wait_for_end()
    count = len(listener.items)
    player.play()
    listener.wait(lambda items: any(isinstance(i, Ended) for i in items[count:]))


def test_two_slots_show_the_same_frame(players: list[Player]) -> None:
    source, a, b, listener = FakeSource(10), FakeMethod("a"), FakeMethod("b"), Listener()
    player = Player(source, listener, a, b)
    players.append(player)
    player.seek(4)
    listener.wait_for_frame(4)
    assert source.reads == a.calls == b.calls == [4]
    assert len(listener.results[0].slots) == 2


def test_new_methods_do_the_shown_frame_again(players: list[Player]) -> None:
    listener = Listener()
    player = Player(FakeSource(10), listener)
    players.append(player)
    player.seek(4)
    listener.wait_for_frame(4)
    assert listener.results[0].slots == ()
    method = FakeMethod()
    player.use(method)
    listener.wait(lambda items: len(items) == 2)
    assert listener.results[1].segmentation.classes[0, 0] == 4


def test_an_unreadable_frame_is_delivered_as_a_failure(players: list[Player]) -> None:
    listener = Listener()
    player = Player(FakeSource(10), listener, FakeMethod())
    players.append(player)
    player.seek(99)
    item = listener.wait_for_end()
    assert isinstance(item, Failed)
    assert isinstance(item.error, VideoError)
    assert item.frame == 99
    player.seek(2)
    listener.wait_for_frame(2)


def test_a_failing_runtime_stops_playback_and_still_shows_the_picture(players: list[Player]) -> None:
    def fail(value: int) -> None:
        raise BackendError("out of memory")

    listener = Listener()
    player = Player(FakeSource(100, rate=50), listener, FakeMethod(before=fail))
    players.append(player)
    player.play()
    item = listener.wait_for_end()
    assert isinstance(item, Failed)
    assert "frame 0: out of memory" in str(item.error)
    assert listener.results[0].slots == ()
    assert not player.playing


def test_a_decoder_bug_is_delivered_and_not_swallowed(players: list[Player]) -> None:
    def bug(index: int) -> None:
        raise ZeroDivisionError("a bug")

    listener = Listener()
    player = Player(FakeSource(10, before=bug), listener, FakeMethod())
    players.append(player)
    player.play()
    item = listener.wait_for_end()
    assert isinstance(item, Failed)
    assert isinstance(item.error, ZeroDivisionError)


def test_the_end_tells_the_source_error(players: list[Player]) -> None:
    listener = Listener()
    player = Player(FakeSource(3, rate=FAST, error=VideoError("cut off", frame=3)), listener, FakeMethod())
    players.append(player)
    player.play()
    item = listener.wait_for_end()
    assert isinstance(item, Ended)
    assert str(item.error) == "cut off"


def test_a_live_source_is_not_sought_and_pause_lets_it_run(players: list[Player]) -> None:
    more = threading.Semaphore(0)
    source = FakeSource(1000, live=True, before=lambda _: more.acquire(timeout=LONG_S))
    listener = Listener()
    player = Player(source, listener, FakeMethod())
    players.append(player)
    player.play()
    player.seek(7)
    assert source.reads == []
    more.release()
    listener.wait_for_frame(0)
    player.pause()
    more.release(4)
    wait_for(lambda: len(source.decoded) == 6)
    player.play()
    more.release()
    listener.wait_for_frame(5)
    assert [r.frame.index for r in listener.results] == [0, 5]
    player.stop()
    more.release(1000)


@pytest.mark.parametrize("stage", ["decode", "segment"])
def test_close_is_prompt_while_a_stage_hangs(stage: str) -> None:
    gate = Gate(0)
    source = FakeSource(10, before=gate if stage == "decode" else None)
    listener = Listener()
    player = Player(source, listener, FakeMethod(before=gate if stage == "segment" else None))
    player.play()
    assert gate.entered.wait(LONG_S)
    began = time.monotonic()
    assert not player.close(0.2)
    assert time.monotonic() - began < LONG_S / 2
    gate.open()
    assert player.close(LONG_S)
    assert source.closed.is_set()
    assert listener.items == [], "nothing is delivered after a close"


def test_close_releases_the_source_and_later_calls_do_nothing() -> None:
    source = FakeSource(10)
    player = Player(source, Listener(), FakeMethod())
    assert player.close(LONG_S)
    assert source.closed.is_set()
    player.play()
    player.seek(3)
    assert not player.playing
    assert source.reads == []


def test_a_slow_method_remembers_across_the_frames_that_were_dropped(players: list[Player]) -> None:
    """Smoothing must work on a machine that shows one frame in twenty; only a seek begins anew."""
    gate, listener = Gate(0), Listener()
    method = FakeMethod(before=gate)
    source = FakeSource(200, rate=FAST, before=lambda index: gate.open() if index == 40 else None)
    player = Player(source, listener, method)
    players.append(player)
    player.play()
    listener.wait_for_end()
    indices = [result.frame.index for result in listener.results]
    assert max(after - before for before, after in itertools.pairwise(indices)) > 8
    assert method.resets == [0]
    far = next(pair for pair in itertools.pairwise(listener.results) if _gap(*pair) > 8)
    assert [slot.pair for slot in far[1].slots] == [None], "too far apart to be measured"
    seen = len(method.calls)
    player.seek(100)
    listener.wait(lambda items: items[-1].frame.index == 100 if isinstance(items[-1], FrameResult) else False)
    assert method.resets == [0, seen]


def _gap(before: FrameResult, after: FrameResult) -> int:
    return after.frame.index - before.frame.index
