"""What happens to a window happens to all of it: frames, labels and motion fit one another as before."""

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest

from engine.datasets.street import SyntheticStreet
from engine.flow import Motion, visible_pixels, warp
from engine.models.classes import VOID
from trainer.data.augment import augment
from trainer.data.window import Window, collate
from trainer.recipe import AugmentPart

COLOURS = AugmentPart(brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1, gamma=(0.6, 1.6))


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
    return Window(
        tuple(frame.rgb for frame in frames),
        tuple(frame.pts_s for frame in frames),
        tuple(frame.labels for frame in frames),
        tuple(motion),
    )


def test_image_and_label_stay_together_when_augmented() -> None:
    """Colours that encode the class survive every geometric change."""
    label = np.zeros((60, 80), np.uint8)
    label[20:50, 30:70] = 1
    image = np.where(label[..., None] == 1, 250, 5).astype(np.uint8).repeat(3, axis=2)
    part = AugmentPart(scale=(0.6, 1.8), flip=0.5)
    for seed in range(30):
        seen_from = view(Window.single(image, label), part, (64, 64), seed)
        (picture,), (mask,) = seen_from.frames, seen_from.labels
        assert picture.shape == (64, 64, 3)
        assert mask is not None
        assert mask.shape == (64, 64)
        seen = mask != VOID
        assert (((picture[..., 0] > 127) == (mask == 1)) | ~seen).mean() > 0.97
        if not seen.all():
            assert (picture[~seen] == 127).all()


def test_colours_change_and_the_label_does_not() -> None:
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    label = np.arange(64 * 64, dtype=np.uint8).reshape(64, 64) % 11
    changed = view(Window.single(image, label), COLOURS, (64, 64), 4)
    assert (changed.frames[0] != image).mean() > 0.5
    assert (changed.labels[0] == label).all()
    plain = view(Window.single(image, label), AugmentPart(), (64, 64), 4)
    assert (plain.frames[0] == image).all()


def test_every_frame_of_a_window_is_seen_from_one_place_in_one_light() -> None:
    """A window of one frame three times gives one view three times, the view that the frame alone would give."""
    random = np.random.default_rng(1)
    image, label = random.integers(0, 256, (70, 90, 3), np.uint8), random.integers(0, 11, (70, 90), np.uint8)
    part = COLOURS.model_copy(update={"scale": (0.5, 2.0), "flip": 0.5})
    thrice = Window((image,) * 3, (0.0, 0.1, 0.2), (label, None, label), (None, None))
    for seed in range(10):
        alone, together = view(Window.single(image, label), part, (64, 64), seed), view(thrice, part, (64, 64), seed)
        assert all((frame == alone.frames[0]).all() for frame in together.frames)
        assert (together.labels[0] == alone.labels[0]).all()
        assert together.labels[1] is None
        assert together.pts_s == thrice.pts_s


@pytest.mark.parametrize("flip", [0.0, 1.0])
@pytest.mark.parametrize("scale", [0.5, 1.0, 1.5, 2.0])
def test_a_constant_motion_scales_and_turns_with_the_picture(scale: float, flip: float) -> None:
    """Noise that moves 4 right and 2 down from frame to frame: after any view the motion still leads back exactly."""
    canvas = np.random.default_rng(2).integers(0, 256, (80, 120, 3), np.uint8)
    canvas = canvas.repeat(2, axis=0).repeat(2, axis=1)  # halved, it keeps whole pixels
    before, now = canvas[40:120, 60:180], canvas[38:118, 56:176]
    forward = np.broadcast_to(np.array([4, 2], np.float32), (80, 120, 2))
    visible = np.zeros((80, 120), bool)
    visible[2:, 4:] = True
    motion = Motion(-forward, forward, visible, "exact")
    window = Window((before, now), (0.0, 0.1), (None, None), (motion,))
    part = AugmentPart(scale=(scale, scale), flip=flip)
    for seed in range(5):
        seen = view(window, part, (32, 32), seed)
        (moved,) = seen.motion
        assert moved is not None
        way = -1 if flip else 1
        assert np.allclose(moved.forward, np.array([4 * scale * way, 2 * scale], np.float32), atol=1e-5)
        assert np.allclose(moved.backward, -moved.forward, atol=1e-5)
        fetched = warp(seen.frames[0], moved.backward, linear=True).astype(int)
        assert moved.visible.any()
        assert (np.abs(fetched - seen.frames[1])[moved.visible] <= (0 if scale in (0.5, 1.0) else 2)).all()
        # The crop's own borders: what came in over them cannot have been seen before.
        rows, columns = np.mgrid[:32, :32]
        ends = (columns + moved.backward[..., 0], rows + moved.backward[..., 1])
        assert not (moved.visible & ((ends[0] < -0.5) | (ends[1] < -0.5) | (ends[0] >= 31.5))).any()


def test_exact_motion_still_fetches_the_labels_after_any_view(street: Window) -> None:
    part = AugmentPart(scale=(0.6, 1.8), flip=0.5)
    for seed in range(12):
        seen = view(street, part, (96, 128), seed)
        for before, now, motion in zip(seen.labels[:-1], seen.labels[1:], seen.motion, strict=True):
            assert before is not None
            assert now is not None
            assert motion is not None
            assert motion.size == (128, 96)
            agree = warp(before, motion.backward) == now
            inside = cv2.erode(now, np.ones((3, 3))) == cv2.dilate(now, np.ones((3, 3)))  # nearest moves borders
            assert agree[motion.visible & inside].mean() > 0.995
            assert agree[motion.visible].mean() > 0.95
            assert not (now[motion.visible] == VOID).any()
            wrong_way = np.array([-1, 1], np.float32) * motion.backward
            assert (warp(before, wrong_way) == now)[motion.visible].mean() < agree[motion.visible].mean()


def test_forward_and_backward_stay_each_others_inverse(street: Window) -> None:
    seen = view(street, AugmentPart(scale=(1.4, 1.4), flip=1.0), (96, 128), 0)
    for motion in seen.motion:
        assert motion is not None
        consistent = visible_pixels(motion.backward, motion.forward)
        assert consistent[motion.visible].mean() > 0.97


def test_padding_is_void_and_without_motion(street: Window) -> None:
    seen = view(street, AugmentPart(scale=(0.5, 0.5)), (96, 128), 3)
    label, motion = seen.labels[1], seen.motion[0]
    assert label is not None
    assert motion is not None
    padding = label == VOID
    assert padding.sum() == 96 * 128 - 48 * 80
    assert not motion.visible[padding].any()
    assert not motion.backward[padding].any()
    assert not motion.forward[padding].any()


def test_motion_of_another_size_is_brought_to_the_frames(street: Window) -> None:
    small = replace(street, motion=tuple(motion.at((80, 48)) if motion else None for motion in street.motion))
    seen, whole = (view(each, AugmentPart(), (96, 160), 0) for each in (small, street))
    for mine, exact in zip(seen.motion, whole.motion, strict=True):
        assert mine is not None
        assert exact is not None
        assert np.median(np.abs(mine.backward - exact.backward)[exact.visible]) < 0.2


def test_a_batch_says_where_labels_and_motion_are_missing(street: Window) -> None:
    unknown = replace(street, labels=(None, street.labels[1], None), motion=(None, None))
    batch = collate([street, unknown])
    assert batch.frames.shape == (2, 3, 3, 96, 160)
    assert (batch.frames[0, 1].permute(1, 2, 0).numpy() == street.frames[1]).all()
    assert (batch.labels[1, 0] == VOID).all()
    assert (batch.labels[1, 1].numpy() == street.labels[1]).all()
    assert batch.pts_s.tolist() == [list(street.pts_s)] * 2
    assert batch.motion is not None
    assert batch.motion.backward.shape == (2, 2, 2, 96, 160)
    assert street.motion[1] is not None
    assert (batch.motion.forward[0, 1].permute(1, 2, 0).numpy() == street.motion[1].forward).all()
    assert (batch.motion.visible[0, 1].numpy() == street.motion[1].visible).all()
    assert not batch.motion.visible[1].any()
    assert collate([unknown, unknown]).motion is None
    assert collate([Window.single(street.frames[0], None)]).motion is None
