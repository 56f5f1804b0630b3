"""MobileNetV2 (Sandler et al., arXiv 1801.04381), dilated to an eighth, with pyramid pooling."""

import re

from torch import Tensor, nn

from engine.networks.base import Encoder
from engine.networks.blocks import InvertedResidual, Style, conv_bn
from engine.networks.pspnet import PSPNet

_STYLE = Style(activation=nn.ReLU6)

_ROWS = ((1, 16, 1, 1, 1), (6, 24, 2, 2, 1), (6, 32, 3, 2, 1), (6, 64, 4, 1, 2), (6, 96, 3, 1, 2), (6, 160, 3, 1, 4))
_LAST_ROW = (6, 320, 1, 1, 4)
"""Table 2 of the paper: expansion, channels, blocks, stride of the first; and what takes the place of later strides."""

_TAPS = (1, 3, 6, 13, 17)
"""The last block of each stage."""


class MobileNetV2(Encoder):
    """Gives the maps of its five stages, at 1/2, 1/4, 1/8, 1/8 and 1/8.

    `own_name` takes the names of the weights that torchvision publishes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(conv_bn(3, 32, stride=2, style=_STYLE))
        inputs = 32
        for expansion, outputs, count, first_stride, dilation in (*_ROWS, _LAST_ROW):
            for index in range(count):
                block = InvertedResidual(
                    inputs,
                    outputs,
                    stride=first_stride if index == 0 else 1,
                    expansion=expansion,
                    dilation=dilation,
                    style=_STYLE,
                )
                self.features.append(block)
                inputs = outputs
        self.widths = (16, 24, 32, 96, 320)

    def forward(self, frame: Tensor) -> tuple[Tensor, ...]:
        maps, features = [], frame
        for index, block in enumerate(self.features):
            features = block(features)
            if index in _TAPS:
                maps.append(features)
        return tuple(maps)

    def own_name(self, published: str) -> str | None:
        if published.startswith(("features.18.", "classifier.")):
            return None
        # There the last layer and its batch norm stand beside the others: one in the first block, else two.
        name = re.sub(
            r"^(features\.1)\.conv\.([12])\.", lambda found: f"{found[1]}.body.1.{int(found[2]) - 1}.", published
        )
        name = re.sub(r"\.conv\.([23])\.", lambda found: f".body.2.{int(found[1]) - 2}.", name)
        return name.replace(".conv.", ".body.")


def mobilenetv2_psp(classes: int, *, width: int = 256, dropout: float = 0.1) -> PSPNet:
    """PSPNet on MobileNetV2; a pointwise convolution merges the pyramid."""
    return PSPNet(MobileNetV2(), classes, width=width, kernel=1, dropout=dropout)
