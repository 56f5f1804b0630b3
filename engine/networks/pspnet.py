"""PSPNet (Zhao et al., arXiv 1612.01105): pyramid pooling over a dilated encoder.

With an auxiliary classifier on the encoder's fourth of five stages, as in the released code of "Efficient Semantic
Video Segmentation with Per-frame Inference" (Liu et al., arXiv 2002.11433), where 18 is a student and 101 its teacher.
"""

from torch import Tensor, nn

from engine.networks.base import Encoder, Maps, SegmentationNetwork, classifier
from engine.networks.blocks import PyramidPooling, conv_bn
from engine.networks.resnet import ResNet


class PSPNet(SegmentationNetwork):
    """Logits and auxiliary logits at an eighth of the input.

    width: channels that the classifier reads. kernel: of the convolution that makes them of the pyramid. Distillation
    reads the pyramid itself, twice as many channels as the encoder's last.
    """

    def __init__(self, encoder: Encoder, classes: int, *, width: int, kernel: int = 3, dropout: float = 0.1) -> None:
        super().__init__()
        *_, fourth, last = encoder.widths
        self.encoder = encoder
        self.pyramid = PyramidPooling(last, width, kernel=kernel)
        self.classify = classifier(width, classes, dropout)
        self.auxiliary = nn.Sequential(conv_bn(fourth, fourth // 4), *classifier(fourth // 4, classes, dropout))

    def maps(self, frame: Tensor) -> Maps:
        *_, fourth, last = self.encoder(frame)
        gathered = self.pyramid.gather(last)
        return Maps(last=self.pyramid.merge(gathered), deep=fourth, features=gathered)


def pspnet18(classes: int, *, dropout: float = 0.1) -> PSPNet:
    """PSPNet on ResNet-18."""
    return PSPNet(ResNet(18), classes, width=256, dropout=dropout)


def pspnet101(classes: int, *, dropout: float = 0.1) -> PSPNet:
    """PSPNet on ResNet-101."""
    return PSPNet(ResNet(101), classes, width=512, dropout=dropout)
