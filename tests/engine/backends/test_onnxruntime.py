"""onnxruntime alone: which provider starts, why another does not, and the CUDA libraries that pip brought."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

from engine import load_model
from engine.backends import hardware, onnxruntime
from engine.errors import BackendError

CUDA, TENSORRT, CPU = "CUDAExecutionProvider", "TensorrtExecutionProvider", "CPUExecutionProvider"
MISSING = """Failed to load libcublasLt.so.13: libcublasLt.so.13: cannot open shared object file
Failed to load /x/nvidia/cu13/lib/libcudart.so.13: file too short
Failed to load libcublasLt.so.13: libcublasLt.so.13: cannot open shared object file
Please follow https://onnxruntime.ai/docs/install/#cuda-and-cudnn to install CUDA."""


@pytest.fixture(autouse=True)
def preloading(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str | None]]:
    """Where libraries were preloaded from; nothing is loaded, and nothing is kept from one test to the next."""
    onnxruntime.preload.cache_clear()
    calls: list[str | None] = []
    monkeypatch.setattr(ort, "preload_dlls", lambda directory=None: calls.append(directory))
    yield calls
    onnxruntime.preload.cache_clear()


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """An NVIDIA driver, and an onnxruntime that was built for it."""
    monkeypatch.setattr(hardware, "nvidia_driver", lambda: True)
    monkeypatch.setattr(ort, "get_available_providers", lambda: [TENSORRT, CUDA, CPU])


def starting(monkeypatch: pytest.MonkeyPatch, start: Callable[[str], None]) -> list[list[str]]:
    """Let `start`, given the first provider, decide whether a session starts; it then runs on the CPU."""
    real, asked = ort.InferenceSession, []

    def make(model: bytes, options: object, providers: list[str], enable_fallback: int = 1) -> ort.InferenceSession:
        assert enable_fallback == 0, "onnxruntime would print on standard output and change the provider by itself"
        asked.append(providers)
        start(providers[0])
        return real(model, options, providers=[CPU])

    monkeypatch.setattr(ort, "InferenceSession", make)
    return asked


def test_a_runtime_without_tensorrt_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ort, "get_available_providers", lambda: [CPU])
    model = load_model("street", backend="tensorrt")
    assert "built without TensorRT; install onnxruntime-gpu" in (model.report.warning or "")
    model.close()


@pytest.mark.parametrize("device", ["cuda", "auto"])
def test_a_provider_that_fails_to_start_falls_back_with_its_words(
    device: str, driver: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(provider: str) -> None:
        if provider == CUDA:
            raise RuntimeError("libcudnn.so.9 is missing")

    starting(monkeypatch, start)
    model = load_model("street", device=device)  # type: ignore[arg-type]
    assert model.report.provider == CPU
    assert "CUDA failed to start: libcudnn.so.9 is missing" in (model.report.warning or "")
    model.close()


@pytest.mark.parametrize("device", ["cuda", "auto"])
def test_a_provider_that_is_left_out_without_a_word_is_a_warning_with_what_is_missing(
    device: str, driver: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ort, "preload_dlls", lambda directory=None: print(MISSING))
    monkeypatch.setattr(onnxruntime, "_torch_libraries", lambda: None)
    starting(monkeypatch, lambda provider: None)
    model = load_model("street", device=device)  # type: ignore[arg-type]
    warning = model.report.warning or ""
    assert "install steadymask[gpu], which brings CUDA and cuDNN" in warning
    assert "(not found or not loadable: libcublasLt.so.13, libcudart.so.13)" in warning
    assert capsys.readouterr().out == "", "standard output may hold a JSON document"
    model.close()


def test_tensorrt_that_is_left_out_names_its_own_remedy(driver: None, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = starting(monkeypatch, lambda provider: None)
    model = load_model("street", backend="tensorrt")
    assert asked == [[TENSORRT, CUDA, CPU]]
    assert "TensorRT was asked for, CPU is running" in (model.report.warning or "")
    assert "install NVIDIA TensorRT" in (model.report.warning or "")
    model.close()


def test_libraries_are_preloaded_once_before_the_first_cuda_session(
    driver: None, preloading: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen_at_start = []
    starting(monkeypatch, lambda provider: seen_at_start.append(len(preloading)))
    load_model("street", device="cpu").close()
    assert preloading == []
    for _ in range(2):
        load_model("street", device="cuda").close()
    assert preloading == [None]
    assert seen_at_start == [0, 1, 1]


def test_libraries_in_torchs_own_folder_serve_where_others_are_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls = []

    def preload(directory: str | None = None) -> None:
        calls.append(directory)
        if directory is None:
            print(MISSING)

    monkeypatch.setattr(ort, "preload_dlls", preload)
    monkeypatch.setattr(onnxruntime, "_torch_libraries", lambda: tmp_path)
    assert onnxruntime.preload() is None
    assert calls == [None, str(tmp_path)]


def test_preloading_that_raises_is_words_and_not_a_crash(
    driver: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def preload(directory: str | None = None) -> None:
        raise RuntimeError("no such folder")

    monkeypatch.setattr(ort, "preload_dlls", preload)
    starting(monkeypatch, lambda provider: None)
    model = load_model("street", device="cuda")
    assert "preloading failed: no such folder" in (model.report.warning or "")
    model.close()


def test_torch_is_found_without_importing_it() -> None:
    found = onnxruntime._torch_libraries()
    assert found is not None
    assert found.name == "lib"


def test_a_file_that_the_runtime_cannot_load_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"not a graph")
    model = load_model("street", device="cpu")
    with pytest.raises(BackendError, match=r"broken\.onnx: onnxruntime cannot load the model"):
        onnxruntime.load_session(path, model.card, device="cpu")
    model.close()


def test_a_failure_of_the_runtime_names_device_and_frame() -> None:
    model = load_model("street", device="cpu")
    with pytest.raises(BackendError, match="CPU failed on a frame of 8×4"):
        model._session.run(np.zeros((4, 8, 2), np.uint8))
    model.close()
