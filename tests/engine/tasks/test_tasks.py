"""The table of tasks, and what a matte is at every size."""

from typing import get_args

import numpy as np
import pytest

from engine.segmentation import Segmentation
from engine.tasks import TASKS, Outputs, TaskName, task_of
from engine.tasks.matting import of_alpha
from tests.engine.mattes import FakeMatte, disc

NETWORK, SOURCE = (64, 48), (333, 187)


def matte(source: tuple[int, int] = SOURCE) -> Segmentation:
    return Segmentation.of(of_alpha(disc(NETWORK, (30, 20), 12)), source, 1.0)


def test_every_task_that_a_card_can_have_has_a_row() -> None:
    assert set(TASKS) == set(get_args(TaskName))
    assert all(task.name == name for name, task in TASKS.items())


def test_the_classes_of_a_matte_are_alpha_from_a_half_on() -> None:
    made = of_alpha(np.array([[0.0, 0.49999, 0.5, 1.0]]))
    assert made.classes.tolist() == [[0, 0, 1, 1]]
    assert made.classes.dtype == np.uint8
    assert made.alpha is not None
    assert made.alpha.dtype == np.float32


def test_the_mask_is_the_projection_of_alpha_at_the_sources_size() -> None:
    made = matte()
    assert made.soft_mask is not None
    assert made.soft_mask.shape == made.mask.shape == SOURCE[::-1]
    assert made.soft_mask.dtype == np.float32
    assert made.mask.dtype == np.uint8
    assert np.array_equal(made.mask, made.soft_mask >= 0.5)
    assert made.live_alpha is not None
    assert np.array_equal(made.live_mask, made.live_alpha >= 0.5)
    nearest = Segmentation(made.classes, SOURCE, 1.0).mask
    assert (made.mask != nearest).any(), "an edge that is drawn from alpha has no steps of the network's pixels"


def test_at_the_networks_own_size_nothing_is_resampled() -> None:
    made = matte(NETWORK)
    assert np.array_equal(made.mask, made.classes)
    assert made.soft_mask is made.alpha


def test_a_mask_of_classes_has_no_alpha() -> None:
    made = Segmentation(np.zeros((4, 4), np.uint8), (8, 8), 1.0)
    assert made.soft_mask is None
    assert made.live_alpha is None


def test_a_card_of_a_matting_model_gives_no_scores() -> None:
    card = FakeMatte([disc(NETWORK, (30, 20), 12)]).card
    assert not card.gives_scores
    assert card.model_copy(update={"task": "semantic"}).gives_scores


@pytest.mark.parametrize("name", get_args(TaskName))
def test_what_is_kept_projects_to_the_same_classes(name: TaskName) -> None:
    random = np.random.default_rng(0)
    alpha = np.append(random.random(4000, np.float32), np.float32([0, 0.5, np.nextafter(np.float32(0.5), 0), 1]))
    made = of_alpha(alpha[None]) if task_of(name).soft else Outputs((alpha[None] * 7).astype(np.uint8))
    kept = task_of(name).packed(made)
    assert kept.dtype == np.uint8
    back = task_of(name).unpacked(kept)
    assert np.array_equal(back.classes, made.classes)
    if made.alpha is not None:
        assert back.alpha is not None
        assert np.abs(back.alpha - made.alpha).max() <= 1 / 510 + 1e-6
