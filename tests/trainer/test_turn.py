"""Turned, blurred and padded views: frames, labels and motion of a window still fit one another."""

from fractions import Fraction

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.datasets.street import SyntheticStreet
from engine.flow import Motion, visible_pixels, warp
from engine.models.classes import VOID
from engine.networks.normalise import PIXEL_MEAN
from trainer.data.augment import augment
from trainer.data.turn import turned
from trainer.data.window import Window
from trainer.recipe import AugmentPart

MEAN = tuple(round(each) for each in PIXEL_MEAN)
ALL = AugmentPart(scale=(0.5, 2.0), flip=0.5, rotation=10, blur=0.5, padding="mean", brightness=0.2, gamma=(0.8, 1.2))


def smooth(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    """Noise that bilinear hardly changes."""
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.float32)
    blurred = cv2.GaussianBlur(noise, (0, 0), 4)
    return np.asarray(cv2.normalize(blurred, None, 0, 255, cv2.NORM_MINMAX), np.uint8)


def view(window: Window, part: AugmentPart, crop: tuple[int, int], seed: int) -> Window:
    return augment(window, part, crop, np.random.default_rng(seed))


@pytest.fixture(scope="module")
def street() -> Window:
    """Three neighbouring frames with exact motion."""
    frames = list(SyntheticStreet(5, size=(160, 96), frame_rate=Fraction(12), frames=3))
    motion = []
    for frame in frames[1:]:
        assert frame.flow is not None
        assert frame.flow_forward is not None
        assert frame.visible is not None
        motion.append(Motion(frame.flow, frame.flow_forward, frame.visible, "exact"))
    labels = tuple(frame.labels for frame in frames)
    return Window(tuple(frame.rgb for frame in frames), tuple(frame.pts_s for frame in frames), labels, tuple(motion))


@pytest.mark.parametrize("degrees", [-10.0, 7.0, 30.0, 90.0])
def test_a_known_motion_turns_with_the_picture(degrees: float) -> None:
    """A shift and a zoom about the middle: turned about the middle, the zoom stays and the shift turns."""
    size, shift, zoom = 65, np.array([3.0, -1.5]), 0.04
    middle = (size - 1) / 2
    rows, columns = np.mgrid[:size, :size]
    places = np.stack([columns, rows], axis=-1) - middle
    flow = (zoom * places + shift).astype(np.float32)
    everywhere = np.ones((size, size), bool)
    picture = np.zeros((size, size, 3), np.uint8)
    window = Window((picture, picture), (0.0, 0.1), (None, None), (Motion(flow, -flow, everywhere, "exact"),))
    (motion,) = turned(window, degrees, (0, 0), (size, size), (0, 0, 0)).motion
    assert motion is not None
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))  # counter-clockwise, y downward
    expected = zoom * places + [cos * shift[0] + sin * shift[1], cos * shift[1] - sin * shift[0]]
    inner = np.hypot(*places.transpose(2, 0, 1)) < middle - 6
    assert motion.visible[inner].all()
    assert np.abs(motion.backward - expected)[inner].max() < 0.01
    assert np.abs(motion.forward + expected)[inner].max() < 0.01


@pytest.mark.parametrize("corner", [(0, 0), (-12, 9), (20, -16)])
def test_motion_fetches_the_turned_frame_before(corner: tuple[int, int]) -> None:
    canvas = smooth(120, 160)
    before, now = canvas[10:90, 20:140], canvas[8:88, 15:135]  # 5 to the right and 2 down
    forward = np.broadcast_to(np.array([5, 2], np.float32), (80, 120, 2)).copy()
    visible = np.zeros((80, 120), bool)
    visible[2:, 5:] = True
    window = Window((before, now), (0.0, 0.1), (None, None), (Motion(-forward, forward, visible, "exact"),))
    for degrees in (-25.0, 3.0, 10.0):
        seen = turned(window, degrees, corner, (64, 96), (0, 0, 0))
        (motion,) = seen.motion
        assert motion is not None
        # A fetched place may lie beyond the crop, which is not looked at here.
        rows, columns = np.mgrid[:64, :96]
        ends = columns + motion.backward[..., 0], rows + motion.backward[..., 1]
        known = motion.visible & (ends[0] >= 0) & (ends[1] >= 0) & (ends[0] <= 95) & (ends[1] <= 63)
        assert known.mean() > 0.2
        fetched = warp(seen.frames[0], motion.backward, linear=True).astype(int)
        assert np.abs(fetched - seen.frames[1])[known].max() <= 6
        wrong = warp(seen.frames[0], -motion.backward, linear=True).astype(int)
        assert np.abs(wrong - seen.frames[1])[known].max() > 60


def test_exact_motion_still_fetches_the_labels_of_a_turned_street(street: Window) -> None:
    part = AugmentPart(scale=(0.6, 1.8), flip=0.5, rotation=15, rotation_share=1.0)
    for seed in range(12):
        seen = view(street, part, (96, 128), seed)
        for before, now, motion in zip(seen.labels[:-1], seen.labels[1:], seen.motion, strict=True):
            assert before is not None
            assert now is not None
            assert motion is not None
            agree = warp(before, motion.backward) == now
            inside = cv2.erode(now, np.ones((3, 3))) == cv2.dilate(now, np.ones((3, 3)))  # nearest moves borders
            assert agree[motion.visible & inside].mean() > 0.99
            assert not (now[motion.visible] == VOID).any()
            assert visible_pixels(motion.backward, motion.forward)[motion.visible].mean() > 0.9


def test_label_and_picture_are_turned_as_one() -> None:
    """Colours that encode the class survive; no label is invented, and beyond the picture there is none."""
    label = np.zeros((60, 80), np.uint8)
    label[20:50, 30:70] = 9
    image = np.where(label[..., None] == 9, 250, 5).astype(np.uint8).repeat(3, axis=2)
    part = AugmentPart(scale=(0.6, 1.8), flip=0.5, rotation=20, rotation_share=1.0, padding="mean")
    for seed in range(20):
        seen = view(Window.single(image, label), part, (64, 64), seed)
        mask = seen.labels[0]
        assert mask is not None
        assert set(np.unique(mask)) <= {0, 9, VOID}
        known = mask != VOID
        assert (((seen.frames[0][..., 0] > 127) == (mask == 9)) | ~known).mean() > 0.95
        unknown = cv2.erode((~known).astype(np.uint8), np.ones((5, 5))).view(bool)
        assert (seen.frames[0][unknown] == MEAN).all()


def test_every_frame_of_a_window_has_the_same_draw() -> None:
    image, label = smooth(70, 90), np.random.default_rng(1).integers(0, 11, (70, 90), np.uint8)
    thrice = Window((image,) * 3, (0.0, 0.1, 0.2), (label, None, label), (None, None))
    for seed in range(10):
        seen = view(thrice, ALL, (64, 96), seed)
        assert all((frame == seen.frames[0]).all() for frame in seen.frames)
        assert (seen.labels[0] == seen.labels[2]).all()
        assert seen.labels[1] is None


@pytest.mark.parametrize("rotation", [0.0, 10.0])
def test_padding_has_the_mean_colour_and_counts_for_nothing(street: Window, rotation: float) -> None:
    part = AugmentPart(scale=(0.5, 0.5), rotation=rotation, rotation_share=1.0, padding="mean")
    seen = view(street, part, (96, 128), 3)
    label, motion = seen.labels[1], seen.motion[0]
    assert label is not None
    assert motion is not None
    padding = cv2.erode((label == VOID).astype(np.uint8), np.ones((5, 5))).view(bool)
    assert padding.mean() > 0.5
    assert all((frame[padding] == MEAN).all() for frame in seen.frames)
    assert not motion.visible[label == VOID].any()
    assert not motion.backward[padding].any()
    assert motion.visible.any()


@pytest.mark.parametrize(("key", "share"), [("rotation_share", 0.3), ("blur", 0.3)])
def test_a_share_of_the_samples_is_turned_and_one_is_blurred(key: str, share: float) -> None:
    window = Window.single(np.random.default_rng(2).integers(0, 256, (48, 64, 3), np.uint8), None)
    part = AugmentPart(rotation=10 if key == "rotation_share" else 0).model_copy(update={key: share})
    changed = [bool((view(window, part, (48, 64), seed).frames[0] != window.frames[0]).any()) for seed in range(200)]
    assert 0.2 < np.mean(changed) < 0.4


def test_blur_is_a_gaussian_of_five_by_five() -> None:
    point = np.zeros((9, 9, 3), np.uint8)
    point[4, 4] = 255
    seen = view(Window.single(point, None), AugmentPart(blur=1.0), (9, 9), 0).frames[0][..., 0]
    tap = np.array([1, 4, 6, 4, 1]) / 16
    expected = np.zeros((9, 9))
    expected[2:7, 2:7] = 255 * np.outer(tap, tap)
    assert np.abs(seen - expected).max() <= 1
