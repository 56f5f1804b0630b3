"""Networks of one channel, taken in as mattes: alpha is what plain numpy computes, the classes are its projection."""

from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from engine.backends.onnxruntime import OnnxRuntimeSession
from engine.errors import BackendError, ModelError
from engine.importing.plan import Stated, clean, plan, wrap_foreign
from engine.importing.prepare import prepare_import
from engine.models.library import Library
from engine.segmenter import load_model
from engine.tasks import Outputs
from tests.engine.importing.foreign_models import foreign, logits_of
from tests.engine.importing.test_plan import picture

SIZE = (48, 32)
MATTE = Stated(channels="rgb", mean=(0, 0, 0), std=(255, 255, 255), task="matting")


def given(model: onnx.ModelProto, frame: NDArray[np.uint8]) -> Outputs:
    cleaned = clean(model)
    graph = wrap_foreign(cleaned, plan(cleaned, MATTE))
    onnx.checker.check_model(graph, full_check=True)
    session = OnnxRuntimeSession(graph.SerializeToString(), device="cpu", threads=1)
    assert not session.has_scores
    with pytest.raises(BackendError, match="no scores"):
        session.run(frame, scores=True)
    made = session.run(frame)
    session.close()
    return made


def sigmoid(logits: NDArray) -> NDArray:
    return 1 / (1 + np.exp(-logits))


def logits(frame: NDArray[np.uint8]) -> NDArray[np.float32]:
    return logits_of(frame / 255, 1)[0].astype(np.float32)


@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
@pytest.mark.parametrize("rank", [4, 3, 2])
@pytest.mark.parametrize("output", ["sigmoid", "logits"])
def test_one_channel_becomes_alpha(layout: str, rank: int, output: str) -> None:
    frame = picture(*SIZE)
    made = given(foreign(layout=layout, output=output, classes=1, size=SIZE, output_rank=rank), frame)  # type: ignore[arg-type]
    assert made.alpha is not None
    assert made.alpha.shape == SIZE[::-1]
    assert made.alpha.dtype == np.float32
    np.testing.assert_allclose(made.alpha, sigmoid(logits(frame)), atol=2e-5)
    assert np.array_equal(made.classes, made.alpha >= 0.5)
    assert 0.05 < made.classes.mean() < 0.95


@pytest.mark.parametrize("output", ["sigmoid", "logits"])
def test_a_small_output_is_enlarged_to_the_networks_size(output: str) -> None:
    frame = picture(*SIZE)
    made = given(foreign(output=output, classes=1, size=SIZE, stride=4), frame)  # type: ignore[arg-type]
    small = logits(frame)[::4, ::4]
    if output == "logits":
        expected = sigmoid(cv2.resize(small, SIZE, interpolation=cv2.INTER_LINEAR))
    else:
        expected = cv2.resize(sigmoid(small), SIZE, interpolation=cv2.INTER_LINEAR)
    assert made.alpha is not None
    np.testing.assert_allclose(made.alpha, expected, atol=1e-4)
    assert np.array_equal(made.classes, made.alpha >= 0.5)


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (foreign(classes=3), "has 3 channels, a matte has one"),
        (foreign(classes=2, output="softmax"), "has 2 channels, a matte has one"),
        (foreign(classes=3, output="classes"), "class ids"),
    ],
)
def test_what_is_no_matte_is_refused(model: onnx.ModelProto, told: str) -> None:
    with pytest.raises(ModelError, match=told):
        plan(clean(model), MATTE)


def test_it_is_imported_and_run(tmp_path: Path) -> None:
    path = tmp_path / "person.onnx"
    onnx.save(foreign(output="sigmoid", classes=1, size=SIZE), path)
    with (
        Library(tmp_path / "library") as library,
        prepare_import(path, name="person", library=library, stated=MATTE) as prepared,
    ):
        assert prepared.notes["task"] == "stated"
        entry = prepared.add()
    assert entry.card is not None
    assert entry.card.task == "matting"
    assert entry.card.class_set.names == ("background", "foreground")
    model = load_model(entry.path, device="cpu", threads=1)
    frame = picture(130, 70)
    made = model.segment(frame)
    model.close()
    assert made.soft_mask is not None
    assert made.soft_mask.shape == (70, 130)
    assert np.array_equal(made.mask, made.soft_mask >= 0.5)
