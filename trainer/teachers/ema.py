"""A teacher that is a moving average of its student.

Source: Tarvainen and Valpola, "Mean teachers are better role models" (NeurIPS 2017, arXiv 1703.01780).
"""

import torch
from torch import Tensor, nn

from engine.networks.base import Output
from trainer.optimiser import make_average
from trainer.teachers.base import Teacher


class AverageTeacher(Teacher):
    """The moving average of the student's weights, and of its batch norm's statistics, in eval mode.

    Early on it forgets faster, as `make_average` says. student: as the training starts.
    """

    state: nn.Module

    def __init__(self, student: nn.Module, decay: float, device: torch.device) -> None:
        super().__init__(f"moving average of the student, decay {decay:g}")
        average = make_average(student, decay)
        assert average is not None  # the recipe has a decay above 0
        self.state = self._average = average.to(device).eval().requires_grad_(False)

    @torch.no_grad()
    def __call__(self, frames: Tensor) -> Output:
        output: Output = self._average.module(frames, features=True)
        return output

    def after_step(self, student: nn.Module) -> None:
        self._average.update_parameters(student)
