"""Fast-SCNN with a quarter-resolution detail branch.

The trunk follows Poudel, Liwicki and Cipolla, "Fast-SCNN: Fast Semantic Segmentation Network" (arXiv 1902.04502): a
shared learning-to-downsample module, a global feature extractor of inverted residuals with pyramid pooling, and
feature fusion at one eighth of the input. One thing is ours: the fused features are joined once more with the
quarter-resolution features of the downsampling module before the classifier, since at 360 lines a pole is one or two
pixels wide and an eighth of that holds none of it. And there may be more depth where the resolution is: residual
blocks at a quarter and an eighth of the input, before and after the fusion, and at 1/32. `detail_channels=0` with no
blocks gives the network of the paper.

For mattes, whose border is what counts, the detail branch goes on to half of the input (`half_channels`), where it is
joined with the features of the stem, and its logits are brought to the input's size along the picture's own borders
(`guided`).
"""

from torch import Tensor, nn
from torch.nn import functional

from engine.networks.base import Maps, SegmentationNetwork, classifier
from engine.networks.blocks import InvertedResidual, PyramidPooling, SeparableResidual, conv_bn, resize, separable_conv
from engine.networks.guided import GuidedUpsampling


class FastSCNN(SegmentationNetwork):
    """Real-time segmentation network of about 1.2 M parameters.

    blocks4, blocks8: residual blocks at a quarter and an eighth of the input, before the context. refine_blocks: after
    the fusion, at an eighth. detail_blocks: in the detail branch, at a quarter. context_blocks: after the context, at
    1/32, where a block costs next to nothing. half_channels: of the branch at half of the input, 0 for none; it needs
    the detail branch. guided: whether logits are brought to the input's size.

    Logits at a quarter of the input, an eighth without the detail branch, a half with that at half, or all of it where
    they are guided; auxiliary logits of the global features, at 1/32. Distillation reads what the classifier reads.
    """

    def __init__(
        self,
        classes: int,
        *,
        detail_channels: int = 64,
        blocks4: int = 0,
        blocks8: int = 0,
        refine_blocks: int = 0,
        detail_blocks: int = 0,
        context_blocks: int = 0,
        half_channels: int = 0,
        guided: bool = False,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.stem = conv_bn(3, 32, stride=2)
        self.down4 = separable_conv(32, 48, stride=2)
        self.down8 = separable_conv(48, 64, stride=2)
        self.deepen4 = nn.Sequential(*(SeparableResidual(48) for _ in range(blocks4)))
        self.deepen8 = nn.Sequential(*(SeparableResidual(64) for _ in range(blocks8)))
        self.context = nn.Sequential(
            InvertedResidual(64, 64, stride=2),
            InvertedResidual(64, 64),
            InvertedResidual(64, 64),
            InvertedResidual(64, 96, stride=2),
            InvertedResidual(96, 96),
            InvertedResidual(96, 96),
            InvertedResidual(96, 128),
            InvertedResidual(128, 128),
            InvertedResidual(128, 128),
            PyramidPooling(128, 128),
        )
        self.deepen_context = nn.Sequential(*(SeparableResidual(128) for _ in range(context_blocks)))
        self.fuse_context = nn.Sequential(conv_bn(128, 128, groups=128), conv_bn(128, 128, kernel=1, activate=False))
        self.fuse_down8 = conv_bn(64, 128, kernel=1, activate=False)
        self.refine = nn.Sequential(separable_conv(128, 128), separable_conv(128, 128))
        self.widen = nn.Sequential(*(SeparableResidual(128) for _ in range(refine_blocks)))
        self.detail: nn.Module | None = None
        width = 128
        if detail_channels:
            width = detail_channels
            self.narrow = conv_bn(128, width, kernel=1, activate=False)
            self.fuse_down4 = conv_bn(48, width, kernel=1, activate=False)
            self.detail = separable_conv(width, width)
            self.deepen_detail = nn.Sequential(*(SeparableResidual(width) for _ in range(detail_blocks)))
        self.edge: nn.Module | None = None
        if half_channels:
            self.narrow_half = conv_bn(width, half_channels, kernel=1, activate=False)
            self.fuse_stem = conv_bn(32, half_channels, kernel=1, activate=False)
            width = half_channels
            self.edge = separable_conv(width, width)
        self.guide = GuidedUpsampling() if guided else None
        self.classify = classifier(width, classes, dropout)
        self.auxiliary = classifier(128, classes, dropout)

    def maps(self, frame: Tensor) -> Maps:
        stem = self.stem(frame)
        quarter = self.deepen4(self.down4(stem))
        eighth = self.deepen8(self.down8(quarter))
        context = self.deepen_context(self.context(eighth))
        fused = functional.relu(self.fuse_context(resize(context, eighth)) + self.fuse_down8(eighth))
        fused = self.widen(self.refine(fused))
        if self.detail is not None:
            fused = functional.relu(resize(self.narrow(fused), quarter) + self.fuse_down4(quarter))
            fused = self.deepen_detail(self.detail(fused))
        if self.edge is not None:
            fused = self.edge(functional.relu(resize(self.narrow_half(fused), stem) + self.fuse_stem(stem)))
        return Maps(last=fused, deep=context, features=fused)

    def finish(self, logits: Tensor, frame: Tensor) -> Tensor:
        return logits if self.guide is None else self.guide(logits, frame)
