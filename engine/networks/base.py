"""What every network promises: logits, auxiliary logits while it trains, and the features that distillation reads."""

from typing import Literal, NamedTuple, overload

from torch import Tensor, nn

HEADS = ("classify.", "auxiliary.", "narrow_half.", "fuse_stem.", "edge.")
"""How the weights begin of what a SegmentationNetwork makes of its features: its classifiers, and the branch at half of
the input that its finest one reads."""


class Maps(NamedTuple):
    """What a network finds in a frame, each float (B, channels, height, width) with sizes of its own.

    last: what the classifier reads. deep: what the auxiliary classifier reads. features: what distillation reads.
    """

    last: Tensor
    deep: Tensor
    features: Tensor


class Output(NamedTuple):
    """What a network gives when it is asked for its features too.

    logits: float (B, classes, h', w'). features: float (B, channels, h'', w''). auxiliary: float
    (B, classes, h''', w''') in train mode, None in eval mode.
    """

    logits: Tensor
    features: Tensor
    auxiliary: Tensor | None


class SegmentationNetwork(nn.Module):
    """A network that a subclass gives its `maps` and the heads `classify` and `auxiliary`.

    The auxiliary head serves training alone: it is in no exported graph, and a bundle may leave its weights out.

    Input: float (B, 3, H, W), normalised RGB; H and W multiples of what the family's row in FAMILIES says.
    """

    classify: nn.Module
    auxiliary: nn.Module

    def maps(self, frame: Tensor) -> Maps:
        """What the heads and distillation read of `frame`."""
        raise NotImplementedError

    def finish(self, logits: Tensor, frame: Tensor) -> Tensor:
        """The network's logits, of what the classifier gives: the same, unless a subclass makes more of them."""
        return logits

    @overload
    def forward(self, frame: Tensor, *, features: Literal[False] = False) -> Tensor | tuple[Tensor, Tensor]: ...
    @overload
    def forward(self, frame: Tensor, *, features: Literal[True]) -> Output: ...
    def forward(self, frame: Tensor, *, features: bool = False) -> Tensor | tuple[Tensor, Tensor] | Output:
        """Logits; in train mode (logits, auxiliary logits); an `Output` where `features` are asked for.

        Features come from this call and no other method, so that hooks around it (precision, gradients that are
        summed over processes) hold for them too.
        """
        maps = self.maps(frame)
        logits = self.finish(self.classify(maps.last), frame)
        auxiliary = self.auxiliary(maps.deep) if self.training else None
        if features:
            return Output(logits, maps.features, auxiliary)
        return logits if auxiliary is None else (logits, auxiliary)


class Encoder(nn.Module):
    """The part of a network that published ImageNet weights fit.

    widths: channels of the maps that `forward` gives, shallow to deep.
    """

    widths: tuple[int, ...]

    def own_name(self, published: str) -> str | None:
        """What we call the tensor `published`; None for one of the classifier, which no encoder has."""
        raise NotImplementedError


def classifier(channels: int, classes: int, dropout: float) -> nn.Sequential:
    """Dropout of whole channels, then one linear layer for each position."""
    return nn.Sequential(nn.Dropout2d(dropout), nn.Conv2d(channels, classes, 1))
