"""What every family of networks promises, and the blocks that they share."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from engine.errors import UnknownNameError
from engine.networks import FAMILIES, build_network
from engine.networks.base import SegmentationNetwork
from engine.networks.blocks import DilatedConv, adaptive_average

CLASSES = 11
OPTIONS: dict[str, dict[str, Any]] = {"fast_scnn": {"blocks4": 1, "refine_blocks": 1}, "lite_fpn": {"lite": 0}}
STRIDES = {"fast_scnn": 4, "lite_fpn": 4}
"""Of the families whose output is not an eighth of their input."""

LARGE = {"pspnet101"}
"""Only shapes are computed of these."""


def build(family: str, *, device: str = "cpu") -> SegmentationNetwork:
    torch.manual_seed(5)
    with torch.device(device):
        return build_network(family, CLASSES, **OPTIONS.get(family, {}))


@pytest.mark.parametrize("family", sorted(FAMILIES.keys() - {"hub"}))  # see test_hub
class TestNetwork:
    def test_outputs_have_their_sizes(self, family: str) -> None:
        device = "meta" if family in LARGE else "cpu"  # where an operator takes longer than on a small picture
        network, stride = build(family, device=device), STRIDES.get(family, 8)
        with torch.no_grad():
            for height, width in ((64, 96), (32, 32), (128, 224))[: 1 if family in LARGE else 3]:
                frames = torch.zeros(2, 3, height, width, device=device)
                expected = (2, CLASSES, height // stride, width // stride)
                assert network.eval()(frames).shape == expected
                logits, auxiliary = network.train()(frames)
                assert logits.shape == expected
                assert auxiliary.shape[:2] == (2, CLASSES)
            # Only multiples of the family's step are trained and run at, but no other size fails.
            assert network.eval()(torch.zeros(2, 3, 97, 131, device=device)).shape[:2] == (2, CLASSES)

    def test_features_come_with_the_same_logits(self, family: str) -> None:
        frame = torch.randn(1, 3, 32, 64, device="meta" if family in LARGE else "cpu")
        network = build(family, device=str(frame.device)).eval()
        with torch.no_grad():
            output, logits = network(frame, features=True), network(frame)
        assert output.auxiliary is None
        assert output.logits.shape == logits.shape
        assert output.features.shape[-2:] == logits.shape[-2:]
        if family not in LARGE:
            assert torch.equal(output.logits, logits)
        network.train()
        output = network(torch.cat([frame, frame]), features=True)
        assert output.auxiliary is not None
        assert output.auxiliary.shape[:2] == (2, CLASSES)
        assert output.features.requires_grad

    def test_gradients_reach_every_parameter(self, family: str) -> None:
        frames = torch.randn(4, 3, 64, 64, device="meta" if family in LARGE else "cpu")
        network = build(family, device=str(frames.device)).train()
        shake(network)
        logits, auxiliary = network(frames)
        (logits.square().mean() + auxiliary.square().mean()).backward()
        silent = [name for name, value in network.named_parameters() if not _reached(value)]
        assert not silent

    def test_weights_come_back_from_a_file(self, family: str, tmp_path: Path) -> None:
        if family in LARGE:
            pytest.skip("too large for a test")
        network, other = build(family).train(), build(family)
        shake(network)
        frames = torch.randn(2, 3, 32, 64)
        with torch.no_grad():
            network(frames)  # batch norm sees something
            save_file(network.state_dict(), tmp_path / "weights.safetensors")
            other.load_state_dict(load_file(tmp_path / "weights.safetensors"))
            assert torch.equal(network.eval()(frames), other.eval()(frames))


def shake(network: nn.Module) -> None:
    """Take the blocks that start as the identity away from there, where most of them hears of no gradient."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)


def _reached(parameter: Tensor) -> bool:
    return parameter.grad is not None and (parameter.is_meta or bool(parameter.grad.abs().max() > 0))


def test_an_unknown_family_or_encoder_is_told() -> None:
    with pytest.raises(UnknownNameError, match="fast_scnn"):
        build_network("unet", 2)
    with pytest.raises(UnknownNameError, match="known: 0, 1, 2"):
        build_network("lite_fpn", 2, lite=4)


@pytest.mark.parametrize("bins", [1, 2, 3, 6])
@pytest.mark.parametrize("size", [(11, 15), (6, 6), (4, 9), (12, 20)])
def test_adaptive_average_is_adaptive_average_pooling(bins: int, size: tuple[int, int]) -> None:
    features = torch.randn(2, 3, *size)
    expected = functional.adaptive_avg_pool2d(features, bins)
    assert torch.allclose(adaptive_average(features, bins), expected, atol=1e-6)


def test_dilated_convolutions_keep_their_precision_on_the_cpu() -> None:
    conv = DilatedConv(8, 8, 3, padding=2, dilation=2, groups=8, bias=False)
    features = torch.randn(2, 8, 12, 12)
    exact = conv(features)
    exact.square().sum().backward()
    assert conv.weight.grad is not None
    gradient, conv.weight.grad = conv.weight.grad, None
    with torch.autocast("cpu", torch.bfloat16):
        rough = conv(features)
    rough.square().sum().backward()
    assert torch.equal(rough, exact)
    assert torch.equal(conv.weight.grad, gradient)
