"""Windows of drawn streets: exact motion that leads back, and what is kept of it."""

from fractions import Fraction

import cv2
import numpy as np
import pytest

from engine.datasets.street import SyntheticStreet
from engine.flow import visible_pixels, warp
from trainer.data.cache import PictureCache
from trainer.data.streets import StreetWindows
from trainer.data.window import collate
from trainer.recipe import SyntheticPart

PART = SyntheticPart(share=0.5, streets=2, frames=2, size=(160, 96), first_seed=4)


@pytest.fixture(scope="module")
def streets() -> StreetWindows:
    return StreetWindows(PART, PictureCache(), length=3, spacing=(2, 3))


def test_the_motion_of_a_street_leads_to_the_frame_before(streets: StreetWindows) -> None:
    assert len(streets) == 4
    spacings = set()
    for index in range(4):
        window = streets.window(index, np.random.default_rng(0))
        assert [len(part) for part in (window.frames, window.labels, window.motion)] == [3, 3, 2]
        gaps = {round(gap * 25, 6) for gap in np.diff(window.pts_s)}
        assert len(gaps) == 1
        spacings |= gaps
        for place, motion in enumerate(window.motion):
            before, now = window.labels[place : place + 2]
            assert motion is not None
            assert before is not None
            assert now is not None
            assert motion.flow == "exact"
            assert motion.visible.mean() > 0.5
            assert (warp(before, motion.backward) == now)[motion.visible].mean() > 0.995
            edges = cv2.morphologyEx(now, cv2.MORPH_GRADIENT, np.ones((5, 5))) > 0
            there, back = (
                (warp(before, way) == now)[motion.visible & edges].mean() for way in (motion.backward, -motion.backward)
            )
            assert there > back + 0.05
            assert visible_pixels(motion.backward, motion.forward)[motion.visible].mean() > 0.95
    assert spacings <= {2, 3}


def test_what_is_kept_of_a_motion_is_exact_to_a_hundredth_of_a_pixel(streets: StreetWindows) -> None:
    window = streets.window(0, np.random.default_rng(0))
    spacing = round((window.pts_s[1] - window.pts_s[0]) * 25)
    start = round(2 * Fraction(25, spacing))
    drive = SyntheticStreet(4, size=(160, 96), frame_rate=Fraction(25, spacing), frames=start + 3)
    for place, motion in enumerate(window.motion, 1):
        frame = drive.frame(place)
        assert motion is not None
        assert frame.flow is not None
        assert frame.flow_forward is not None
        assert np.array_equal(window.frames[place], frame.rgb)
        assert np.array_equal(motion.visible, frame.visible)  # type: ignore[arg-type]
        for kept, exact in ((motion.backward, frame.flow), (motion.forward, frame.flow_forward)):
            near = (np.abs(exact) < 500).all(axis=-1)
            assert np.abs(kept - exact)[near].max() < 0.01
            assert (np.abs(kept)[~near].max(axis=-1, initial=501) > 500).all()


def test_streets_make_a_batch_with_single_ones_as_before(streets: StreetWindows) -> None:
    batch = collate([streets.window(index, np.random.default_rng(0)) for index in range(2)])
    assert batch.motion is not None
    assert batch.motion.exact.all()
    assert batch.motion.exact.shape == (2, 2)
    cache = PictureCache()
    single = StreetWindows(PART, cache)
    (first, second) = (single.window(0, np.random.default_rng(0)) for _ in range(2))
    assert first.motion == ()
    assert first.frames[0] is second.frames[0]
    alone = SyntheticStreet(4, size=(160, 96), frame_rate=Fraction(1, 2), frames=2, truth=False).frame(0)
    assert np.array_equal(first.frames[0], alone.rgb)
    assert np.array_equal(first.labels[0], alone.labels)  # type: ignore[arg-type]
