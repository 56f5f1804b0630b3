"""Local cameras by index, through OpenCV."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

if sys.platform == "win32":
    # Media Foundation's hardware transforms take half a minute to start on some machines. Set before cv2 is loaded.
    os.environ.setdefault("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", "0")

import cv2

from engine.errors import CameraError
from engine.video.live import LiveSource, OnStatus

_OPEN_TIMEOUT_S = 6.0
_RATE_MAX = 1000.0
_BLANK_READS = 5  # some drivers miss a picture now and then; more in a row mean that the camera is gone


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """A camera that can be opened: its index and the name that its driver gives it."""

    index: int
    name: str


def list_cameras(limit: int = 5) -> list[CameraInfo]:
    """Return the cameras of this machine. On Linux without touching them; elsewhere by trying the first `limit`."""
    if sys.platform == "linux":
        return _list_video4linux(Path("/sys/class/video4linux"))
    found = []
    with _quiet():
        for index in range(limit):
            device = cv2.VideoCapture(index)
            if device.isOpened():
                found.append(CameraInfo(index, f"camera {index}"))
            device.release()
    return found


def _list_video4linux(folder: Path) -> list[CameraInfo]:
    found = []
    for entry in folder.glob("video*"):
        number = entry.name.removeprefix("video")
        # A camera has further nodes for metadata; its pictures come from the first.
        if number.isdecimal() and _text(entry / "index", "0") == "0":
            found.append(CameraInfo(int(number), _text(entry / "name", f"camera {number}")))
    return sorted(found, key=lambda camera: camera.index)


def _text(path: Path, otherwise: str) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return otherwise


class CameraSource(LiveSource):
    """A camera. A stall or an unplugged cable is told within 2 s (`status`, `on_status`), and it is opened again."""

    def __init__(
        self,
        index: int,
        *,
        on_status: OnStatus | None = None,
        open_device: Callable[[int], Any] | None = None,
        open_timeout_s: float = _OPEN_TIMEOUT_S,
    ) -> None:
        """Open camera `index` and wait for its first picture.

        open_device: makes the object to read from, with the methods of cv2.VideoCapture (tests give their own).
        Raises CameraError if it does not answer.
        """
        name = f"camera {index}"
        make = open_device or cv2.VideoCapture
        super().__init__(
            name,
            lambda: CameraCapture(index, name, make),
            open_timeout_s=open_timeout_s,
            give_up_s=None,
            on_status=on_status,
        )


class CameraCapture:
    """One opened camera; see live.Capture."""

    def __init__(self, index: int, name: str, make: Callable[[int], Any]) -> None:
        self._name = name
        try:
            with _quiet():
                self._device = make(index)
                opened = self._device.isOpened()
        except cv2.error as failure:
            raise CameraError(f"{name} cannot be opened ({failure}).") from failure
        if not opened:
            self._device.release()
            raise CameraError(
                f"{name} cannot be opened. Check that it is connected, not in use by another program, and allowed for "
                "this one."
            )
        rate = self._device.get(cv2.CAP_PROP_FPS)
        self.frame_rate = Fraction(str(round(rate, 3))) if 0 < rate <= _RATE_MAX else None

    def read(self) -> NDArray[np.uint8] | None:
        """Return the next picture, uint8 (H, W, 3) RGB. Raises CameraError if none comes."""
        for _ in range(_BLANK_READS):
            try:
                came, bgr = self._device.read()
            except cv2.error as failure:
                raise CameraError(f"{self._name} failed ({failure}).") from failure
            if came and bgr is not None and bgr.size:
                return _rgb(bgr)
        raise CameraError(f"{self._name} sends no pictures any more; it may be unplugged.")

    def close(self) -> None:
        """Release the device."""
        self._device.release()


def _rgb(picture: NDArray[Any]) -> NDArray[np.uint8]:
    code = cv2.COLOR_GRAY2RGB if picture.ndim == 2 or picture.shape[2] == 1 else cv2.COLOR_BGR2RGB
    return np.asarray(cv2.cvtColor(picture, code), np.uint8)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep OpenCV from printing warnings about cameras that are not there."""
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)
