"""The referee: sure of what every view of a frame shows alike, silent about the rest."""

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.errors import BackendError
from engine.models.classes import VOID
from engine.segmentation import Segmentation
from engine.verdict import Referee

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


@pytest.mark.parametrize("model", [ByColour(), ByColour(scores=False), ByColour(refuses=True)])
def test_it_is_right_wherever_it_is_sure_and_unsure_near_borders_alone(model: ByColour) -> None:
    """Views that were laid back the wrong way would disagree all over."""
    said = Referee(model, CLASSES, 1).segment(COLOURS[scene()]).classes
    sure = said != VOID
    assert said.shape == scene().shape
    assert (said[sure] == scene()[sure]).mean() > 0.995
    inside = np.ones(said.shape, bool)
    for axis in (0, 1):
        for step in range(-8, 9):
            inside &= np.roll(scene(), step, axis) == scene()
    inside[:8] = inside[-8:] = False
    assert sure[inside].mean() > 0.99
    assert {int(class_id) for class_id in np.unique(said[sure])} == set(range(CLASSES))
    assert sure.mean() < 1


def test_the_views_differ_and_one_of_them_is_the_frame_itself() -> None:
    model, rgb = ByColour(), COLOURS[scene()]
    Referee(model, CLASSES, 1).segment(rgb)
    assert len(model.asked) == 6
    assert model.asked[0] is rgb
    assert len({view.tobytes() for view in model.asked}) == 6
    assert all(view.shape == rgb.shape for view in model.asked)


def test_a_model_that_is_never_sure_makes_a_referee_that_says_nothing() -> None:
    unsure, sure = ByColour(2.0), ByColour(3.5)  # of four classes, probabilities of 0.71 and 0.92
    assert (Referee(unsure, CLASSES, 1).segment(COLOURS[scene()]).classes == VOID).all()
    assert (Referee(sure, CLASSES, 1).segment(COLOURS[scene()]).classes != VOID).mean() > 0.5


def test_one_frame_of_each_stretch_is_refereed_and_which_one_is_drawn() -> None:
    model = ByColour()
    referee = Referee(model, CLASSES, 250)
    rgb = COLOURS[scene()]
    asked = [index for index in range(250) if (referee.segment(rgb).classes != VOID).any()]
    assert [index // 5 for index in asked] == list(range(50))
    for n in (2, 3, 4, 5):
        assert {index % n for index in asked} == set(range(n)), "no method that works on each n-th frame meets it there"
    assert len(model.asked) == 6 * 50
    again = Referee(model, CLASSES, 250)
    assert [index for index in range(250) if (again.segment(rgb).classes != VOID).any()] == asked


@pytest.mark.parametrize(("frames", "least", "most"), [(1, 1, 1), (60, 60, 60), (61, 30, 31), (2000, 58, 60)])
def test_however_long_a_clip_is_about_sixty_frames_are_refereed(frames: int, least: int, most: int) -> None:
    referee = Referee(ByColour(), CLASSES, frames)
    tiny = np.zeros((8, 8, 3), np.uint8)
    assert least <= sum(bool((referee.segment(tiny).classes != VOID).any()) for _ in range(frames)) <= most


def test_a_runtime_that_fails_is_told() -> None:
    class Broken:
        name = "broken"

        def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
            raise BackendError("the device is gone")

    with pytest.raises(BackendError, match="the device is gone"):
        Referee(Broken(), CLASSES, 1).segment(COLOURS[scene()])
