"""The contract of every backend and every bundled model, and the public call."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

from engine import load_model, open_video
from engine.backends import onnxruntime as backend
from engine.errors import BackendError
from engine.segmenter import Segmenter
from resources import DEMO_CLIP, MODELS

NAMES = sorted(path.stem for path in MODELS.glob("*.onnx"))


@pytest.fixture(scope="module", params=NAMES)
def segmenter(request: pytest.FixtureRequest) -> Iterator[Segmenter]:
    model = load_model(request.param, device="cpu")
    yield model
    model.close()


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("size", [(64, 64), (360, 480), (97, 61), (33, 500), (720, 1280), (1080, 608)])
def test_any_size(segmenter: Segmenter, size: tuple[int, int]) -> None:
    result = segmenter.segment(noise(*size))
    width, height = segmenter.card.input.size_for(size[1], size[0])
    assert result.classes.shape == (height, width)
    assert result.classes.dtype == np.uint8
    assert result.classes.max() < len(segmenter.card.class_set)
    assert result.mask.shape == size
    assert result.scores is None


def test_the_same_frame_gives_the_same_mask(segmenter: Segmenter) -> None:
    frame = noise(180, 240)
    first = segmenter.segment(frame).classes.copy()
    segmenter.segment(noise(64, 64, seed=1))
    assert (segmenter.segment(frame).classes == first).all()


def test_scores_and_classes_are_consistent(segmenter: Segmenter) -> None:
    result = segmenter.segment(noise(360, 480), scores=True)
    assert result.scores is not None
    assert result.scores.shape[0] == len(segmenter.card.class_set)
    assert result.scores.dtype == np.float32
    # Where a whole neighbourhood of scores agrees on a class, the upsampled class must be that one.
    coarse = result.scores.argmax(axis=0)
    factor = result.classes.shape[0] // coarse.shape[0]
    fine = coarse.repeat(factor, axis=0).repeat(factor, axis=1)
    assert (fine == result.classes[: fine.shape[0], : fine.shape[1]]).mean() > 0.75


def test_a_frame_that_is_none_is_refused(segmenter: Segmenter) -> None:
    with pytest.raises(ValueError, match=r"uint8 \(H, W, 3\)"):
        segmenter.segment(np.zeros((10, 10), np.uint8))
    with pytest.raises(ValueError, match="float32"):
        segmenter.segment(np.zeros((10, 10, 3), np.float32))  # type: ignore[arg-type]


def test_a_view_that_is_not_contiguous_is_taken(segmenter: Segmenter) -> None:
    frame = noise(360, 480)
    assert (segmenter.segment(frame[:, ::-1]).classes == segmenter.segment(frame[:, ::-1].copy()).classes).all()


def test_the_graph_resizes_as_the_policy_says(segmenter: Segmenter) -> None:
    """The graph alone, fed frames of any size, ends at the size that the card's policy computes."""
    sizes = np.random.default_rng(5).integers(20, 700, (40, 2))
    for height, width in sizes:
        classes, _ = segmenter._session.run(noise(int(height), int(width)))
        assert classes.shape[::-1] == segmenter.card.input.size_for(int(width), int(height))


def test_the_cpu_is_reported_without_a_warning(segmenter: Segmenter) -> None:
    assert segmenter.report.provider == "CPUExecutionProvider"
    assert segmenter.report.warning is None


def test_a_missing_cuda_is_a_warning_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "_nvidia_driver", lambda: False)
    model = load_model("street", device="cuda")
    assert model.report.provider == "CPUExecutionProvider"
    assert model.report.warning is not None
    assert "CUDA was asked for, CPU is running" in model.report.warning
    model.close()


def test_a_runtime_without_cuda_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ort, "get_available_providers", lambda: ["CPUExecutionProvider"])
    model = load_model("street", device="tensorrt")
    assert "built without TensorRT" in (model.report.warning or "")
    model.close()


def test_a_provider_that_fails_to_start_falls_back_with_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    real = ort.InferenceSession

    def failing(model: bytes, options: object, providers: list[str]) -> object:
        if providers[0] != "CPUExecutionProvider":
            raise RuntimeError("libcudnn.so.9 is missing")
        return real(model, options, providers=providers)

    monkeypatch.setattr(backend, "_nvidia_driver", lambda: True)
    monkeypatch.setattr(ort, "InferenceSession", failing)
    monkeypatch.setattr(ort, "get_available_providers", lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"])
    for device in ("cuda", "auto"):
        model = load_model("street", device=device)  # type: ignore[arg-type]
        assert "libcudnn.so.9 is missing" in (model.report.warning or "")
        model.close()


def test_a_closed_model_says_so() -> None:
    model = load_model("street", device="cpu")
    model.close()
    model.close()
    with pytest.raises(BackendError, match="was closed"):
        model.segment(noise(64, 64))


def test_the_public_call(tmp_path: Path) -> None:
    model = load_model("street", device="cpu")
    with open_video(str(DEMO_CLIP)) as video:
        for frame in video:
            mask = model.segment(frame.rgb).mask
            assert mask.shape == frame.rgb.shape[:2]
            break
    model.close()
