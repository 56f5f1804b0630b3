"""ResNet (He et al., arXiv 1512.03385) without its classifier, dilated so that its deepest maps keep an eighth."""

import re

from torch import Tensor, nn
from torch.nn import functional

from engine.networks.base import Encoder
from engine.networks.blocks import conv_bn

BLOCKS = {18: (2, 2, 2, 2), 101: (3, 4, 23, 3)}
"""Depth → residual blocks of each of the four stages after the stem."""

_CHANNELS = (64, 128, 256, 512)
_STRIDES = (1, 2, 1, 1)
_DILATIONS = (1, 1, 2, 4)
_LAYERS = {"conv": 0, "bn": 1}


class ResNet(Encoder):
    """Gives the maps of its five stages: the stem's at 1/4, then 1/4, 1/8, 1/8 and 1/8.

    Where a stage has a stride, the 3×3 convolution of its first block has it, as in the weights that torchvision
    publishes, whose names `own_name` takes.
    """

    def __init__(self, depth: int) -> None:
        super().__init__()
        block = BasicBlock if depth < 50 else Bottleneck
        self.stem = conv_bn(3, 64, kernel=7, stride=2)
        self.stages = nn.ModuleList()
        inputs = 64
        plan = zip(BLOCKS[depth], _CHANNELS, _STRIDES, _DILATIONS, strict=True)
        for count, channels, first_stride, dilation in plan:
            stage = nn.Sequential()
            for index in range(count):
                stride = first_stride if index == 0 else 1
                stage.append(block(inputs, channels, stride, dilation))
                inputs = channels * block.expansion
            self.stages.append(stage)
        self.widths = (64, *(channels * block.expansion for channels in _CHANNELS))

    def forward(self, frame: Tensor) -> tuple[Tensor, ...]:
        maps = [functional.max_pool2d(self.stem(frame), 3, 2, 1)]
        for stage in self.stages:
            maps.append(stage(maps[-1]))
        return tuple(maps)

    def own_name(self, published: str) -> str | None:
        if published.startswith("fc."):
            return None
        name = re.sub(r"^(conv|bn)1\.", lambda found: f"stem.{_LAYERS[found[1]]}.", published)
        name = re.sub(r"^layer(\d)\.", lambda found: f"stages.{int(found[1]) - 1}.", name)
        name = re.sub(r"\.(conv|bn)(\d)\.", lambda found: f".body.{int(found[2]) - 1}.{_LAYERS[found[1]]}.", name)
        return name.replace(".downsample.", ".shortcut.")


class _Residual(nn.Module):
    """ReLU(x + body(x)); x goes through a pointwise convolution where `body` changes its channels or size."""

    expansion: int

    def __init__(self, inputs: int, outputs: int, stride: int, body: nn.Sequential) -> None:
        super().__init__()
        self.body = body
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = conv_bn(inputs, outputs, kernel=1, stride=stride, activate=False)

    def forward(self, features: Tensor) -> Tensor:
        return functional.relu(self.shortcut(features) + self.body(features))


class BasicBlock(_Residual):
    """Two 3×3 convolutions."""

    expansion = 1

    def __init__(self, inputs: int, channels: int, stride: int, dilation: int) -> None:
        body = nn.Sequential(
            conv_bn(inputs, channels, stride=stride, dilation=dilation),
            conv_bn(channels, channels, dilation=dilation, activate=False),
        )
        super().__init__(inputs, channels, stride, body)


class Bottleneck(_Residual):
    """A 3×3 convolution between two pointwise ones, the second to four times as many channels."""

    expansion = 4

    def __init__(self, inputs: int, channels: int, stride: int, dilation: int) -> None:
        outputs = channels * self.expansion
        body = nn.Sequential(
            conv_bn(inputs, channels, kernel=1),
            conv_bn(channels, channels, stride=stride, dilation=dilation),
            conv_bn(channels, outputs, kernel=1, activate=False),
        )
        super().__init__(inputs, outputs, stride, body)
