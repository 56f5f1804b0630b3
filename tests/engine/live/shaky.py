"""A clip whose masks flicker, and a model that makes them: the same for every reader, with no decoder or runtime."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.models.card import Foreign, Recurrence
from engine.segmentation import Segmentation
from engine.tasks import Memory
from engine.video.frame import Frame
from tests.engine.fakes import FakeMethod, FakeSource

SIZE = (96, 64)


class ShakyClip(FakeSource):
    """A textured scene that moves by 2 pixels a frame under noise; another scene from frame `cut` on."""

    def __init__(
        self, count: int = 120, *, cut: int = 1_000_000, rate: int = 25, before: Callable[[int], None] | None = None
    ) -> None:
        super().__init__(count, rate=rate, size=SIZE, before=before)
        self._cut = cut

    def _frame(self, index: int) -> Frame:
        super()._frame(index)
        return Frame(index, index / float(self.frame_rate or 1), shaky_picture(index, after_cut=index >= self._cut))


def shaky_picture(index: int, *, after_cut: bool = False) -> NDArray[np.uint8]:
    """Frame `index`, uint8 (h, w, 3)."""
    scene = np.random.default_rng(int(after_cut)).integers(0, 128, (20, 60, 3)).astype(np.uint8)
    large = np.asarray(cv2.resize(scene, (600, 200), interpolation=cv2.INTER_LINEAR))
    left = 2 * index % (large.shape[1] - SIZE[0])
    here = large[: SIZE[1], left : left + SIZE[0]].astype(np.int16)
    noise = np.random.default_rng([7, index]).integers(-12, 13, here.shape)
    return (here + noise + (120 if after_cut else 0)).clip(0, 255).astype(np.uint8)


class ShakyModel(FakeMethod):
    """Classes by brightness, so that noise makes them flicker; with scores at half the size."""

    def __init__(self, name: str = "shaky") -> None:
        super().__init__(name)
        self.card = self.card.model_copy(update={"graph_hash": "sha256:" + 64 * "5"})

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        self.calls.append(len(self.calls))
        value = rgb[..., 0].astype(np.float32)
        centres = np.arange(11, dtype=np.float32)[:, None, None] * 24
        logits = -np.abs(value[None] - centres) / 10
        classes = logits.argmax(axis=0).astype(np.uint8)
        small = np.ascontiguousarray(logits[:, ::2, ::2]) if scores else None
        return Segmentation(classes, (rgb.shape[1], rgb.shape[0]), 1.0, small)


class ShakyMemory(ShakyModel):
    """A model with a memory of its own: it looks at the mean of all frames that it was given, newer ones weighing more,
    to the last bit of the oldest.
    """

    def __init__(self, name: str = "recurrent") -> None:
        super().__init__(name)
        foreign = Foreign(
            file="shaky.onnx",
            file_hash="sha256:0",
            layout="nchw",
            channels="rgb",
            output="sigmoid",
            recurrence=Recurrence(states=("r1i",)),
        )
        self.card = self.card.model_copy(update={"foreign": foreign, "graph_hash": "sha256:" + 64 * "6"})

    def step(self, rgb: NDArray[np.uint8], memory: Memory = ()) -> tuple[Segmentation, Memory]:
        total, count = memory or (np.zeros(rgb.shape), np.zeros(()))
        total, count = total + rgb * (count + 1.0), count + 1
        mean = (total / (count * (count + 1) / 2)).astype(np.uint8)
        return self.segment(mean), (total, count)
