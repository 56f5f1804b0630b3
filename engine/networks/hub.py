"""Any semantic segmentation model of Hugging Face's transformers, as a network of ours.

Only its structure is built here, of the `config.json` that its bundle's card holds; nothing is fetched, and no code of
the model's own is run.
"""

import json
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.errors import ModelError
from engine.networks.base import Output, SegmentationNetwork
from engine.networks.normalise import PIXEL_MEAN, PIXEL_STD
from engine.networks.processor import read_processor

_STRIDE = 4
"""Of the logits, of a network that takes one size only and is asked at another."""


ATTENTION = "eager"
"""Attention in plain operations: what torch joins them to cannot be traced for all models."""


class HubNetwork(SegmentationNetwork):
    """Logits as large as the model's classifier gives them; distillation reads what its classifier reads.

    It has no second classifier: where auxiliary logits are asked for, they are the logits. A model of a single logit
    has two classes here, the other one's being 0.

    config: text of its `config.json`. processor: text of its `preprocessor_config.json`, by which our pixels become
    its own. width, height: of the only size that it takes; frames are resized to it within. 0 where it takes any.
    """

    scale: Tensor
    offset: Tensor

    def __init__(self, classes: int, *, config: str, processor: str, width: int = 0, height: int = 0) -> None:
        super().__init__()
        model: Any = build_model(json.loads(config))
        self.model = model
        outputs: int = model.config.num_labels
        if classes != max(2, outputs):
            raise TypeError(f"the config.json has {outputs} classes, not {classes}")
        self._only = (height, width) if width and height else None
        self._classifier = _classifier(model, outputs)
        self.processor = own = read_processor(processor, "preprocessor_config.json")
        order = [2, 1, 0] if own.bgr else [0, 1, 2]
        pixel_mean, pixel_std = torch.tensor(PIXEL_MEAN)[order], torch.tensor(PIXEL_STD)[order]
        mean, std = torch.tensor(own.mean), torch.tensor(own.std)
        # From (pixel − our mean) / our std to (pixel × factor − its mean) / its std.
        self.register_buffer("scale", (pixel_std * own.factor / std).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("offset", ((pixel_mean * own.factor - mean) / std).view(1, 3, 1, 1), persistent=False)

    def forward(self, frame: Tensor, *, features: bool = False) -> Any:
        """See SegmentationNetwork."""
        found = self._asked(frame)
        auxiliary = found.logits if self.training else None
        if features:
            return Output(found.logits, found.read, auxiliary)
        return (found.logits, auxiliary) if self.training else found.logits

    def _asked(self, frame: Tensor) -> "_Found":
        size = frame.shape[-2:]
        if self.processor.bgr:
            frame = frame.flip(1)
        frame = frame * self.scale + self.offset
        other = self._only is not None and tuple(size) != self._only
        if other:
            frame = functional.interpolate(frame, size=self._only, mode="bilinear", align_corners=False)
        logits, read = self._classified(frame)
        if other:
            back = [side // _STRIDE for side in size]
            logits = functional.interpolate(logits, size=back, mode="bilinear", align_corners=False)
        if logits.shape[1] == 1:
            logits = torch.cat([torch.zeros_like(logits), logits], dim=1)
        return _Found(logits, read)

    def _classified(self, pixels: Tensor) -> "_Found":
        """What the model's classifier gives and reads: its logits before some models enlarge them to the frame."""
        found: list[_Found] = []
        classifier = self.model.get_submodule(self._classifier)
        hook = classifier.register_forward_hook(lambda _, given, gave: found.append(_Found(gave, given[0])))
        try:
            self.model(pixel_values=pixels)
        finally:
            hook.remove()
        return found[-1]


class _Found(NamedTuple):
    """logits: float (B, classes, h', w'). read: what the classifier made them of, float (B, channels, h', w')."""

    logits: Tensor
    read: Tensor


def build_model(config: dict[str, Any]) -> nn.Module:
    """The untrained model that a `config.json` describes. Raises ModelError where it cannot be built."""
    transformers = transformers_quietly()
    kind = config.get("model_type")
    try:
        parsed = transformers.AutoConfig.for_model(kind, **{k: v for k, v in config.items() if k != "model_type"})
        model: nn.Module = transformers.AutoModelForSemanticSegmentation.from_config(
            parsed, attn_implementation=ATTENTION
        )
    except (ValueError, TypeError, KeyError, ImportError, AttributeError) as error:
        raise ModelError(
            f"this transformers ({transformers.__version__}) cannot build the model of type {kind!r} that the config "
            f"describes: {str(error)[:300]}; take another model, or update transformers"
        ) from error
    return model


def transformers_quietly() -> Any:
    """The package `transformers`, which says nothing on its own."""
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    return transformers


def _classifier(model: nn.Module, outputs: int) -> str:
    """Name of the module that makes the logits: the last convolution with as many channels."""
    found = [
        name
        for name, module in model.named_modules()
        if isinstance(module, nn.Conv2d) and module.out_channels == outputs and "auxiliary" not in name
    ]
    if not found:
        raise ModelError(
            f"{type(model).__name__} has no convolution that ends in {outputs} classes; take another model"
        )
    return found[-1]
