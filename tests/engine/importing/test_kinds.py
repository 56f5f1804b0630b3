"""What gives maps and is no semantic segmentation is refused; of several outputs the right one is taken."""

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from engine.errors import ModelError
from engine.importing.plan import ForeignPlan, Stated, clean, plan
from tests.engine.importing.foreign_models import INPUT, OUTPUT, foreign


def planned(model: onnx.ModelProto, stated: Stated | None = None) -> ForeignPlan:
    return plan(clean(model), stated or Stated())


def with_outputs(
    model: onnx.ModelProto, others: Mapping[str, Sequence[int]], *, first: bool = False
) -> onnx.ModelProto:
    """The model with more outputs of these shapes. first: before its own."""
    own = list(model.graph.output)
    made = []
    for name, shape in others.items():
        values = np.random.default_rng(0).normal(0, 1, shape).astype(np.float32)
        model.graph.initializer.append(numpy_helper.from_array(values, f"{name}/values"))
        model.graph.node.append(helper.make_node("Identity", [f"{name}/values"], [name]))
        made.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    del model.graph.output[:]
    model.graph.output.extend([*made, *own] if first else [*own, *made])
    return model


def renamed(model: onnx.ModelProto, name: str, operator: str | None = None) -> onnx.ModelProto:
    """The model with another name of its output, and another operator before it."""
    model.graph.node.append(helper.make_node(operator or "Identity", [OUTPUT], [name]))
    shape = [side.dim_value for side in model.graph.output[0].type.tensor_type.shape.dim]
    model.graph.output[0].CopyFrom(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    return model


def enlarged() -> onnx.ModelProto:
    model = foreign()
    model.graph.initializer.append(numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "twice"))
    model.graph.node.append(helper.make_node("Resize", [OUTPUT, "", "twice"], ["larger"], mode="linear"))
    model.graph.output[0].CopyFrom(helper.make_tensor_value_info("larger", TensorProto.FLOAT, [1, 3, 64, 96]))
    return model


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        ({"dets": (1, 4 + 2 + 32, 600), "protos": (1, 32, 8, 12)}, "32 maps that their masks are mixed from"),
        ({"dets": (1, 300, 38), "protos": (1, 32, 8, 12)}, "32 maps that their masks are mixed from"),
        ({"logits": (1, 100, 21), "masks": (1, 100, 8, 12)}, "100 masks, and what each of them is"),
        ({"dets": (1, 50, 5), "masks": (1, 50, 32, 48)}, "50 masks, and what each of them is"),
    ],
)
def test_objects_are_no_classes(others: dict[str, tuple[int, ...]], reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        planned(with_outputs(foreign(), others, first=True))
    named = planned(with_outputs(foreign(), others, first=True), Stated(output_name=OUTPUT))
    assert named.output_name == OUTPUT, "who says which one is believed"


def test_classes_and_their_map_of_ids_are_no_family() -> None:
    model = with_outputs(foreign(classes=19), {"ids": (1, 32, 48)})
    assert planned(model).output_name == OUTPUT
    last = with_outputs(foreign(classes=19, output_layout="nhwc", stride=4, size=(64, 64)), {"ids": (1, 16, 16)})
    assert planned(last).output_name == OUTPUT


@pytest.mark.parametrize("task", ["segment", "Detect", "depth_estimation"])
def test_the_files_own_task_is_believed(task: str) -> None:
    with pytest.raises(ModelError, match="does not tell the class of each pixel"):
        planned(foreign(metadata={"task": task}))
    assert planned(foreign(metadata={"task": "semantic-segmentation"})).output == "logits"


def test_a_larger_picture_and_a_measure_are_no_classes() -> None:
    with pytest.raises(ModelError, match="3 channels and 96×64 pixels for an input of 48×32"):
        planned(enlarged())
    assert planned(enlarged(), Stated(classes=("a", "b", "c"))).output == "logits"
    with pytest.raises(ModelError, match="'predicted_depth' is one channel of"):
        planned(renamed(foreign(classes=1), "predicted_depth"))
    with pytest.raises(ModelError, match="never below 0"):
        planned(renamed(foreign(classes=1), "y", "Relu"))
    assert planned(renamed(foreign(classes=1), "predicted_depth"), Stated(output="logits")).one_channel


def test_what_is_there_for_training_is_not_taken() -> None:
    model = with_outputs(foreign(classes=4), {"aux": (1, 4, 32, 48), "boundary": (1, 1, 32, 48)}, first=True)
    made = planned(model)
    assert made.output_name == OUTPUT
    assert "'aux', 'boundary' left out" in made.notes["output"]
    assert planned(model, Stated(output_name="aux")).output_name == "aux"
    with pytest.raises(ModelError, match="no output 'main'; give --output-name aux or boundary or result"):
        planned(model, Stated(output_name="main"))


def test_names_that_do_not_fit_are_told() -> None:
    made = planned(foreign(classes=4, metadata={"names": "sky, road"}))
    assert made.notes["classes"] == "4 classes; the 2 names in the file (names) do not fit, and are left out"


@pytest.mark.parametrize("written", [-1, 0])
def test_sides_of_any_length_may_be_written_as_numbers(written: int) -> None:
    model = foreign(size=None)
    for value in (*model.graph.input, *model.graph.output):
        for place in (0, 2, 3):
            value.type.tensor_type.shape.dim[place].dim_value = written
    assert planned(model).input.fixed is None


def test_steps_that_a_network_needs_are_found_by_trial() -> None:
    model = foreign(size=None)
    # The picture is cut into pieces of 64 × 64 pixels and put together again, which works for some sides alone.
    model.graph.initializer.append(numpy_helper.from_array(np.array([-1, 64 * 3 * 64], np.int64), "by_64"))
    model.graph.node.insert(0, helper.make_node("Shape", [INPUT], ["shape"]))
    model.graph.node.insert(1, helper.make_node("Reshape", [INPUT, "by_64"], ["rows"]))
    model.graph.node.insert(2, helper.make_node("Reshape", ["rows", "shape"], ["same"]))
    for node in model.graph.node[3:]:
        for place, name in enumerate(node.input):
            if name == INPUT:
                node.input[place] = "same"
    made = planned(model)
    assert (made.input.short_side, made.input.multiple) == (384, 64)
    assert "found by trial" in made.notes["input"]
    stated = planned(model, Stated(input_size=(256, 192)))
    assert stated.input.fixed == (256, 192)
    with pytest.raises(ModelError, match="48x48; leave it out"):
        planned(foreign(), Stated(input_size=(48, 48)))
