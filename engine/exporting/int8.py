"""int8: static quantisation in onnxruntime's QDQ form, its ranges taken from frames of a clip."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import version_converter

from engine.errors import Cancelled, ModelError
from engine.exporting.surgery import copy_of, fold_weights, is_network, name_wrapper
from engine.models.wrap import FRAME, default_opset

OPSET = 13
"""The oldest in which weights can have a range for each channel."""

_WEIGHTED = ("Conv", "Gemm", "MatMul")
_QUANTISED = (*_WEIGHTED, "Add", "Relu", "Clip")
_ALREADY = ("QuantizeLinear", "DequantizeLinear", "QLinearConv", "ConvInteger", "DynamicQuantizeLinear")


def refuse_int8(model: onnx.ModelProto, name: str) -> None:
    """Raise ModelError where a graph cannot be quantised: it is already, or there is nothing to quantise."""
    kinds = {node.op_type for node in model.graph.node}
    if kinds.intersection(_ALREADY):
        raise ModelError(f"{name} is quantised already; export the model that it was made from")
    work = copy_of(model)
    fold_weights(work.graph)
    if not weighted(work.graph):
        raise ModelError(f"{name} has no layer with weights that could be int8; export it in fp16 or fp32")


def weighted(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """The network's layers that have weights of their own, in the order in which they run."""
    constants = {tensor.name for tensor in graph.initializer}
    return [
        node
        for node in graph.node
        if node.op_type in _WEIGHTED and is_network(node) and any(name in constants for name in node.input[:2])
    ]


def to_int8(
    model: onnx.ModelProto,
    frames: Sequence[NDArray[np.uint8]],
    folder: Path,
    *,
    in_float: int,
    look: Callable[[], None] = lambda: None,
) -> tuple[onnx.ModelProto, tuple[str, ...]]:
    """A quantised copy of an inference graph, and the names of the layers that stay in float.

    frames: uint8 (h, w, 3) at the network's size, that the ranges are taken from. folder: to work in. in_float: how
    many of the last layers with weights stay in float. look: called before each frame; what it raises is raised here.
    Weights have 7 bits and a range for each channel, so that no processor's sums overflow; the wrapper stays as it is.
    Raises ModelError where onnxruntime cannot do it.
    """
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    work = copy_of(model)
    fold_weights(work.graph)
    if default_opset(work) < OPSET:
        work = _raised(work)
    outside = name_wrapper(work.graph)
    for number, node in enumerate(work.graph.node):
        node.name = node.name or f"unnamed/{number}"
    layers = weighted(work.graph)
    left = tuple(node.name for node in layers[max(0, len(layers) - in_float) :])
    free = [n.name for n in work.graph.node if n.op_type in ("Gemm", "MatMul") and n not in layers]
    made = folder / "quantised.onnx"
    try:
        with _quiet():
            quantize_static(
                work,
                made,
                _Frames(frames, look),
                quant_format=QuantFormat.QDQ,
                op_types_to_quantize=list(_QUANTISED),
                per_channel=True,
                reduce_range=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                nodes_to_exclude=[*outside, *free, *left],
                calibrate_method=CalibrationMethod.MinMax,
                extra_options={"CalibMovingAverage": True},
            )
        quantised = onnx.load(made)
    except Cancelled:
        raise
    except Exception as error:
        # Another's tool on a graph of any origin: whatever it raises means the same.
        raise ModelError(f"the graph cannot be made int8 ({error}); export it in fp16 or fp32") from error
    finally:
        made.unlink(missing_ok=True)
    quantised.ClearField("metadata_props")
    quantised.graph.ClearField("value_info")
    return quantised, left


def _raised(model: onnx.ModelProto) -> onnx.ModelProto:
    try:
        return version_converter.convert_version(model, OPSET)
    except Exception as error:
        # The converter raises what it likes.
        raise ModelError(
            f"the graph is of opset {default_opset(model)}, and cannot be raised to {OPSET}, which int8 needs ({error}); "
            "export it in fp16 or fp32"
        ) from error


class _Frames:
    """What onnxruntime reads the calibration from."""

    def __init__(self, frames: Sequence[NDArray[np.uint8]], look: Callable[[], None]) -> None:
        self._frames, self._look = frames, look
        self._left: Iterator[NDArray[np.uint8]] = iter(frames)

    def get_next(self) -> dict[str, Any] | None:
        self._look()
        frame = next(self._left, None)
        return None if frame is None else {FRAME: frame[np.newaxis]}

    def __iter__(self) -> "_Frames":
        return self

    def __next__(self) -> dict[str, Any]:
        found = self.get_next()
        if found is None:
            raise StopIteration
        return found

    def __len__(self) -> int:
        return len(self._frames)


@contextmanager
def _quiet() -> Iterator[None]:
    """The tool gives advice on standard error by the root logger."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
