"""A camera for people without one, and for tests: the bundled synthetic street, there and back without end, live.

The renderer that made the street takes 200 ms for a picture of 1280×720, five times as long as it is shown; so its
clip is played, and not rendered anew. The ends are passed by turning round, which leaves no cut.
"""

import threading
import time
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import CameraError
from engine.video.cursor import FAILURES, Cursor, reason
from engine.video.live import LiveSource, OnStatus
from engine.video.picture import RgbConverter
from resources import DEMO_CLIP

NAME = "demo camera"
SIZE = (1280, 720)
RATE = Fraction(25)
_BEHIND_S = 1.0  # what a busy machine missed is caught up with for this long at most; a camera does not wait either


class Troubles:
    """What can go wrong with a camera, done to the stand-in on demand, by tests. Safe to call from any thread."""

    def __init__(self) -> None:
        self._flowing = threading.Event()
        self._flowing.set()
        self.gone = False
        self.size: tuple[int, int] | None = None

    def stall(self) -> None:
        """No picture comes any more, and the driver does not return, as with a hanging one."""
        self._flowing.clear()

    def go_on(self) -> None:
        """The driver returns, and pictures come again."""
        self._flowing.set()

    def vanish(self) -> None:
        """It is unplugged: the next picture fails, and so does opening."""
        self.gone = True

    def come_back(self, size: tuple[int, int] | None = None) -> None:
        """It is plugged in again, with pictures of another `size` (width, height) where one is given."""
        self.size = size or self.size
        self.gone = False

    def wait(self, closing: threading.Event) -> None:
        """Return when the driver would: at once, unless it stalls."""
        while not self._flowing.wait(0.02) and not closing.is_set():
            pass


class StandInSource(LiveSource):
    """`camera:demo`. Like a camera it cannot be sought, and whoever is slow misses pictures."""

    def __init__(
        self,
        *,
        size: tuple[int, int] = SIZE,
        troubles: Troubles | None = None,
        give_up_s: float | None = None,
        on_status: OnStatus | None = None,
    ) -> None:
        """size: (width, height) of the pictures in pixels. troubles, give_up_s (see LiveSource): for tests.

        Raises CameraError when the bundled clip cannot be read.
        """
        self._closing = threading.Event()
        super().__init__(
            NAME,
            lambda: StandInCapture(self._closing, size, troubles or Troubles()),
            open_timeout_s=6.0,
            give_up_s=give_up_s,
            on_status=on_status,
        )

    def close(self) -> None:
        self._closing.set()  # before the threads are waited for: the reader may be waiting for a picture's time
        super().close()


class StandInCapture:
    """See live.Capture. The first way through decodes, and keeps each picture as JPEG (15 MB); then those play."""

    frame_rate: Fraction | None = RATE

    def __init__(self, closing: threading.Event, size: tuple[int, int], troubles: Troubles) -> None:
        self._closing = closing
        self._size = size
        self._troubles = troubles
        self._cursor = Cursor(DEMO_CLIP)
        self._cursor.threaded = False  # 25 small pictures a second; threads would only take from the models' time
        self._convert: RgbConverter | None = None
        self._kept: list[NDArray[np.uint8]] = []
        self._whole = False
        self._place, self._step = 0, 1
        self._due_s = time.monotonic()
        self._refuse_gone()

    def read(self) -> NDArray[np.uint8]:
        """Return the next picture, uint8 (H, W, 3) RGB, when it is due, or at once when the source closes.

        Raises CameraError when it was made to vanish, and where the clip cannot be read.
        """
        self._due_s = max(self._due_s + 1 / float(RATE), time.monotonic() - _BEHIND_S)
        self._troubles.wait(self._closing)
        self._closing.wait(max(0.0, self._due_s - time.monotonic()))
        self._refuse_gone()
        rgb = None if self._whole else self._decode()
        if rgb is None:
            rgb = self._again()
        return np.asarray(cv2.resize(rgb, self._troubles.size or self._size, interpolation=cv2.INTER_LINEAR), np.uint8)

    def close(self) -> None:
        """Release the file."""
        self._cursor.close()

    def _refuse_gone(self) -> None:
        if self._troubles.gone:
            raise CameraError(f"{NAME} sends no pictures any more; it may be unplugged.")

    def _decode(self) -> NDArray[np.uint8] | None:
        try:
            picture = self._cursor.advance()
            if picture is None and not self._kept:
                raise CameraError(f"{NAME}: {DEMO_CLIP} holds no pictures. Install Steadymask again.")
            if picture is None:
                self._whole = True
                self._place, self._step = len(self._kept) - 1, -1
                self._cursor.close()
                return None
            self._convert = self._convert or RgbConverter(picture)
            rgb = self._convert(picture)
        except FAILURES as failure:
            why = f"{NAME}: {DEMO_CLIP} cannot be read ({reason(failure)}). Install Steadymask again."
            raise CameraError(why) from failure
        bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
        self._kept.append(np.asarray(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 92])[1], np.uint8))
        return rgb

    def _again(self) -> NDArray[np.uint8]:
        if not 0 <= self._place + self._step < len(self._kept):
            self._step = -self._step
        self._place = min(max(self._place + self._step, 0), len(self._kept) - 1)
        bgr = cv2.imdecode(self._kept[self._place], cv2.IMREAD_COLOR)
        assert bgr is not None  # it was encoded here
        return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
