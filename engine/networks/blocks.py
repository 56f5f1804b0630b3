"""Building blocks that the networks share."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class Style:
    """What all layers of a network have in common.

    eps: of batch norm. same: a stride of 2 pads as TensorFlow's SAME does on an even size: one more after than before.
    """

    activation: type[nn.Module] = nn.ReLU
    eps: float = 1e-5
    same: bool = False


PLAIN = Style()


class DilatedConv(nn.Conv2d):
    """Convolution with dilation, in float32 on the CPU whatever autocast says.

    In bfloat16 the CPU takes several times as long over it, and of depthwise ones torch 2.13.0 gets the gradient
    wrong (docs/adr/0006).
    """

    def forward(self, features: Tensor) -> Tensor:
        if features.device.type != "cpu" or not torch.is_autocast_enabled("cpu"):
            return super().forward(features)
        with torch.autocast("cpu", enabled=False):
            return super().forward(features.float())


class SameConv(nn.Conv2d):
    """Convolution with stride 2 and TensorFlow's SAME padding of an even size."""

    def forward(self, features: Tensor) -> Tensor:
        padding = self.kernel_size[0] - 2
        before, after = padding // 2, padding - padding // 2
        return super().forward(functional.pad(features, (before, after, before, after)))


def conv_bn(
    inputs: int,
    outputs: int,
    *,
    kernel: int = 3,
    stride: int = 1,
    groups: int = 1,
    dilation: int = 1,
    activate: bool = True,
    style: Style = PLAIN,
) -> nn.Sequential:
    """Convolution without bias, batch norm and, if asked for, an activation; padded so that stride 1 keeps the size."""
    padding = dilation * (kernel // 2)
    conv: nn.Module
    if style.same and stride == 2:
        conv = SameConv(inputs, outputs, kernel, stride, groups=groups, bias=False)
    elif dilation > 1:
        conv = DilatedConv(inputs, outputs, kernel, stride, padding, dilation, groups, bias=False)
    else:
        conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)
    layers = [conv, nn.BatchNorm2d(outputs, eps=style.eps)]
    if activate:
        layers.append(style.activation(inplace=True))
    return nn.Sequential(*layers)


def separable_conv(inputs: int, outputs: int, *, stride: int = 1) -> nn.Sequential:
    """Depthwise 3×3 then pointwise convolution, each with batch norm and ReLU."""
    return nn.Sequential(conv_bn(inputs, inputs, stride=stride, groups=inputs), conv_bn(inputs, outputs, kernel=1))


def resize(features: Tensor, like: Tensor) -> Tensor:
    """`features` at the height and width of `like`, linearly."""
    return functional.interpolate(features, size=like.shape[-2:], mode="bilinear", align_corners=False)


class SeparableResidual(nn.Module):
    """ReLU(x + pointwise(depthwise 3×3(x))), each with batch norm.

    The last batch norm starts at zero, so that the block starts as the identity on what a ReLU gave: it can be put
    into a trained network without undoing what that has learnt (Goyal et al., arXiv 1706.02677, section 5.1).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            conv_bn(channels, channels, groups=channels),
            conv_bn(channels, channels, kernel=1, activate=False),
        )
        nn.init.zeros_(self.body[1][1].weight)  # type: ignore[index]

    def forward(self, features: Tensor) -> Tensor:
        return functional.relu(features + self.body(features))


class InvertedResidual(nn.Module):
    """Inverted residual with linear bottleneck (Sandler et al., MobileNetV2, arXiv 1801.04381).

    expansion: 1 leaves the first pointwise layer out.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        stride: int = 1,
        expansion: int = 6,
        kernel: int = 3,
        dilation: int = 1,
        style: Style = PLAIN,
    ) -> None:
        super().__init__()
        hidden = inputs * expansion
        expand = [] if expansion == 1 else [conv_bn(inputs, hidden, kernel=1, style=style)]
        self.body = nn.Sequential(
            *expand,
            conv_bn(hidden, hidden, kernel=kernel, stride=stride, groups=hidden, dilation=dilation, style=style),
            conv_bn(hidden, outputs, kernel=1, activate=False, style=style),
        )
        self.residual = stride == 1 and inputs == outputs

    def forward(self, features: Tensor) -> Tensor:
        return features + self.body(features) if self.residual else self.body(features)


class PyramidPooling(nn.Module):
    """Pyramid pooling (Zhao et al., PSPNet, arXiv 1612.01105) over 1, 2, 3 and 6 bins a side.

    kernel: of the convolution that merges what was gathered.
    """

    bins = (1, 2, 3, 6)

    def __init__(self, inputs: int, outputs: int, *, kernel: int = 1) -> None:
        super().__init__()
        branch = inputs // len(self.bins)
        self.branches = nn.ModuleList(conv_bn(inputs, branch, kernel=1) for _ in self.bins)
        self.merge = conv_bn(inputs + branch * len(self.bins), outputs, kernel=kernel)

    def forward(self, features: Tensor) -> Tensor:
        return self.merge(self.gather(features))

    def gather(self, features: Tensor) -> Tensor:
        """`features` (B, inputs, H, W) and beside them what they are on average around, (B, 2 · inputs, H, W)."""
        pooled = [features]
        for bins, branch in zip(self.bins, self.branches, strict=True):
            pooled.append(resize(branch(adaptive_average(features, bins)), features))
        return torch.cat(pooled, dim=1)


def adaptive_average(features: Tensor, bins: int) -> Tensor:
    """Average (B, C, H, W) into (B, C, bins, bins), equal to `adaptive_avg_pool2d`.

    Written as two matrix products, because ONNX has no adaptive pooling for sizes that are only known at run time.
    """
    rows = _membership(features.shape[-2], bins, features)
    columns = _membership(features.shape[-1], bins, features)
    return torch.matmul(torch.matmul(rows, features), columns.transpose(0, 1))


def _membership(length: int, bins: int, like: Tensor) -> Tensor:
    """(bins, length) matrix whose row i averages the positions from floor(i·length/bins) to ceil((i+1)·length/bins)."""
    position = torch.arange(length, device=like.device).unsqueeze(0)
    index = torch.arange(bins, device=like.device).unsqueeze(1)
    first = (index * length) // bins
    last = ((index + 1) * length + bins - 1) // bins
    inside = ((position >= first) & (position < last)).to(like.dtype)
    return inside / inside.sum(dim=1, keepdim=True)
