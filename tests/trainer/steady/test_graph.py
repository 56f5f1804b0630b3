"""Other weights in a bundle's own graph: the same masks as an export would give."""

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.models.bundle import read_card, read_graph
from engine.models.card import InputPolicy
from engine.networks import build_network
from resources import MODELS
from tests.bundled import one_of_each_network
from trainer.export import parity
from trainer.steady.graph import OtherGraphError, for_student, with_weights
from trainer.weights.checkpoint import start_from


@pytest.mark.parametrize("name", one_of_each_network())
def test_the_graph_does_what_the_network_does(name: str) -> None:
    graph, card = read_graph(MODELS / f"{name}.onnx")
    network = build_network(card.family, len(card.class_set), **card.options)
    start_from(MODELS / f"{name}.safetensors", network)
    random = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.ndim > 1:
                parameter.add_(0.02 * parameter.std() * torch.randn(parameter.shape, generator=random))
                if card.weights == "float16":
                    parameter.copy_(parameter.half().float())
    frame = np.random.default_rng(0).integers(0, 255, (64, 96, 3), np.uint8)
    agreement, deviation = parity(network.eval(), card, with_weights(graph, network), [frame])
    assert agreement > 99.8
    assert deviation < 0.05
    unchanged, _ = parity(network.eval(), card, graph, [frame])
    assert unchanged < agreement


def test_a_new_students_graph_does_what_its_network_does() -> None:
    graph, card = read_graph(MODELS / "street.onnx")
    policy = InputPolicy(short_side=64, multiple=32)
    network = build_network(card.family, 3, **card.options)
    start_from(MODELS / "street.safetensors", network, new_heads=True)
    own = with_weights(for_student(graph, 3, policy), network.eval())
    frame = np.random.default_rng(0).integers(0, 255, (96, 160, 3), np.uint8)
    agreement, deviation = parity(network, card.model_copy(update={"input": policy}), own, [frame])
    assert agreement > 99.8
    assert deviation < 0.05
    with pytest.raises(OtherGraphError, match="fixed to"):
        for_student(graph, 3, InputPolicy(fixed=(64, 64)))


def test_weights_of_another_network_are_refused() -> None:
    graph, card = read_graph(MODELS / "street.onnx")
    other = build_network("fast_scnn", len(card.class_set), detail_channels=16)
    with pytest.raises(OtherGraphError, match="the graph holds net/"):
        with_weights(graph, other.eval())


def test_the_bundle_itself_stays_as_it_was() -> None:
    graph, card = read_graph(MODELS / "street.onnx")
    before = graph.SerializeToString(deterministic=True)
    network = build_network(card.family, len(card.class_set), **card.options).eval()
    with_weights(graph, network)
    assert graph.SerializeToString(deterministic=True) == before
    assert read_card(Path(MODELS / "street.onnx")) == card
