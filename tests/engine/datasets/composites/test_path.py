"""Movements, and places where no cut edge is seen."""

import numpy as np
import pytest

from engine.datasets.composites.compose import Layer, exact_motion, filled, grain_of, over, placed
from engine.datasets.composites.cutout import Cutout
from engine.datasets.composites.path import CAMERA, PERSON, Path, factor_of, place_person, place_scene
from engine.flow.warp import warp
from tests.engine.datasets.composites.people import portrait


def cutout_of(index: int = 0) -> Cutout:
    rgb, person = portrait(index, (90, 120))
    return Cutout(rgb, (person * 255).astype(np.uint8))


@pytest.mark.parametrize("size", [(160, 90), (90, 160), (96, 96)])
def test_where_the_photograph_cuts_the_person_is_never_seen(size: tuple[int, int]) -> None:
    cutout = cutout_of()
    shoulders = cutout.alpha.copy()
    shoulders[95:] = 255  # both sides are cut too
    cutout = Cutout(cutout.foreground, shoulders)
    # The pixels that are cut are marked: their alpha alone is left.
    edge = np.ones_like(shoulders)
    edge[1:-1, 1:-1] = 0
    marked = Cutout(cutout.foreground, edge * shoulders)
    found = 0
    for seed in range(12):
        random = np.random.default_rng(seed)
        movement = Path(random, PERSON, size)
        steps = place_person(cutout.alpha, size, [movement.at(time) for time in range(0, 25, 3)], random)
        if steps is None:
            continue
        found += 1
        for step in steps:
            alpha = placed(Layer.of(cutout), step, size)[..., 3]
            assert 0.05 < (alpha >= 0.5).mean() < 0.75
            assert placed(Layer.of(marked), step, size).max() == 0
    assert found > 6


def test_a_person_that_all_edges_cut_is_not_placed() -> None:
    random = np.random.default_rng(0)
    assert place_person(np.full((40, 30), 255, np.uint8), (64, 48), [np.eye(3)], random) is None
    assert place_person(np.zeros((40, 30), np.uint8), (64, 48), [np.eye(3)], random) is None


def test_a_movement_is_smooth_and_the_same_for_the_same_seed() -> None:
    paths = [Path(np.random.default_rng(3), PERSON, (640, 360)) for _ in range(2)]
    steps = np.stack([paths[0].at(time) for time in range(50)])
    np.testing.assert_array_equal(steps, np.stack([paths[1].at(time) for time in range(50)]))
    corner = steps @ np.array([200.0, 150.0, 1.0])
    speed = np.linalg.norm(np.diff(corner, axis=0), axis=1)
    assert 0.2 < speed.mean() < 8
    assert np.linalg.norm(np.diff(corner, n=2, axis=0), axis=1).max() < 1, "no jerks"


def test_a_background_always_fills_the_frame() -> None:
    white = np.full((60, 100, 3), 255, np.uint8)
    for seed in range(10):
        random = np.random.default_rng(seed)
        movement = Path(random, CAMERA, (64, 64))
        steps = place_scene((100, 60), (64, 64), [movement.at(time) for time in range(0, 30, 5)], random)
        layer = Layer.of(Cutout(white, np.full((60, 100), 255, np.uint8)))
        assert all(placed(layer, step, (64, 64))[..., 3].min() > 0.999 for step in steps)


def test_motion_fetches_the_frame_before_exactly() -> None:
    """Smooth pictures: what is left is what bilinear sampling loses."""
    size = (120, 90)
    x, y = np.meshgrid(np.arange(90), np.arange(120))
    waves = 128 + 50 * np.sin(x / 9)[..., None] + 50 * np.sin(y[..., None] / 7 + np.arange(3))
    cutout = Cutout(waves.astype(np.uint8), cutout_of().alpha)
    behind = np.flip(waves, axis=0).astype(np.uint8)
    random = np.random.default_rng(5)
    person, camera = Path(random, PERSON, size), Path(random, CAMERA, size)
    steps = place_person(cutout.alpha, size, [person.at(0), person.at(3)], random)
    assert steps is not None
    scene = place_scene((90, 120), size, [camera.at(0), camera.at(3)], random)
    scenery = Layer.of(Cutout(behind, np.full((120, 90), 255, np.uint8)))
    layers = [placed(Layer.of(cutout), step, size) for step in steps]
    rgb = [
        over(layer, placed(scenery, step, size)[..., :3].astype(np.uint8), None)
        for layer, step in zip(layers, scene, strict=True)
    ]
    motion = exact_motion((layers[0][..., 3], layers[1][..., 3]), (steps[0], steps[1]), (scene[0], scene[1]))
    assert motion.flow == "exact"
    assert motion.visible.mean() > 0.8
    fetched = warp(rgb[0], motion.backward, linear=True).astype(float)
    off = np.abs(fetched - rgb[1])[motion.visible]
    assert off.mean() < 2.5
    assert np.abs(rgb[0].astype(float) - rgb[1])[motion.visible].mean() > 3 * off.mean()
    alpha = warp(layers[0][..., 3], motion.backward, linear=True)
    assert np.abs(alpha - layers[1][..., 3])[motion.visible].mean() < 0.01
    person_now = layers[1][..., 3] > 0.5
    there = warp(motion.forward, motion.backward, linear=True)[person_now & motion.visible]
    inside = np.abs(there + motion.backward[person_now & motion.visible]).max(axis=1)
    assert np.median(inside) < 1e-3, "forward undoes backward"


def test_without_a_known_background_the_person_alone_is_visible() -> None:
    alpha = np.zeros((20, 30), np.float32)
    alpha[5:15, 10:20] = 0.4
    motion = exact_motion((alpha, alpha), (np.eye(3), np.eye(3)), None)
    np.testing.assert_array_equal(motion.visible, alpha > 0)
    assert set(np.unique(motion.visible.view(np.uint8))) == {0, 1}, "counting relies on it"


def test_shrinking_is_by_area_and_lands_where_it_should() -> None:
    checks = np.indices((80, 60)).sum(axis=0) % 2 * 255
    cutout = Cutout(np.repeat(checks[..., None], 3, axis=2).astype(np.uint8), np.full((80, 60), 255, np.uint8))
    matrix = np.diag([0.25, 0.25, 1.0])
    matrix[:2, 2] = -0.375  # the middle of the first four pixels
    small = placed(Layer.of(cutout, factor_of([matrix])), matrix, (15, 20))
    assert np.abs(small[..., :3] - 127.5).max() < 1
    assert small[..., 3].min() == pytest.approx(1)


def test_grain_and_filling() -> None:
    grain = grain_of(np.random.default_rng(0), (80, 60), 3.0)
    assert grain.shape == (60, 80, 3)
    assert 2.5 < grain.std() < 3.5
    rgb = np.zeros((30, 90, 3), np.uint8)
    rgb[:, 60:] = 250
    assert filled(rgb, (40, 40), (1.0, 0.5)).min() == 250
    assert filled(rgb, (40, 40), (0.0, 0.5)).max() == 0
