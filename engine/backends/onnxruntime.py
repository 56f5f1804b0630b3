"""onnxruntime: CUDA where it is there, CPU everywhere."""

import contextlib
import importlib.util
import io
import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from engine.backends import hardware
from engine.backends.base import Device, ProviderReport
from engine.errors import BackendError
from engine.models.card import ModelCard
from engine.models.recurrence import output_of
from engine.models.wrap import FRAME, SCORES
from engine.tasks import Memory, Outputs

_FLOATS = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(double)": np.float64}


@dataclass(frozen=True, slots=True)
class Provider:
    """One of onnxruntime's ways to run. id: onnxruntime's name. shown: name to show.

    left_out: reason and remedy where onnxruntime leaves it out and says nothing.
    """

    id: str
    shown: str
    left_out: str = ""


CPU = Provider("CPUExecutionProvider", hardware.NAMES["cpu"])
CUDA = Provider(
    "CUDAExecutionProvider",
    hardware.NAMES["cuda"],
    "its libraries could not be loaded; install steadymask[gpu], which brings CUDA and cuDNN",
)


class OnnxRuntimeSession:
    """One model in one onnxruntime session. Implements `engine.backends.base.BackendSession`.

    threads: intra-op threads on the CPU; None uses every core. first: tried on a GPU before CUDA; it was asked for by
    its name, so the report warns where it is not what runs.
    """

    def __init__(
        self,
        model: bytes,
        *,
        device: Device = "auto",
        precision: str = "float32",
        threads: int | None = None,
        first: Provider | None = None,
    ) -> None:
        options = ort.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = threads or os.cpu_count() or 1
        # Waiting workers must sleep: the cores they would spin on decode the next frame.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        providers, reason = _choose(device, first)
        try:
            self._session: ort.InferenceSession | None = _start(model, options, providers)
        except Exception as error:
            # onnxruntime raises a dozen types of its own, all straight under Exception, and a failing GPU provider
            # raises too: then the CPU takes over, and the report says why.
            if providers == [CPU]:
                raise BackendError(f"onnxruntime cannot load the model: {error}") from error
            reason = f"{providers[0].shown} failed to start: {error}"
            self._session = _start(model, options, [CPU])
        actual = self._session.get_providers()[0]
        running = next((each.shown for each in (*providers, CPU) if each.id == actual), actual)
        wanted = first.shown if first is not None else None if device == "auto" else hardware.NAMES[device]
        self.report = ProviderReport(
            requested=device,
            provider=actual,
            device=running,
            precision=precision,
            warning=hardware.warning(wanted, running, reason or _left_out(providers[0])),
        )
        given = [output.name for output in self._session.get_outputs()]
        self.has_scores = SCORES in given
        self._first = first_states(self._session, FRAME)
        self._states = [output_of(name) for name in self._first]
        self._always = [name for name in given if name not in (SCORES, *self._states)]

    def run(self, frame: NDArray[np.uint8], *, scores: bool = False, memory: Memory | None = None) -> Outputs:
        """Run the graph once; see `BackendSession.run`."""
        if self._session is None:
            raise BackendError("this model was closed; load it again")
        if scores and not self.has_scores:
            raise BackendError("this model gives no scores; choose one that does")
        names = [*self._always, SCORES] if scores else self._always
        states = dict(zip(self._first, memory, strict=True)) if memory else self._first
        asked = names if memory is None else [*names, *self._states]
        try:
            found = self._session.run(asked, {FRAME: frame[np.newaxis], **states})
        except Exception as error:
            # See __init__: onnxruntime's exceptions share no base class but Exception.
            raise BackendError(
                f"{self.report.device} failed on a frame of {frame.shape[1]}×{frame.shape[0]}: {error}"
            ) from error
        made = {name: value[0] for name, value in zip(names, found[: len(names)], strict=True)}
        return Outputs(**made, memory=None if memory is None else tuple(found[len(names) :]))

    def close(self) -> None:
        """Free the session."""
        self._session = None


def first_states(session: ort.InferenceSession, *others: str) -> dict[str, NDArray]:
    """What a model with a memory takes before its first frame, by name: zeros in the declared shape, one of each axis
    whose length is free. others: inputs that are no states. Raises BackendError for an input that can be none.
    """
    first = {}
    for entry in session.get_inputs():
        if entry.name in others:
            continue
        if entry.type not in _FLOATS:
            raise BackendError(
                f"the model's input {entry.name!r} is no state from frame to frame, it holds {entry.type}"
            )
        first[entry.name] = np.zeros(
            [side if isinstance(side, int) else 1 for side in entry.shape], _FLOATS[entry.type]
        )
    return first


def _choose(device: Device, first: Provider | None) -> tuple[list[Provider], str | None]:
    """Return the providers to ask for, best first, and why the device cannot be had (None when it may work)."""
    if device == "cpu":
        return [CPU], None
    wanted = first or CUDA
    if wanted.id not in ort.get_available_providers():
        return [CPU], f"this onnxruntime ({ort.__version__}) was built without {wanted.shown}; install onnxruntime-gpu"
    if not hardware.nvidia_driver():
        return [CPU], hardware.NO_DRIVER
    preload()
    return list(dict.fromkeys([wanted, CUDA, CPU])), None


def _start(model: bytes, options: ort.SessionOptions, providers: list[Provider]) -> ort.InferenceSession:
    # onnxruntime's own fallback to the CPU prints on standard output, and would change the device behind our back.
    return ort.InferenceSession(model, options, providers=[each.id for each in providers], enable_fallback=0)


def _left_out(provider: Provider) -> str:
    """Why onnxruntime left `provider` out without an error, with the remedy."""
    failed = preload() if provider != CPU else None
    return f"{provider.left_out} ({failed})" if failed else provider.left_out


@cache
def preload() -> str | None:
    """Load the CUDA and cuDNN libraries that came with pip, once a process, before the first CUDA session.

    They come with the `gpu` extra or with a CUDA build of torch; both keep them in `site-packages/nvidia`, some builds
    of torch in its own `lib` folder. Never raises. Returns what could not be loaded, None when nothing is missing; then
    the system's own libraries may still serve.
    """
    failed = _preload_from(None)
    torch_libraries = _torch_libraries() if failed else None
    if torch_libraries is not None and _preload_from(torch_libraries) is None:
        return None
    return failed


def _preload_from(directory: Path | None) -> str | None:
    """Preload from `directory`, or from where onnxruntime looks by itself; return what failed."""
    said = io.StringIO()  # it tells failures by printing them, and standard output may hold a JSON document
    try:
        with contextlib.redirect_stdout(said):
            ort.preload_dlls(directory=None if directory is None else str(directory))
    except Exception as error:  # noqa: BLE001 - whatever it is, the session decides whether CUDA runs without
        return f"preloading failed: {error}"
    names = [Path(name).name for name in re.findall(r"Failed to load (.+?): ", said.getvalue())]
    return f"not found or not loadable: {', '.join(dict.fromkeys(names))}" if names else None


def _torch_libraries() -> Path | None:
    """The `lib` folder of the torch that is installed, found without importing it; None where there is none."""
    found = importlib.util.find_spec("torch")
    folder = None if found is None or found.origin is None else Path(found.origin).parent / "lib"
    return folder if folder is not None and folder.is_dir() else None


def load_session(path: Path, card: ModelCard, *, device: Device, threads: int | None = None) -> OnnxRuntimeSession:
    """Load `path`, which `card` describes, into a session. Raises BackendError that names the file."""
    return load_into(path, card, device=device, threads=threads)


def load_into(
    path: Path, card: ModelCard, *, device: Device, threads: int | None = None, first: Provider | None = None
) -> OnnxRuntimeSession:
    """As `load_session`, with a provider that is tried `first` on a GPU."""
    try:
        return OnnxRuntimeSession(
            path.read_bytes(), device=device, precision=card.precision, threads=threads, first=first
        )
    except BackendError as error:
        raise BackendError(f"{path}: {error}") from error
