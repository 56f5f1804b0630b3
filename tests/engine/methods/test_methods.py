"""What stands around a model, and what it does to masks over time."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.errors import BackendError, UnknownNameError
from engine.flow.warp import fill_from_nearest
from engine.methods import WRAPPERS, MethodPool, Option, Wrapper, WrapperKind, example, parse_method, remedies
from engine.segmentation import Segmentation
from engine.tasks import Outputs
from tests.engine.fakes import FakeMethod

SIZE = (64, 48)
PATIENCE_S = 20.0


class Scripted(FakeMethod):
    """Gives the masks of a list one after another; their scores are one-hot times `sure`, at a quarter of the size."""

    def __init__(self, masks: Sequence[NDArray[np.uint8]], sure: float = 4.0, *, has_scores: bool = True) -> None:
        super().__init__("scripted")
        self.asked_scores: list[bool] = []
        self._masks = list(masks)
        self._sure = sure
        self._has_scores = has_scores

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        index = len(self.asked_scores)
        self.asked_scores.append(scores)
        mask = self._masks[index % len(self._masks)]
        logits = None
        if scores and self._has_scores:
            logits = (mask[None, ::4, ::4] == np.arange(11)[:, None, None]).astype(np.float32) * self._sure
        return Segmentation(mask, (rgb.shape[1], rgb.shape[0]), 20.0, logits)


def plain(value: int) -> NDArray[np.uint8]:
    return np.full((SIZE[1], SIZE[0]), value, np.uint8)


def frame(seed: int = 0) -> NDArray[np.uint8]:
    """One picture of one scene, each time another array."""
    return np.random.default_rng(seed).integers(0, 255, (SIZE[1], SIZE[0], 3)).astype(np.uint8)


def run(text: str, masks: Sequence[NDArray[np.uint8]], frames: int, **options: float) -> list[Segmentation]:
    method = MethodPool(lambda name: Scripted(masks, **options)).make(text)  # type: ignore[arg-type, return-value]
    return [method.segment(frame()) for _ in range(frames)]


def values(made: Sequence[Segmentation]) -> list[int]:
    """The class of plain masks."""
    assert all((one.classes == one.classes[0, 0]).all() for one in made)
    return [int(one.classes[0, 0]) for one in made]


# ---- how they are written


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("street", "street"),
        ("ema(street)", "ema(street, alpha=0.7)"),
        (" ema( street , alpha = 0.25 ) ", "ema(street, alpha=0.25)"),
        ("median(ema(street, alpha=0.5), n=7)", "median(ema(street, alpha=0.5), n=7)"),
        ("hold(models/a (2), b.onnx, n=4)", "hold(models/a (2), b.onnx, n=4)"),
        ("propagate(street)", "propagate(street, every=5)"),
        ("frozen(street)", "frozen(street)"),
        ("C:/ema (1)/net.onnx", "C:/ema (1)/net.onnx"),
    ],
)
def test_methods_are_read_and_written(text: str, shown: str) -> None:
    spec = parse_method(text)
    assert str(spec) == shown
    assert parse_method(str(spec)) == spec


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "model's name"),
        ("ema()", "model's name"),
        ("ema(street, n=3)", "no option 'n'; it takes alpha"),
        ("frozen(street, n=3)", "it takes none"),
        ("ema(street, alpha=1)", "from 0 to 0.99"),
        ("ema(street, alpha=much)", "from 0 to 0.99"),
        ("median(street, n=2.5)", "whole number"),
        ("hold(street, n=1)", "from 2"),
    ],
)
def test_what_cannot_be_read_is_told(text: str, told: str) -> None:
    with pytest.raises(UnknownNameError, match=told):
        parse_method(text)


# ---- the table of wrappers


class Later(Wrapper):
    """Adds `by` to every class."""

    def __init__(self, inner: FakeMethod, name: str, by: int) -> None:
        super().__init__(inner, name)
        self.by = by

    def smooth(self, rgb: NDArray[np.uint8]) -> tuple[Outputs, float, float]:
        made, inference_ms, wall_ms = self.ask(rgb)
        return Outputs(made.classes + np.uint8(self.by)), inference_ms, wall_ms


@pytest.mark.parametrize("needs_scores", [False, True])
def test_a_row_more_is_read_and_made(monkeypatch: pytest.MonkeyPatch, needs_scores: bool) -> None:
    kind = WrapperKind(Later, "adds to the class", Option("by", 2, 1, 9, True, "More"), needs_scores, "Later")
    monkeypatch.setitem(WRAPPERS, "later", kind)
    assert list(remedies())[-1] == "later"
    assert str(parse_method("later(street)")) == example("later") == "later(street, by=2)"
    with pytest.raises(UnknownNameError, match="by=10 is not a whole number from 1 to 9, as in later"):
        parse_method("later(street, by=10)")
    assert values(run("later(median(m, n=3), by=4)", [plain(1)], 2)) == [5, 5]
    scripted = Scripted([plain(1)])
    method = MethodPool(lambda name: scripted).make("later(m)")  # type: ignore[arg-type, return-value]
    method.segment(frame())
    assert scripted.asked_scores == [needs_scores]


def test_every_remedy_is_explained_where_people_read_first() -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    for name in remedies():
        assert f"| `{example(name, 'M')}` |" in readme


# ---- what they do


def test_ema_follows_late_and_at_alpha_0_is_the_method_itself() -> None:
    masks = [plain(1)] * 5 + [plain(2)] * 15
    assert values(run("ema(m, alpha=0)", masks, 20)) == [1] * 5 + [2] * 15
    late = values(run("ema(m, alpha=0.8)", masks, 20))
    # p of the new class passes one half once 0.8^k < 0.5, at the 4th frame.
    assert late == [1] * 8 + [2] * 12


def test_ema_is_by_probability_and_not_by_votes() -> None:
    masks = [plain(1), plain(2), plain(2)]
    unsure = values(run("ema(m, alpha=0.5)", masks, 3, sure=0.01))
    assert unsure == [1, 2, 2] or unsure == [1, 1, 2]
    made = MethodPool(lambda name: Scripted([plain(1)], has_scores=False)).make("ema(m)")  # type: ignore[arg-type, return-value]
    with pytest.raises(BackendError, match="without scores"):
        made.segment(frame())


def test_median_takes_the_most_frequent_of_the_last_n() -> None:
    masks = [plain(value) for value in (1, 2, 1, 2, 2, 3, 3, 3)]
    # Of equally frequent ones this frame's counts.
    assert values(run("median(m, n=3)", masks, 8)) == [1, 2, 1, 2, 2, 2, 3, 3]


def test_median_against_brute_force() -> None:
    random = np.random.default_rng(0)
    masks = [random.integers(0, 3, (SIZE[1], SIZE[0])).astype(np.uint8) for _ in range(12)]
    made = run("median(m, n=5)", masks, 12)
    for now, one in enumerate(made):
        window = np.stack(masks[max(0, now - 4) : now + 1])
        votes = (window[None] == np.arange(3)[:, None, None, None]).sum(axis=1)
        best = votes == votes.max(axis=0)
        assert np.take_along_axis(best, one.classes[None].astype(np.int64), axis=0).all()
        mine = np.take_along_axis(best, masks[now][None].astype(np.int64), axis=0)[0]
        assert (one.classes[mine] == masks[now][mine]).all()


def test_hold_segments_every_nth_frame_and_its_latency_says_so() -> None:
    model = Scripted([plain(value) for value in range(1, 10)])
    method = MethodPool(lambda name: model).make("hold(m, n=3)")  # type: ignore[arg-type, return-value]
    made = [method.segment(frame()) for _ in range(7)]
    assert values(made) == [1, 1, 1, 2, 2, 2, 3]
    assert len(model.asked_scores) == 3
    assert [one.inference_ms >= 20 for one in made] == [True, False, False, True, False, False, True]


def test_propagate_moves_the_mask_with_the_picture() -> None:
    random = np.random.default_rng(3)
    scene = np.kron(random.integers(0, 255, (40, 60, 3)).astype(np.uint8), np.ones((6, 6, 1), np.uint8))
    mask = np.zeros((120, 160), np.uint8)
    mask[40:80, 60:100] = 1
    pictures = [np.ascontiguousarray(scene[50:170, 100 - 3 * step : 260 - 3 * step]) for step in range(5)]
    method = MethodPool(lambda name: Scripted([mask])).make("propagate(m, every=5)")  # type: ignore[arg-type, return-value]
    made = [method.segment(picture).classes for picture in pictures]
    for step, moved in enumerate(made):
        expected = np.roll(mask, 3 * step, axis=1)
        assert (moved != expected).mean() < 0.02, f"after {step} steps"
    assert (made[-1] != mask).mean() > 0.04


def test_holes_are_filled_from_the_nearest_pixel() -> None:
    mask = np.tile(np.arange(10, dtype=np.uint8), (4, 1))
    known = np.ones((4, 10), bool)
    known[:, 4:7] = False
    filled = fill_from_nearest(mask, known)
    assert filled[0].tolist()[:5] == [0, 1, 2, 3, 3]
    assert filled[0].tolist()[6:] == [7, 7, 8, 9]
    assert (fill_from_nearest(mask, np.zeros((4, 10), bool)) == mask).all()


def test_controls() -> None:
    masks = [plain(3), plain(4), plain(5)]
    assert values(run("constant(m)", masks, 3)) == [3, 3, 3]
    assert values(run("frozen(m)", masks, 3)) == [3, 3, 3]
    dot = plain(1)
    dot[20:23, 20:23] = 2
    half = plain(1)
    half[:, 32:] = 2
    blurred = run("blurred(m)", [dot, half], 2)
    assert (blurred[0].classes == 1).all(), "small things are gone"
    assert (blurred[1].classes == half).mean() > 0.95


# ---- memory


@pytest.mark.parametrize("text", ["ema(m, alpha=0.9)", "median(m, n=9)", "hold(m, n=9)", "propagate(m, every=9)"])
@pytest.mark.parametrize("how", ["reset", "cut"])
def test_a_seek_and_a_cut_empty_the_memory(text: str, how: str) -> None:
    method = MethodPool(lambda name: Scripted([plain(1)] * 5 + [plain(2)] * 5)).make(text)  # type: ignore[arg-type, return-value]
    dark, bright = np.zeros((SIZE[1], SIZE[0], 3), np.uint8), np.full((SIZE[1], SIZE[0], 3), 250, np.uint8)
    held = text.startswith(("hold", "propagate"))
    for _ in range(1 if held else 5):
        method.segment(dark.copy())
    if held:  # the model has seen one frame; let it give the other class from here on
        model = method.inner._model._segmenter  # type: ignore[attr-defined]
        model._masks = [plain(2)]
    if how == "reset":
        method.reset()
    assert (method.segment(bright if how == "cut" else dark.copy()).classes == 2).all()


# ---- sharing


def counting() -> tuple[MethodPool, list[Scripted]]:
    loaded: list[Scripted] = []

    def load(name: str) -> Scripted:
        loaded.append(Scripted([plain(1), plain(2)]))
        return loaded[-1]

    return MethodPool(load), loaded  # type: ignore[arg-type]


def test_slots_with_the_same_model_share_one_inference_a_frame() -> None:
    pool, loaded = counting()
    a, b = pool.make("m"), pool.make("ema(m)")
    for _ in range(5):
        picture = frame()
        a.segment(picture)
        b.segment(picture)
    assert len(loaded) == 1
    assert loaded[0].asked_scores == [True] * 5, "scores are made at once where one of the slots wants them"
    b.close()
    a.segment(frame())
    assert loaded[0].asked_scores[-1] is False


def test_a_model_is_freed_with_its_last_user_and_loaded_again_after_it() -> None:
    pool, loaded = counting()
    a, b = pool.make("m"), pool.make("median(m)")
    a.close()
    a.close()
    assert not loaded[0].closed
    b.segment(frame())
    b.close()
    assert loaded[0].closed
    with pytest.raises(BackendError, match="already closed"):
        b.segment(frame())
    assert len(loaded) == 1
    pool.make("m").segment(frame())
    assert len(loaded) == 2


def test_a_model_that_is_dropped_and_chosen_again_during_an_inference_works() -> None:
    begun, go_on = threading.Event(), threading.Event()
    loaded: list[FakeMethod] = []

    def wait(value: int) -> None:
        begun.set()
        assert go_on.wait(2 * PATIENCE_S)

    def load(name: str) -> FakeMethod:
        loaded.append(FakeMethod(name, before=wait if not loaded else None))
        return loaded[-1]

    pool = MethodPool(load)  # type: ignore[arg-type]
    first = pool.make("m")
    with ThreadPoolExecutor(3) as threads:
        busy = threads.submit(first.segment, frame())
        assert begun.wait(PATIENCE_S)
        closing = threads.submit(first.close)
        time.sleep(0.05)  # it waits for the inference by then
        chosen = threads.submit(pool.make, "m")
        try:
            again = chosen.result(PATIENCE_S)  # does not wait for the inference
        finally:
            go_on.set()
        assert busy.result(PATIENCE_S) is not None
        assert closing.result(PATIENCE_S) is True
    assert again.segment(frame()) is not None
    again.close()
    assert [model.closed for model in loaded] == [True]


def test_a_model_that_was_just_freed_is_loaded_again() -> None:
    """Many threads that choose and drop one model all the time always get one that works."""
    loaded: list[FakeMethod] = []

    def load(name: str) -> FakeMethod:
        loaded.append(FakeMethod(name))
        return loaded[-1]

    pool = MethodPool(load)  # type: ignore[arg-type]

    def choose_and_drop() -> None:
        for _ in range(100):
            method = pool.make("m")
            method.segment(frame())
            method.close()

    with ThreadPoolExecutor(4) as threads:
        for each in [threads.submit(choose_and_drop) for _ in range(4)]:
            each.result(PATIENCE_S)
    assert all(model.closed for model in loaded)


def test_names_and_cards() -> None:
    pool, _ = counting()
    method = pool.make("median(ema(m), n=3)")
    assert method.name == "median(ema(scripted, alpha=0.7), n=3)"
    assert method.card.class_set.names[0] == "sky"


def test_with_the_bundled_model_alpha_0_is_the_model() -> None:
    from engine.methods import make_pool, model_of
    from engine.video import open_video
    from resources import DEMO_CLIP

    pool = make_pool(device="cpu", threads=1)
    a, b = pool.make("street"), pool.make("ema(street, alpha=0)")
    assert model_of(b).name == "street"
    with open_video(DEMO_CLIP) as source:
        for index in (0, 100):
            picture = source.read(index).rgb
            same = a.segment(picture).classes == b.segment(picture).classes
            assert same.mean() > 0.9995
    a.close()
    b.close()
