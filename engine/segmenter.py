"""A model that is ready to segment frames."""

import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.backends.base import DEFAULT_BACKEND, BackendSession, Device, ProviderReport
from engine.models.card import ModelCard
from engine.segmentation import Segmentation
from engine.tasks import Memory


class Segmenter:
    """One model on one runtime: frame in, segmentation out. Use it from one thread at a time. It remembers nothing.

    path: its `.onnx`. card: what it is.
    """

    def __init__(self, path: Path, card: ModelCard, session: BackendSession) -> None:
        self.path = path
        self.card = card
        self._session = session

    @property
    def name(self) -> str:
        """The model's name, as the library knows it."""
        return self.card.name

    @property
    def report(self) -> ProviderReport:
        """What the model really runs on."""
        return self._session.report

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        """Segment one frame.

        rgb: uint8 (H, W, 3) RGB, any size. The graph takes any size too, but a larger frame is shrunk here by area:
        that neither aliases nor sends bytes to the device that it would throw away.
        Of a model with a memory it is what that says of this frame alone; in a pool (`engine.methods`) it has one.
        Raises ValueError for another shape or type, BackendError when the runtime fails.
        """
        return self._run(rgb, scores, None)[0]

    def step(self, rgb: NDArray[np.uint8], memory: Memory = ()) -> tuple[Segmentation, Memory]:
        """As `segment`, of a model with a memory. memory: what came with the frame before, of the same size; () before
        the first one. Returns what goes with the next one, too.
        """
        return self._run(rgb, False, memory)

    def _run(self, rgb: NDArray[np.uint8], scores: bool, memory: Memory | None) -> tuple[Segmentation, Memory]:
        if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
            raise ValueError(f"a frame must be uint8 (H, W, 3), this one is {rgb.dtype} {rgb.shape}")
        height, width = rgb.shape[:2]
        size = self.card.input.size_for(width, height)
        begin = time.perf_counter()
        if size[0] <= width and size[1] <= height and size != (width, height):
            small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
        else:
            small = np.ascontiguousarray(rgb)
        made = self._session.run(small, scores=scores, memory=memory)
        elapsed_ms = (time.perf_counter() - begin) * 1000
        return Segmentation.of(made, (width, height), elapsed_ms), made.memory or ()

    def reset(self) -> None:
        """Nothing is remembered."""

    def close(self, timeout_s: float = -1) -> bool:
        """Free the runtime's memory. May be called twice. Nothing else uses it, so there is nothing to wait for."""
        self._session.close()
        return True


def load_model(
    name: str | Path, *, device: Device = "auto", threads: int | None = None, backend: str = DEFAULT_BACKEND
) -> Segmenter:
    """Load a model by its name in the library, or by the path of its `.onnx`.

    device: where, `auto`, `cpu` or `cuda`; what really runs is in `report`. threads: CPU threads, None for all.
    backend: the runtime, see `engine.backends.table`: `onnxruntime` and `tensorrt` run the `.onnx`, `torch` runs the
    network with the weights of the `.safetensors` beside it. Raises ModelError for an unknown, damaged or mismatched
    model, UnknownNameError for an unknown runtime, BackendError when it does not know the device or cannot load it.
    """
    # Imported here: onnx takes a quarter of a second to load, and whoever only reads a video does not need it.
    from engine.backends import open_session
    from engine.models.bundle import read_graph
    from engine.models.library import find_model

    path = find_model(name)
    _, card = read_graph(path)
    return Segmenter(path, card, open_session(backend, path, card, device=device, threads=threads))
