"""The referee: what six views of a frame come to, and which frames are asked."""

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.errors import BackendError
from engine.segmentation import Segmentation
from engine.verdict import Referee, Views, seed_of
from tests.engine.fakes import FakeMethod

SIZE = (128, 96)
CLASSES = 4
COLOURS = np.asarray([(20, 20, 20), (220, 30, 30), (30, 220, 30), (30, 30, 220)], np.uint8)


def scene() -> NDArray[np.uint8]:
    """Classes that no mirror and no shift leaves as they are."""
    mask = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    mask[60:] = 1
    mask[10:50, 8:56] = 2
    mask[70:90, 80:120] = 3
    return mask


class ByColour:
    """Sees the class by its colour, with scores of `sure` for it and 0 for the others; scores at a quarter the size."""

    name = "by-colour"

    def __init__(self, sure: float = 6.0, *, scores: bool = True, refuses: bool = False) -> None:
        self.sure, self.has_scores, self.refuses = sure, scores, refuses
        self.asked: list[NDArray[np.uint8]] = []

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        if scores and self.refuses:
            raise BackendError("this model gives classes only, no scores; choose one that does")
        self.asked.append(rgb)
        distance = np.abs(rgb[..., None, :].astype(int) - COLOURS).sum(axis=-1)
        classes = distance.argmin(axis=-1).astype(np.uint8)
        logits = None
        if scores and self.has_scores:
            few = classes[2::4, 2::4]
            logits = (few == np.arange(CLASSES)[:, None, None]).astype(np.float32) * self.sure
        return Segmentation(classes, (rgb.shape[1], rgb.shape[0]), 1.0, logits)


def inner() -> NDArray[np.bool_]:
    """What is at least 8 pixels from every border."""
    inside = np.ones(scene().shape, bool)
    for axis in (0, 1):
        for step in range(-8, 9):
            inside &= np.roll(scene(), step, axis) == scene()
    inside[:8] = inside[-8:] = False
    return inside


@pytest.mark.parametrize("model", [ByColour(), ByColour(scores=False), ByColour(refuses=True)])
def test_the_views_are_laid_back_where_they_belong(model: ByColour) -> None:
    """Views that were laid back the wrong way would disagree all over."""
    views = Referee(model, CLASSES, 1).ask(COLOURS[scene()])
    assert views.sure is not None
    assert views.possible is not None
    assert views.classes.shape == views.sure.shape == scene().shape
    assert (views.classes[views.sure] == scene()[views.sure]).mean() > 0.97
    assert (views.classes == scene())[inner()].mean() > 0.99
    assert views.sure[inner()].mean() > 0.99
    here = (views.possible[0] >> scene()) & 1
    assert here[inner()].mean() > 0.99
    others = views.possible[0] & ~(1 << scene()).astype(np.uint8)
    assert (others[inner()] == 0).mean() > 0.99
    assert (others != 0).mean() > 0.02, "near a border more than one class is possible"


def test_the_views_differ_and_one_of_them_is_the_frame_itself() -> None:
    model, rgb = ByColour(), COLOURS[scene()]
    Referee(model, CLASSES, 1).ask(rgb)
    assert len(model.asked) == 6
    assert model.asked[0] is rgb
    assert len({view.tobytes() for view in model.asked}) == 6
    assert all(view.shape == rgb.shape for view in model.asked)


def test_a_large_frame_is_refereed_at_the_size_that_it_is_measured_at() -> None:
    views = Referee(ByColour(), CLASSES, 1).ask(np.zeros((50, 1280, 3), np.uint8))
    assert views.classes.shape == (25, 640)
    assert views.source_size == (1280, 50)


def test_a_model_that_is_never_sure_sees_nothing() -> None:
    unsure, sure = ByColour(0.9), ByColour(1.5)  # of four classes, probabilities of 0.45 and 0.60
    for model, least, most in ((unsure, 0, 0), (sure, 0.5, 1)):
        views = Referee(model, CLASSES, 1).ask(COLOURS[scene()])
        assert views.sure is not None
        assert least <= views.sure.mean() <= most


def asked_of(frame_count: int | None, frames: int, **how: int) -> tuple[list[int], list[int]]:
    """Which frames are refereed, and which are asked about."""
    model = ByColour()
    referee, tiny = Referee(model, CLASSES, frame_count, **how), np.zeros((8, 8, 3), np.uint8)
    made = [referee.segment(tiny) for _ in range(frames)]
    drawn = [index for index, each in enumerate(made) if isinstance(each, Views) and each.drawn]
    asked = [index for index, each in enumerate(made) if isinstance(each, Views)]
    assert len(model.asked) == 6 * len(asked)
    return drawn, asked


def test_one_frame_of_each_stretch_is_refereed_with_its_neighbours() -> None:
    drawn, asked = asked_of(250, 250)
    assert [(index - 1) // 9 for index in drawn] == list(range(len(drawn)))
    assert 27 <= len(drawn) <= 28
    assert set(asked) == {index + step for index in drawn for step in (-1, 0, 1)}
    for n in (2, 3, 4, 5):
        assert {index % n for index in drawn} == set(range(n)), "no method that works on each n-th frame meets it there"
    assert asked_of(250, 250) == (drawn, asked)
    assert asked_of(250, 250, seed=1)[0] != drawn


@pytest.mark.parametrize(
    ("frames", "least", "most"), [(1, 0, 0), (2, 0, 0), (3, 1, 1), (32, 30, 30), (33, 15, 16), (2000, 28, 30)]
)
def test_however_long_a_clip_is_about_thirty_frames_are_refereed(frames: int, least: int, most: int) -> None:
    drawn, asked = asked_of(frames, frames)
    assert least <= len(drawn) <= most
    assert not asked or (asked[0] >= 0 and asked[-1] < frames)


def test_of_a_clip_of_unknown_length_one_frame_of_fifteen_is_refereed() -> None:
    assert 9 <= len(asked_of(None, 152)[0]) <= 11


def test_the_frames_are_drawn_anew_for_every_candidate() -> None:
    one, other, changed = FakeMethod("one"), FakeMethod("other"), FakeMethod("one")
    changed.card = changed.card.model_copy(update={"graph_hash": "sha256:1234"})
    assert seed_of(one) == seed_of(FakeMethod("one"))
    assert len({seed_of(each) for each in (one, other, changed)}) == 3


def test_a_runtime_that_fails_is_told() -> None:
    class Broken:
        name = "broken"

        def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
            raise BackendError("the device is gone")

    with pytest.raises(BackendError, match="the device is gone"):
        Referee(Broken(), CLASSES, 1).ask(COLOURS[scene()])
