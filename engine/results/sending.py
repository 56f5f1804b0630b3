"""What is being watched, sent to a virtual camera that calls and streams take for a real one.

v4l2loopback on Linux, that of OBS Studio on Windows and macOS, by pyvirtualcam (the extra `virtual-camera`).
"""

import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import CameraError, SteadymaskError
from engine.frame_result import FrameResult
from engine.models.classes import ClassSet
from engine.results.drawing import Drawing, Painter
from engine.results.matte import OVERLAID

USUAL_RATE = 30.0
"""Frames a second that a camera promises where the source has no rate of its own."""

_MOST = (1920, 1080)  # pixels that calls and streams take
_KEEP_S = 0.5  # a picture that stands is sent again after so long: readers take silence for an end
_RECENT = 60  # pictures that the rate is told by
_NEEDS = "pip install 'steadymask[virtual-camera]'"
_REMEDIES = {
    "linux": "make one with v4l2loopback: sudo modprobe v4l2loopback exclusive_caps=1 card_label=Steadymask",
    "win32": "install OBS Studio, which brings one, and close whatever else sends to it",
    "darwin": "install OBS Studio 30 or later, start its virtual camera once, and quit it",
}


@dataclass(frozen=True, slots=True)
class SendingState:
    """How a sending is doing. device: the camera's name, empty until it is open. size: (width, height), pixels. sent:
    pictures, each once. dropped: those that a newer one replaced before they were drawn. rate: pictures a second, None
    before there are some. error: why it ended by itself, or None.
    """

    device: str
    size: tuple[int, int]
    sent: int
    dropped: int
    rate: float | None
    error: str | None
    running: bool


class Sender:
    """Draws and sends results of slot A, in a thread of its own that opens and closes the camera. One waits at most:
    a newer one replaces it, so that what is sent never lags.

    Nothing is sent of a frame without masks, nor of one without a matte where something stands behind it; and where
    that cannot be drawn, the sending ends. So nobody's room is shown who has chosen another one.
    """

    def __init__(self, size: tuple[int, int], class_set: ClassSet, drawing: Drawing, rate: float | None = None) -> None:
        """size: (width, height) of the frames. class_set: of the model. rate: of the source, frames a second."""
        self.size = sent_size(size)
        self._class_set, self._rate = class_set, rate or USUAL_RATE
        self._changed = threading.Condition()
        # All of these are read and written while holding `_changed`.
        self._drawing = drawing
        self._waiting: FrameResult | None = None
        self._stopped = False
        self._device = ""
        self._sent = self._dropped = 0
        self._times: deque[float] = deque(maxlen=_RECENT)
        self._error: str | None = None
        self._thread = threading.Thread(target=self._run, name="steadymask-send", daemon=True)
        self._thread.start()

    def put(self, result: FrameResult) -> None:
        """Send a result that has masks, as soon as can be. Never waits; any thread."""
        with self._changed:
            if self._stopped or not result.slots:
                return
            self._dropped += self._waiting is not None
            self._waiting = result
            self._changed.notify_all()

    def draw(self, drawing: Drawing) -> None:
        """Draw like this from the next picture on; any thread."""
        with self._changed:
            self._drawing = drawing

    @property
    def state(self) -> SendingState:
        """How it is doing; any thread."""
        with self._changed:
            span = self._times[-1] - self._times[0] if len(self._times) > 1 else 0.0
            rate = (len(self._times) - 1) / span if span > 0 else None
            alive = self._thread.is_alive() and self._error is None
            return SendingState(self._device, self.size, self._sent, self._dropped, rate, self._error, alive)

    def stop(self, join_s: float = 2.0) -> bool:
        """Close the camera, within `join_s` seconds. Returns False when it hangs. May be called twice."""
        with self._changed:
            self._stopped, self._waiting = True, None
            self._changed.notify_all()
        self._thread.join(join_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            camera = open_camera(self.size, self._rate)
            try:
                with self._changed:
                    self._device = str(camera.device)
                self._send_all(camera.send)
            finally:
                camera.close()
        except SteadymaskError as error:
            self._end(str(error))
        except Exception as error:  # noqa: BLE001 - drivers raise what they like; the interface must see it
            self._end(f"the virtual camera failed ({error}); start it again")

    def _send_all(self, send: Callable[[NDArray[np.uint8]], object]) -> None:
        painter: Painter | None = None
        painted_as: Drawing | None = None
        picture: NDArray[np.uint8] | None = None
        try:
            while (taken := self._take()) is not None:
                result, drawing = taken
                if result is not None:
                    if drawing.ground != OVERLAID and result.segmentation.alpha is None:
                        continue
                    if painter is None or drawing is not painted_as:
                        if painter is not None:
                            painter.close()
                        painter, painted_as = Painter(self._class_set, drawing), drawing
                    picture = pictured(result, painter, self.size)
                if picture is None:
                    continue
                send(picture)
                if result is not None:
                    with self._changed:
                        self._sent += 1
                        self._times.append(time.monotonic())
        finally:
            if painter is not None:
                painter.close()

    def _take(self) -> tuple[FrameResult | None, Drawing] | None:
        """The newest result, or None for it where there is none for a while; None once it is to end."""
        with self._changed:
            if self._waiting is None and not self._stopped:
                self._changed.wait(_KEEP_S)
            result, self._waiting = self._waiting, None
            return None if self._stopped else (result, self._drawing)

    def _end(self, error: str) -> None:
        with self._changed:
            self._error, self._stopped, self._waiting = error, True, None


def open_camera(size: tuple[int, int], rate: float) -> Any:
    """A `pyvirtualcam.Camera` for pictures of `size` (width, height). Raises CameraError with the remedy."""
    try:
        import pyvirtualcam
    except ImportError as error:
        raise CameraError(
            f"a virtual camera takes pyvirtualcam, which cannot be loaded ({error}); run: {_NEEDS}"
        ) from error
    try:
        return pyvirtualcam.Camera(*size, rate, fmt=pyvirtualcam.PixelFormat.RGB)
    except Exception as error:
        # RuntimeError where there is no camera; drivers raise what they like.
        remedy = _REMEDIES.get(sys.platform, "pyvirtualcam's page says which ones it knows")
        why = " ".join(str(error).split())
        raise CameraError(f"there is no virtual camera that can be sent to ({why}); {remedy}") from error


def sent_size(size: tuple[int, int]) -> tuple[int, int]:
    """What is sent of frames of `size` (width, height): no more than 1920 × 1080, or 1080 × 1920, and even sides."""
    width, height = size
    most = _MOST if width >= height else _MOST[::-1]
    scale = min(1.0, most[0] / width, most[1] / height)
    width, height = (max(2, int(side * scale) // 2 * 2) for side in size)
    return width, height


def pictured(result: FrameResult, painter: Painter, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Slot A of a result as it is sent, uint8 (h, w, 3) of `size` (width, height); of another shape with bars."""
    rgb, made = result.frame.rgb, result.segmentation
    height, width = rgb.shape[:2]
    scale = min(size[0] / width, size[1] / height)
    inner = _near(width * scale, size[0]), _near(height * scale, size[1])
    small = rgb if inner == (width, height) else cv2.resize(rgb, inner, interpolation=cv2.INTER_AREA)
    mask = made.mask if inner == (width, height) else cv2.resize(made.mask, inner, interpolation=cv2.INTER_NEAREST)
    drawn = painter.drawn(
        np.asarray(small, np.uint8), np.asarray(mask, np.uint8), made.alpha_at(inner), result.frame.pts_s
    )
    left, top = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    if inner == size:
        return np.ascontiguousarray(drawn)
    whole = np.zeros((size[1], size[0], 3), np.uint8)
    whole[top : top + inner[1], left : left + inner[0]] = drawn
    return whole


def _near(pixels: float, whole: int) -> int:
    """A side's pixels; a side that was made even is off by less than two, which is no shape of its own."""
    return whole if abs(whole - pixels) < 2 else max(1, round(pixels))
