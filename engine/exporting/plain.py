"""The graph that other tools expect: a float picture in, logits out, the model's own normalisation inside.

    image float32 (1, 3, H, W), RGB, 0..1
      → × 255, in the network's layout and order of channels, (pixel − mean) / std × scale
      → the network → logits float32 (1, C, h', w'), as `scores` of our own graph

Nothing is resized: H and W are what the caller gives, and the logits have the network's own output size.
"""

import json
from typing import Any

import onnx
from onnx import TensorProto, helper

from engine.errors import ModelError
from engine.exporting.surgery import constant, copy_of, drop_unused, keep_only, node, replace_nodes
from engine.models.card import ModelCard, Normalisation
from engine.models.wrap import SCORES, wrap

IMAGE, LOGITS = "image", "logits"
CONTRACT_KEY = "steadymask.contract"
_PIXELS = "pixels"  # in our graph: the resized frame as floats, in the network's layout and order of channels


def contract_of(card: ModelCard) -> dict[str, Any]:
    """What a plain graph takes and gives, as JSON values."""
    policy, count = card.input, len(card.class_set)
    if policy.fixed is not None:
        sides, height, width = f"H = {policy.fixed[1]}, W = {policy.fixed[0]}", policy.fixed[1], policy.fixed[0]
    else:
        height, width = "height", "width"  # type: ignore[assignment]
        sides = f"H and W multiples of {policy.multiple}; the shorter one is usually {policy.short_side}"
    kind = "logits"
    if card.foreign is not None and card.foreign.output in ("softmax", "sigmoid"):
        kind = "logarithms of the class probabilities"
    return {
        "input": {
            "name": IMAGE,
            "type": "float32",
            "shape": [1, 3, height, width],
            "layout": "NCHW",
            "channels": "RGB",
            "range": [0, 1],
            "sides": sides,
            "normalisation": "inside the graph",
        },
        "output": {
            "name": LOGITS,
            "type": "float32",
            "shape": [1, count, "rows", "columns"],
            "holds": kind,
            "size": "the network's own size; resize to H × W (bilinear, half-pixel centres), then argmax over axis 1",
        },
        "classes": list(card.class_set.names),
    }


def contract_text(card: ModelCard) -> str:
    """The same in two sentences."""
    contract = contract_of(card)
    taken, given = contract["input"], contract["output"]
    return (
        f"{IMAGE}: float32 (1, 3, H, W), RGB of 0..1, {taken['sides']}; normalisation is inside. {LOGITS}: float32 "
        f"(1, {len(card.class_set)}, h, w), {given['holds']} at {given['size']}."
    )


def plain(model: onnx.ModelProto, card: ModelCard) -> onnx.ModelProto:
    """The plain graph of an inference graph that `card` describes.

    Raises ModelError for a model that gives no logits, and for a graph that is not of our form.
    """
    if not card.gives_scores:
        raise ModelError(f"{card.name} gives no logits; export it with --graph own")
    cut = copy_of(model)
    graph = cut.graph
    if not {_PIXELS, SCORES} <= {name for each in graph.node for name in each.output}:
        raise ModelError(f"{card.name} has no graph that Steadymask wrapped; import the model that it was made from")
    layout = "nchw" if card.foreign is None else card.foreign.layout
    last, axis = IMAGE, 1
    before = [node("Mul", [last, constant(graph, "byte_range", 255.0)], "plain_bytes")]
    last = "plain_bytes"
    if layout == "nhwc":
        before.append(node("Transpose", [last], "plain_last", perm=[0, 2, 3, 1]))
        last, axis = "plain_last", 3
    if card.foreign is not None and card.foreign.channels == "bgr":
        before.append(node("Gather", [last, "bgr"], "plain_bgr", axis=axis))
        last = "plain_bgr"
    before.append(node("Identity", [last], _PIXELS))
    rest = [each for each in graph.node if _PIXELS not in each.output]
    replace_nodes(graph, [*before, *rest])
    for each in graph.node:
        each.output[:] = [LOGITS if name == SCORES else name for name in each.output]
    keep_only(graph, [LOGITS])
    contract = contract_of(card)
    del graph.input[:], graph.output[:]
    graph.input.append(helper.make_tensor_value_info(IMAGE, TensorProto.FLOAT, contract["input"]["shape"]))
    graph.output.append(helper.make_tensor_value_info(LOGITS, TensorProto.FLOAT, contract["output"]["shape"]))
    drop_unused(graph)
    return cut


def describe(model: onnx.ModelProto, card: ModelCard) -> onnx.ModelProto:
    """Write the contract, what the file was made from and its terms into a plain graph."""
    model.doc_string = f"{contract_text(card)} Made from {card.parent}. Licence: {card.licence}"
    about = {**contract_of(card), "made_from": card.parent, "precision": card.precision, "licence": card.licence}
    helper.set_model_props(model, {CONTRACT_KEY: json.dumps(about, ensure_ascii=False)})
    return model


def as_ours(model: onnx.ModelProto, card: ModelCard) -> onnx.ModelProto:
    """A plain graph in our wrapper, so that it can be run on frames and compared."""
    normalisation = Normalisation(mean=(0, 0, 0), std=(255, 255, 255))
    return wrap(model, classes=len(card.class_set), policy=card.input, normalisation=normalisation)
