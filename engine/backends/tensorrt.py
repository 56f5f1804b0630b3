"""TensorRT, as onnxruntime's provider: compiles the inference graph for the GPU that is there."""

from pathlib import Path

from engine.backends.base import Device
from engine.backends.onnxruntime import OnnxRuntimeSession, Provider, load_into
from engine.models.card import ModelCard

TENSORRT = Provider(
    "TensorrtExecutionProvider",
    "TensorRT",
    "its libraries could not be loaded; install NVIDIA TensorRT and put the folder of its libraries on the search path "
    "(LD_LIBRARY_PATH, on Windows PATH)",
)


def load_session(path: Path, card: ModelCard, *, device: Device, threads: int | None = None) -> OnnxRuntimeSession:
    """Load `path`, which `card` describes; CUDA, then the CPU takes over where TensorRT does not start, with a warning.

    Raises BackendError that names the file.
    """
    return load_into(path, card, device=device, threads=threads, first=TENSORRT)
