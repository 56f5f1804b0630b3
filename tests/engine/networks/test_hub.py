"""Models of Hugging Face as networks of ours."""

import json
from typing import Any

import pytest
import torch
from torch.nn.modules.batchnorm import _BatchNorm

from engine.errors import ModelError
from engine.networks import build_network
from engine.networks.hub import HubNetwork
from engine.networks.normalise import normalise
from tests.trainer.hub.checkpoints import CLASSES, PROCESSOR, tiny_config

FIXED = {"upernet", "swin", "beit"}
KINDS = ("segformer", "mobilenet_v2", "upernet", "swin", "beit")
STRIDES = {"mobilenet_v2": 16}


def build(kind: str, processor: dict[str, Any] | None = None, names: tuple[str, ...] = CLASSES) -> HubNetwork:
    torch.manual_seed(2)
    config = json.loads(tiny_config(kind, names).to_json_string(use_diff=False)) | {"use_auxiliary_head": False}
    size = {"width": 64, "height": 64} if kind in FIXED else {}
    network = build_network(
        "hub",
        max(2, len(names)),
        config=json.dumps(config),
        processor=json.dumps(PROCESSOR | (processor or {})),
        **size,
    )
    assert isinstance(network, HubNetwork)
    return network


@pytest.mark.parametrize("kind", KINDS)
def test_it_promises_what_every_network_does(kind: str) -> None:
    network, stride = build(kind).eval(), STRIDES.get(kind, 4)
    for height, width in ((64, 64), (64, 96)):
        frames = torch.randn(1, 3, height, width)
        with torch.no_grad():
            logits = network(frames)
            found = network(frames, features=True)
        assert logits.shape == (1, 3, height // stride, width // stride)
        assert torch.equal(found.logits, logits)
        assert found.auxiliary is None
        assert found.features.ndim == 4
    network.train()
    for module in network.modules():
        if isinstance(module, _BatchNorm):
            module.eval()  # as a training with frozen statistics has it
    logits, auxiliary = network(torch.randn(2, 3, 64, 96))
    assert torch.equal(logits, auxiliary)
    logits.square().mean().backward()
    moved = [name for name, each in network.named_parameters() if each.grad is not None and each.grad.abs().sum() > 0]
    assert len(moved) > 10
    assert network.state_dict().keys() == {f"model.{name}" for name in network.model.state_dict()}


@pytest.mark.parametrize("flipped", [False, True])
def test_pixels_become_its_own(flipped: bool) -> None:
    network = build(
        "segformer", {"do_flip_channel_order": flipped, "rescale_factor": 1 / 127, "image_mean": [0.1, 0.2, 0.3]}
    ).eval()
    frame = torch.randint(0, 256, (1, 3, 64, 64), dtype=torch.uint8)
    seen: list[torch.Tensor] = []
    network.model.register_forward_pre_hook(
        lambda _, given, named: seen.append(named["pixel_values"]), with_kwargs=True
    )
    network(normalise(frame))
    pixels = (frame.flip(1) if flipped else frame).float() / 127
    mean, std = (torch.tensor(each).view(1, 3, 1, 1) for each in ([0.1, 0.2, 0.3], PROCESSOR["image_std"]))
    assert torch.allclose(seen[0], (pixels - mean) / std, atol=1e-5)


def test_a_single_logit_is_two_classes() -> None:
    network = build("segformer", names=("person",)).eval()
    logits = network(torch.randn(1, 3, 64, 64))
    assert logits.shape[1] == 2
    assert not logits[:, 0].any()


def test_what_cannot_be_built_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match="cannot build the model of type 'nothing'"):
        build_network("hub", 2, config='{"model_type": "nothing"}', processor=json.dumps(PROCESSOR))
    with pytest.raises(TypeError, match="3 classes, not 5"):
        build_network("hub", 5, config=tiny_config("segformer").to_json_string(), processor=json.dumps(PROCESSOR))
    monkeypatch.setattr("engine.networks.find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"pip install 'steadymask\[hub\]'"):
        build("segformer")
