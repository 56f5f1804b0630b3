"""A network for trainings that are tried for something else than their network: of the shape of a Fast-SCNN, with few
layers, whose weights are averaged, copied, saved and exported in a fraction of the time.

The family "tiny" is known in this process, while the tests of the trainer run, and in the children that they fork.
"""

import pytest
from torch import Tensor, nn
from torch.nn import functional

from engine.networks import FAMILIES, Family, fast_scnn
from engine.networks.base import Maps, SegmentationNetwork, classifier
from engine.networks.blocks import InvertedResidual, conv_bn, resize, separable_conv


class TinyNetwork(SegmentationNetwork):
    """Logits and features at a quarter of the input, auxiliary logits at 1/32."""

    def __init__(self, classes: int, *, detail_channels: int = 16, dropout: float = 0.1) -> None:
        super().__init__()
        self.stem = conv_bn(3, 16, stride=2)
        self.down4 = separable_conv(16, 24, stride=2)
        self.down8 = conv_bn(24, 32, stride=2)
        self.context = nn.Sequential(InvertedResidual(32, 32, stride=2), conv_bn(32, 48, stride=2))
        self.narrow = conv_bn(48, detail_channels, kernel=1, activate=False)
        self.fuse_down4 = conv_bn(24, detail_channels, kernel=1, activate=False)
        self.classify = classifier(detail_channels, classes, dropout)
        self.auxiliary = classifier(48, classes, dropout)

    def maps(self, frame: Tensor) -> Maps:
        quarter = self.down4(self.stem(frame))
        context = self.context(self.down8(quarter))
        fused = functional.relu(resize(self.narrow(context), quarter) + self.fuse_down4(quarter))
        return Maps(last=fused, deep=context, features=fused)


def know_tiny(patch: pytest.MonkeyPatch) -> None:
    """Let the family "tiny" be one that is known."""
    patch.setattr(fast_scnn, "TinyNetwork", TinyNetwork, raising=False)
    patch.setitem(FAMILIES, "tiny", Family("fast_scnn", "TinyNetwork", 32))
