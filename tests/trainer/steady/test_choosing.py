"""How much of the start stays in a student: by what is lost, with something to spare."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from onnx import ModelProto
from torch import nn

from trainer.steady import choosing
from trainer.steady.choosing import Found, choose

SHARES = (0.0, 0.3, 0.5, 0.9)


class Asked:
    """Says that something is lost wherever less than `least` of the start is in it."""

    def __init__(self, least: float) -> None:
        self.least = least
        self.asked: list[float] = []

    def ask(self, network: nn.Module, share: float = 0.0) -> Found:
        self.asked.append(share)
        return Found(share, 0.01 + share, 1.0, 90.0, 90.0, ("a car",) if share < self.least else ())


@pytest.mark.parametrize(
    ("least", "chosen", "asked"),
    [
        (0.0, 0.0, [0.9, 0.5, 0.3, 0.0]),
        (0.3, 0.5, [0.9, 0.5, 0.3, 0.0]),
        (0.5, 0.9, [0.9, 0.5, 0.3]),
        (0.9, 0.9, [0.9, 0.5]),
        (1.0, 0.9, [0.9]),
    ],
)
def test_as_far_as_nothing_is_lost_with_one_step_to_spare(
    monkeypatch: pytest.MonkeyPatch, least: float, chosen: float, asked: list[float]
) -> None:
    monkeypatch.setattr(choosing, "mixed_with_start", lambda network, start, share: nn.Linear(1, round(10 * share)))
    there = Asked(least)
    network, found = choose(there, nn.Linear(1, 1), Path("start"), SHARES)  # type: ignore[arg-type]
    assert (found.share, there.asked) == (chosen, asked)
    assert len(torch.nn.utils.parameters_to_vector(network.parameters())) == (2 if chosen == 0 else 20 * chosen)


def test_it_is_asked_with_as_many_threads_as_it_learns_with(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, object] = {}
    monkeypatch.setattr(choosing, "with_weights", lambda graph, network: graph)
    monkeypatch.setattr(choosing, "OnnxRuntimeSession", lambda model, **how: asked.update(how))
    monkeypatch.setattr(choosing, "Segmenter", lambda *parts: None)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 3)
    choosing.student_of(ModelProto(), nn.Linear(1, 1), SimpleNamespace(name="any"))  # type: ignore[arg-type]
    assert asked["threads"] == 3
