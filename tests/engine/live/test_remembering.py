"""A clip that was analysed is not analysed again: what is on the shelves comes back, and the rest is as if it did."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.comparison import compare
from engine.live.analysis import ClipAnalysis
from engine.live.counts import Count
from engine.live.player import Player
from engine.live.summary import summarise
from engine.live.track import MeasureTrack
from engine.methods import MethodPool
from engine.models.mapping import ClassView
from engine.shelves import Shelves
from tests.engine.live.listening import Listener
from tests.engine.live.shaky import ShakyClip, ShakyModel
from tests.engine.live.test_running_in import masked, played, same_masks
from tests.waiting import wait_for

CHUNK = 16
"""Frames of a file here."""
FRAMES = 4 * CHUNK + 10
PAIR = ("shaky", "ema(shaky, alpha=0.5)")


Views = tuple[ClassView | None, ClassView | None]


class House:
    """A clip's shelves, and how much was decoded and segmented."""

    def __init__(self, folder: Path, frames: int = FRAMES) -> None:
        self.clip = folder / "clip.mp4"
        self.clip.write_bytes(b"some clip")
        self.root = folder / "masks"
        self.frames = frames
        self.sources: list[ShakyClip] = []
        self.models: list[ShakyModel] = []
        self._then: tuple[int, Callable[[], None]] | None = None

    def pool(self) -> MethodPool:
        def load(_: str) -> ShakyModel:
            self.models.append(ShakyModel())
            return self.models[-1]

        return MethodPool(load)  # type: ignore[arg-type]

    def source(self) -> ShakyClip:
        self.sources.append(ShakyClip(self.frames, before=self._decoding))
        return self.sources[-1]

    def _decoding(self, index: int) -> None:
        if self._then is not None and index == self._then[0]:
            self._then[1]()

    def at(self, index: int, do: Callable[[], None]) -> None:
        """Do something when frame `index` is decoded."""
        self._then = index, do

    def analysis(
        self, *texts: str, paused: bool = False, kept: bool = True, views: Views = (None, None)
    ) -> tuple[ClipAnalysis, MeasureTrack]:
        """By a program that has just begun."""
        self.sources, self.models = [], []
        pool, track = self.pool(), MeasureTrack()
        in_slots = [pool.make(text) for text in texts]
        for slot, method in enumerate(in_slots):
            track.set_method(slot, method.name, 11, views[slot])
        shelves = Shelves(self.root).of_clip(self.clip) if kept else None
        analysis = ClipAnalysis(
            self.source,
            pool.make,
            dict(enumerate(texts)),
            track,
            shelves=shelves,
            in_slots=in_slots,
            frames=self.frames,
            paused=paused,
        )
        return analysis, track

    def measured(self, *texts: str, kept: bool = True, views: Views = (None, None)) -> MeasureTrack:
        analysis, track = self.analysis(*texts, kept=kept, views=views)
        wait_for(lambda: not analysis.running)
        return track

    def part(self, *texts: str, frames: int) -> None:
        """Measure so many frames, and be ended there."""
        analysis, track = self.analysis(*texts, paused=True)
        self.at(frames, analysis.stop)
        analysis.set_paused(False)
        wait_for(lambda: not analysis.running)
        self._then = None
        assert track.analysed(0) == frames

    @property
    def inferences(self) -> int:
        return sum(len(model.calls) for model in self.models)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    for module in ("chunk", "shelf"):
        monkeypatch.setattr(f"engine.shelves.{module}.FRAMES", CHUNK)
    return House(tmp_path)


def same(one: MeasureTrack, other: MeasureTrack, frames: int = FRAMES) -> None:
    index = np.arange(frames)
    for slot in (0, 1):
        assert one.name(slot) == other.name(slot)
        if one.name(slot) is None:
            continue
        assert one.analysed(slot) == other.analysed(slot) == frames
        assert np.array_equal(one.counts(slot, index), other.counts(slot, index))
        assert np.array_equal(one.follows(slot, index), other.follows(slot, index))
        for measure in ("flicker", "tc"):
            mine, theirs = one.curve(slot, measure), other.curve(slot, measure)
            assert np.array_equal(mine.index, theirs.index)
            assert np.array_equal(mine.pts_s, theirs.pts_s)
            assert np.array_equal(mine.values, theirs.values, equal_nan=True)


def test_a_clip_that_was_measured_is_there_at_once_without_a_decoder_or_a_model(house: House) -> None:
    fresh = house.measured(*PAIR, kept=False)
    same(fresh, house.measured(*PAIR))
    assert house.inferences == FRAMES
    analysis, track = house.analysis(*PAIR, paused=True)
    wait_for(lambda: not analysis.running)
    same(fresh, track)
    assert (house.sources, house.inferences) == ([], 0)
    summary = summarise(track, 0, FRAMES - 1)
    assert summary.complete
    assert summary.b is not None
    assert summary.b.agreement is not None
    assert summary.b.lag is not None


def test_swapped_and_chosen_again_they_are_there_at_once(house: House) -> None:
    house.measured(*PAIR)
    swapped = house.measured(*reversed(PAIR))
    assert (house.sources, house.inferences) == ([], 0)
    same(house.measured(*reversed(PAIR), kept=False), swapped)
    alone = house.measured(PAIR[1])
    assert (house.sources, house.inferences) == ([], 0)
    same(house.measured(PAIR[1], kept=False), alone)


@pytest.mark.parametrize(
    "text", ["ema(shaky, alpha=0.2)", "median(shaky, n=5)", "hold(shaky, n=7)", "propagate(shaky, every=7)"]
)
def test_what_was_interrupted_goes_on_where_it_was(house: House, text: str) -> None:
    fresh = house.measured("shaky", text, kept=False)
    house.part("shaky", text, frames=3 * CHUNK + 5)
    same(fresh, house.measured("shaky", text))
    assert house.sources[0].decoded[0] >= 2 * CHUNK, "what comes before its run-in is not decoded"
    house.measured("shaky", text)
    assert house.sources == []


def test_another_method_in_b_leaves_a_alone(house: House) -> None:
    house.measured("shaky")
    fresh = house.measured("shaky", "hold(shaky, n=7)", kept=False)
    same(fresh, house.measured("shaky", "hold(shaky, n=7)"))
    # A's masks are there; B asks the model for every 7th frame, and the lag for every frame.
    assert house.inferences == FRAMES


@pytest.mark.parametrize("number", [0, 2, 4])
def test_what_is_damaged_is_measured_again(house: House, number: int) -> None:
    fresh = house.measured(*PAIR)
    for folder in house.root.iterdir():
        (folder / f"{number:06}.npz").write_bytes(b"damaged")
    same(fresh, house.measured(*PAIR))
    assert house.inferences < FRAMES
    same(fresh, house.measured(*PAIR))
    assert house.sources == []


def test_a_changed_clip_is_measured_again(house: House) -> None:
    house.measured(*PAIR)
    house.clip.write_bytes(b"another clip")
    house.measured(*PAIR)
    assert house.inferences == FRAMES


def test_shared_counts_belong_to_the_pair(house: House) -> None:
    house.measured("shaky", "hold(shaky, n=7)")
    first = house.measured("shaky", "median(shaky, n=5)")
    house.measured("hold(shaky, n=7)", "median(shaky, n=5)")
    same(first, house.measured("shaky", "median(shaky, n=5)"))
    assert house.sources == []
    assert (first.counts(1, np.arange(FRAMES))[:, Count.SHARED] > 0).any()


def test_b_may_leave_while_the_clip_is_measured(house: House) -> None:
    analysis, track = house.analysis(*PAIR, paused=True)
    house.at(CHUNK // 2, lambda: track.set_method(1, None))
    analysis.set_paused(False)
    wait_for(lambda: not analysis.running)
    assert track.analysed(0) == FRAMES
    same(house.measured(*PAIR), house.measured(*PAIR, kept=False))


def test_what_is_measured_in_other_classes_is_kept_beside_the_masks(house: House) -> None:
    few, fewer = ClassView((0, 0, 1, 1, 2, *(3,) * 6), 3), ClassView((*(2,) * 8, 1, 0, 3), 3)
    for views in ((few, fewer), (fewer, few)):
        fresh = house.measured(*PAIR, kept=False, views=views)
        assert fresh.classes(0) == fresh.classes(1) == 3
        same(fresh, house.measured(*PAIR, views=views))
        same(fresh, house.measured(*PAIR, views=views))
        assert (house.sources, house.inferences) == ([], 0)
    # The methods' own classes are kept all the while.
    house.measured(*PAIR)
    assert house.inferences == 0


@pytest.fixture
def players() -> Iterator[list[Player]]:
    made: list[Player] = []
    yield made
    for player in made:
        assert player.close(20)


def test_a_seek_to_what_is_kept_needs_no_inference_and_no_run_in(house: House, players: list[Player]) -> None:
    house.measured(*PAIR)
    expected = played(PAIR[1], ShakyClip(FRAMES))
    pool, clip, listener = house.pool(), house.source(), Listener()
    house.models.clear()
    methods = [pool.make(text) for text in PAIR]
    player = Player(clip, listener, *methods, at_hand=Shelves(house.root).of_clip(house.clip))
    players.append(player)
    for index in (60, 30, 31, 50, 49):
        player.seek(index)
        assert same_masks(masked(player, listener, index), expected[index])
    assert (clip.reads, clip.decoded, house.inferences) == ([60, 30, 31, 50, 49], [], 0)
    player.use(*reversed(methods))
    assert [slot.method for slot in masked(player, listener, 49).slots] == [method.name for method in reversed(methods)]
    assert house.inferences == 0
    # Pairs for a map of flips are measured along the motion, without inference.
    player.look_back(20)
    result = masked(player, listener, 49)
    wait_for(lambda: len((listener.results[-1].slots or result.slots)[0].earlier) == 19)
    assert house.inferences == 0


def test_playing_goes_on_where_what_is_kept_ends(house: House, players: list[Player]) -> None:
    house.part(*PAIR, frames=60)
    pool, listener = house.pool(), Listener()
    expected = played(PAIR[1], ShakyClip(FRAMES))
    shelves = Shelves(house.root).of_clip(house.clip)
    methods = [pool.make(text) for text in PAIR]
    end = next(index for index in range(FRAMES) if not shelves.holds(methods[1], index))
    clip = ShakyClip(FRAMES, rate=50)
    player = Player(clip, listener, *methods, at_hand=shelves)
    players.append(player)
    player.set_range(end - 5, end + 5)
    player.play()
    listener.wait_for_end()
    results = [result for result in listener.results if result.slots]
    assert results[0].frame.index < end < results[-1].frame.index == end + 5
    # Where none was dropped since the frames were run in on, masks are those of playing.
    at_end = [result for result in results if result.frame.index <= end]
    assert all(same_masks(result, expected[result.frame.index]) for result in at_end)


def test_a_comparison_starts_from_what_is_kept(house: House) -> None:
    house.measured(*PAIR)

    def compared(shelves: Shelves | None) -> dict[str, object]:
        house.models.clear()
        a, b = (pool := house.pool()).make(PAIR[0]), pool.make(PAIR[1])
        of_clip = None if shelves is None else shelves.of_clip(house.clip)
        told = compare(house.source(), "clip", a, b, shelves=of_clip).as_json()
        for each in (told["a"], told["b"], told["difference"]):
            for name in [name for name in each if name.startswith("latency") or name == "fps"]:
                del each[name]
        return told

    kept = compared(Shelves(house.root))
    assert house.inferences == 0
    assert kept == compared(None)
    assert house.inferences == FRAMES
