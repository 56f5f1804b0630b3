"""What stands around a model of mattes: alpha is smoothed, and the classes are its projection."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.methods import WRAPPERS, MethodPool, example
from engine.segmentation import Segmentation
from tests.engine.mattes import FakeMatte, disc

SIZE = (64, 48)


def flat(value: float) -> NDArray[np.float32]:
    return np.full(SIZE[::-1], value, np.float32)


def frame(right: int = 0) -> NDArray[np.uint8]:
    """One picture, moved to the right by some pixels."""
    small = np.random.default_rng(1).integers(0, 255, (12, 16, 3)).astype(np.uint8)
    return np.ascontiguousarray(np.roll(small.repeat(4, 0).repeat(4, 1), right, axis=1))


def run(text: str, alphas: Sequence[NDArray[np.float32]], frames: int) -> list[Segmentation]:
    method = MethodPool(lambda name: FakeMatte(alphas)).make(text)  # type: ignore[arg-type, return-value]
    made = [method.segment(frame()) for _ in range(frames)]
    for each in made:
        assert each.alpha is not None
        assert each.alpha.dtype == np.float32
        assert np.array_equal(each.classes, each.alpha >= 0.5)
    return made


def values(made: Sequence[Segmentation]) -> list[float]:
    """The alpha of flat mattes."""
    return [round(float(each.alpha[0, 0]), 4) for each in made if each.alpha is not None]


@pytest.mark.parametrize("name", WRAPPERS)
def test_every_wrapper_gives_alpha_and_its_projection(name: str) -> None:
    run(example(name, "m"), [disc(SIZE, (30 + step, 20), 12) for step in range(4)], 8)


def test_the_mean_is_of_alpha() -> None:
    alphas = [flat(0.8), flat(0.4), flat(0.4)]
    assert values(run("ema(m, alpha=0.5)", alphas, 3)) == [0.8, 0.6, 0.5]
    assert values(run("ema(m, alpha=0)", alphas, 3)) == [0.8, 0.4, 0.4]


def test_no_scores_are_asked_for() -> None:
    matte = FakeMatte([flat(0.5)])
    pool = MethodPool(lambda name: matte)  # type: ignore[arg-type, return-value]
    pool.make("ema(m)").segment(frame())
    assert matte.asked_scores == [False]


def test_the_median_is_of_alpha() -> None:
    assert values(run("median(m, n=3)", [flat(0.2), flat(0.9), flat(0.6)], 3)) == [0.2, 0.55, 0.6]


def test_a_held_matte_stays() -> None:
    alphas = [flat(each / 10) for each in range(6)]
    assert values(run("hold(m, n=2)", alphas, 4)) == [0, 0, 0.1, 0.1]


def test_a_propagated_matte_moves_with_the_picture() -> None:
    alphas = [disc(SIZE, (30, 20), 12)]
    method = MethodPool(lambda name: FakeMatte(alphas)).make("propagate(m, every=9)")  # type: ignore[arg-type, return-value]
    made = [method.segment(frame(2 * step)) for step in range(3)]
    expected = disc(SIZE, (34, 20), 12)
    assert made[2].alpha is not None
    assert np.abs(made[2].alpha - expected).mean() < 0.5 * np.abs(alphas[0] - expected).mean()
    assert ((made[2].alpha > 0.05) & (made[2].alpha < 0.95)).any(), "the edge stays soft"
    assert np.array_equal(made[2].classes, made[2].alpha >= 0.5)


def test_controls() -> None:
    alphas = [flat(0.6), flat(0.1)]
    assert values(run("constant(m)", alphas, 2)) == [1, 1]
    assert values(run("frozen(m)", alphas, 2)) == [0.6, 0.6]
    blurred = run("blurred(m)", [disc(SIZE, (30, 20), 4)], 1)[0].alpha
    assert blurred is not None
    assert blurred.max() < 0.1, "small things are gone"
