"""A teacher that does not learn: a network of one of our families, from its bundle."""

from itertools import zip_longest
from pathlib import Path

import torch
from torch import Tensor

from engine.backends.torch import trained_network
from engine.models.card import ModelCard, Normalisation
from engine.models.classes import ClassSet
from engine.networks.base import Output, SegmentationNetwork
from engine.networks.normalise import PIXEL_MEAN, PIXEL_STD
from trainer.recipe.teacher import TeacherPart
from trainer.teachers import TeacherError, find_teacher
from trainer.teachers.base import Teacher


class FrozenTeacher(Teacher):
    """The bundle of the recipe's teacher on `device`, in eval mode and without gradients.

    Making one leaves torch's random state as it was. Raises what `suited_teacher` and `trained_network` raise.
    """

    def __init__(self, part: TeacherPart, class_set: ClassSet, device: torch.device) -> None:
        weights, card = suited_teacher(part, class_set)
        super().__init__(f"{card.name} {card.weights_hash}", str(weights))
        self._network = frozen_network(weights, card, device)

    @torch.no_grad()
    def __call__(self, frames: Tensor) -> Output:
        output: Output = self._network(frames, features=True)
        return output


def suited_teacher(part: TeacherPart, class_set: ClassSet, start: str = "") -> tuple[Path, ModelCard]:
    """As `find_teacher`, of one that can teach.

    Raises TeacherError besides where it does not know exactly the classes of `class_set` or sees frames normalised
    otherwise than students.
    """
    weights, card = find_teacher(part, start)
    for number, (theirs, ours) in enumerate(zip_longest(card.class_set.names, class_set.names)):
        if theirs != ours:
            raise TeacherError(
                f"the teacher {card.name} ({weights}) calls class {number} {theirs or 'nothing'} and the dataset "
                f"calls it {ours or 'nothing'}; take a teacher that knows the same {len(class_set)} classes"
            )
    if weights.suffix == ".onnx":
        return weights, card  # its graph does that itself
    if card.normalisation != Normalisation(mean=PIXEL_MEAN, std=PIXEL_STD):
        raise TeacherError(
            f"the teacher {card.name} ({weights}) sees frames normalised by {card.normalisation}, students by mean "
            f"{PIXEL_MEAN} and std {PIXEL_STD}; take a teacher that was trained here"
        )
    return weights, card


def frozen_network(weights: Path, card: ModelCard, device: torch.device) -> SegmentationNetwork:
    """The network of a bundle, to be asked only. Leaves torch's random state as it was."""
    # Its first weights are drawn and thrown away; a student starts the same with a teacher and without.
    with torch.random.fork_rng(devices=[]):
        network = trained_network(weights, card)
    network = network.eval().requires_grad_(False).to(device)
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
