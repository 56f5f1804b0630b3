"""torch: the network that was trained, on the CPU or in half precision on CUDA.

It does step by step what the inference graph of `engine.models.wrap` does, so that both give the same masks. Importing
this module imports torch; only `engine.backends.open_session` does, when it is asked for.
"""

import copy
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from engine.backends import hardware
from engine.backends.base import Device, ProviderReport
from engine.errors import BackendError, UnknownNameError
from engine.models.bundle import read_weights
from engine.models.card import ModelCard
from engine.networks import build_network
from engine.networks.base import SegmentationNetwork
from engine.tasks import Memory, Outputs, TaskName
from engine.tasks.matting import HALF

_PRECISION = {"cpu": torch.float32, "cuda": torch.float16}
_PRECISION_NAMES = {torch.float32: "float32", torch.float16: "float16"}
_TRAINING_ONLY = "auxiliary."
"""Weights of this module serve training alone; a bundle may leave them out."""

_FAILURES = (RuntimeError, AssertionError)
"""What torch raises where a device fails (out of memory is a RuntimeError); a build without CUDA asserts."""

_WEIGHT_BITS = 10


class TorchSession:
    """One network in torch. Implements `engine.backends.base.BackendSession`.

    threads: threads on the CPU; None uses every core. torch keeps that number per calling thread, not per model.
    """

    _network: nn.Module | None

    def __init__(
        self, network: nn.Module, card: ModelCard, *, device: Device = "auto", threads: int | None = None
    ) -> None:
        self._card = card
        self.has_scores = card.gives_scores
        self._threads = threads or os.cpu_count() or 1
        network.eval()
        problem = None if device == "cpu" else cuda_problem()
        if device != "cpu" and problem is None:
            try:
                self._place(network, "cuda")
                # A driver or a card that this torch does not fit fails here and not on the first frame.
                self._forward(np.zeros((64, 64, 3), np.uint8), scores=False)
            except _FAILURES as error:
                problem = f"CUDA failed to start in torch {torch.__version__}: {error}"
        if device == "cpu" or problem is not None:
            self._place(network, "cpu")
        self.report = _report(device, self._device.type, problem)

    def run(self, frame: NDArray[np.uint8], *, scores: bool = False, memory: Memory | None = None) -> Outputs:
        """Run the network once; see `BackendSession.run`. No network of ours has a memory."""
        if self._network is None:
            raise BackendError("this model was closed; load it again")
        if scores and not self.has_scores:
            raise BackendError("this model gives no scores; choose one that does")
        if torch.get_num_threads() != self._threads:
            torch.set_num_threads(self._threads)
        try:
            return self._forward(frame, scores=scores)
        except _FAILURES as error:
            raise BackendError(
                f"{self.report.device} failed on a frame of {frame.shape[1]}×{frame.shape[0]}: {error}"
            ) from error

    def close(self) -> None:
        """Free the network."""
        self._network = None
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _place(self, network: nn.Module, where: str) -> None:
        """Put a copy of `network` on `cpu` or `cuda`, in the precision that is right there."""
        self._device = torch.device(where)
        self._dtype = _PRECISION[where]
        # A copy: should CUDA fail, the CPU needs the weights as they were, not rounded to half precision and back.
        moved = copy.deepcopy(network).to(self._device, self._dtype)
        self._network = moved.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        normalisation = self._card.normalisation
        self._mean = torch.tensor(normalisation.mean, device=self._device)
        self._factor = normalisation.scale / torch.tensor(normalisation.std, device=self._device)

    @torch.inference_mode()
    def _forward(self, frame: NDArray[np.uint8], *, scores: bool) -> Outputs:
        assert self._network is not None
        width, height = self._card.input.size_for(frame.shape[1], frame.shape[0])
        pixels = torch.from_numpy(np.require(frame, requirements=["C", "W"])).to(self._device)
        pixels = resize_bytes(pixels, height, width)
        normal = ((pixels.float() - self._mean) * self._factor).to(self._dtype)
        # The pixels' channels are last already: seen as (1, 3, H, W) that is torch's channels_last, nothing is copied.
        logits = self._network(normal.permute(2, 0, 1).unsqueeze(0)).float()
        full = functional.interpolate(logits, size=(height, width), mode="bilinear", align_corners=False)
        given = HEADS[self._card.task](full)
        if scores:
            given["scores"] = logits
        made: dict[str, Any] = {name: value[0].contiguous().cpu().numpy() for name, value in given.items()}
        return Outputs(**made)


def _classes(full: Tensor) -> dict[str, Tensor]:
    return {"classes": full.argmax(dim=1).to(torch.uint8)}


def _alpha(full: Tensor) -> dict[str, Tensor]:
    alpha = (full[:, 1] - full[:, 0]).sigmoid()
    return {"classes": (alpha >= HALF).to(torch.uint8), "alpha": alpha}


HEADS: dict[TaskName, Callable[[Tensor], dict[str, Tensor]]] = {"semantic": _classes, "matting": _alpha}
"""By task, from logits at the network's input size, (1, C, h, w), to what the graph gives, by its names."""


def resize_bytes(pixels: Tensor, height: int, width: int) -> Tensor:
    """Resize uint8 (H, W, C) to (height, width, C) between the two nearest pixels, bit for bit as the graph does.

    onnxruntime's linear Resize of bytes works in fixed point: weights of 10 bits, cut off and not rounded. Rounding
    would brighten half of all pixels by one.
    """
    if pixels.shape[:2] == (height, width):
        return pixels
    wide = _blend(pixels.int(), width, 1)
    return (_blend(wide, height, 0) >> 2 * _WEIGHT_BITS).to(torch.uint8)


def _blend(values: Tensor, length: int, axis: int) -> Tensor:
    """Sample int32 `values` at `length` places along `axis` (0 or 1); the result is scaled by 2 ** _WEIGHT_BITS."""
    available = values.shape[axis]
    scale = torch.tensor(length, dtype=torch.float32) / available
    place = ((torch.arange(length, dtype=torch.float32) + 0.5) / scale - 0.5).clamp(0, available - 1)
    first = place.long()
    second = (first + 1).clamp(max=available - 1)
    shape = (1, -1, 1) if axis == 1 else (-1, 1, 1)
    weight = ((place - first) * (1 << _WEIGHT_BITS)).int().view(shape).to(values.device)
    near = values.index_select(axis, first.to(values.device))
    far = values.index_select(axis, second.to(values.device))
    return near * ((1 << _WEIGHT_BITS) - weight) + far * weight


def cuda_problem() -> str | None:
    """Why CUDA cannot be used in this torch, with the remedy; None when it can."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a driver that is too old warns here; its words come from init below
        if torch.cuda.is_available():
            return None
        if torch.version.cuda is None:
            return (
                f"this torch ({torch.__version__}) was built without CUDA; install a build with CUDA "
                "(https://pytorch.org/get-started/locally), or use the backend onnxruntime"
            )
        if not hardware.nvidia_driver():
            return hardware.NO_DRIVER
        try:
            torch.cuda.init()
        except _FAILURES as error:
            return f"CUDA does not start in torch {torch.__version__} ({error}); update the NVIDIA driver"
    return f"torch {torch.__version__} sees no GPU; check CUDA_VISIBLE_DEVICES and `nvidia-smi`"


def _report(requested: Device, where: str, problem: str | None) -> ProviderReport:
    running = hardware.NAMES[where]
    return ProviderReport(
        requested=requested,
        provider=f"torch-{where}",
        device=running,
        precision=_PRECISION_NAMES[_PRECISION[where]],
        warning=hardware.warning(None if requested == "auto" else hardware.NAMES[requested], running, problem or ""),
    )


def load_session(path: Path, card: ModelCard, *, device: Device, threads: int | None = None) -> TorchSession:
    """Build the network of `card`, load the weights that stand beside `path`, and put it on `device`.

    Raises BackendError where there is no such network or no weights for it, ModelError for damaged weights.
    """
    return TorchSession(_network(path, card), card, device=device, threads=threads)


def _network(path: Path, card: ModelCard) -> nn.Module:
    weights = path.with_suffix(".safetensors")
    if card.foreign is not None:
        raise BackendError(
            f"{card.name} was imported from {card.foreign.file} and exists as ONNX only, so torch cannot run it; "
            "use the backend onnxruntime"
        )
    if not weights.is_file():
        raise BackendError(
            f"{card.name} has no {weights.name} beside {path}, so torch cannot run it; put it back, or use the "
            "backend onnxruntime"
        )
    return trained_network(weights, card)


def trained_network(weights: Path, card: ModelCard) -> SegmentationNetwork:
    """The network of `card` with the tensors in `weights`, a `.safetensors`; in train mode, as torch builds them.

    Raises BackendError where there is no such network or they are not its tensors, ModelError where they are damaged.
    """
    try:
        network = build_network(card.family, len(card.class_set), **card.options)
    except (UnknownNameError, TypeError) as error:
        raise BackendError(
            f"{card.name}: this version cannot build its network, family {card.family!r} with options "
            f"{card.options}: {error}; update Steadymask"
        ) from error
    tensors = {name: torch.from_numpy(value) for name, value in read_weights(weights).items()}
    try:
        found = network.load_state_dict(tensors, strict=False)
    except RuntimeError as error:
        raise BackendError(f"{weights} does not fit the network of its card: {error}") from error
    missing = [name for name in found.missing_keys if not name.startswith(_TRAINING_ONLY)]
    if missing or found.unexpected_keys:
        raise BackendError(
            f"{weights} does not fit the network of its card, family {card.family!r}: missing "
            f"{', '.join(missing) or 'nothing'}; too many {', '.join(found.unexpected_keys) or 'none'}; export it again"
        )
    return network
