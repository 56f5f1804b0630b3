"""Networks of one grey channel, and those that give pixels in one long row, give what they gave by themselves."""

from typing import Literal

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from engine.backends.onnxruntime import OnnxRuntimeSession
from engine.importing.adapt import GREY
from engine.importing.plan import ForeignPlan, Stated, clean, plan, wrap_foreign
from tests.engine.importing.foreign_models import INPUT, OUTPUT, foreign

PIXELS = {"mean": (0.0, 0.0, 0.0), "std": (255.0, 255.0, 255.0)}


def taken_in(model: onnx.ModelProto) -> tuple[ForeignPlan, OnnxRuntimeSession]:
    cleaned = clean(model)
    made = plan(cleaned, Stated(mean=PIXELS["mean"], std=PIXELS["std"]))
    return made, OnnxRuntimeSession(wrap_foreign(cleaned, made).SerializeToString(), device="cpu")


def grey_network(layout: Literal["nchw", "nhwc"], opset: int) -> onnx.ModelProto:
    """Class 1 where a pixel's grey is above 0.5 of 1."""
    shape = [1, 1, 32, 48] if layout == "nchw" else [1, 32, 48, 1]
    axis = 1 if layout == "nchw" else 3
    half = numpy_helper.from_array(np.float32(0.5), "half")
    nodes = [
        helper.make_node("Sub", [INPUT, "half"], ["above"]),
        helper.make_node("Neg", ["above"], ["below"]),
        helper.make_node("Concat", ["below", "above"], [OUTPUT], axis=axis),
    ]
    given = [*shape]
    given[axis] = 2
    inputs = [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, shape)]
    outputs = [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, given)]
    graph = helper.make_graph(nodes, "grey", inputs, outputs, [half])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
@pytest.mark.parametrize("opset", [11, 17])
def test_one_grey_channel(layout: Literal["nchw", "nhwc"], opset: int) -> None:
    made, session = taken_in(grey_network(layout, opset))
    assert "one grey channel" in made.notes["channels"]
    assert "channels" not in made.guessed
    frame = np.random.default_rng(0).integers(0, 256, (32, 48, 3), np.uint8)
    grey = frame.astype(np.float64) @ GREY / 255
    sure = np.abs(grey - 0.5) > 1e-3
    np.testing.assert_array_equal(session.run(frame).classes[sure], (grey > 0.5)[sure])
    session.close()


@pytest.mark.parametrize("stride", [1, 4])
def test_pixels_in_one_row(stride: int) -> None:
    """As Keras models have them: (1, height · width, classes)."""
    model = foreign(classes=5, stride=stride)
    for node in model.graph.node:
        node.output[:] = ["grid" if name == OUTPUT else name for name in node.output]
    model.graph.initializer.append(numpy_helper.from_array(np.array([1, 5, -1], np.int64), "rows"))
    model.graph.node.extend(
        [
            helper.make_node("Reshape", ["grid", "rows"], ["planes"]),
            helper.make_node("Transpose", ["planes"], [OUTPUT], perm=[0, 2, 1]),
        ]
    )
    count = 32 * 48 // stride**2
    model.graph.output[0].CopyFrom(helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [1, count, 5]))
    made, session = taken_in(model)
    assert (made.axes, len(made.class_set)) == ("nhwc", 5)
    frame = np.random.default_rng(0).integers(0, 256, (32, 48, 3), np.uint8)
    own = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (rows,) = own.run(None, {INPUT: (frame / 255).astype(np.float32).transpose(2, 0, 1)[None]})
    scores = session.run(frame, scores=True).scores
    assert scores is not None
    np.testing.assert_allclose(scores.reshape(5, -1).T, rows[0], atol=1e-4)
    session.close()


def test_rows_that_are_no_pixels_stay_rows() -> None:
    model = foreign(classes=4)
    values = np.zeros((1, 100, 7), np.float32)
    model.graph.initializer.append(numpy_helper.from_array(values, "values"))
    model.graph.node.append(helper.make_node("Identity", ["values"], ["others"]))
    model.graph.output.append(helper.make_tensor_value_info("others", TensorProto.FLOAT, [1, 100, 7]))
    assert [value.name for value in clean(model).graph.output] == [OUTPUT, "others"]
