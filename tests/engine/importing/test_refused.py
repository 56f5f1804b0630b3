"""Foreign networks that cannot be imported: each is refused with its reason and what to do."""

import re

import onnx
import pytest
from onnx import TensorProto, helper

from engine.errors import ModelError
from engine.importing.plan import ForeignPlan, Stated, clean, plan, wrap_foreign
from tests.engine.importing.foreign_models import INPUT, OUTPUT, foreign


def planned(model: onnx.ModelProto, stated: Stated | None = None) -> ForeignPlan:
    return plan(clean(model), stated or Stated())


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
