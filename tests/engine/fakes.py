"""Sources and methods for tests that need no decoder and no runtime."""

import threading
from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from engine.backends.base import ProviderReport
from engine.errors import VideoError
from engine.models.card import InputPolicy, ModelCard, Normalisation
from engine.models.classes import bundled_class_set
from engine.segmentation import Segmentation
from engine.video.frame import Frame
from engine.video.source import VideoSource


def picture(index: int, width: int = 32, height: int = 24) -> NDArray[np.uint8]:
    """A frame whose every pixel is `index` (mod 256)."""
    return np.full((height, width, 3), index % 256, np.uint8)


class FakeSource(VideoSource):
    """`count` frames at `rate` per second; `before` is called with the index before each one is delivered."""

    status: str | None = None

    def __init__(
        self,
        count: int = 10,
        *,
        rate: int = 25,
        size: tuple[int, int] = (32, 24),
        before: Callable[[int], None] | None = None,
        live: bool = False,
        error: VideoError | None = None,
    ) -> None:
        self.name = "fake.mp4"
        self.size = size
        self.frame_rate = Fraction(rate)
        self.frame_count = None if live else count
        self.live = live
        self._count = count
        self._before = before
        self._error = error
        self.decoded: list[int] = []
        self.reads: list[int] = []
        self.closed = threading.Event()
        self.open_decoders = 0

    def frames(self, start: int = 0) -> Iterator[Frame]:
        self.open_decoders += 1
        try:
            for index in range(start, self._count):
                self.decoded.append(index)
                yield self._frame(index)
            self.error = self._error
        finally:
            self.open_decoders -= 1

    def read(self, index: int) -> Frame:
        if not 0 <= index < self._count:
            raise VideoError(f"{self.name} has no frame {index}", frame=index)
        self.reads.append(index)
        return self._frame(index)

    def close(self) -> None:
        self.closed.set()

    def _frame(self, index: int) -> Frame:
        if self._before is not None:
            self._before(index)
        return Frame(index, index / float(self.frame_rate or 1), picture(index, *self.size))


class FakeMethod:
    """Classes are the frame's value mod 11; `before` is called with the frame's value before the work."""

    def __init__(self, name: str = "fake", *, before: Callable[[int], None] | None = None) -> None:
        self.name = name
        self.calls: list[int] = []
        self.closed = False
        self.resets: list[int] = []
        """How many frames it had seen at each reset."""
        self.card = ModelCard(
            name=name,
            version="1",
            task="semantic",
            class_set=bundled_class_set("camvid"),
            input=InputPolicy(),
            normalisation=Normalisation(mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0)),
            family="none",
            parameters=1_234_567,
            licence="for tests",
        )
        self.report = ProviderReport("auto", "CPUExecutionProvider", "CPU", "float32", None)
        self._before = before

    def reset(self) -> None:
        self.resets.append(len(self.calls))

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        value = int(rgb[0, 0, 0])
        self.calls.append(value)
        if self._before is not None:
            self._before(value)
        height, width = rgb.shape[:2]
        return Segmentation(np.full((height // 2, width // 2), value % 11, np.uint8), (width, height), 1.0)

    def close(self, timeout_s: float = -1) -> bool:
        self.closed = True
        return True
