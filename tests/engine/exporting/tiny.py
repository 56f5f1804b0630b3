"""A network that is made in no time, as a bundle, and a clip that it takes something for something."""

from pathlib import Path

import cv2
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from engine.models.bundle import write_bundle
from engine.models.card import Foreign, InputPolicy, ModelCard, Normalisation
from engine.models.classes import ClassSet, SegmentClass
from engine.models.wrap import NetworkForm, wrap

CLASSES = ("red", "green", "blue", "else")
_SIDES = ("height", "width")


def network(*, layout: str = "nchw", opset: int = 17, ids: bool = False, half: bool = False) -> onnx.ModelProto:
    """Four convolutions, the second of stride 2; seeded. ids: it ends with class ids. half: the second's weights are
    stored in float16, and widened by a node.
    """
    random = np.random.default_rng(5)
    sides = [(8, 3, 3), (8, 8, 3), (8, 8, 3), (len(CLASSES), 8, 1)]
    nodes, weights, last = [], [], "image"
    if layout == "nhwc":
        nodes.append(helper.make_node("Transpose", [last], ["planes"], perm=[0, 3, 1, 2]))
        last = "planes"
    for number, (out, into, kernel) in enumerate(sides):
        values = random.normal(0, 1.2 / np.sqrt(into * kernel * kernel), (out, into, kernel, kernel))
        stored = values.astype(np.float16 if half and number == 1 else np.float32)
        name = f"w{number}/half" if half and number == 1 else f"w{number}"
        weights += [
            numpy_helper.from_array(stored, name),
            numpy_helper.from_array(random.normal(0, 0.1, out).astype(np.float32), f"b{number}"),
        ]
        if name != f"w{number}":
            nodes.append(helper.make_node("Cast", [name], [f"w{number}"], to=TensorProto.FLOAT))
        pad, stride = kernel // 2, 2 if number == 1 else 1
        nodes.append(
            helper.make_node(
                "Conv",
                [last, f"w{number}", f"b{number}"],
                [f"c{number}"],
                name=f"conv{number}",
                kernel_shape=[kernel] * 2,
                pads=[pad] * 4,
                strides=[stride] * 2,
            )
        )
        last = f"c{number}"
        if number < len(sides) - 1:
            nodes.append(helper.make_node("Relu", [last], [f"r{number}"], name=f"relu{number}"))
            last = f"r{number}"
    if ids:
        nodes.append(helper.make_node("ArgMax", [last], ["ids"], axis=1, keepdims=1))
        last = "ids"
    shape = [1, 3, *_SIDES] if layout == "nchw" else [1, *_SIDES, 3]
    kind = TensorProto.INT64 if ids else TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(last, kind, [1, None, None, None])],
        weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def card_of(name: str = "tiny", foreign: Foreign | None = None) -> ModelCard:
    """What its bundle says."""
    colours = ("#ff0000", "#00ff00", "#0000ff", "#888888")
    classes = tuple(SegmentClass(name=n, colour=c) for n, c in zip(CLASSES, colours, strict=True))
    return ModelCard(
        name=name,
        version="1",
        task="semantic",
        class_set=ClassSet(name="tiny", classes=classes),
        input=InputPolicy(short_side=48, multiple=16),
        normalisation=Normalisation(mean=(100, 110, 120), std=(50, 60, 70)),
        family="tiny",
        parameters=1500,
        licence="none",
        foreign=foreign,
    )


def foreign_of(layout: str = "nchw", channels: str = "rgb", output: str = "logits") -> Foreign:
    """As an import of it says."""
    return Foreign(file="t.onnx", file_hash="sha256:0", layout=layout, channels=channels, output=output)  # type: ignore[arg-type]


def write_tiny(
    folder: Path,
    name: str = "tiny",
    *,
    weights: bool = True,
    foreign: Foreign | None = None,
    core: onnx.ModelProto | None = None,
) -> Path:
    """Write its bundle, and return the `.onnx`. weights: with a `.safetensors`. foreign: as an import of it."""
    card = card_of(name, foreign)
    form = NetworkForm()
    if foreign is not None:
        form = NetworkForm(layout=foreign.layout, channels=foreign.channels, output=foreign.output)
    core = core or network(layout=form.layout)
    graph = wrap(core, classes=len(CLASSES), policy=card.input, normalisation=card.normalisation, form=form)
    tensors = {"w": np.arange(6, dtype=np.float32).reshape(2, 3)} if weights else None
    write_bundle(folder / name, graph, tensors, card)
    return folder / f"{name}.onnx"


def write_frames(folder: Path, frames: int = 10, size: tuple[int, int] = (96, 64)) -> Path:
    """A folder of images, which is a clip: coloured blobs that move by a pixel a frame. size: (width, height)."""
    random = np.random.default_rng(3)
    width, height = size
    coarse = random.integers(0, 256, (height // 8, width // 8 + 4, 3), np.uint8)
    wide = cv2.resize(coarse, (width + 32, height), interpolation=cv2.INTER_CUBIC)
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(frames):
        left = index % 32
        cv2.imwrite(str(folder / f"{index:03d}.png"), wide[:, left : left + width, ::-1])
    return folder
