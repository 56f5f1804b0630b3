"""int8: static quantisation in onnxruntime's QDQ form, its ranges taken from frames of a clip."""

import logging
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import version_converter

from engine.errors import Cancelled, ModelError
from engine.exporting.surgery import (
    copy_of,
    drop_unused,
    fold_weights,
    in_order,
    is_network,
    name_wrapper,
    replace_nodes,
)
from engine.models.wrap import FRAME, default_opset

OPSET = 13
"""The oldest in which weights can have a range for each channel."""

_WEIGHTED = ("Conv", "Gemm", "MatMul")
_QUANTISED = [*_WEIGHTED, "Add", "Relu", "Clip"]
_ALREADY = ("QuantizeLinear", "DequantizeLinear", "QLinearConv", "ConvInteger", "DynamicQuantizeLinear")


class Quantiser:
    """An inference graph with the ranges of all its tensors; gives copies with some layers in int8.

    Weights have 7 bits and a range for each channel, so that no processor's sums overflow; activations have 8, from the
    mean of the frames' own ranges. The wrapper stays as it is.
    """

    def __init__(
        self,
        model: onnx.ModelProto,
        name: str,
        frames: Sequence[NDArray[np.uint8]],
        look: Callable[[], None] = lambda: None,
    ) -> None:
        """frames: uint8 (h, w, 3) at the network's size. look: called before each; what it raises is raised here.

        Raises ModelError where it is quantised already, has nothing to quantise, or onnxruntime cannot do it.
        """
        self._name = name
        if {node.op_type for node in model.graph.node}.intersection(_ALREADY):
            raise ModelError(f"{name} is quantised already; export the model that it was made from")
        self._work = copy_of(model)
        fold_weights(self._work.graph)
        self._layers = _weighted(self._work.graph)
        if not self._layers:
            raise ModelError(f"{name} has no layer with weights that could be int8; export it in fp16 or fp32")
        with self._explained():
            if default_opset(self._work) < OPSET:
                self._work = version_converter.convert_version(self._work, OPSET)
            self._outside = name_wrapper(self._work.graph)
            for number, node in enumerate(self._work.graph.node):
                node.name = node.name or f"unnamed/{number}"
            self._layers = _weighted(self._work.graph)
            self._ranges = self._calibrated(frames, look) if frames else None

    def __len__(self) -> int:
        """How many layers have weights."""
        return len(self._layers)

    def quantised(self, first: int, last: int) -> tuple[onnx.ModelProto, tuple[str, ...]]:
        """A copy in int8 but for the `first` and `last` layers with weights, and the names of those.

        Raises ModelError.
        """
        from onnxruntime.quantization import QuantType
        from onnxruntime.quantization.qdq_quantizer import QDQQuantizer
        from onnxruntime.quantization.quant_utils import save_and_reload_model_with_shape_infer

        names = [layer.name for layer in self._layers]
        left = tuple(dict.fromkeys([*names[:first], *names[len(names) - last :]]))
        unweighted = [n.name for n in self._work.graph.node if n.op_type in _WEIGHTED and n.name not in names]
        with self._explained():
            quantiser = QDQQuantizer(
                save_and_reload_model_with_shape_infer(copy_of(self._work)),
                True,  # a range for each channel
                True,  # 7 bits
                QuantType.QInt8,
                QuantType.QUInt8,
                self._ranges,
                [],
                [*self._outside, *unweighted, *left],
                _QUANTISED,
                {},
            )
            quantiser.quantize_model()
            made: onnx.ModelProto = quantiser.model.model
        replace_nodes(made.graph, in_order(made.graph.node))
        drop_unused(made.graph)
        made.ClearField("metadata_props")
        made.graph.ClearField("value_info")
        return made, left

    def _calibrated(self, frames: Sequence[NDArray[np.uint8]], look: Callable[[], None]) -> Any:
        from onnxruntime.quantization.calibrate import CalibrationMethod, create_calibrator

        with tempfile.TemporaryDirectory(prefix="steadymask-int8-") as place:
            path = Path(place, "graph.onnx")
            onnx.save(self._work, path)
            calibrator = create_calibrator(
                path,
                _QUANTISED,
                augmented_model_path=str(Path(place, "augmented.onnx")),
                calibrate_method=CalibrationMethod.MinMax,
                extra_options={"moving_average": True},
            )
            calibrator.collect_data(_Frames(frames, look))
            return calibrator.compute_data()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Another's tool on a graph of any origin: whatever it raises means the same. What it advises is left out."""
        before = logging.root.manager.disable
        logging.disable(logging.WARNING)
        try:
            yield
        except Cancelled:
            raise
        except Exception as error:
            raise ModelError(f"{self._name} cannot be made int8 ({error}); export it in fp16 or fp32") from error
        finally:
            logging.disable(before)


def _weighted(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """The network's layers that have weights of their own, in the order in which they run."""
    constants = {tensor.name for tensor in graph.initializer}
    return [
        node
        for node in graph.node
        if node.op_type in _WEIGHTED and is_network(node) and any(name in constants for name in node.input[:2])
    ]


class _Frames:
    """What onnxruntime reads the calibration from."""

    def __init__(self, frames: Sequence[NDArray[np.uint8]], look: Callable[[], None]) -> None:
        self._left, self._look = iter(frames), look

    def get_next(self) -> dict[str, Any] | None:
        """The next frame as the graph's input; None after the last."""
        self._look()
        frame = next(self._left, None)
        return None if frame is None else {FRAME: frame[np.newaxis]}
