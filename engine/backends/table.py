"""The runtimes: a row here and a file beside it for each. A file is imported when its runtime is asked for."""

import importlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from engine.backends.base import DEFAULT_BACKEND, BackendSession, Device
from engine.errors import BackendError, UnknownNameError

if TYPE_CHECKING:
    from engine.models.card import ModelCard


class LoadSession(Protocol):
    """What a runtime's file offers as `load_session`."""

    def __call__(self, path: Path, card: "ModelCard", *, device: Device, threads: int | None = None) -> BackendSession:
        """Load the model `path` (its `.onnx`), which `card` describes. Raises BackendError, ModelError."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """One runtime.

    name: what is asked for. title: name to show. module: its file, which offers a `load_session`. devices: where it
    runs. file, runs: which of a model's files it runs, and that in words. packages: distributions that bring it, any
    of which will do. remedy: what to do where it cannot be loaded. essential: masks on the CPU need it.
    providers: those of onnxruntime that it is made of. environment: variables that its libraries read while they are
    loaded, set where they are not.
    """

    name: str
    title: str
    module: str
    devices: tuple[Device, ...]
    file: Literal[".onnx", ".safetensors"]
    runs: str
    packages: tuple[str, ...]
    remedy: str
    essential: bool = False
    providers: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()

    def load(self) -> LoadSession:
        """Import its file. Raises BackendError with the remedy."""
        for variable, value in self.environment:
            os.environ.setdefault(variable, value)
        try:
            return importlib.import_module(self.module).load_session
        except (ImportError, OSError) as error:
            other = "" if self.name == DEFAULT_BACKEND else f", or use the backend {DEFAULT_BACKEND}"
            raise BackendError(f"{self.name} cannot be loaded ({error}); {self.remedy}{other}") from error


RUNTIMES: tuple[Runtime, ...] = (
    Runtime(
        name="onnxruntime",
        title="onnxruntime",
        module="engine.backends.onnxruntime",
        devices=("cpu", "cuda"),
        file=".onnx",
        runs="the .onnx",
        packages=("onnxruntime-gpu", "onnxruntime"),
        remedy="pip install --force-reinstall onnxruntime-gpu (on macOS onnxruntime)",
        essential=True,
        providers=("CPUExecutionProvider", "CUDAExecutionProvider"),
    ),
    Runtime(
        name="tensorrt",
        title="TensorRT",
        module="engine.backends.tensorrt",
        devices=("cuda",),
        file=".onnx",
        runs="the .onnx compiled for the GPU",
        packages=("onnxruntime-gpu",),
        remedy="pip install --force-reinstall onnxruntime-gpu",
        providers=("TensorrtExecutionProvider",),
    ),
    Runtime(
        name="torch",
        title="torch",
        module="engine.backends.torch",
        devices=("cpu", "cuda"),
        file=".safetensors",
        runs="the weights that were trained",
        packages=("torch",),
        remedy="install it with `pip install torch`",
        # Waiting workers must sleep: the cores they would spin on decode the next frame.
        environment=(("OMP_WAIT_POLICY", "PASSIVE"),),
    ),
)


def runtime_names() -> list[str]:
    """The runtimes by name, the one that is used unless another is asked for first."""
    return [runtime.name for runtime in RUNTIMES]


def runtime_of(name: str) -> Runtime:
    """The runtime of that name. Raises UnknownNameError, which lists all."""
    for runtime in RUNTIMES:
        if runtime.name == name:
            return runtime
    raise UnknownNameError(f"there is no backend {name!r}; known: {', '.join(runtime_names())}")


def check_device(runtime: Runtime, device: str) -> None:
    """Raise BackendError where `runtime` does not know `device`, with what to ask for instead."""
    if device == "auto" or device in runtime.devices:
        return
    if device in runtime_names():
        raise BackendError(f"{device} is a runtime and no device; ask for the backend {device}")
    raise BackendError(
        f"the backend {runtime.name} runs on {_either(runtime.devices)}, not on {device}; ask for the device "
        f"{_either(('auto', *runtime.devices))}, or for another backend"
    )


def _either(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last
