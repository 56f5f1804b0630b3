"""What every task has to say, and what a model of any task gives of a frame."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.flow.motion import Motion

TaskName = Literal["semantic", "matting"]
"""What a model is for, as its card says it; `engine.tasks.table` has a row for each."""


Memory = tuple[NDArray, ...]
"""What a model with a memory hands on to its next frame; empty before the first one."""


@dataclass(frozen=True, slots=True, eq=False)
class Outputs:
    """What a model, or a method around it, gives of one frame. The fields are called as the graph's outputs are.

    classes: uint8 (h, w), class id per pixel at the network's input size; of every task.
    scores: float32 (C, h', w') logits at the network's output size, None where nobody asked or there are none.
    alpha: float32 (h, w), how much of each pixel is the person, 0..1; of a matte alone.
    memory: for the next frame, where it was asked for; no segmentation keeps it.
    """

    classes: NDArray[np.uint8]
    scores: NDArray[np.float32] | None = None
    alpha: NDArray[np.float32] | None = None
    memory: Memory | None = None


class Task(ABC):
    """One task. Without state: one instance serves everybody.

    name: as the card says it. gives_scores: whether its models have scores to ask for. soft: whether they give alpha.
    """

    name: TaskName
    gives_scores: bool
    soft: bool

    # ---- what the methods around a model do to its outputs

    @abstractmethod
    def mixable(self, made: Outputs) -> NDArray[np.float32] | None:
        """What of several frames can be averaged, float32 (…, h', w'); None where the model has no such thing."""

    @abstractmethod
    def of_mixed(self, mixed: NDArray[np.float32], size: tuple[int, int]) -> Outputs:
        """The outputs that an average of `mixable` stands for, at `size` (width, height)."""

    @abstractmethod
    def middle(self, last: Sequence[Outputs]) -> Outputs:
        """What is in the middle of the last frames, pixel by pixel; at least one, this frame's at the end."""

    @abstractmethod
    def constant(self, first: Outputs) -> Outputs:
        """One value everywhere: that of the most frequent class."""

    @abstractmethod
    def blurred(self, made: Outputs, side: int) -> Outputs:
        """The outputs over squares of `side` pixels."""

    @abstractmethod
    def moved(self, kept: Outputs, motion: Motion) -> Outputs:
        """The outputs of the frame before, brought onto this one; what comes into view is as the nearest seen pixel."""

    # ---- what is kept of them

    @abstractmethod
    def packed(self, made: Outputs) -> NDArray[np.uint8]:
        """The outputs as one picture, uint8 (h, w)."""

    @abstractmethod
    def unpacked(self, kept: NDArray[np.uint8]) -> Outputs:
        """The outputs of such a picture."""
