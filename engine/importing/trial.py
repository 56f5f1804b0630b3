"""What a third-party network takes, and what it gives when it is run once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper

from engine.backends.onnxruntime import first_states
from engine.errors import ModelError
from engine.models.card import Recurrence
from engine.models.recurrence import LONG_SIDE, RATIO
from engine.models.wrap import Axes, Layout

_FLOATS = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE)
_MAX_SIDE = 4096
_MAX_GROWTH, _MAX_SHRINK = 4, 32
"""How far a semantic output's sides may lie above and below the input's."""


@dataclass(frozen=True, slots=True)
class NetworkInput:
    """A network's picture, its only input but for states. shape: its 4 sides, None where any length will do. dtype:
    onnx's TensorProto type.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: int

    @property
    def is_bytes(self) -> bool:
        """Whether it takes pixels as bytes."""
        return self.dtype == TensorProto.UINT8

    def shown(self) -> str:
        """Its shape in words: `1×3×?×?`."""
        return "×".join("?" if side is None else str(side) for side in self.shape)


def read_input(model: onnx.ModelProto, recurrence: Recurrence | None = None) -> NetworkInput:
    """Return the one input that is a picture; weights among the inputs, and those of `recurrence`, do not count.

    Raises ModelError for none or several, another type than float or uint8, another rank than 4, a batch of another
    length than 1, or a side beyond 4096.
    """
    weights = {tensor.name for tensor in model.graph.initializer}
    weights |= {tensor.values.name for tensor in model.graph.sparse_initializer}
    others = weights if recurrence is None else {*weights, RATIO, *recurrence.states}
    found = [value for value in model.graph.input if value.name not in others]
    if len(found) != 1:
        names = ", ".join(value.name for value in found) or "none"
        raise ModelError(
            f"the model has {len(found)} inputs ({names[:200]}); export it with the picture as its only input"
        )
    kind = found[0].type
    if not kind.HasField("tensor_type") or not kind.tensor_type.HasField("shape"):
        raise ModelError(f"the model's input {found[0].name!r} has no shape; export it with the shape of its input")
    # Some exporters write a side of any length as -1 or 0.
    shape = tuple(d.dim_value if d.dim_value > 0 else None for d in kind.tensor_type.shape.dim)
    entry = NetworkInput(found[0].name, shape, kind.tensor_type.elem_type)
    if len(shape) != 4:
        raise ModelError(
            f"the model's input {entry.name!r} has {len(shape)} axes ({entry.shown()}), a picture has 4: "
            "batch, channels, height and width; export it for pictures"
        )
    if entry.dtype not in (*_FLOATS, TensorProto.UINT8):
        name = TensorProto.DataType.Name(entry.dtype)
        raise ModelError(f"the model's input {entry.name!r} holds {name}; export it with a float32 or uint8 input")
    if shape[0] not in (None, 1):
        raise ModelError(
            f"the model takes batches of {shape[0]} pictures ({entry.shown()}); export it with a batch of 1"
        )
    wrong = [side for side in shape if side is not None and side > _MAX_SIDE]
    if wrong:
        raise ModelError(
            f"the model's input is {entry.shown()}, a side of {wrong[0]}; export it with sides of 1 to {_MAX_SIDE}"
        )
    return entry


class SizeError(ModelError):
    """The network does not work at the size that was tried; it may at another."""


class Trial:
    """A network in onnxruntime on the CPU, before its first frame where it is one with a memory. more: names of inner
    tensors to give too.

    Raises ModelError for a network that onnxruntime cannot load.
    """

    def __init__(self, model: onnx.ModelProto, more: Sequence[str] = (), recurrence: Recurrence | None = None) -> None:
        options = ort.SessionOptions()
        options.log_severity_level = 4
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # Messages of protobuf that are joined are merged when read: a second graph that only has outputs adds them,
        # and the weights need not be copied for it.
        outputs = [onnx.ValueInfoProto(name=name) for name in dict.fromkeys(more)]
        addition = onnx.ModelProto(graph=onnx.GraphProto(output=outputs)).SerializeToString() if outputs else b""
        try:
            self._session = ort.InferenceSession(
                model.SerializeToString() + addition, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            # onnxruntime raises a dozen types of its own, all straight under Exception; protobuf refuses 2 GB.
            raise ModelError(
                f"onnxruntime cannot load the model: {error}; export it again, with opset 13 to 21"
            ) from error
        entry = read_input(model, recurrence)
        self._input, self._dtype = entry.name, helper.tensor_dtype_to_np_dtype(entry.dtype)
        self._others = first_states(self._session, entry.name)
        self._ratio = None if recurrence is None else recurrence.downsample_ratio

    def run(self, values: NDArray[np.floating]) -> dict[str, NDArray]:
        """Run once on `values` (1, 3, H, W) or (1, H, W, 3); return the outputs that are tensors of numbers by name.

        Raises SizeError when onnxruntime fails.
        """
        names = [output.name for output in self._session.get_outputs()]
        if self._ratio is not None:
            ratio = min(1, LONG_SIDE / max(values.shape)) if self._ratio == "auto" else self._ratio
            self._others[RATIO] = np.full_like(self._others[RATIO], ratio)
        try:
            results = self._session.run(None, {self._input: values.astype(self._dtype), **self._others})
        except Exception as error:
            shape = "×".join(str(side) for side in values.shape)
            raise SizeError(
                f"onnxruntime cannot run the model on an input of {shape}: {error}; export it for this size, or for any"
            ) from error
        pairs = zip(names, results, strict=True)
        return {name: value for name, value in pairs if isinstance(value, np.ndarray) and value.dtype.kind in "fiub"}


def sample_picture(width: int, height: int) -> NDArray[np.float64]:
    """A picture with something of everything: float64 (height, width, 3) RGB, whole numbers 0..255, always the same.

    A bright sky over a darker, textured ground, and a person in front: a head and shoulders.
    """
    y, x = np.mgrid[0:height, 0:width]
    down, right = (y + 0.5) / height, (x + 0.5) / width
    picture = np.stack([120 + 60 * down, 160 + 40 * down, 220 - 60 * down], axis=-1)
    texture = np.random.default_rng(0).normal(0, 18, (height, width, 1))
    picture = np.where((down > 0.55)[..., None], np.array([96.0, 98.0, 82.0]) + texture, picture)
    shoulders = ((right - 0.5) / 0.3) ** 2 + ((down - 1.0) / 0.4) ** 2 < 1
    picture[shoulders] = (52, 60, 110)
    head = ((right - 0.5) / 0.13) ** 2 + ((down - 0.42) / 0.2) ** 2 < 1
    picture[head] = (205, 160, 130)
    picture[head & (down < 0.3)] = (60, 42, 30)
    return np.clip(np.round(picture), 0, 255)


def axes_of(shape: Sequence[int], width: int, height: int) -> list[Axes]:
    """Every reading of an output's shape as a map of pixels of a `width` × `height` input; none for other outputs."""
    readings: dict[int, dict[Axes, tuple[int, ...]]] = {
        4: {"nchw": (0, 2, 3), "nhwc": (0, 1, 2)},
        3: {"nhw": (0, 1, 2), "chw": (1, 2), "hwc": (0, 1)},
        2: {"hw": (0, 1)},
    }
    found: list[Axes] = []
    for axes, places in readings.get(len(shape), {}).items():
        *batch, h, w = (shape[place] for place in places)
        # Sides may be rounded either way at each halving, so they follow the aspect to one pixel.
        same_aspect = abs(h * width - w * height) <= max(width, height)
        plausible = h <= _MAX_GROWTH * height and h * _MAX_SHRINK >= height and min(h, w) > 1
        if batch in ([], [1]) and same_aspect and plausible:
            found.append(axes)
    # A batch of one and a single channel are the same thing: (1, h, w) needs one reading only.
    return ["nhw"] if "nhw" in found else found


def channels_of(shape: Sequence[int], axes: Axes) -> int:
    """Length of the class axis of an output; 1 where it has none."""
    return shape[axes.index("c")] if "c" in axes else 1


def by_class(values: NDArray, axes: Axes) -> NDArray[np.float64]:
    """An output as float64 (C, h, w)."""
    values = values.astype(np.float64)
    if axes[0] == "n":
        values = values[0]
    if "c" not in axes:
        return values[np.newaxis]
    return values if axes.endswith("chw") else np.moveaxis(values, -1, 0)


def fed(picture: NDArray[np.float64], layout: Layout) -> NDArray[np.float64]:
    """A normalised picture (H, W, 3), channels in the file's order, as the network's input."""
    return picture[np.newaxis] if layout == "nhwc" else np.moveaxis(picture, -1, 0)[np.newaxis]
