"""What stands in slot A or B, and what all wrappers around a method share."""

import time
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.backends.base import ProviderReport
from engine.flow.cuts import CutDetector
from engine.models.card import ModelCard
from engine.segmentation import Segmentation
from engine.tasks import Outputs, Task, task_of


class FrameSegmenter(Protocol):
    """Makes one segmentation of one frame. Called from one thread at a time."""

    @property
    def name(self) -> str:
        """Name to show, as it is written: `street`, `ema(street, alpha=0.7)`."""

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        """Segment one frame, rgb uint8 (H, W, 3). Raises BackendError when the runtime fails."""


class Method(FrameSegmenter, Protocol):
    """What stands in slot A or B: takes the frames of a clip in display order, and may remember earlier ones."""

    @property
    def card(self) -> ModelCard:
        """The card of the model inside."""

    @property
    def report(self) -> ProviderReport:
        """What the model inside really runs on."""

    def reset(self) -> None:
        """Forget earlier frames: after a seek, and before another clip. A cut is noticed without it."""

    def close(self, timeout_s: float = -1) -> bool:
        """Free what it holds. May be called twice. Returns False if it still works after `timeout_s`, −1 to wait."""


class Wrapper:
    """A method around a method, with a memory of earlier frames that a cut and `reset` empty.

    `inference_ms` of its segmentations is the whole latency of that frame: the inner method's, where it ran, plus its
    own.
    """

    def __init__(self, inner: Method, name: str) -> None:
        self.inner = inner
        self.name = name
        self._cuts = CutDetector()

    @property
    def card(self) -> ModelCard:
        """The card of the model inside."""
        return self.inner.card

    @property
    def task(self) -> Task:
        """What the model inside is for; it knows how its outputs are smoothed."""
        return task_of(self.card.task)

    @property
    def report(self) -> ProviderReport:
        """What the model inside really runs on."""
        return self.inner.report

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        """Segment one frame, rgb uint8 (H, W, 3). `scores` are left out: what is smoothed has none of its own."""
        begin = time.perf_counter()
        if self._cuts.update(rgb):
            self.forget()
        made, inner_ms, inner_wall_ms = self.smooth(rgb)
        own_ms = (time.perf_counter() - begin) * 1000 - inner_wall_ms
        return Segmentation.of(made, (rgb.shape[1], rgb.shape[0]), inner_ms + own_ms)

    def smooth(self, rgb: NDArray[np.uint8]) -> tuple[Outputs, float, float]:
        """What it gives of this frame, and of the inner call its `inference_ms` and how long it took here, ms.

        The two differ where the inner method had its answer ready from the other slot.
        """
        raise NotImplementedError

    def ask(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> tuple[Outputs, float, float]:
        """As `smooth`, of the inner method. Of a task without scores they are not asked for."""
        begin = time.perf_counter()
        made = self.inner.segment(rgb, scores=scores and self.task.gives_scores)
        return made.outputs, made.inference_ms, (time.perf_counter() - begin) * 1000

    def run_in(self, index: int) -> int:
        """How many frames right before frame `index` it must be given after a reset, so that the mask of this one is
        the one that it makes when it is given the clip from frame 0 on.
        """
        return run_in(self.inner, index)

    def forget(self) -> None:
        """Empty the memory of earlier frames: after a cut."""

    def reset(self) -> None:
        """Forget earlier frames, the inner method's too."""
        self._cuts.reset()
        self.forget()
        self.inner.reset()

    def close(self, timeout_s: float = -1) -> bool:
        """Close the inner method."""
        return self.inner.close(timeout_s)


class Trailing(Wrapper):
    """A wrapper whose masks depend on a certain number of earlier frames."""

    memory: int
    """How many."""

    def run_in(self, index: int) -> int:
        """See Wrapper."""
        own = min(index, self.memory)
        return own + run_in(self.inner, index - own)


class Rare(Wrapper):
    """A wrapper that asks for the mask of every n-th frame of the clip, and for that of the first one after a cut."""

    def __init__(self, inner: Method, name: str, every: int) -> None:
        super().__init__(inner, name)
        self._every = every
        self._seen = 0

    def turn(self) -> bool:
        """Count a frame. Returns whether it is one of every n. A cut does not move the turns, so that they can be told
        from a frame's index.
        """
        self._seen += 1
        return (self._seen - 1) % self._every == 0

    def run_in(self, index: int) -> int:
        """See Wrapper."""
        turns = index // self._every
        return index - (turns - run_in(self.inner, turns)) * self._every

    def reset(self) -> None:
        """Forget earlier frames; the next one is the first of every n."""
        super().reset()
        self._seen = 0


def run_in(method: FrameSegmenter, index: int) -> int:
    """How many frames a method must be given unseen before frame `index`; see `Wrapper.run_in`. A model without memory
    needs none.
    """
    return method.run_in(index) if isinstance(method, Wrapper) else 0


def model_of(method: Method) -> Method:
    """The model inside all wrappers, unsmoothed; one with a memory is there asked about each frame alone."""
    while isinstance(method, Wrapper):
        method = method.inner
    return method
