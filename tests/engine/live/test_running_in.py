"""A frame that was sought looks as it does where the clip is played: masks, their pair, and the pairs before it."""

import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.frame_result import FrameResult
from engine.live.measuring import Measuring
from engine.live.player import Player
from engine.methods import Method, MethodPool
from engine.segmentation import Segmentation
from tests.engine.fakes import FakeMethod
from tests.engine.live.listening import Listener
from tests.engine.live.shaky import ShakyClip, ShakyMemory, ShakyModel

METHODS = (
    "ema(shaky)",
    "ema(shaky, alpha=0.5)",
    "median(shaky, n=9)",
    "hold(shaky, n=7)",
    "propagate(shaky, every=7)",
    "median(ema(shaky, alpha=0.4), n=3)",
    "hold(median(shaky, n=3), n=4)",
    "median(propagate(shaky, every=4), n=3)",
    "recurrent",
    "median(recurrent, n=3)",
)
PAIRS = 20


def pool() -> MethodPool:
    made = {"shaky": ShakyModel, "recurrent": ShakyMemory}
    return MethodPool(lambda name: made[name](name))  # type: ignore[arg-type, return-value]


def played(text: str, clip: ShakyClip) -> list[FrameResult]:
    """What every frame shows where the clip is played from its beginning and none is dropped."""
    methods, measuring = (pool().make("shaky"), pool().make(text)), Measuring()
    return [measuring.measure(frame, methods) for frame in clip.frames()]


Make = Callable[..., tuple[Player, Listener]]


@pytest.fixture
def make() -> Iterator[Make]:
    players: list[Player] = []

    def build(clip: ShakyClip, *texts: str) -> tuple[Player, Listener]:
        listener, shared = Listener(), pool()
        players.append(Player(clip, listener, *(shared.make(text) for text in texts)))
        return players[-1], listener

    yield build
    for player in players:
        assert player.close(20)


def sought(player: Player, listener: Listener, index: int) -> FrameResult:
    """What is shown of a frame after a seek, once its masks are there."""
    player.seek(index)
    return masked(player, listener, index)


def masked(player: Player, listener: Listener, index: int) -> FrameResult:
    def there(result: FrameResult) -> bool:
        return result.frame.index == index and result.generation == player.generation and bool(result.slots)

    listener.wait(lambda _: any(there(result) for result in listener.results))
    return next(result for result in reversed(listener.results) if there(result))


def same_masks(one: FrameResult, other: FrameResult) -> bool:
    return all(
        np.array_equal(mine.segmentation.classes, theirs.segmentation.classes)
        for mine, theirs in zip(one.slots, other.slots, strict=True)
    )


@pytest.mark.parametrize("text", METHODS)
@pytest.mark.parametrize("cut", [1_000_000, 41])
def test_masks_after_a_seek_are_those_of_playing(make: Make, text: str, cut: int) -> None:
    clip = ShakyClip(120, cut=cut)
    expected = played(text, clip)
    player, listener = make(clip, "shaky", text)
    alone = pool().make(text)
    differs = 0
    for index in (60, 61, 90, 89, 64, 44, 40, 3, 0, 119, 7, 14):
        result = sought(player, listener, index)
        assert same_masks(result, expected[index]), f"frame {index}"
        alone.reset()
        differs += not np.array_equal(
            alone.segment(result.frame.rgb).classes, expected[index].slots[1].segmentation.classes
        )
    assert differs > 3, "without earlier frames it would be another mask"


@pytest.mark.parametrize("text", ["ema(shaky, alpha=0.5)", "hold(shaky, n=7)"])
def test_its_own_pair_and_those_before_it_are_measured(make: Make, text: str) -> None:
    clip = ShakyClip(120)
    expected = played(text, clip)
    player, listener = make(clip, "shaky", text)
    player.look_back(PAIRS)
    for index in (60, 61, 64, 30, 5):
        result = sought(player, listener, index)
        assert same_masks(result, expected[index])
        for slot, made in enumerate(result.slots):
            pairs = (*made.earlier, made.pair)
            wanted = [each.slots[slot].pair for each in expected[: index + 1]][-len(pairs) :]
            assert len(pairs) == {60: PAIRS, 61: 1, 64: 3, 30: PAIRS, 5: 5}[index]
            for mine, theirs in zip(pairs, wanted, strict=True):
                assert mine is not None
                assert theirs is not None
                assert np.array_equal(mine.changed, theirs.changed)
                assert np.array_equal(mine.counts, theirs.counts)


def test_a_loop_is_run_in_at_its_beginning(make: Make) -> None:
    clip = ShakyClip(60, rate=100)
    expected = played("median(shaky, n=5)", clip)
    player, listener = make(clip, "shaky", "median(shaky, n=5)")
    player.set_range(30, 32)
    player.set_loop(True)
    player.play()
    listener.wait(lambda _: listener.shown.count(30) >= 3)
    player.pause()
    begins = [result for result in listener.results if result.frame.index == 30 and result.slots]
    assert all(same_masks(result, expected[30]) for result in begins)


def test_what_is_dragged_past_is_not_run_in_and_what_stays_is(make: Make) -> None:
    clip = ShakyClip(60)
    expected = played("ema(shaky)", ShakyClip(60))
    player, listener = make(clip, "shaky", "ema(shaky)")
    player.seek(30, run_in=False)
    assert not same_masks(masked(player, listener, 30), expected[30])
    assert clip.decoded == []
    player.settle()
    assert same_masks(masked(player, listener, 30), expected[30])


def test_the_picture_comes_before_a_long_run_in(make: Make) -> None:
    player, listener = make(ShakyClip(60), "shaky", "ema(shaky)")
    sought(player, listener, 55)
    assert [(result.frame.index, len(result.slots)) for result in listener.results] == [(55, 0), (55, 2)]


def test_a_newer_seek_ends_a_run_in(make: Make) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def wait(index: int) -> None:
        if index == 20 and not go_on.is_set():
            begun.set()
            assert go_on.wait(20)

    clip = ShakyClip(120, before=wait)
    player, listener = make(clip, "shaky", "ema(shaky)")
    player.seek(60)
    assert begun.wait(20)
    player.seek(2)
    go_on.set()
    masked(player, listener, 2)
    assert clip.decoded[:10] == [*range(12, 21), 0], "nothing more is decoded for the older one"
    assert all(result.slots == () for result in listener.results if result.frame.index == 60)


def test_methods_chosen_while_paused_are_run_in(make: Make) -> None:
    clip = ShakyClip(60)
    expected = played("ema(shaky)", clip)
    player, listener = make(clip, "shaky")
    sought(player, listener, 40)
    shared = pool()
    player.use(shared.make("shaky"), shared.make("ema(shaky)"))
    assert same_masks(masked(player, listener, 40), expected[40])


def test_a_model_alone_costs_one_frame_a_seek(make: Make) -> None:
    clip = ShakyClip(60)
    player, listener = make(clip, "shaky")
    sought(player, listener, 40)
    assert (clip.reads, clip.decoded) == ([40], [])


class Ahead:
    """Masks at hand up to a frame."""

    def __init__(self, end: int) -> None:
        self.end = end

    def holds(self, method: Method, index: int) -> bool:
        return index < self.end

    def segmentation(self, method: Method, index: int, rgb: NDArray[np.uint8]) -> Segmentation | None:
        size = (rgb.shape[1], rgb.shape[0])
        return Segmentation(np.full(size[::-1], 3, np.uint8), size, 1.0) if self.holds(method, index) else None


def test_a_memory_is_kept_up_to_date_while_masks_are_made_just_ahead() -> None:
    ahead, method = Ahead(0), MethodPool(lambda _: ShakyModel()).make("median(shaky, n=5)")  # type: ignore[arg-type, return-value]
    measuring, frames = Measuring(at_hand=ahead, far=128), list(ShakyClip(300).frames())
    model = method.inner._model._segmenter  # type: ignore[attr-defined]
    for index in range(40):
        ahead.end = 0 if index < 10 else index + 3 if index < 20 else 300 if index < 30 else 0
        assert measuring.falls_out(index, [method]) is (index == 30)
        mask = measuring.measure(frames[index], [method]).segmentation.classes
        assert (mask == 3).all() == (10 <= index < 30), "what is at hand is shown"
        assert len(model.calls) == min(index + 1, 20) + max(0, index - 29)


@pytest.mark.parametrize(
    ("text", "index", "frames"),
    [
        ("m", 50, 0),
        ("blurred(m)", 50, 0),
        ("median(m, n=5)", 50, 4),
        ("median(m, n=5)", 2, 2),
        ("ema(m, alpha=0.5)", 50, 24),
        ("ema(m, alpha=0)", 50, 0),
        ("hold(m, n=7)", 50, 1),
        ("hold(m, n=7)", 49, 0),
        ("hold(median(m, n=3), n=7)", 50, 15),
        ("median(hold(m, n=7), n=3)", 50, 2 + 6),
    ],
)
def test_a_method_states_its_run_in(text: str, index: int, frames: int) -> None:
    from engine.methods import run_in

    method: Method = MethodPool(FakeMethod).make(text)  # type: ignore[arg-type]
    assert run_in(method, index) == frames
