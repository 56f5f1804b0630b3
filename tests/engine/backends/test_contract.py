"""The contract of every backend with every bundled network; a backend that differs in its arithmetic fails it."""

from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from engine import load_model, open_video
from engine.backends import hardware
from engine.backends.base import Device
from engine.backends.table import RUNTIMES, runtime_names
from engine.errors import BackendError
from engine.segmenter import Segmenter
from resources import DEMO_CLIP
from tests.bundled import NAMES, one_of_each_network

NETWORKS = one_of_each_network()
CPU_PROVIDERS = {
    "onnxruntime": "CPUExecutionProvider",
    "tensorrt": "CPUExecutionProvider",
    "torch": "torch-cpu",
}
ON_CPU = [runtime.name for runtime in RUNTIMES if "cpu" in runtime.devices]
REFERENCE = "onnxruntime"
AGREEMENT = 0.999
"""Least share of equal pixels between two backends: the order of sums differs, nothing else may."""


@pytest.fixture(scope="module", params=[(backend, name) for backend in ON_CPU for name in NETWORKS], ids="-".join)
def segmenter(request: pytest.FixtureRequest) -> Iterator[Segmenter]:
    backend, name = request.param
    model = load_model(name, device="cpu", backend=backend, threads=1)
    yield model
    model.close()


@pytest.fixture(scope="module")
def loaded() -> Iterator[Callable[[str, str], Segmenter]]:
    """Gives a bundled model by its name and that of a backend; each is loaded once."""
    models: dict[tuple[str, str], Segmenter] = {}

    def load(name: str, backend: str) -> Segmenter:
        if (name, backend) not in models:
            models[name, backend] = load_model(name, device="cpu", backend=backend, threads=1)
        return models[name, backend]

    yield load
    for model in models.values():
        model.close()


@pytest.fixture(scope="module")
def frame() -> NDArray[np.uint8]:
    with open_video(str(DEMO_CLIP)) as video:
        return video.read(40).rgb


def noise(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("size", [(64, 64), (360, 480), (97, 61), (33, 90), (720, 1280), (1080, 608)])
def test_any_size(segmenter: Segmenter, size: tuple[int, int]) -> None:
    result = segmenter.segment(noise(*size))
    width, height = segmenter.card.input.size_for(size[1], size[0])
    assert result.classes.shape == (height, width)
    assert result.classes.dtype == np.uint8
    assert result.classes.max() < len(segmenter.card.class_set)
    assert result.mask.shape == size
    assert result.scores is None


def softly(segmenter: Segmenter, picture: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Classes, and the scores or the alpha that they are of."""
    made = segmenter.segment(picture, scores=segmenter.card.gives_scores)
    soft = made.alpha if made.scores is None else made.scores
    assert soft is not None
    return made.classes, soft


def test_the_same_frame_gives_the_same_mask(segmenter: Segmenter) -> None:
    picture = noise(180, 240)
    first = softly(segmenter, picture)
    softly(segmenter, noise(64, 64, seed=1))
    for again, before in zip(softly(segmenter, picture), first, strict=True):
        assert (again == before).all()


def test_results_are_the_callers_to_keep(segmenter: Segmenter) -> None:
    classes, soft = softly(segmenter, noise(64, 64))
    kept = classes.copy(), soft.copy()
    softly(segmenter, noise(64, 64, seed=1))
    assert (classes == kept[0]).all()
    assert (soft == kept[1]).all()


def test_classes_are_the_argmax_of_the_upsampled_scores(segmenter: Segmenter, frame: NDArray[np.uint8]) -> None:
    if not segmenter.card.gives_scores:
        classes, alpha = softly(segmenter, frame)
        np.testing.assert_array_equal(classes, alpha >= 0.5)
        return
    result = segmenter.segment(frame, scores=True)
    assert result.scores is not None
    assert result.scores.dtype == np.float32
    assert result.scores.shape[0] == len(segmenter.card.class_set)
    assert result.scores.flags.c_contiguous
    height, width = result.classes.shape
    # OpenCV's linear resizing stands in the middle between pixels, as both runtimes' does; channels go in one by one.
    full = np.stack([cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR) for plane in result.scores])
    assert (full.argmax(axis=0) == result.classes).mean() >= AGREEMENT
    assert segmenter.segment(frame).classes.tobytes() == result.classes.tobytes(), "scores change the classes"


def test_a_frame_that_is_none_is_refused(segmenter: Segmenter) -> None:
    with pytest.raises(ValueError, match=r"uint8 \(H, W, 3\)"):
        segmenter.segment(np.zeros((10, 10), np.uint8))
    with pytest.raises(ValueError, match="float32"):
        segmenter.segment(np.zeros((10, 10, 3), np.float32))  # type: ignore[arg-type]


def test_a_view_that_is_not_contiguous_is_taken(segmenter: Segmenter, frame: NDArray[np.uint8]) -> None:
    mirrored = frame[:, ::-1]
    assert (segmenter.segment(mirrored).classes == segmenter.segment(mirrored.copy()).classes).all()


def test_a_frame_is_only_read(segmenter: Segmenter) -> None:
    picture = noise(*segmenter.card.input.size_for(96, 64)[::-1])
    before = picture.copy()
    picture.flags.writeable = False
    segmenter.segment(picture)
    assert (picture == before).all()


def test_the_session_resizes_as_the_policy_says(segmenter: Segmenter) -> None:
    """The session alone, fed frames of any size, ends at the size that the card's policy computes."""
    for height, width in np.random.default_rng(5).integers(100, 300, (3, 2)):
        classes = segmenter._session.run(noise(int(height), int(width))).classes
        assert classes.shape[::-1] == segmenter.card.input.size_for(int(width), int(height))


@pytest.mark.parametrize("backend", [name for name in ON_CPU if name != REFERENCE])
@pytest.mark.parametrize(
    ("name", "size"),
    [(name, size) for name in NETWORKS for size in ((1280, 720), (320, 180), (321, 177), (64, 64))]
    + [(name, None) for name in NAMES],
)
def test_backends_agree(
    name: str,
    backend: str,
    size: tuple[int, int] | None,
    frame: NDArray[np.uint8],
    loaded: Callable[[str, str], Segmenter],
) -> None:
    picture = frame if size is None else np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)
    ours, theirs = (softly(loaded(name, each), picture) for each in (REFERENCE, backend))
    assert (ours[0] == theirs[0]).mean() >= AGREEMENT
    assert np.abs(ours[1] - theirs[1]).max() < 1e-3 * np.abs(ours[1]).max()


def test_the_cpu_is_reported_without_a_warning(segmenter: Segmenter) -> None:
    assert segmenter.report.provider in CPU_PROVIDERS.values()
    assert segmenter.report.device == "CPU"
    assert segmenter.report.requested == "cpu"
    assert segmenter.report.precision == segmenter.card.precision
    assert segmenter.report.warning is None


@pytest.mark.parametrize(
    ("backend", "device", "shown"),
    [
        ("onnxruntime", "cuda", "CUDA"),
        ("torch", "cuda", "CUDA"),
        ("tensorrt", "cuda", "TensorRT"),
        ("tensorrt", "auto", "TensorRT"),
    ],
)
def test_a_missing_gpu_is_a_warning_with_the_reason(
    backend: str, device: Device, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardware, "nvidia_driver", lambda: False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    model = load_model(NAMES[0], device=device, backend=backend)
    assert model.report.provider == CPU_PROVIDERS[backend]
    assert model.report.requested == device
    assert f"{shown} was asked for, CPU is running" in (model.report.warning or "")
    assert "no NVIDIA driver was found on this machine; install" in (model.report.warning or "")
    assert model.segment(noise(64, 64)).classes.size
    model.close()


@pytest.mark.parametrize("backend", ON_CPU)
def test_auto_without_a_gpu_is_the_cpu_and_no_warning(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "nvidia_driver", lambda: False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    model = load_model(NAMES[0], backend=backend)
    assert (model.report.provider, model.report.warning) == (CPU_PROVIDERS[backend], None)
    model.close()


@pytest.mark.parametrize("backend", ON_CPU)
def test_the_threads_asked_for_are_used(backend: str) -> None:
    for threads in (1, 2):
        model = load_model(NAMES[0], device="cpu", threads=threads, backend=backend)
        model.segment(noise(64, 64))
        if backend == "torch":
            assert torch.get_num_threads() == threads
        else:
            assert model._session._session.get_session_options().intra_op_num_threads == threads  # type: ignore[attr-defined]
        model.close()


@pytest.mark.parametrize("backend", runtime_names())
def test_a_closed_model_says_so(backend: str) -> None:
    model = load_model(NAMES[0], backend=backend)
    model.close()
    model.close()
    with pytest.raises(BackendError, match="was closed"):
        model.segment(noise(64, 64))
