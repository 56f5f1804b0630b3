"""Runtimes, one file each, behind the contract of `engine.backends.base`; `engine.backends.table` lists them."""

from pathlib import Path
from typing import TYPE_CHECKING

from engine.backends.base import BackendSession, Device
from engine.backends.table import check_device, runtime_of

if TYPE_CHECKING:
    from engine.models.card import ModelCard


def open_session(
    backend: str, path: Path, card: "ModelCard", *, device: Device = "auto", threads: int | None = None
) -> BackendSession:
    """Load the model `path` (its `.onnx`), which `card` describes, into a session of `backend`.

    threads: CPU threads, None for all. Raises UnknownNameError for another backend, BackendError when it does not know
    the device, is not installed or cannot load the model, ModelError when the model's files are damaged.
    """
    runtime = runtime_of(backend)
    check_device(runtime, device)
    # Each runtime is imported when it is asked for: each takes a while, and the window's process never loads torch.
    return runtime.load()(path, card, device=device, threads=threads)
