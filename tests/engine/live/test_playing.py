"""Speed, direction, loop and range of the player."""

import random
import time
from collections.abc import Callable, Iterator

import pytest

from engine.live.player import Player
from tests.engine.fakes import FakeMethod, FakeSource
from tests.engine.live.listening import Listener


@pytest.fixture
def watcher() -> Listener:
    return Listener()


@pytest.fixture
def make(watcher: Listener) -> Iterator[Callable[[FakeSource], Player]]:
    players: list[Player] = []

    def build(source: FakeSource) -> Player:
        players.append(Player(source, watcher, FakeMethod()))
        return players[-1]

    yield build
    for player in players:
        assert player.close()


def test_a_range_plays_from_its_first_to_its_last_frame(make: Callable, watcher: Listener) -> None:
    player = make(FakeSource(100, rate=100))
    player.set_range(20, 30)
    player.play()
    watcher.wait_for_end()
    assert watcher.shown[0] == 20
    assert watcher.shown[-1] == 30
    assert not player.playing
    player.play()
    watcher.wait(lambda _: watcher.shown.count(20) == 2)


def test_a_loop_goes_on_from_the_other_end(make: Callable, watcher: Listener) -> None:
    player = make(FakeSource(100, rate=200))
    player.set_range(20, 24)
    player.set_loop(True)
    player.play()
    watcher.wait(lambda _: watcher.shown.count(20) >= 3)
    assert player.playing
    assert set(watcher.shown) <= set(range(20, 25))
    player.set_loop(False)
    watcher.wait_for_end()
    assert watcher.shown[-1] == 24


def test_backwards_goes_to_the_first_frame(make: Callable, watcher: Listener) -> None:
    player = make(FakeSource(100, rate=100))
    player.seek(30)
    watcher.wait(lambda _: watcher.shown == [30])
    player.set_speed(-1)
    player.play()
    watcher.wait_for_end()
    assert watcher.shown[-1] == 0
    assert watcher.shown == sorted(watcher.shown, reverse=True)
    player.set_speed(1)
    player.play()
    watcher.wait(lambda _: watcher.shown[-1] > 5)


def test_turning_while_it_plays(make: Callable, watcher: Listener) -> None:
    player = make(FakeSource(10_000, rate=200))
    player.play()
    watcher.wait(lambda _: bool(watcher.shown) and watcher.shown[-1] >= 20)
    player.set_speed(-2)
    turned = watcher.shown[-1]
    watcher.wait(lambda _: watcher.shown[-1] < turned - 10)
    assert player.playing


def test_twice_the_speed_takes_half_the_time(make: Callable, watcher: Listener) -> None:
    took = []
    player = make(FakeSource(41, rate=40))
    for speed in (1.0, 4.0):
        watcher.items.clear()
        player.set_speed(speed)
        begin = time.monotonic()
        player.play()
        watcher.wait_for_end()
        took.append(time.monotonic() - begin)
    assert took[0] > 0.9
    assert took[1] < took[0]


def test_impossible_speeds_and_ranges_are_refused(make: Callable) -> None:
    player = make(FakeSource(10))
    with pytest.raises(ValueError, match="speed 9"):
        player.set_speed(9)
    with pytest.raises(ValueError, match="no frame between 5 and 4"):
        player.set_range(5, 4)


@pytest.mark.parametrize("seed", range(8))
def test_random_wishes_end_where_the_last_one_says(make: Callable, watcher: Listener, seed: int) -> None:
    dice = random.Random(seed)
    player = make(FakeSource(300, rate=500))
    deeds: list[Callable[[], object]] = [
        player.play,
        player.pause,
        lambda: player.seek(dice.randrange(300)),
        lambda: player.set_speed(dice.choice([-4, -1, 0.25, 1, 4])),
        lambda: player.set_loop(dice.random() < 0.5),
        lambda: player.set_range(dice.randrange(100), dice.choice([None, 150, 299])),
        lambda: player.use(FakeMethod("other")),
    ]
    for _ in range(120):
        dice.choice(deeds)()
        time.sleep(dice.random() * 0.004)
    player.pause()
    player.seek(77)
    watcher.wait(lambda _: bool(watcher.shown) and watcher.shown[-1] == 77)
    assert not player.playing
