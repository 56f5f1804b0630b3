"""Runtimes, one file each, behind the contract of `engine.backends.base`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from engine.backends.base import BACKENDS, Backend, BackendSession, Device
from engine.errors import BackendError, UnknownNameError

if TYPE_CHECKING:
    from engine.models.card import ModelCard


def open_session(
    backend: Backend, path: Path, card: "ModelCard", *, device: Device = "auto", threads: int | None = None
) -> BackendSession:
    """Load the model `path` (its `.onnx`), which `card` describes, into a session of `backend`.

    threads: CPU threads, None for all. Raises UnknownNameError for another backend, BackendError when the runtime is
    not installed or cannot load the model, ModelError when the model's files are damaged.
    """
    # Each runtime is imported when it is asked for: each takes a while, and the window's process never loads torch.
    if backend == "onnxruntime":
        from engine.backends.onnxruntime import load_session as load_onnxruntime

        return load_onnxruntime(path, card, device=device, threads=threads)
    if backend == "torch":
        # Waiting workers must sleep: the cores they would spin on decode the next frame. Read when torch is loaded.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        try:
            from engine.backends.torch import load_session as load_torch
        except (ImportError, OSError) as error:
            raise BackendError(
                f"torch cannot be loaded ({error}); install it with `pip install torch`, or use the backend onnxruntime"
            ) from error
        return load_torch(path, card, device=device, threads=threads)
    raise UnknownNameError(f"there is no backend {backend!r}; known: {', '.join(BACKENDS)}")
