"""Flow, visibility and cuts, against what is known exactly."""

import itertools
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.datasets.street import SyntheticStreet
from engine.errors import BackendError, UnknownNameError
from engine.flow import FLOWS, Motion, MotionEstimator, make_flow, measure_size, visible_pixels, warp
from engine.flow.cuts import CutDetector
from engine.video import open_video

DATA = Path(os.environ.get("STEADYMASK_DATA", Path(__file__).parents[3] / ".." / "shared" / "data")) / "clips"
TORCHLESS = ("dis", "dis-live", "farneback", "farneback-live")


def scene(seed: int = 0) -> NDArray[np.uint8]:
    random = np.random.default_rng(seed)
    blocks = np.kron(random.integers(0, 255, (40, 60, 3)).astype(np.uint8), np.ones((8, 8, 1), np.uint8))
    return np.asarray(cv2.GaussianBlur(blocks, (0, 0), 2), np.uint8)


def window(picture: NDArray[np.uint8], dx: int, dy: int) -> NDArray[np.uint8]:
    """What a camera sees that has moved so that the scene went by (dx, dy) pixels."""
    return np.ascontiguousarray(picture[50 - dy : 230 - dy, 80 - dx : 400 - dx])


@pytest.mark.parametrize("name", TORCHLESS)
@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (3, -2), (-4, 1)])
def test_a_shift_is_found(name: str, dx: int, dy: int) -> None:
    before, now = window(scene(), 0, 0), window(scene(), dx, dy)
    flow = make_flow(name)(now, before)
    assert flow.shape == (180, 320, 2)
    assert flow.dtype == np.float32
    inside = flow[20:-20, 20:-20]
    assert np.abs(np.median(inside, axis=(0, 1)) - (-dx, -dy)).max() < 0.2


def test_unknown_flows_and_a_missing_torchvision_are_told() -> None:
    with pytest.raises(UnknownNameError, match="known: dis, dis-live, farneback, farneback-live, raft"):
        make_flow("magic")
    assert set(FLOWS) == {*TORCHLESS, "raft"}
    try:
        import torchvision  # noqa: F401
    except (ImportError, RuntimeError):
        with pytest.raises(BackendError, match="torchvision"):
            make_flow("raft")


def test_warp_fetches_along_the_flow() -> None:
    before, now = window(scene(), 0, 0), window(scene(), 5, 3)
    flow = np.empty((180, 320, 2), np.float32)
    flow[...] = (-5, -3)
    fetched = warp(before, flow)
    assert (fetched[3:, 5:] == now[3:, 5:]).all()
    ids = np.arange(6, dtype=np.uint8).reshape(2, 3) * 40
    half = np.full((2, 3, 2), (0.4, 0), np.float32)
    assert (warp(ids, half) == ids).all(), "nearest invents nothing"
    assert warp(ids.astype(np.float32), half, linear=True)[0, 0] == pytest.approx(16)


def test_visible_is_inside_and_agrees_both_ways() -> None:
    forth = np.zeros((20, 30, 2), np.float32)
    forth[..., 0] = 4
    assert visible_pixels(forth, -forth)[:, :26].all()
    assert not visible_pixels(forth, -forth)[:, 26:].any(), "beyond the border nothing is seen"
    assert not visible_pixels(forth, forth).any(), "flows that do not agree are not to be trusted"
    assert visible_pixels(np.zeros_like(forth), np.full_like(forth, 0.4)).all(), "within tolerance"


def test_visibility_of_the_street_is_mostly_right() -> None:
    street = SyntheticStreet(77, frames=30)
    flow = make_flow("farneback")
    agree = []
    for index in (5, 15, 25):
        before, now = street.frame(index - 1), street.frame(index)
        found = visible_pixels(flow(now.rgb, before.rgb), flow(before.rgb, now.rgb))
        assert now.visible is not None
        agree.append((found == now.visible).mean())
    assert np.mean(agree) > 0.8


@pytest.mark.parametrize(
    ("size", "full", "live"),
    [
        ((1280, 720), (640, 360), (320, 180)),
        ((480, 360), (480, 360), (292, 219)),
        ((200, 100), (200, 100), (200, 100)),
        ((720, 1280), (640, 1138), (190, 337)),
    ],
)
def test_measure_sizes(size: tuple[int, int], full: tuple[int, int], live: tuple[int, int]) -> None:
    assert measure_size(*size) == full
    assert measure_size(*size, live=True) == live
    assert live[0] * live[1] <= 320 * 200 + 400


@pytest.mark.parametrize("live", [False, True])
def test_motion_is_streaming_and_starts_anew_after_a_reset(live: bool) -> None:
    estimator = MotionEstimator(make_flow("farneback-live"), live=live)
    pictures = [window(scene(), 2 * step, 0) for step in range(4)]
    made = [estimator.update(picture) for picture in pictures]
    assert made[0] is None
    for motion in made[1:]:
        assert isinstance(motion, Motion)
        assert motion.flow == "farneback-live"
        assert motion.size == measure_size(320, 180, live=live)
        assert abs(float(np.median(motion.backward[..., 0])) + 2) < 0.3
        assert abs(float(np.median(motion.forward[..., 0])) - 2) < 0.3
        assert motion.visible.mean() > 0.9
    estimator.reset()
    assert estimator.update(pictures[0]) is None
    assert estimator.update(pictures[1][:90]) is None, "another size is another clip"


def test_both_directions_at_once_are_what_they_are_one_after_the_other() -> None:
    at_once, in_turn = make_flow("farneback"), make_flow("farneback")
    assert at_once.parallel
    in_turn.parallel = False
    pictures = [window(scene(), 2 * step, step) for step in range(3)]
    both = [[estimator.update(each) for each in pictures] for estimator in map(MotionEstimator, (at_once, in_turn))]
    for one, other in list(zip(*both, strict=True))[1:]:
        assert one is not None
        assert other is not None
        assert (one.backward == other.backward).all()
        assert (one.forward == other.forward).all()


def test_what_fails_in_the_other_direction_is_not_lost() -> None:
    class Failing:
        name, parallel = "failing", True

        def __call__(self, start: NDArray[np.uint8], end: NDArray[np.uint8]) -> NDArray[np.float32]:
            if start.mean() > end.mean():
                raise ValueError("from the brighter to the darker")
            return np.zeros((*start.shape[:2], 2), np.float32)

    for first, second in [(0, 1), (1, 0)]:
        estimator = MotionEstimator(Failing())
        assert estimator.update(scene() // 2 + first) is None
        with pytest.raises(ValueError, match="brighter"):
            estimator.update(scene() // 2 + second)


def test_a_cut_has_no_motion() -> None:
    estimator = MotionEstimator(make_flow("dis-live"))
    dark, bright = window(scene(), 0, 0) // 4, 255 - window(scene(5), 0, 0) // 4
    assert estimator.update(dark) is None
    assert estimator.update(dark) is not None
    assert estimator.update(bright) is None
    assert estimator.update(bright) is not None


def test_motion_flashes_and_fades_are_no_cuts() -> None:
    cuts, picture = CutDetector(), scene()
    assert not cuts.update(picture)
    for step in range(1, 30):
        assert not cuts.update(np.roll(picture, 12 * step, axis=1)), "a pan"
    for level in range(0, 100, 10):
        assert not cuts.update(np.clip(picture.astype(int) + level, 0, 255).astype(np.uint8)), "a fade"


@pytest.mark.skipif(not DATA.is_dir(), reason=f"no real clips in {DATA}; set STEADYMASK_DATA")
def test_cuts_of_and_between_real_clips_are_found() -> None:
    names = ("bikes", "juggle", "person_desk", "road_mpeg4", "road_white_line", "static_road")
    first: list[NDArray[np.uint8]] = []
    for name in names:
        cuts, found_at = CutDetector(), []
        with open_video(DATA / f"{name}.mp4") as source:
            for frame in source.frames():
                if cuts.update(frame.rgb):
                    found_at.append(frame.index)
                if frame.index == 0:
                    first.append(cv2.resize(frame.rgb, (640, 360), interpolation=cv2.INTER_AREA))
        assert found_at == ([30, 76, 137, 187, 242] if name == "bikes" else []), name
    found = 0
    for a, b in itertools.permutations(first, 2):
        cuts = CutDetector()
        cuts.update(a)
        found += cuts.update(b)
    assert found >= 0.8 * len(names) * (len(names) - 1)


@pytest.mark.parametrize("size", [(1280, 720), (960, 540), (854, 480), (640, 272), (320, 180), (300, 200)])
def test_the_live_flow_sees_a_small_grey_picture_and_is_enlarged(size: tuple[int, int]) -> None:
    picture = cv2.resize(scene(3), size, interpolation=cv2.INTER_LINEAR)
    seen: list[NDArray[np.uint8]] = []

    class Looking:
        name = "looking"
        parallel = False

        def __call__(self, start: NDArray[np.uint8], end: NDArray[np.uint8]) -> NDArray[np.float32]:
            seen.append(start)
            return np.full((*start.shape[:2], 2), (1, 0), np.float32)

    estimator, live = MotionEstimator(Looking(), live=True), measure_size(*size, live=True)
    estimator.update(picture)
    motion = estimator.update(picture)
    height, width = seen[0].shape
    assert min(height, width) == min(64, *live)
    assert width / height == pytest.approx(size[0] / size[1], rel=0.02)
    expected = cv2.cvtColor(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    assert np.corrcoef(seen[0].ravel(), expected.ravel())[0, 1] > 0.99
    assert motion is not None
    assert motion.size == live
    assert motion.backward[..., 0] == pytest.approx(live[0] / width), "a pixel of the small picture"
    assert not motion.backward[..., 1].any()


def test_motion_at_another_size() -> None:
    forth = np.zeros((20, 30, 2), np.float32)
    forth[..., 0], forth[..., 1] = 4, -2
    motion = Motion(forth, -forth, visible_pixels(forth, -forth), "made up")
    large = motion.at((90, 40))
    assert large.size == (90, 40)
    assert (large.backward == (12, -4)).all()
    assert (large.forward == (-12, 4)).all()
    assert (large.visible[::2, ::3] == motion.visible).all()
    assert motion.at((30, 20)) is motion
