"""Frames over what shall stand behind a matte, made ready where results are made. No Qt."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import ExportError
from engine.frame_result import FrameResult
from engine.results.foreground import foreground_colours
from engine.results.matte import OVERLAID, Compositor, Ground
from engine.segmentation import Segmentation
from engine.video.frame import Frame

_MOST = 1920 * 1080  # pixels of a picture; larger frames are composed smaller, for a screen shows no more of them


@dataclass(frozen=True, slots=True)
class Wanted:
    """What mattes are shown over. foreground: whether the person's own colours are estimated at the edge."""

    ground: Ground = OVERLAID
    foreground: bool = False

    def identity(self) -> str:
        """As a result says it."""
        return f"{self.ground.identity()}{', foreground colours' if self.foreground and self.ground.mixes else ''}"


class Composing:
    """Adds pictures to results. Its attributes may be set, and `finish` called, from any thread; never on the GUI's."""

    def __init__(self, failed: Callable[[ExportError, Ground], object]) -> None:
        """failed: told once what is wrong with a ground; mattes are drawn over the frame then."""
        self.wanted = Wanted()
        self.slots: frozenset[int] = frozenset()
        """Those that somebody looks at: 0 for A, 1 for B."""
        self._failed = failed
        self._closed = False
        self._lock = threading.Lock()
        self._made: tuple[Ground, Compositor | None] = OVERLAID, None

    def prepare(self) -> None:
        """Open the clip that is wanted behind, which may take a second; until then mattes stand over what was there."""
        ground = self.wanted.ground
        with self._lock:
            if self._made[0] == ground:
                return
        made = self._make(ground)
        with self._lock:
            if self._made[0] != ground == self.wanted.ground and not self._closed:
                self._release()
                self._made = ground, made
            elif made is not None:
                made.close()

    def lacks(self, result: FrameResult) -> bool:
        """Whether a result that is shown was made ready for another ground, or for other slots."""
        slots = self._slots(result)
        if not slots:
            return bool(result.pictures)
        made = {slot for slot, picture in enumerate(result.pictures) if picture is not None}
        return result.ground != self.wanted.identity() or not slots <= made

    def finish(self, result: FrameResult) -> FrameResult:
        """The result with a picture of every matte that is looked at; without pictures over the frame itself."""
        wanted, slots = self.wanted, self._slots(result)
        ground = wanted.ground
        if ground == OVERLAID:
            with self._lock:
                self._release()
        if not slots:
            return replace(result, pictures=(), ground="") if result.pictures else result
        with self._lock:
            if self._made[0] != ground and ground.kind != "clip":
                self._release()
                self._made = ground, self._make(ground)
            shown, compositor = Wanted(self._made[0], wanted.foreground), self._made[1]
            if compositor is None:
                return replace(result, pictures=(), ground="")
            frame = replace(result.frame, rgb=_bounded(result.frame.rgb))
            try:
                pictures = [
                    _composed(compositor, frame, made.segmentation, shown) if slot in slots else None
                    for slot, made in enumerate(result.slots)
                ]
            except ExportError as error:
                self._give_up(error)
                return replace(result, pictures=(), ground="")
        return replace(result, pictures=tuple(pictures), ground=shown.identity())

    def _slots(self, result: FrameResult) -> frozenset[int]:
        if self.wanted.ground == OVERLAID:
            return frozenset()
        mattes = {slot for slot, made in enumerate(result.slots) if made.segmentation.alpha is not None}
        return self.slots & mattes

    def close(self) -> None:
        """Release what is behind, and compose no more."""
        self._closed = True
        with self._lock:
            self._release()

    def _release(self) -> None:
        if self._made[1] is not None:
            self._made[1].close()
        self._made = OVERLAID, None

    def _give_up(self, error: ExportError) -> None:
        """What is behind breaks off."""
        ground = self._made[0]
        self._release()
        self._made = ground, None
        self._failed(error, ground)

    def _make(self, ground: Ground) -> Compositor | None:
        if self._closed:
            return None
        try:
            return Compositor(ground)
        except ExportError as error:
            self._failed(error, ground)
            return None


def _composed(compositor: Compositor, frame: Frame, made: Segmentation, wanted: Wanted) -> NDArray[np.uint8] | None:
    rgb = frame.rgb
    alpha = made.alpha_at((rgb.shape[1], rgb.shape[0]))
    if alpha is None:
        return None
    front = foreground_colours(rgb, alpha) if wanted.foreground and wanted.ground.mixes else None
    return compositor.over(rgb, alpha, at_s=frame.pts_s, front=front)


def _bounded(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = rgb.shape[:2]
    if width * height <= _MOST:
        return rgb
    scale = (_MOST / (width * height)) ** 0.5
    return np.asarray(cv2.resize(rgb, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA))
