"""A network of ours for mattes becomes a bundle that gives alpha."""

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.atomic import REPLACE
from engine.backends.onnxruntime import load_session
from engine.backends.torch import load_session as load_by_torch
from engine.models.bundle import read_card, read_graph
from engine.models.card import InputPolicy
from engine.models.vetting import vet_graph
from engine.networks import build_network
from engine.networks.normalise import normalise
from tests.engine.mattes import PERSON
from tests.engine.networks import test_networks as networks
from tests.sweep import sweep_count
from tests.trainer.test_export import card, picture
from trainer.export import export_bundle

pytestmark = pytest.mark.usefixtures("operators_read_once")

OPTIONS = {"half_channels": 8, "guided": True}


@pytest.mark.soak
@pytest.mark.skipif(not sweep_count(sample=0, full=1), reason="an export takes half a minute; make soak does it")
def test_it_gives_the_same_mattes_in_every_runtime(tmp_path: Path) -> None:
    torch.manual_seed(6)
    network = build_network("fast_scnn", 2, **OPTIONS).train()
    networks.shake(network)
    with torch.no_grad():
        network(torch.randn(2, 3, 64, 64))  # batch norm sees something
        network.classify[1].weight *= 300  # type: ignore[index]
    network.eval()
    asked = card().model_copy(
        update={
            "name": "matte",
            "family": "fast_scnn",
            "options": OPTIONS,
            "task": "matting",
            "class_set": PERSON,
            "weights": "float32",
            "input": InputPolicy(short_side=64, multiple=32),
        }
    )
    made = export_bundle(network, asked, tmp_path / "matte", [picture(64, 96), picture(128, 64)], REPLACE)
    path = tmp_path / "matte.onnx"
    assert (made.task, read_card(path)) == ("matting", made)
    assert not made.gives_scores
    graph, _ = read_graph(path)
    vet_graph(graph, path)
    assert [each.name for each in graph.graph.output] == ["classes", "alpha"]

    frame = picture(64, 96)
    with torch.no_grad():
        logits = network(normalise(torch.from_numpy(frame).permute(2, 0, 1).unsqueeze(0)))[0]
    expected = logits.softmax(dim=0)[1].numpy()
    assert expected.std() > 0.02, "a matte that is the same everywhere would prove nothing"
    for load in (load_session, load_by_torch):
        session = load(path, made, device="cpu", threads=1)
        found = session.run(frame)
        session.close()
        assert found.alpha is not None
        assert found.alpha.shape == expected.shape == found.classes.shape
        assert np.abs(found.alpha - expected).max() < 1e-3
        assert np.array_equal(found.classes, found.alpha >= 0.5)
