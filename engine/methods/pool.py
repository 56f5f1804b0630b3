"""Models shared by the methods around them: A and `ema(A)` on the same frame cost one inference."""

import threading
from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.backends.base import ProviderReport
from engine.errors import BackendError
from engine.methods.base import Method, model_of
from engine.methods.recurrent import Recurrent
from engine.methods.spec import MethodSpec, parse_method
from engine.methods.wrappers import WRAPPERS
from engine.models.card import ModelCard
from engine.segmentation import Segmentation
from engine.segmenter import Segmenter
from engine.tasks import Memory, task_of

_KEPT = 2
"""Frames whose segmentation is kept: the one that both slots ask for, and one of a second reader of the clip."""


class SharedModel:
    """A model in use by several methods and threads: one call at a time, and no frame is segmented twice in a row.

    The same frame is the same array. It is freed when the last of its users has closed it.
    """

    def __init__(self, segmenter: Segmenter) -> None:
        self.card: ModelCard = segmenter.card
        self.report: ProviderReport = segmenter.report
        self.name = segmenter.name
        self._segmenter = segmenter
        self._lock = threading.Lock()
        self._made_lock = threading.Lock()
        self._made: deque[tuple[NDArray[np.uint8], Segmentation]] = deque(maxlen=_KEPT)
        self._steps: deque[tuple[NDArray[np.uint8], Memory, Segmentation, Memory]] = deque(maxlen=_KEPT)
        # Counting users must not wait for an inference; both locks are held to free the model.
        self._users_lock = threading.Lock()
        self._users = 0
        self._scores_wanted = 0
        self._closed = False

    def segment(self, rgb: NDArray[np.uint8], scores: bool) -> Segmentation:
        """Segment one frame, or return what was made of it. Raises BackendError once it is closed."""
        with self._lock:
            if self._closed:
                raise BackendError(f"{self.name} is already closed")
            made = self.seen(rgb)
            if made is not None and (made.scores is not None or not scores):
                return made
            made = self._segmenter.segment(rgb, scores=scores or self._wants_scores)
            with self._made_lock:
                self._made.append((rgb, made))
            return made

    def step(self, rgb: NDArray[np.uint8], memory: Memory) -> tuple[Segmentation, Memory]:
        """As `segment`, of a model with a memory. Users that come from the same frames have the very same memory, and
        share the step.
        """
        with self._lock:
            if self._closed:
                raise BackendError(f"{self.name} is already closed")
            for known, before, made, after in self._steps:
                if known is rgb and (before is memory or not (before or memory)):
                    return made, after
            made, after = self._segmenter.step(rgb, memory)
            self._steps.append((rgb, memory, made, after))
            return made, after

    @property
    def _wants_scores(self) -> bool:
        return self._scores_wanted > 0 and task_of(self.card.task).gives_scores

    def seen(self, rgb: NDArray[np.uint8]) -> Segmentation | None:
        """What was made of this very array lately, or None. Never waits for an inference."""
        with self._made_lock:
            return next((made for known, made in reversed(self._made) if known is rgb), None)

    def join(self, scores: bool) -> bool:
        """One more user; False once it is closed. Never waits for an inference.

        scores: it will want them, so that they are made the first time a frame is asked for.
        """
        with self._users_lock:
            if self._closed:
                return False
            self._users += 1
            self._scores_wanted += scores
            return True

    def leave(self, scores: bool, timeout_s: float = -1) -> bool:
        """One user fewer; the last one frees the runtime. Returns False if it still works after `timeout_s`."""
        if not self._lock.acquire(timeout=timeout_s):
            return False  # freeing it while it runs would crash
        try:
            with self._users_lock:
                self._users -= 1
                self._scores_wanted -= scores
                if self._users > 0 or self._closed:
                    return True
                self._closed = True
            with self._made_lock:
                self._made.clear()
            self._steps.clear()
            self._segmenter.close()
        finally:
            self._lock.release()
        return True


class ModelUse:
    """One method's use of a shared model: a method itself, without memory; a model that has one is asked about single
    frames. Whoever makes it has joined the model.
    """

    def __init__(self, model: SharedModel, name: str, *, scores: bool) -> None:
        self._model = model
        self._scores = scores
        self._left = False
        self.name = name
        self.card = model.card
        self.report = model.report

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        """Segment one frame, rgb uint8 (H, W, 3). Raises BackendError."""
        return self._model.segment(rgb, scores)

    def step(self, rgb: NDArray[np.uint8], memory: Memory) -> tuple[Segmentation, Memory]:
        """As `Segmenter.step`. Raises BackendError."""
        return self._model.step(rgb, memory)

    def seen(self, rgb: NDArray[np.uint8]) -> Segmentation | None:
        """What the model made of this frame alone for any of its users lately, or None. Costs nothing."""
        return self._model.seen(rgb)

    def reset(self) -> None:
        """Nothing is remembered here."""

    def close(self, timeout_s: float = -1) -> bool:
        """Leave the model; see SharedModel.leave."""
        if not self._left:
            self._left = self._model.leave(self._scores, timeout_s)
        return self._left


class MethodPool:
    """Makes methods by what is written, models loaded once each. May be used from several threads."""

    def __init__(self, load: Callable[[str], Segmenter]) -> None:
        """load: opens a model by its name or path; called once for each that is in use."""
        self._load = load
        self._lock = threading.Lock()
        self._models: dict[str, SharedModel] = {}

    def make(self, text: str) -> Method:
        """The method written as `text`, with a memory of its own.

        Raises UnknownNameError for what cannot be read, ModelError and BackendError as loading does.
        """
        spec = parse_method(text)
        wants_scores = _wants_scores(spec)
        use = self._use(spec.model, None, wants_scores)
        if use is None:
            # Loaded without the lock: whoever wants another model meanwhile need not wait for this one.
            use = self._use(spec.model, self._load(spec.model), wants_scores)
        assert use is not None
        return _wrapped(spec, use)

    def forget(self, name: str) -> None:
        """The model has changed on the disk: who asks for it from now on gets it from there; who has it keeps it."""
        with self._lock:
            self._models.pop(name, None)

    def _use(self, name: str, loaded: Segmenter | None, scores: bool) -> ModelUse | None:
        """A use of the model that is there, or of the one that was loaded; None where there is neither."""
        with self._lock:
            model = self._models.get(name)
            if model is None or not model.join(scores):
                if loaded is None:
                    return None
                model = self._models[name] = SharedModel(loaded)
                model.join(scores)
            elif loaded is not None:
                loaded.close()  # another thread was faster
            return ModelUse(model, model.name, scores=scores)


def unsmoothed(method: Method, rgb: NDArray[np.uint8]) -> Segmentation | None:
    """What the model inside a wrapper made of a frame, where it is at hand; None for a model itself."""
    model = model_of(method)
    return model.seen(rgb) if model is not method and isinstance(model, ModelUse) else None


def _wants_scores(spec: MethodSpec) -> bool:
    if spec.wrapper is None or spec.inner is None:
        return False
    return WRAPPERS[spec.wrapper].needs_scores or _wants_scores(spec.inner)


def _wrapped(spec: MethodSpec, model: ModelUse) -> Method:
    if spec.wrapper is None or spec.inner is None:
        return Recurrent(model) if model.card.has_memory else model
    inner = _wrapped(spec.inner, model)
    shown = str(MethodSpec(model.name, spec.wrapper, MethodSpec(inner.name), spec.value))
    kind = WRAPPERS[spec.wrapper]
    if kind.option is None:
        return kind.make(inner, shown)
    value = kind.option.default if spec.value is None else spec.value
    return kind.make(inner, shown, int(value) if kind.option.whole else value)
