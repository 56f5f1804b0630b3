"""What is guessed of foreign networks, and what is cleaned away."""

import json

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from engine.importing.plan import ForeignPlan, Stated, clean, plan, wrap_foreign
from tests.engine.importing.foreign_models import INPUT, OUTPUT, foreign


def planned(model: onnx.ModelProto, stated: Stated | None = None) -> ForeignPlan:
    return plan(clean(model), stated or Stated())


def result(model: onnx.ModelProto, values: np.ndarray) -> np.ndarray:
    options = ort.SessionOptions()
    options.log_severity_level = 3
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run([OUTPUT], {INPUT: values})[0]


def values_for(model: onnx.ModelProto) -> np.ndarray:
    shape = [d.dim_value or 1 for d in model.graph.input[0].type.tensor_type.shape.dim]
    return np.random.default_rng(1).random(shape, dtype=np.float32)


# What is cleaned away


@pytest.mark.parametrize("opset", [9, 10, 12, 17])
@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
def test_cleaning_changes_no_result(opset, output) -> None:
    model = foreign(
        layout="nhwc", output=output, opset=opset, weights_as_inputs=True, classes=1 + 2 * (output != "sigmoid")
    )
    before = model.SerializeToString()
    cleaned = clean(model)
    assert model.SerializeToString() == before
    assert [value.name for value in cleaned.graph.input] == [INPUT]
    assert "left_over" not in {tensor.name for tensor in cleaned.graph.initializer}
    assert b"/home/someone" not in cleaned.SerializeToString()
    assert clean(cleaned) == cleaned
    np.testing.assert_allclose(result(cleaned, values_for(model)), result(model, values_for(model)), atol=1e-6)


@pytest.mark.parametrize("mode", ["linear", "nearest"])
@pytest.mark.parametrize(("opset", "operator"), [(9, "Upsample"), (10, "Resize")])
def test_an_old_opsets_upsampling_keeps_its_layout_of_pixels(opset, operator, mode) -> None:
    model = foreign(stride=2, opset=opset)
    last = model.graph.node[-1].input[0]
    model.graph.initializer.append(numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "scales"))
    model.graph.node[-1].CopyFrom(helper.make_node(operator, [last, "scales"], [OUTPUT], mode=mode))
    values = values_for(model)
    np.testing.assert_allclose(result(clean(model), values), result(model, values), atol=1e-6)


def test_the_wrapped_graph_runs_without_a_warning(capfd: pytest.CaptureFixture[str]) -> None:
    model = clean(foreign(weights_as_inputs=True, opset=11))
    graph = wrap_foreign(model, plan(model, Stated()))
    options = ort.SessionOptions()
    options.log_severity_level = 2
    session = ort.InferenceSession(graph.SerializeToString(), options, providers=["CPUExecutionProvider"])
    session.run(None, {"frame": np.zeros((1, 32, 48, 3), np.uint8)})
    assert [value.name for value in session.get_inputs()] == ["frame"]
    assert capfd.readouterr().err == ""


def test_auxiliary_outputs_and_their_weights_are_left_out() -> None:
    model = foreign(classes=4)
    kernel = np.ones((2, 3, 1, 1), np.float32)
    model.graph.initializer.append(numpy_helper.from_array(kernel, "aux_kernel"))
    model.graph.node.append(helper.make_node("Conv", [INPUT, "aux_kernel"], ["aux"]))
    model.graph.node.append(helper.make_node("GlobalAveragePool", ["aux"], ["scene"]))
    for name in ("scene", "aux"):
        model.graph.output.insert(0, helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    cleaned = clean(model)
    del cleaned.graph.output[0]  # `scene` (no map) comes first now
    made = plan(cleaned, Stated(classes=("a", "b", "c", "d")))
    assert made.output_name == OUTPUT
    assert "'scene'" in made.notes["output"]
    names = {tensor.name for tensor in wrap_foreign(cleaned, made).graph.initializer}
    assert "net/aux_kernel" not in names
    assert "net/kernel" in names
    first = planned(model, Stated(output_name="aux"))
    assert (first.output_name, len(first.class_set)) == ("aux", 2)


def test_local_functions_are_written_out() -> None:
    model = foreign()
    model.graph.node[-1].CopyFrom(helper.make_node("Same", [model.graph.node[-1].input[0]], [OUTPUT], domain="theirs"))
    body = [helper.make_node("Softmax", ["x"], ["y"], axis=1)]
    model.functions.append(helper.make_function("theirs", "Same", ["x"], ["y"], body, model.opset_import))
    model.opset_import.append(helper.make_opsetid("theirs", 1))
    assert planned(model).output == "softmax"


# What is guessed


def test_a_plain_network_is_taken_for_rgb_of_0_to_1() -> None:
    made = planned(foreign())
    assert made.guessed == ("layout", "channels", "mean", "std", "scale", "classes", "output")
    assert set(made.notes) == {*made.guessed, "input"}
    assert (made.layout, made.channels, made.output) == ("nchw", "rgb", "logits")
    assert (made.normalisation.mean, made.normalisation.std, made.normalisation.scale) == ((0, 0, 0), (255,) * 3, 1)
    assert made.class_set.names == ("class 0", "class 1", "class 2")
    assert len({entry.colour for entry in planned(foreign(classes=255)).class_set.classes}) == 255


@pytest.mark.parametrize(
    ("before", "std", "mean"),
    [
        ([("Sub", [123.7, 116.3, 103.5]), ("Div", [58.4, 57.1, 57.4])], 1, 0),
        ([("Mul", 1 / 255)], 1, 0),
        ([("Div", 127.5), ("Sub", 1.0)], 1, 0),
        ([("Sub", [0.485, 0.456, 0.406]), ("Div", [0.229, 0.224, 0.225])], 255, 0),
        ([("Mul", 2.0), ("Sub", 1.0)], 255, 0),
        ([("Add", 1.0), ("Mul", 127.5)], 127.5, 127.5),
        ([("Mul", 3.0)], 255, 0),
    ],
)
@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
def test_a_network_that_normalises_itself_is_seen(layout, before, std, mean) -> None:
    made = planned(foreign(layout=layout, before=before))
    assert (made.normalisation.std, made.normalisation.mean) == ((std,) * 3, (mean,) * 3)


def test_a_mean_with_blue_first_tells_the_order_of_channels() -> None:
    caffe = (103.939, 116.779, 123.68)
    made = planned(foreign(), Stated(mean=caffe))
    assert (made.channels, made.normalisation.std) == ("bgr", (1, 1, 1))
    assert planned(foreign(before=[("Sub", caffe)])).channels == "bgr"
    made = planned(foreign(), Stated(mean=(123.675, 116.28, 103.53)))
    assert (made.channels, made.normalisation.std) == ("rgb", (58.395, 57.12, 57.375))
    assert planned(foreign(), Stated(mean=(127.5,) * 3)).normalisation.std == (127.5,) * 3


@pytest.mark.parametrize(
    "names",
    [
        "{0: 'sky', 1: 'road', 2: 'tree'}",
        '{"0": "sky", "1": "road", "2": "tree"}',
        '["sky", "road", "tree"]',
        "sky, road, tree",
        "sky\nroad\ntree\n",
        "{'sky': 0, 'tree': 2, 'road': 1}",
    ],
)
def test_metadata_tells_names_and_normalisation(names) -> None:
    noted = {"names": names, "mean": "[0.485, 0.456, 0.406]", "std": "0.229 0.224 0.225", "color_format": "BGR"}
    made = planned(foreign(metadata=noted))
    assert made.class_set.names == ("sky", "road", "tree")
    assert made.normalisation.mean == pytest.approx((123.675, 116.28, 103.53))
    assert made.normalisation.std == pytest.approx((58.395, 57.12, 57.375))
    assert made.channels == "bgr"
    assert "classes" in made.guessed
    graph = wrap_foreign(clean(foreign(metadata=noted)), made)
    assert not graph.metadata_props


@pytest.mark.parametrize("names", ["[" * 5000, "{" * 100, "['a', 'b'", "__import__('os')", "a" * 100_000, "['a', 'b']"])
def test_metadata_that_fits_nothing_is_left_alone(names) -> None:
    made = planned(foreign(metadata={"names": names, "mean": "grey", "std": "0 0 0"}))
    assert made.class_set.names == ("class 0", "class 1", "class 2")


def test_stated_stands_over_metadata() -> None:
    made = planned(foreign(metadata={"names": "a,b,c", "std": "1"}), Stated(classes=("x", "y", "z"), std=(2, 2, 2)))
    assert made.class_set.names == ("x", "y", "z")
    assert made.normalisation.std == (2, 2, 2)
    assert not {"classes", "std"} & set(made.guessed)


def test_the_layout_of_an_input_without_sides_is_seen_from_the_graph() -> None:
    for layout in ("nchw", "nhwc"):
        model = foreign(layout=layout, size=None)
        for side in model.graph.input[0].type.tensor_type.shape.dim:
            side.dim_param = "any"
        assert planned(model).layout == layout
        model = foreign(layout=layout)
        model.graph.input[0].type.tensor_type.shape.dim[1 if layout == "nchw" else 3].dim_param = "channels"
        assert planned(model).layout == layout


def test_a_network_that_only_promises_any_size_gets_the_one_it_runs_at() -> None:
    model = foreign(size=None)
    model.graph.initializer.append(numpy_helper.from_array(np.array([1, 3, 256, 256], np.int64), "shape"))
    model.graph.node[-1].CopyFrom(helper.make_node("Reshape", [model.graph.node[-1].input[0], "shape"], [OUTPUT]))
    made = planned(model)
    assert made.input.fixed == (256, 256)
    assert "256×256" in made.notes["input"]


def test_a_thresholded_sigmoid_gives_two_classes() -> None:
    model = foreign(classes=1, output="sigmoid")
    last = model.graph.node.pop()
    model.graph.node.append(helper.make_node("Round", [last.input[0]], [OUTPUT]))
    made = planned(model, Stated(classes=("cat",)))
    assert (made.output, made.class_set.names) == ("classes", ("background", "cat"))


def test_operators_that_onnxruntime_adds_to_onnx_are_taken() -> None:
    model = foreign()
    model.graph.node[-1].op_type, model.graph.node[-1].domain = "Gelu", "com.microsoft"
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    cleaned = clean(model)
    assert wrap_foreign(cleaned, plan(cleaned, Stated())).opset_import[1].domain == "com.microsoft"


def test_notes_survive_json() -> None:
    assert json.loads(json.dumps(dict(planned(foreign()).notes)))["layout"].startswith("the input is 1×3×32×48")
