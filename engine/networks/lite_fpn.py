"""A feature pyramid over EfficientNet-Lite: the teacher that trains on a CPU.

The pyramid follows Lin et al., "Feature Pyramid Networks" (arXiv 1612.03144), whose levels are added up at a quarter of
the input as Kirillov et al. do, "Panoptic Feature Pyramid Networks" (arXiv 1901.02446); its layers are separable, as in
EfficientDet (arXiv 1911.09070). Pyramid pooling (arXiv 1612.01105) over the deepest maps sees the whole picture.
"""

from torch import Tensor, nn
from torch.nn import functional

from engine.networks.base import Maps, SegmentationNetwork, classifier
from engine.networks.blocks import PyramidPooling, conv_bn, resize, separable_conv
from engine.networks.efficientnet_lite import EfficientNetLite


class LiteFPN(SegmentationNetwork):
    """Logits at a quarter of the input; auxiliary logits of the encoder's maps at 1/16.

    lite: which EfficientNet-Lite, 0, 1 or 2. channels: of every level. Distillation reads what the classifier reads.
    """

    def __init__(self, classes: int, *, lite: int = 2, channels: int = 128, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = EfficientNetLite(lite)
        *finer, deepest = self.encoder.widths
        self.context = PyramidPooling(deepest, channels)
        self.lateral = nn.ModuleList(conv_bn(width, channels, kernel=1, activate=False) for width in finer)
        self.smooth = nn.ModuleList(separable_conv(channels, channels) for _ in finer)
        self.refine = separable_conv(channels, channels)
        self.classify = classifier(channels, classes, dropout)
        self.auxiliary = nn.Sequential(conv_bn(finer[-1], 64), *classifier(64, classes, dropout))

    def maps(self, frame: Tensor) -> Maps:
        *finer, deepest = self.encoder(frame)
        levels = [self.context(deepest)]
        for found, lateral, smooth in zip(finer[::-1], self.lateral[::-1], self.smooth[::-1], strict=True):
            levels.append(smooth(functional.relu(resize(levels[-1], found) + lateral(found))))
        whole = levels.pop()
        for level in levels:
            whole = whole + resize(level, whole)
        fused = self.refine(whole)
        return Maps(last=fused, deep=finer[-1], features=fused)
