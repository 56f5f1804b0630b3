"""Virtual camera motion is what it says: exact, smooth, drawn by its seed."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.datasets import open_dataset
from engine.flow import visible_pixels, warp
from engine.models.classes import VOID
from tests.engine.datasets.layouts import write_camvid
from trainer.data.sources import ClipWindows
from trainer.data.virtual import VirtualWindows, virtual_window
from trainer.data.window import Window
from trainer.recipe import ColourPart, VirtualPart

WILD = VirtualPart(views=4, shift=0.06, rotation=4, scale=0.06, tilt=0.05)


@pytest.fixture(scope="module")
def picture() -> Window:
    """A smooth image of 160 × 96, and blots of six classes."""
    random = np.random.default_rng(4)
    image = cv2.GaussianBlur(random.integers(0, 256, (96, 160, 3)).astype(np.float32), None, 5)
    image = (image - image.min()) / (image.max() - image.min()) * 255
    label = cv2.resize(random.integers(0, 6, (8, 12)).astype(np.uint8), (160, 96), interpolation=cv2.INTER_NEAREST)
    return Window.single(image.astype(np.uint8), label)


def views(picture: Window, part: VirtualPart, seed: int) -> Window:
    return virtual_window(picture, part, np.random.default_rng(seed))


def test_the_motion_fetches_the_view_before_and_its_label(picture: Window) -> None:
    moved = []
    for seed in range(12):
        window = views(picture, WILD, seed)
        assert len(window.frames) == 4
        for place, motion in enumerate(window.motion):
            assert motion is not None
            assert motion.flow == "exact"
            before, now = window.frames[place : place + 2]
            moved.append(np.abs(motion.backward).mean())
            assert motion.visible.mean() > 0.5
            gap = np.abs(warp(before, motion.backward, linear=True).astype(int) - now)[motion.visible]
            assert gap.mean() < 1
            assert np.quantile(gap, 0.999) <= 4
            labels = window.labels[place], window.labels[place + 1]
            assert labels[0] is not None
            assert labels[1] is not None
            agree = warp(labels[0], motion.backward) == labels[1]
            inside = cv2.erode(labels[1], np.ones((3, 3))) == cv2.dilate(labels[1], np.ones((3, 3)))
            assert agree[motion.visible & inside].mean() > 0.99
            assert not (labels[1][motion.visible] == VOID).any()
            wrong = np.abs(warp(before, -motion.backward, linear=True).astype(int) - now)[motion.visible]
            assert wrong.mean() > gap.mean()
            # There and back again: forward is the way back.
            consistent = visible_pixels(motion.backward, motion.forward)
            assert consistent[motion.visible].mean() > 0.99
    assert np.mean(moved) > 2


def test_one_view_is_the_picture_itself_and_any_may_be(picture: Window) -> None:
    places = set()
    for seed in range(30):
        window = views(picture, WILD, seed)
        same = [place for place, frame in enumerate(window.frames) if np.array_equal(frame, picture.frames[0])]
        assert len(same) == 1
        assert np.array_equal(window.labels[same[0]], picture.labels[0])  # type: ignore[arg-type]
        places.add(same[0])
    assert places == {0, 1, 2, 3}


def test_no_step_goes_further_than_the_recipe_says(picture: Window) -> None:
    """At the picture's middle a step is its shift; the rest turns about it."""
    shifted, turned = VirtualPart(views=3, shift=0.01, rotation=0, scale=0), VirtualPart(shift=0, rotation=2)
    for part in (WILD, shifted, turned):
        for seed in range(20):
            for motion in views(picture, part, seed).motion:
                assert motion is not None
                middle = motion.forward[47:49, 79:81].mean(axis=(0, 1))
                assert (np.abs(middle) <= part.shift * 160 + 0.01).all()
    still = VirtualPart(shift=0, rotation=0, scale=0)
    for motion in views(picture, still, 0).motion:
        assert motion is not None
        assert not motion.backward.any()
        assert motion.visible[2:-2, 2:-2].all()


def test_a_path_is_smooth(picture: Window) -> None:
    steps = [m.forward[48, 80] for m in views(picture, replace_views(WILD, 6), 3).motion if m is not None]
    change = np.diff(np.array(steps), axis=0)
    assert np.abs(np.diff(change, axis=0)).max() < 0.2


def replace_views(part: VirtualPart, number: int) -> VirtualPart:
    return part.model_copy(update={"views": number})


def test_light_and_noise_are_each_views_own_and_move_nothing(picture: Window) -> None:
    still = VirtualPart(views=3, shift=0, rotation=0, scale=0, light=ColourPart(brightness=0.3, gamma=(0.8, 1.25)))
    window = views(picture, still, 1)
    assert len({frame.mean().round(3) for frame in window.frames}) == 3
    assert all(np.array_equal(label, picture.labels[0]) for label in window.labels)  # type: ignore[arg-type]
    noisy = views(picture, still.model_copy(update={"light": ColourPart(), "noise": 6.0}), 1)
    difference = noisy.frames[0].astype(float) - noisy.frames[1]
    assert difference.std() == pytest.approx(6 * 2**0.5, rel=0.1)
    assert abs(difference.mean()) < 0.5


def test_it_depends_on_the_seed_alone_and_needs_no_label(picture: Window) -> None:
    one, same, other = (views(picture, WILD, seed) for seed in (7, 7, 8))
    assert all(np.array_equal(a, b) for a, b in zip(one.frames, same.frames, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(one.frames, other.frames, strict=True))
    bare = views(replace(picture, labels=(None,)), WILD, 7)
    assert bare.labels == (None,) * 4
    assert all(np.array_equal(a, b) for a, b in zip(one.frames, bare.frames, strict=True))


def test_a_share_of_the_windows_is_virtual(tmp_path: Path) -> None:
    clips = open_dataset("camvid", write_camvid(tmp_path, "val"), "val").clips
    windows = ClipWindows(clips, length=2)  # type: ignore[arg-type]
    some = VirtualWindows(windows, VirtualPart(share=0.5))
    assert len(some) == len(windows) == 12
    drawn = [some.window(3, np.random.default_rng(seed)) for seed in range(60)]
    virtual = [window for window in drawn if window.motion[0] is not None]
    assert 15 < len(virtual) < 45
    label = windows.still(3).labels[0]
    assert all(any(np.array_equal(label, each) for each in window.labels) for window in drawn)  # type: ignore[arg-type]
