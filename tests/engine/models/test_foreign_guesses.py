"""What is guessed of foreign networks, what is cleaned away, and what is refused with a reason."""

import json
import re

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from engine.errors import ModelError
from engine.models.foreign import ForeignPlan, Stated, clean, plan, wrap_foreign
from tests.engine.models.foreign_models import INPUT, OUTPUT, foreign


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
    first = planned(model)
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


# What is refused


def with_second_input() -> onnx.ModelProto:
    model = foreign()
    model.graph.input.append(helper.make_tensor_value_info("state", TensorProto.FLOAT, [1]))
    return model


def with_operator(operator: str, domain: str) -> onnx.ModelProto:
    model = foreign()
    model.graph.node[-1].op_type, model.graph.node[-1].domain = operator, domain
    model.opset_import.append(helper.make_opsetid(domain or "other", 1))
    return model


def with_shape(*shape: int) -> onnx.ModelProto:
    model = foreign()
    model.graph.input[0].CopyFrom(helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, shape))
    return model


def with_input_type(kind: int) -> onnx.ModelProto:
    model = foreign()
    model.graph.input[0].type.tensor_type.elem_type = kind
    return model


def classifier() -> onnx.ModelProto:
    model = foreign()
    last = model.graph.node[-1].input[0]
    model.graph.node[-1].CopyFrom(helper.make_node("GlobalAveragePool", [last], [OUTPUT]))
    return model


def bare_ids() -> onnx.ModelProto:
    """Class ids that the graph shows no origin of."""
    model = foreign(output="classes")
    last = model.graph.node[-1].input[0]
    model.graph.node[-1].CopyFrom(helper.make_node("Mul", [last, last], [OUTPUT]))
    return model


NO = Stated()


@pytest.mark.parametrize(
    ("model", "stated", "reason", "remedy"),
    [
        (lambda: with_shape(3, 32, 48), NO, "3 axes (3×32×48)", "export it for pictures"),
        (lambda: with_shape(1, 3, 8, 32, 48), NO, "5 axes", "export it for pictures"),
        (lambda: with_shape(4, 3, 32, 48), NO, "batches of 4", "batch of 1"),
        (lambda: with_shape(1, 3, 32, 1_000_000), NO, "a side of 1000000", "4096"),
        (lambda: foreign(channels=1), NO, "1×1×32×48", "colour pictures"),
        (lambda: foreign(channels=4), NO, "1×4×32×48", "colour pictures"),
        (with_second_input, NO, "2 inputs (image, state)", "its only input"),
        (lambda: with_input_type(TensorProto.INT32), NO, "holds INT32", "float32 or uint8"),
        (classifier, NO, "result 1×3×1×1", "export it with its segmentation"),
        (lambda: foreign(classes=257), NO, "257 classes", "fewer"),
        (lambda: foreign(classes=256), NO, "at most 255", "fewer"),
        (lambda: foreign(classes=257, output="classes"), NO, "257 classes", "fewer"),
        (lambda: with_operator("Magic", "com.example"), NO, "'Magic' of the domain 'com.example'", "onnx's own"),
        (lambda: with_operator("Magic", ""), NO, "'Magic'", "older opset"),
        (lambda: with_operator("Magic", "com.microsoft"), NO, "cannot load the model", "Magic"),
        (foreign, Stated(classes=("a", "b")), "3 classes, 2 are stated (a, b)", "--classes with 3 names"),
        (foreign, Stated(classes=("a", "b", "a")), "must differ", "--classes"),
        (foreign, Stated(classes=("a", "", "c")), "at least 1 character", "--classes"),
        (lambda: foreign(output="classes"), Stated(classes=("a", "b")), "3 classes, 2 are", "--classes with 3"),
        (bare_ids, NO, "nothing in the file says how many", "give --classes"),
        (bare_ids, Stated(classes=("a", "b")), "class id 4", "--classes with all of them"),
        (foreign, Stated(layout="nhwc"), "1×3×32×48, not nhwc", "--layout nchw"),
        (foreign, Stated(std=(1, 0, 1)), "above 0", "--std"),
        (foreign, Stated(scale=-1.0), "above 0", "--scale"),
        (foreign, Stated(mean=(float("nan"), 0, 0)), "not a finite number", "--mean"),
        (foreign, Stated(output="softmax"), "no probabilities", "--output logits"),
        (foreign, Stated(output="classes"), "has 3 channels", "--output logits"),
        (lambda: foreign(classes=1), Stated(output="classes"), "no class ids", "--output sigmoid or logits"),
        (lambda: foreign(classes=1), Stated(output="softmax"), "one channel", "--output sigmoid"),
        (lambda: foreign(classes=3, output="sigmoid"), NO, "do not add up to 1", "--output logits"),
        (lambda: foreign(before=[("Div", 0.0)]), NO, "not finite", "--mean"),
    ],
)
def test_refused_with_reason_and_remedy(model, stated: Stated, reason: str, remedy: str) -> None:
    with pytest.raises(ModelError, match=re.escape(reason)) as caught:
        planned(model(), stated)
    assert remedy in str(caught.value)


def test_a_graph_that_only_our_check_finds_wrong_is_refused() -> None:
    model = clean(foreign())
    made = plan(model, Stated())
    model.graph.node[0].input[0] = "missing"
    with pytest.raises(ModelError, match=r"not valid ONNX.*missing"):
        wrap_foreign(model, made)


def test_bytes_take_no_normalisation() -> None:
    model = with_input_type(TensorProto.UINT8)
    with pytest.raises(ModelError, match="takes bytes as they are; leave out --mean"):
        planned(model, Stated(std=(255, 255, 255)))


def test_notes_survive_json() -> None:
    assert json.loads(json.dumps(dict(planned(foreign()).notes)))["layout"].startswith("the input is 1×3×32×48")
