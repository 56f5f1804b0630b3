"""A teacher that does not learn: a network of one of our families, from its bundle."""

from itertools import zip_longest

import torch
from torch import Tensor

from engine.backends.torch import trained_network
from engine.models.card import Normalisation
from engine.models.classes import ClassSet
from engine.networks.base import Output
from engine.networks.normalise import PIXEL_MEAN, PIXEL_STD
from trainer.recipe import TeacherPart
from trainer.teachers import TeacherError, find_teacher


class FrozenTeacher:
    """The recipe's teacher on `device`, in eval mode and without gradients.

    identity: its name and the hash of its weights. Making one leaves torch's random state as it was. Raises
    TeacherError where it does not know exactly the classes of `class_set` or sees frames normalised otherwise than
    students, and what `find_teacher` and `trained_network` raise.
    """

    def __init__(self, part: TeacherPart, class_set: ClassSet, device: torch.device) -> None:
        weights, card = find_teacher(part)
        for number, (theirs, ours) in enumerate(zip_longest(card.class_set.names, class_set.names)):
            if theirs != ours:
                raise TeacherError(
                    f"the teacher {card.name} ({weights}) calls class {number} {theirs or 'nothing'} and the dataset "
                    f"calls it {ours or 'nothing'}; take a teacher that knows the same {len(class_set)} classes"
                )
        if card.normalisation != Normalisation(mean=PIXEL_MEAN, std=PIXEL_STD):
            raise TeacherError(
                f"the teacher {card.name} ({weights}) sees frames normalised by {card.normalisation}, students by mean "
                f"{PIXEL_MEAN} and std {PIXEL_STD}; take a teacher that was trained here"
            )
        # Its first weights are drawn and thrown away; a student starts the same with a teacher and without.
        with torch.random.fork_rng(devices=[]):
            network = trained_network(weights, card)
        self.identity, self._weights = f"{card.name} {card.weights_hash}", weights
        network = network.eval().requires_grad_(False).to(device)
        self._network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def check_same(self, identity: str) -> None:
        """Raise TeacherError where a training began with the teacher `identity` and this is another one."""
        if identity != self.identity:
            raise TeacherError(
                f"this training began with the teacher {identity}, and {self._weights} holds {self.identity}; put the "
                "earlier bundle back, or begin a new training"
            )

    @torch.no_grad()
    def __call__(self, frames: Tensor) -> Output:
        """Logits and features of `frames`, float (B, 3, H, W), normalised RGB."""
        output: Output = self._network(frames, features=True)
        return output
