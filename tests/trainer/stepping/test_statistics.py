"""How a network stands while it learns: what moves, and what is dropped."""

import pytest
import torch
from torch import nn

from tests.engine.networks.test_hub import build
from trainer.stepping.statistics import learning


@pytest.mark.parametrize("dropout", [True, False])
def test_what_is_dropped_is_as_the_recipe_says(dropout: bool) -> None:
    network = nn.Sequential(nn.Conv2d(3, 64, 1), nn.BatchNorm2d(64), nn.Dropout2d(0.5))
    frames = torch.rand(2, 3, 4, 4, generator=torch.Generator().manual_seed(1)) + 1
    learning(network, len(frames), freeze_statistics=True, dropout=dropout)
    gone = (network(frames).flatten(2) == 0).all(dim=2)
    assert bool(gone.any()) == dropout
    assert torch.equal(network[1].running_mean, torch.zeros(64))


@pytest.mark.parametrize("dropout", [True, False])
def test_nor_is_anything_else_dropped_of_a_hugging_face_model(dropout: bool) -> None:
    network = build("segformer")
    frames = torch.rand(2, 3, 64, 64)
    learning(network, len(frames), freeze_statistics=False, dropout=dropout)
    (once, _), (again, _) = network(frames), network(frames)
    assert torch.equal(once, again) != dropout
    assert network.model.decode_head.batch_norm.training, "batch norm is told by itself"
