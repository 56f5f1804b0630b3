"""Two methods on the same decoded frames."""

import threading

import pytest

from engine.comparison import ComparedFrame, compare
from engine.errors import Cancelled
from engine.flow import Motion
from engine.measures.flicker_map import FlickerMap
from engine.methods import MethodPool
from engine.video.frame import Frame
from tests.engine.fakes import FakeSource
from tests.engine.measures.test_pairs import CLASSES, random_mask, shifted
from tests.engine.test_evaluation import SIZE, Noisy, scene
from tests.engine.verdict.scene import Sure


class SceneSource(FakeSource):
    """The scene of test_evaluation as a video."""

    def __init__(self, count: int = 60) -> None:
        super().__init__(count, size=SIZE)

    def _frame(self, index: int) -> Frame:
        return Frame(index, index / 25, scene(index)[0])


def pool_of(noise: float = 0.05) -> MethodPool:
    return MethodPool(lambda name: Noisy(noise))  # type: ignore[arg-type, return-value]


def test_both_see_the_same_frames_and_each_is_decoded_once() -> None:
    source, pool = SceneSource(), pool_of()
    seen: list[ComparedFrame] = []
    result = compare(source, "scene.mp4", pool.make("a"), pool.make("median(a)"), each=seen.append)
    assert source.decoded == list(range(60))
    assert [frame.result.frame.index for frame in seen] == list(range(60))
    assert all(len(frame.result.slots) == 2 for frame in seen)
    assert seen[0].flicker == seen[0].tc == (None, None)
    assert all(None not in frame.flicker and None not in frame.tc for frame in seen[1:])
    assert result.frames == 60
    document = result.as_json()
    assert {"clip", "frames", "a", "b", "difference", "interval"} <= document.keys()
    for name in ("flicker", "tc"):
        assert document["difference"][name] == document["b"][name] - document["a"][name]
        low, high = document["interval"][name]
        assert low <= document["difference"][name] <= high
    assert document["b"]["flicker"] < document["a"]["flicker"] / 2
    assert document["within_noise"]["flicker"] is False
    assert document["a"]["lag"] is None
    assert result.map_a.pairs == result.map_b.pairs == 59
    assert result.map_a.share is not None
    assert result.map_a.share.mean() == pytest.approx(result.measures_a["flicker"], rel=0.05)


def test_a_method_against_itself_is_within_noise() -> None:
    pool = pool_of()
    result = compare(SceneSource(), "scene.mp4", pool.make("a"), pool.make("a"))
    assert result.difference["flicker"] == 0
    assert result.within_noise["flicker"] is True
    assert result.measures_b["agreement"] == 100


def test_the_verdict_is_given_where_it_is_asked_for() -> None:
    pool = MethodPool(lambda name: Sure(0.05))  # type: ignore[arg-type, return-value]
    assert compare(SceneSource(), "s", pool.make("a"), pool.make("frozen(a)")).verdict is None
    source = SceneSource()
    result = compare(source, "s", pool.make("a"), pool.make("frozen(a)"), verdict=True)
    assert result.verdict is not None
    assert result.verdict.outcome == "worse"
    assert result.as_json()["verdict"] == result.verdict.as_json()
    assert source.decoded == list(range(60))


def test_it_can_be_stopped() -> None:
    stop = threading.Event()
    pool = pool_of()

    def each(frame: ComparedFrame) -> None:
        if frame.result.frame.index == 5:
            stop.set()

    with pytest.raises(Cancelled):
        compare(SceneSource(), "s", pool.make("a"), pool.make("a"), each=each, cancelled=stop.is_set)


def test_a_map_of_a_window_forgets_what_is_older() -> None:
    from engine.measures import count_pair

    mask = random_mask(0)
    other = mask.copy()
    other[:8, :8] = (other[:8, :8] + 1) % CLASSES
    still = Motion.still((mask.shape[1], mask.shape[0]))
    flip, calm = count_pair(mask, other, still, CLASSES), count_pair(mask, mask, still, CLASSES)
    window, whole = FlickerMap(4), FlickerMap()
    assert window.share is None
    for flips in (window, whole):
        for pair in (flip, flip, calm, calm):
            flips.add(pair)
        assert flips.share is not None
        assert (flips.share[:8, :8] == 0.5).all()
        assert (flips.share[8:] == 0).all()
        for _ in range(4):
            flips.add(calm)
    assert window.share is not None
    assert whole.share is not None
    assert (window.share == 0).all()
    assert (whole.share[:8, :8] == 0.25).all()
    _, motion = shifted(random_mask(1, size=(24, 16)), 0, 0)
    small = random_mask(1, size=(24, 16))
    window.add(count_pair(small, small, motion, CLASSES))
    assert window.pairs == 1, "another size is another map"
