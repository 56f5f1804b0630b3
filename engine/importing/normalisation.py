"""What a third-party network wants done to pixels 0..255 before it takes them."""

import re
from collections.abc import Mapping

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper
from pydantic import ValidationError

from engine.errors import ModelError
from engine.importing.trial import NetworkInput
from engine.models.card import Normalisation

Triple = tuple[float, float, float]

IMAGENET_MEAN: Triple = (123.675, 116.28, 103.53)
_IMAGENET_STD: Triple = (58.395, 57.12, 57.375)
_MEANS = ("mean", "image_mean", "pixel_mean", "norm_mean")
_STDS = ("std", "image_std", "pixel_std", "norm_std")
_MAX_TEXT = 200
_NONE: tuple[Triple, Triple] = (0, 0, 0), (1, 1, 1)
_UNIT: tuple[Triple, Triple] = (0, 0, 0), (255, 255, 255)


def normalisation_of(
    graph: onnx.GraphProto,
    entry: NetworkInput,
    metadata: Mapping[str, str],
    *,
    mean: Triple | None,
    std: Triple | None,
    scale: float | None,
) -> tuple[Normalisation, dict[str, str]]:
    """Return the normalisation and why its `mean`, `std` and `scale` are what they are; what is stated stands.

    Raises ModelError for stated values that cannot be, and for any beside an input of bytes.
    """
    stated = {"mean": mean, "std": std, "scale": scale}
    for name, given in stated.items():
        if given is not None and not np.isfinite(given).all():
            raise ModelError(f"{name} {given} is not a finite number; give --{name} as the network was trained with")
    (guessed_mean, guessed_std), why = _guess(graph, entry, metadata)
    notes = {"mean": why, "std": why, "scale": "1: mean and std say it all"}
    if std is not None:
        guessed_mean, notes["mean"] = (0, 0, 0), "0, since only a std is stated"
    elif scale is not None:
        guessed_mean, guessed_std = _NONE
        notes["mean"], notes["std"] = "0, since only a scale is stated", "1, since a scale is stated"
    elif mean is not None:
        guessed_std, notes["std"] = _std_beside(mean), "what usually goes with this mean"
    notes |= {name: "stated" for name, given in stated.items() if given is not None}
    if std is not None and max(std) < 1 and max(mean or (0, 0, 0)) <= 1 and scale is None:
        notes["std"] = "stated; mean and std are of pixels 0..255, so multiply them by 255 if these are of pixels 0..1"
    try:
        result = Normalisation(mean=mean or guessed_mean, std=std or guessed_std, scale=1.0 if scale is None else scale)
    except ValidationError as error:
        raise ModelError(
            f"std {std} and scale {scale} must be above 0; give --std and --scale as the network was trained with"
        ) from error
    if entry.is_bytes and result != Normalisation(mean=_NONE[0], std=_NONE[1]):
        raise ModelError(
            f"the model's input {entry.name!r} takes bytes as they are; leave out --mean, --std and --scale"
        )
    return result, notes


def mean_taken(graph: onnx.GraphProto, entry: NetworkInput, normalisation: Normalisation) -> Triple | None:
    """The mean of pixels 0..255 that is taken from them before the network or at its beginning; None for none."""
    if any(normalisation.mean):
        return normalisation.mean
    affine = _affine_of(graph, entry)
    if affine is None or not affine[0].all():
        return None
    first, second, third = np.broadcast_to(-affine[1] / affine[0], 3) * normalisation.std
    return float(first), float(second), float(third)


def _guess(
    graph: onnx.GraphProto, entry: NetworkInput, metadata: Mapping[str, str]
) -> tuple[tuple[Triple, Triple], str]:
    """((mean, std), why) where nobody stated any."""
    if entry.is_bytes:
        return _NONE, "the input takes bytes"
    if noted := _noted(metadata):
        return noted, "the file's metadata says so"
    affine = _affine_of(graph, entry)
    if affine is not None:
        factor, offset = (float(np.mean(part)) for part in affine)
        zero_at = -offset / factor if factor else 0.0
        if zero_at > 1.5 or (abs(zero_at) <= 0.02 and 0 < abs(factor) <= 0.05):
            return _NONE, "the network itself begins by normalising pixels 0..255"
        if zero_at < -0.5:
            return ((127.5,) * 3, (127.5,) * 3), "the network itself begins by undoing −1..1"
        if zero_at > 0.02:
            return _UNIT, "the network itself begins by normalising pixels 0..1"
    return _UNIT, "pixels 0..1 are the commonest, and nothing in the file says otherwise"


def _affine_of(graph: onnx.GraphProto, entry: NetworkInput) -> tuple[NDArray, NDArray] | None:
    """(factor, offset) of 1 or 3 float64 values when the graph begins with factor × input + offset; None otherwise."""
    constants = {tensor.name: tensor for tensor in graph.initializer}
    for node in graph.node:
        for attribute in node.attribute:
            if node.op_type == "Constant" and attribute.name == "value":
                constants[node.output[0]] = attribute.t
    values = {name: _small(tensor) for name, tensor in constants.items()}
    factor, offset, name, found = np.ones(1), np.zeros(1), entry.name, False
    for _ in range(len(graph.node)):
        readers = [node for node in graph.node if name in node.input]
        if len(readers) != 1:
            break
        node = readers[0]
        others = [value for part in node.input if part != name and (value := values.get(part)) is not None]
        if node.op_type == "BatchNormalization" and len(others) == 4:
            scale, bias, mean, variance = others
            epsilon = next((a.f for a in node.attribute if a.name == "epsilon"), 1e-5)
            slope = scale / np.sqrt(variance + epsilon)
            return factor * slope, (offset - mean) * slope + bias
        either_way = node.op_type in ("Add", "Mul")
        if len(others) == 1 and (either_way or (node.op_type in ("Sub", "Div") and node.input[0] == name)):
            value, found = others[0], True
            if node.op_type == "Add":
                offset = offset + value
            elif node.op_type == "Sub":
                offset = offset - value
            elif node.op_type == "Mul":
                factor, offset = factor * value, offset * value
            elif value.all():
                factor, offset = factor / value, offset / value
            else:
                return None
        elif node.op_type not in ("Transpose", "Cast", "Identity"):
            break
        name = node.output[0]
    return (factor, offset) if found else None


def _small(tensor: onnx.TensorProto) -> NDArray | None:
    """1 or 3 numbers as float64; None for a tensor of more, or of other things."""
    if int(np.prod(tensor.dims)) not in (1, 3) or tensor.data_type == onnx.TensorProto.STRING:
        return None
    return numpy_helper.to_array(tensor).astype(np.float64).ravel()


def _noted(metadata: Mapping[str, str]) -> tuple[Triple, Triple] | None:
    """(mean, std) of pixels 0..255 that the file's metadata holds, in whichever unit; None for none."""
    lower = {key.lower(): text for key, text in metadata.items() if len(text) <= _MAX_TEXT}
    mean = next((triple for key in _MEANS if (triple := _triple(lower.get(key, "")))), None)
    std = next((triple for key in _STDS if (triple := _triple(lower.get(key, "")))), None)
    if (mean is None and std is None) or (std is not None and min(std) <= 0):
        return None
    if max(map(abs, mean or (0,))) <= 1 and max(std or (1,)) <= 1:  # of pixels 0..1
        return _times_255(mean or (0, 0, 0)), _times_255(std or (1, 1, 1))
    return mean or (0, 0, 0), std or _std_beside(mean or (0, 0, 0))


def _std_beside(mean: Triple) -> Triple:
    """The std that usually goes with a mean of pixels 0..255."""
    if not any(mean):
        return _UNIT[1]
    if np.allclose(mean, IMAGENET_MEAN, atol=1.0):
        return _IMAGENET_STD
    return (127.5, 127.5, 127.5) if np.allclose(mean, 127.5, atol=0.6) else _NONE[1]


def _triple(text: str) -> Triple | None:
    numbers = [float(found) for found in re.findall(r"[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?", text)]
    if len(numbers) == 1:
        numbers *= 3
    return (numbers[0], numbers[1], numbers[2]) if len(numbers) == 3 else None


def _times_255(values: Triple) -> Triple:
    return (255 * values[0], 255 * values[1], 255 * values[2])
