"""Building blocks that the networks share."""

import torch
from torch import Tensor, nn
from torch.nn import functional


def conv_bn(
    inputs: int, outputs: int, *, kernel: int = 3, stride: int = 1, groups: int = 1, activate: bool = True
) -> nn.Sequential:
    """Convolution without bias, batch norm and, if asked for, ReLU; padded so that stride 1 keeps the size."""
    layers: list[nn.Module] = [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    if activate:
        layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers)


def separable_conv(inputs: int, outputs: int, *, stride: int = 1) -> nn.Sequential:
    """Depthwise 3×3 then pointwise convolution, each with batch norm and ReLU."""
    return nn.Sequential(conv_bn(inputs, inputs, stride=stride, groups=inputs), conv_bn(inputs, outputs, kernel=1))


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
    """Inverted residual with linear bottleneck (Sandler et al., MobileNetV2, arXiv 1801.04381), expansion 6."""

    def __init__(self, inputs: int, outputs: int, *, stride: int = 1, expansion: int = 6) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.body = nn.Sequential(
            conv_bn(inputs, hidden, kernel=1),
            conv_bn(hidden, hidden, stride=stride, groups=hidden),
            conv_bn(hidden, outputs, kernel=1, activate=False),
        )
        self.residual = stride == 1 and inputs == outputs

    def forward(self, features: Tensor) -> Tensor:
        return features + self.body(features) if self.residual else self.body(features)


class PyramidPooling(nn.Module):
    """Pyramid pooling (Zhao et al., PSPNet, arXiv 1612.01105) over 1, 2, 3 and 6 bins a side."""

    bins = (1, 2, 3, 6)

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        branch = inputs // len(self.bins)
        self.branches = nn.ModuleList(conv_bn(inputs, branch, kernel=1) for _ in self.bins)
        self.merge = conv_bn(inputs + branch * len(self.bins), outputs, kernel=1)

    def forward(self, features: Tensor) -> Tensor:
        size = features.shape[-2:]
        pooled = [features]
        for bins, branch in zip(self.bins, self.branches, strict=True):
            summary = branch(adaptive_average(features, bins))
            pooled.append(functional.interpolate(summary, size=size, mode="bilinear", align_corners=False))
        return self.merge(torch.cat(pooled, dim=1))


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
