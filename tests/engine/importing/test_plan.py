"""Foreign networks, wrapped, give what plain numpy computes of the same pixels."""

import itertools
import os
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from engine.backends.onnxruntime import OnnxRuntimeSession
from engine.importing.plan import ForeignPlan, Stated, clean, plan, wrap_foreign
from engine.models.wrap import LEAST
from engine.video import open_video
from tests.engine.importing.foreign_models import INPUT, foreign, logits_of, weights_of

DATA = Path(os.environ.get("STEADYMASK_DATA", Path(__file__).parents[3] / ".." / "shared" / "data"))
RGB = Stated(channels="rgb", mean=(0, 0, 0), std=(255, 255, 255))
SMALL, LARGE = (48, 32), (480, 352)
"""(width, height): of the networks of one size, and a size that networks for any size keep as it is."""


def picture(width: int, height: int) -> NDArray[np.uint8]:
    """uint8 (height, width, 3): patches of all colours with smooth edges."""
    coarse = np.random.default_rng(5).integers(0, 256, (max(2, height // 8), max(2, width // 8), 3), dtype=np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def imported(model: onnx.ModelProto, stated: Stated = RGB) -> tuple[ForeignPlan, OnnxRuntimeSession]:
    cleaned = clean(model)
    made = plan(cleaned, stated)
    graph = wrap_foreign(cleaned, made)
    onnx.checker.check_model(graph, full_check=True)
    return made, OnnxRuntimeSession(graph.SerializeToString(), device="cpu", threads=1)


def run(
    model: onnx.ModelProto, frame: NDArray[np.uint8], stated: Stated = RGB
) -> tuple[ForeignPlan, NDArray[np.uint8], NDArray[np.float32] | None]:
    made, session = imported(model, stated)
    given = session.run(frame, scores=session.has_scores)
    session.close()
    return made, given.classes, given.scores


def expected_scores(
    frame: NDArray[np.uint8], classes: int, output: str, channels: str = "rgb", mean=0.0, std=255.0, scale=1.0
) -> NDArray[np.float64]:
    """What `scores` must hold at the frame's own size: float64 (C, h, w)."""
    pixels = frame[..., ::-1] if channels == "bgr" else frame
    logits = logits_of((pixels.astype(np.float64) - mean) / std * scale, classes).astype(np.float64)
    if output == "softmax":
        shares = np.exp(logits - logits.max(axis=0))
        return np.log(np.clip(shares / shares.sum(axis=0), LEAST, 1))
    if output == "sigmoid":
        share = np.clip(1 / (1 + np.exp(-logits)), LEAST, 1 - LEAST)
        return np.log(np.concatenate([1 - share, share]))
    return np.concatenate([np.zeros_like(logits), logits]) if classes == 1 else logits


def agree(classes: NDArray[np.uint8], scores: NDArray[np.float32] | None, expected: NDArray[np.float64]) -> None:
    """Check classes and scores; where two classes tie to rounding either may win."""
    if scores is not None:
        assert scores.dtype == np.float32
        np.testing.assert_allclose(scores, expected, atol=2e-3)
    top = np.sort(expected, axis=0)
    sure = top[-1] - top[-2] > 1e-3
    assert sure.mean() > 0.98
    assert classes.dtype == np.uint8
    np.testing.assert_array_equal(classes[sure], expected.argmax(axis=0)[sure])
    assert len(np.unique(classes)) == len(expected)


@pytest.mark.parametrize("size", [SMALL, None], ids=["fixed", "dynamic"])
@pytest.mark.parametrize("output", ["logits", "softmax", "sigmoid", "classes"])
@pytest.mark.parametrize(("layout", "channels"), list(itertools.product(["nchw", "nhwc"], ["rgb", "bgr"])))
def test_every_form_gives_what_numpy_computes(layout, channels, output, size) -> None:
    frame = picture(*(size or LARGE))
    count = 1 if output == "sigmoid" else 3
    model = foreign(layout=layout, output=output, classes=count, size=size, batch="N" if size is None else 1)
    made, classes, scores = run(model, frame, Stated(channels=channels))
    assert (made.layout, made.channels, made.output) == (layout, channels, output)
    assert made.guessed == ("layout", "mean", "std", "scale", "classes", "output")
    assert set(made.notes) == {*made.guessed, "channels", "input"}
    assert made.input.fixed == size
    assert classes.shape == frame.shape[:2]
    assert (scores is None) == (output == "classes")
    expected = expected_scores(frame, count, output, channels)
    agree(classes, scores, expected)
    # The same network read in the other order of channels gives something else: the test can fail.
    other = expected_scores(frame, count, output, "rgb" if channels == "bgr" else "bgr")
    assert (other.argmax(axis=0) != classes).mean() > 0.2


@pytest.mark.parametrize("rank", [4, 3, 2])
@pytest.mark.parametrize(("layout", "output_layout"), [("nchw", "nhwc"), ("nhwc", "nchw"), ("nhwc", "nhwc")])
@pytest.mark.parametrize("output", ["logits", "sigmoid", "classes"])
def test_outputs_of_any_layout_and_rank(layout, output_layout, output, rank) -> None:
    if output == "logits" and rank == 2:
        pytest.skip("three channels are an axis of their own")
    count = 1 if output == "sigmoid" else 3
    frame = picture(*SMALL)
    model = foreign(layout=layout, output=output, classes=count, output_layout=output_layout, output_rank=rank)
    made, classes, scores = run(model, frame)
    assert made.layout == layout
    agree(classes, scores, expected_scores(frame, count, output))


@pytest.mark.parametrize("output_layout", ["nchw", "nhwc"])
def test_a_smaller_output_is_brought_to_the_networks_size(output_layout) -> None:
    frame = picture(64, 48)
    size = (64, 48)
    _, classes, scores = run(foreign(size=size, stride=4, output_layout=output_layout), frame)
    small = expected_scores(frame[::4, ::4], 3, "logits")
    assert scores is not None
    np.testing.assert_allclose(scores, small, atol=1e-3)
    full = cv2.resize(np.moveaxis(small, 0, -1), size, interpolation=cv2.INTER_LINEAR)
    agree(classes, None, np.moveaxis(full, -1, 0))
    _, ids, none = run(foreign(size=size, stride=4, output="classes", output_layout=output_layout), frame)
    assert none is None
    np.testing.assert_array_equal(ids, small.argmax(axis=0).repeat(4, axis=0).repeat(4, axis=1))


def test_any_frame_is_brought_to_the_networks_size() -> None:
    made, session = imported(foreign(size=None))
    assert made.input.size_for(640, 360) == (640, 352)
    for width, height in [(640, 360), (200, 300), (1, 1), (97, 33)]:
        given = session.run(picture(width, height), scores=True)
        assert given.classes.shape == made.input.size_for(width, height)[::-1]
        assert given.scores is not None
        assert given.scores.shape == (3, *given.classes.shape)
    session.close()


@pytest.mark.parametrize(
    "stated",
    [
        Stated(channels="bgr", mean=(103.94, 116.78, 123.68), std=(57.4, 57.1, 58.4)),
        Stated(channels="rgb", mean=(127.5, 127.5, 127.5), scale=0.017),
        Stated(channels="rgb", mean=(20, 120, 220), std=(60, 30, 90), scale=0.5),
        Stated(channels="rgb", std=(300, 255, 180)),
    ],
)
@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
def test_mean_std_and_scale_are_of_the_files_channels(layout, stated: Stated) -> None:
    frame = picture(*SMALL)
    made, classes, scores = run(foreign(layout=layout), frame, stated)
    mean, std, scale = stated.mean or 0, stated.std or 1, stated.scale or 1
    agree(classes, scores, expected_scores(frame, 3, "logits", stated.channels, np.array(mean), np.array(std), scale))
    assert (expected_scores(frame, 3, "logits", stated.channels).argmax(axis=0) != classes).mean() > 0.02
    given = {name for name in ("mean", "std", "scale") if getattr(stated, name) is not None}
    assert not given & set(made.guessed)
    assert all(made.notes[name] == "stated" for name in given)


def test_half_precision_is_cast() -> None:
    frame = picture(*SMALL)
    _, classes, scores = run(foreign(dtype=TensorProto.FLOAT16), frame)
    assert scores is not None
    np.testing.assert_allclose(scores, expected_scores(frame, 3, "logits"), atol=2e-2)
    assert (classes == scores.argmax(axis=0)).all()


@pytest.mark.parametrize(("dtype", "std"), [(TensorProto.DOUBLE, 255), (TensorProto.UINT8, 1)])
def test_a_network_for_doubles_or_bytes_gets_them(dtype, std) -> None:
    model = foreign()
    model.graph.input[0].type.tensor_type.elem_type = dtype
    model.graph.node.insert(0, helper.make_node("Cast", [INPUT], ["floats"], to=TensorProto.FLOAT))
    model.graph.node[1].input[0] = "floats"
    frame = picture(*SMALL)
    made, _, scores = run(model, frame, Stated())
    assert made.normalisation.std == (std, std, std)
    assert scores is not None
    np.testing.assert_allclose(scores, expected_scores(frame, 3, "logits", std=std), rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("ids", [TensorProto.INT32, TensorProto.UINT8, TensorProto.FLOAT, TensorProto.FLOAT16])
def test_class_ids_of_any_type(ids) -> None:
    frame = picture(*SMALL)
    made, classes, _ = run(foreign(output="classes", ids=ids), frame)
    assert made.output == "classes"
    agree(classes, None, expected_scores(frame, 3, "classes"))


def test_ids_without_a_class_become_void() -> None:
    model = foreign(output="classes", classes=5)
    last = model.graph.node[-1]
    model.graph.initializer.append(numpy_helper.from_array(np.array(-1, np.int64), "shift"))
    model.graph.node.insert(len(model.graph.node) - 1, helper.make_node("Add", [last.input[0], "shift"], ["shifted"]))
    model.graph.node[-1].input[0] = "shifted"
    frame = picture(*SMALL)
    _, classes, _ = run(model, frame, Stated(channels="rgb", classes=("a", "b", "c", "d")))
    ids = expected_scores(frame, 5, "classes").argmax(axis=0)
    np.testing.assert_array_equal(classes, np.where(ids == 0, 255, ids - 1))


@pytest.mark.parametrize(("output", "count"), [("sigmoid", 1), ("softmax", 3)])
def test_certain_networks_keep_finite_scores(output, count) -> None:
    made, classes, scores = run(foreign(output=output, classes=count), picture(*SMALL), Stated(scale=100.0))
    assert made.output == output
    assert scores is not None
    assert np.isfinite(scores).all()
    assert len(np.unique(classes)) == len(scores)
    assert scores.min() == pytest.approx(np.log(LEAST), rel=0.01)


def test_one_logit_stands_against_zero() -> None:
    frame = picture(*SMALL)
    made, classes, scores = run(foreign(classes=1), frame)
    assert (made.output, made.class_set.names) == ("logits", ("background", "foreground"))
    agree(classes, scores, expected_scores(frame, 1, "logits"))


def test_names_of_the_graph_may_be_ours_and_subgraphs_may_use_outer_weights() -> None:
    weights, biases = weights_of(3)
    branch = helper.make_graph(
        [helper.make_node("Add", ["scores", "bias"], ["classes"])],
        "then",
        [],
        [helper.make_tensor_value_info("classes", TensorProto.FLOAT, None)],
    )
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["frame", "size"], ["scores"]),
            helper.make_node("If", ["always"], ["one"], then_branch=branch, else_branch=_renamed(branch, "other")),
        ],
        "colliding",
        [helper.make_tensor_value_info("frame", TensorProto.FLOAT, [1, 3, 32, 48])],
        [helper.make_tensor_value_info("one", TensorProto.FLOAT, [1, 3, 32, 48])],
        [
            numpy_helper.from_array(weights[:, :, None, None], "size"),
            numpy_helper.from_array(biases[:, None, None], "bias"),
            numpy_helper.from_array(np.array(True), "always"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    frame = picture(*SMALL)
    _, classes, scores = run(model, frame)
    agree(classes, scores, expected_scores(frame, 3, "logits"))


def _renamed(graph: onnx.GraphProto, output: str) -> onnx.GraphProto:
    other = onnx.GraphProto()
    other.CopyFrom(graph)
    other.node[0].output[0] = other.output[0].name = output
    return other


@pytest.mark.skipif(not (DATA / "models_onnx").is_dir(), reason=f"no foreign models in {DATA}; set STEADYMASK_DATA")
def test_both_real_models_find_the_person(capfd: pytest.CaptureFixture[str]) -> None:
    with open_video(DATA / "clips" / "person_desk.mp4") as source:
        frames = [frame.rgb for frame in source if frame.index % 60 == 0]
    masks = []
    for name, layout in [("selfie_nhwc_sigmoid", "nhwc"), ("prisma_nchw_sigmoid", "nchw")]:
        model = clean(onnx.load(DATA / "models_onnx" / f"{name}.onnx"))
        made, session = imported(model, Stated(classes=("person",), mean=(0, 0, 0), std=(255, 255, 255)))
        assert (made.layout, made.channels, made.output) == (layout, "rgb", "sigmoid")
        assert made.class_set.names == ("background", "person")
        assert made.input.fixed == (256, 256)
        assert plan(model, Stated()).normalisation == made.normalisation
        small = (cv2.resize(frame, (256, 256), interpolation=cv2.INTER_AREA) for frame in frames)
        masks.append(np.stack([session.run(frame).classes == 1 for frame in small]))
        session.close()
    one, other = masks
    assert all(0.1 < mask.mean() < 0.4 for mask in masks)
    assert one[:, 100:200, 96:160].mean() > 0.5
    assert (one & other).sum() / (one | other).sum() >= 0.75
    assert "warn" not in capfd.readouterr().err.lower()
