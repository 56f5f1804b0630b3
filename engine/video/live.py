"""What cameras and streams have in common: a reader thread, newest picture wins, messages, reconnection.

Two threads per source. The *reader* opens the device and reads pictures; it may be stuck in a driver for as long as the
driver likes. The *watchman* never blocks: it says when pictures stay out, replaces a reader that is stuck, and gives up
after a while if told to. All state is behind `_changed`; callbacks are called with no lock held.
"""

import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.errors import CameraError, VideoError
from engine.video.frame import Frame
from engine.video.source import VideoSource

STALL_S = 1.2  # without a picture for this long, say so (the promise is 2 s, also on a busy machine)
STUCK_S = 8.0  # one call into the driver that takes longer is given up; drivers and sockets have time-outs below that
MAX_STUCK = 2  # readers that may hang in a driver at a time
PAUSE_S = (0.25, 2.0)  # first and longest pause between attempts to connect
_TICK_S = 0.1

OnStatus = Callable[[str | None], None]


class Capture(Protocol):
    """An open device or connection, used by one thread."""

    frame_rate: Fraction | None

    def read(self) -> NDArray[np.uint8] | None:
        """Return the next picture, uint8 (H, W, 3) RGB, or None if it ended for good. Raises CameraError."""

    def close(self) -> None:
        """Release the device. Does not raise."""


class LiveSource(VideoSource):
    """Pictures as they come; a consumer that is slow gets the newest and misses those between.

    dropped: pictures that came and that nobody took.

    `index` counts the pictures that came, so a gap tells of drops; `pts_s` is seconds since the first one. A picture of
    another size than the first (a camera may come back with one) is scaled.
    """

    live = True

    def __init__(
        self,
        name: str,
        connect: Callable[[], Capture],
        *,
        open_timeout_s: float,
        give_up_s: float | None,
        on_status: OnStatus | None = None,
        stuck_s: float = STUCK_S,
    ) -> None:
        """Start reading and wait for the first picture.

        connect: opens the device, or raises CameraError; called in the reader thread, again after every loss.
        open_timeout_s: seconds to wait for the first picture.
        give_up_s: seconds without a picture after which the source ends with `error`; None for never.
        on_status: called with every new `status` from one of the source's threads; must return soon and not raise.

        Raises CameraError if no picture comes.
        """
        self.name = name
        self.frame_rate = None
        self.frame_count = None
        self.dropped = 0
        self._connect = connect
        self._give_up_s = give_up_s
        self._stuck_s = stuck_s
        self._on_status = on_status
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._wake = threading.Event()  # a pause between two attempts is over
        self._newest: Frame | None = None
        self._came = 0
        self._taken = -1  # index of the newest picture that somebody took
        self._started = self._sign_of_life = time.monotonic()
        self._first_at = 0.0
        self._patient_since = self._started  # from when on the time until giving up is counted, if pictures stay out
        self._called_at: float | None = None  # when the reader went into the driver
        self._generation = 0
        self._stuck: list[threading.Thread] = []
        self._over = False
        self._status: str | None = None
        self._reader = self._start_reader()
        self._watchman = threading.Thread(target=self._watch, name=f"{name} watchman", daemon=True)
        self._watchman.start()
        self._await_first(open_timeout_s)

    # For consumers

    @property
    def status(self) -> str | None:
        with self._changed:
            return self._status

    def frames(self, start: int = 0) -> Iterator[Frame]:
        """Yield the newest picture again and again, each at most once, until `close`, the end, or `error`.

        Waits while the camera is silent (see `status`); `newest` is for those who must not wait.
        """
        if start:
            raise VideoError(f"{self.name}: it is live and cannot be sought to frame {start}. Start at 0.", frame=start)
        return self._play()

    def _play(self) -> Iterator[Frame]:
        last = -1
        while True:
            frame = self.newest(after=last, timeout_s=0.25)
            if frame is not None:
                last = frame.index
                yield frame
            elif self._over or self._stop.is_set():
                return

    def newest(self, *, after: int = -1, timeout_s: float = 0.25) -> Frame | None:
        """Return the newest picture with an index above `after`; None if none comes within `timeout_s` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._has(after) or self._over or self._stop.is_set(), timeout_s)
            if self._stop.is_set() or not self._has(after):
                return None
            assert self._newest is not None  # _has said so
            self._taken = max(self._taken, self._newest.index)
            return self._newest

    def _has(self, after: int) -> bool:
        return self._newest is not None and self._newest.index > after

    def read(self, index: int) -> Frame:
        raise VideoError(f"{self.name}: it is live and has no frame {index} to go back to.", frame=index)

    def reconnect(self) -> bool:
        """Try to connect now, where it would wait until the next attempt, and count the time until giving up anew.

        Does nothing while pictures come. A reader that hangs in its driver is left to itself, as after `stuck_s`. Safe
        to call from any thread; returns at once. Returns False once the source has ended or is closed: then only
        opening it again helps.
        """
        with self._changed:
            if self._over or self._stop.is_set():
                return False
            if self._status is None:
                return True
            now = self._patient_since = time.monotonic()
            # A call that is young may just be about to connect, and a second one would find the device in use.
            hangs = self._called_at is not None and now - self._called_at > STALL_S
        if hangs:
            self._replace_reader()
        self._wake.set()
        return True

    def close(self) -> None:
        """Stop reading. Returns within a second even if the driver hangs; its thread ends when the driver lets go."""
        self._stop.set()
        self._wake.set()
        with self._changed:
            self._generation += 1
            self._changed.notify_all()
        for thread in (self._watchman, self._reader):
            if thread is not threading.current_thread():
                thread.join(0.5)

    # The reader

    def _start_reader(self) -> threading.Thread:
        with self._changed:
            self._generation += 1
            self._called_at = None
            generation = self._generation
        reader = threading.Thread(target=self._read, args=(generation,), name=f"{self.name} reader", daemon=True)
        reader.start()
        return reader

    def _is_current(self, generation: int) -> bool:
        return generation == self._generation and not self._stop.is_set()

    def _read(self, generation: int) -> None:
        pause = PAUSE_S[0]
        while self._is_current(generation):
            came = self._came
            try:
                self._read_connection(generation)
            except CameraError as failure:
                self._lost(generation, failure)
            if self._over or not self._is_current(generation):
                return
            pause = PAUSE_S[0] if self._came > came else min(pause * 2, PAUSE_S[1])
            self._wake.wait(pause)
            if not self._stop.is_set():
                self._wake.clear()

    def _read_connection(self, generation: int) -> None:
        """Read one connection until it is lost (CameraError), ended, or no longer wanted."""
        self._enter(generation)
        capture = self._connect()
        try:
            while self._is_current(generation):
                self._enter(generation)
                rgb = capture.read()
                if rgb is None:
                    self._end(generation, None)
                    return
                self._deliver(generation, rgb, capture.frame_rate)
        finally:
            capture.close()
            self._leave(generation)

    def _enter(self, generation: int) -> None:
        with self._changed:
            if generation == self._generation:
                self._called_at = time.monotonic()

    def _leave(self, generation: int) -> None:
        with self._changed:
            if generation == self._generation:
                self._called_at = None

    def _deliver(self, generation: int, rgb: NDArray[np.uint8], rate: Fraction | None) -> None:
        now = time.monotonic()
        height, width = rgb.shape[:2]
        if self._came and (width, height) != self.size:
            import cv2

            rgb = np.asarray(cv2.resize(rgb, self.size, interpolation=cv2.INTER_AREA), np.uint8)
        with self._changed:
            if not self._is_current(generation):
                return
            if self._came == 0:
                self.size, self.frame_rate, self._first_at = (width, height), rate, now
            elif self._taken < self._came - 1:
                self.dropped += 1
            self._newest = Frame(self._came, now - self._first_at, rgb)
            self._came += 1
            self._sign_of_life = now
            self._changed.notify_all()
        self._say(None)

    def _lost(self, generation: int, failure: CameraError) -> None:
        if not self._is_current(generation):
            return
        if self._came == 0:
            self._end(generation, failure)  # nothing to hold on to: the opener wants to know at once
        else:
            self._say(f"{failure} Trying to reconnect.")

    def _end(self, generation: int, failure: CameraError | None) -> None:
        with self._changed:
            if not self._is_current(generation):
                return
            self.error = failure
            if failure is None:
                self.note = f"{self.name}: the stream ended after {self._came} frames."
            self._over = True
            self._changed.notify_all()
        self._say(str(failure) if failure is not None else self.note)

    # The watchman

    def _watch(self) -> None:
        while not self._over and not self._stop.wait(_TICK_S):
            now = time.monotonic()
            with self._changed:
                generation, silent = self._generation, now - self._sign_of_life
                waited = now - max(self._sign_of_life, self._patient_since)
                hangs = self._called_at is not None and now - self._called_at > self._stuck_s
            if silent > STALL_S and self.status is None:
                self._say(self._silence(silent))
            if self._came and self._give_up_s is not None and waited > self._give_up_s:
                text = f"{self.name} has not come back for {silent:.0f} s. Check it and open it again."
                self._end(generation, CameraError(text, frame=self._came))
            elif hangs:
                self._replace_reader()

    def _silence(self, silent_s: float) -> str:
        if self._came == 0:
            return f"Waiting for the first picture of {self.name}."
        return f"{self.name} has not sent a picture for {silent_s:.1f} s. Check the cable or the connection."

    def _replace_reader(self) -> None:
        """Leave a reader that hangs in its driver to itself, and try anew beside it."""
        with self._changed:
            self._stuck = [thread for thread in self._stuck if thread.is_alive()]
            if len(self._stuck) < MAX_STUCK and not self._stop.is_set():
                self._stuck.append(self._reader)
                self._reader = self._start_reader()

    def _say(self, status: str | None) -> None:
        with self._changed:
            if status == self._status:
                return
            self._status = status
        if self._on_status is not None:
            self._on_status(status)

    def _await_first(self, timeout_s: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._came > 0 or self._over, timeout_s)
            came, failure = self._came, self.error
        if came:
            return
        self.close()
        if failure is None:
            failure = CameraError(
                f"{self.name} has not sent a picture within {timeout_s:.0f} s. Check that it is connected, switched on "
                "and not in use by another program."
            )
        raise failure
