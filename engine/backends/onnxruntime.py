"""onnxruntime: CUDA, TensorRT where it is asked for, CPU everywhere."""

import ctypes
import os
import sys
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from engine.backends.base import Device, ProviderReport
from engine.errors import BackendError
from engine.models.wrap import CLASSES, FRAME, SCORES

_PROVIDERS: dict[str, str] = {
    "tensorrt": "TensorrtExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
_NAMES = {"TensorrtExecutionProvider": "TensorRT", "CUDAExecutionProvider": "CUDA", "CPUExecutionProvider": "CPU"}


class OnnxRuntimeSession:
    """One model in one onnxruntime session. Implements `engine.backends.base.BackendSession`.

    threads: intra-op threads on the CPU; None uses every core.
    """

    def __init__(
        self, model: bytes, *, device: Device = "auto", precision: str = "float32", threads: int | None = None
    ) -> None:
        options = ort.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = threads or os.cpu_count() or 1
        # Waiting workers must sleep: the cores they would spin on decode the next frame.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        providers, reason = _choose(device)
        try:
            self._session: ort.InferenceSession | None = ort.InferenceSession(model, options, providers=providers)
        except Exception as error:
            # onnxruntime raises a dozen types of its own, all straight under Exception, and a failing GPU provider
            # raises too: then the CPU takes over, and the report says why.
            if providers == [_PROVIDERS["cpu"]]:
                raise BackendError(f"onnxruntime cannot load the model: {error}") from error
            reason = f"{_NAMES[providers[0]]} failed to start: {error}"
            self._session = ort.InferenceSession(model, options, providers=[_PROVIDERS["cpu"]])
        actual = self._session.get_providers()[0]
        self.report = ProviderReport(
            requested=device,
            provider=actual,
            device=_NAMES.get(actual, actual),
            precision=precision,
            warning=_warning(device, actual, reason),
        )
        self.has_scores = SCORES in {output.name for output in self._session.get_outputs()}

    def run(
        self, frame: NDArray[np.uint8], *, scores: bool = False
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32] | None]:
        """Run the graph once; see `BackendSession.run`."""
        if self._session is None:
            raise BackendError("this model was closed; load it again")
        if scores and not self.has_scores:
            raise BackendError("this model gives classes only, no scores; choose one that does")
        try:
            outputs = self._session.run([CLASSES, SCORES] if scores else [CLASSES], {FRAME: frame[np.newaxis]})
        except Exception as error:
            # See __init__: onnxruntime's exceptions share no base class but Exception.
            raise BackendError(
                f"{self.report.device} failed on a frame of {frame.shape[1]}×{frame.shape[0]}: {error}"
            ) from error
        return outputs[0][0], outputs[1][0] if scores else None

    def close(self) -> None:
        """Free the session."""
        self._session = None


def _choose(device: Device) -> tuple[list[str], str | None]:
    """Return the providers to ask for, best first, and why the device cannot be had (None when it may work)."""
    cpu = [_PROVIDERS["cpu"]]
    if device == "cpu":
        return cpu, None
    wanted = _PROVIDERS["cuda" if device == "auto" else device]
    if wanted not in ort.get_available_providers():
        return cpu, f"this onnxruntime ({ort.__version__}) was built without {_NAMES[wanted]}; install onnxruntime-gpu"
    if not _nvidia_driver():
        return cpu, "no NVIDIA driver was found on this machine; install the driver, or choose the CPU"
    _preload()
    chain = [wanted, _PROVIDERS["cuda"]] if device == "tensorrt" else [wanted]
    return chain + cpu, None


def _warning(device: Device, actual: str, reason: str | None) -> str | None:
    """Words for a device that was asked for and is not what runs; `auto` warns only when a GPU is there and fails."""
    if device == "cpu" or actual == _PROVIDERS.get(device) or (device == "auto" and actual == _PROVIDERS["cuda"]):
        return None
    if device == "auto":
        return f"Running on the CPU: {reason}." if reason is not None and _nvidia_driver() else None
    why = reason or "its libraries could not be loaded; install steadymask[gpu], which brings CUDA and cuDNN"
    return f"{_NAMES[_PROVIDERS[device]]} was asked for, {_NAMES.get(actual, actual)} is running: {why}."


@cache
def _nvidia_driver() -> bool:
    name = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


@cache
def _preload() -> None:
    """Let the CUDA and cuDNN libraries that came with pip packages be found."""
    if hasattr(ort, "preload_dlls"):
        ort.preload_dlls()


def load_session(path: Path, *, device: Device, precision: str, threads: int | None = None) -> OnnxRuntimeSession:
    """Load `path` into a session. Raises BackendError that names the file."""
    try:
        return OnnxRuntimeSession(path.read_bytes(), device=device, precision=precision, threads=threads)
    except BackendError as error:
        raise BackendError(f"{path}: {error}") from error
