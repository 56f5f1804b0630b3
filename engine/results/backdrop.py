"""A clip of one's own behind a person: looped, told by time, decoded ahead of whoever looks."""

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import ExportError, VideoError
from engine.video import VideoSource, open_video
from engine.video.frame import Frame
from engine.video.probe import probe_file

_AHEAD = 6  # pictures that wait to be shown
_PASSING_S = 1.0  # what is not farther ahead is decoded in passing
_USUAL_RATE = 25
_SLACK_S = 0.001  # containers round times, and clips of one rate shall go picture by picture
_JOIN_S = 5.0
_WAKE_S = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """A picture, uint8 (H, W, 3), and when it is seen, seconds since the first one of the first round."""

    begin_s: float
    end_s: float
    rgb: NDArray[np.uint8]


class Backdrop:
    """The pictures of a clip by time, again from its start after its end, in a thread that decodes ahead.

    `at` is for one thread at a time; `close` for any.
    """

    def __init__(self, path: Path) -> None:
        """path: a video or a folder of images. Touches the disk. Raises ExportError where it cannot be read."""
        self._path = path
        try:
            if path.is_file():
                probe_file(path)
            self._source: VideoSource = open_video(path)
            self._zero_s = self._source.read(0).pts_s
        except VideoError as failure:
            raise ExportError(f"{failure} Or choose another background.") from failure
        self._rate = float(self._source.frame_rate or _USUAL_RATE)
        self._length_s: float | None = None  # of one round, once known; of the thread alone
        self._changed = threading.Condition()
        # What follows is shared, behind the lock.
        self._ready: deque[_Shown] = deque()
        self._size: tuple[int, int] | None = None
        self._from = 0.0  # where the next one begins
        self._number = 0  # of the newest request
        self._failed: VideoError | None = None
        self._closed = False
        self._thread: threading.Thread | None = None

    def at(self, at_s: float, width: int, height: int) -> NDArray[np.uint8]:
        """The picture at a time in seconds, uint8 (height, width, 3): its middle, filling that without being stretched.
        Waits for it, which takes long after a jump alone. Raises ExportError where the clip cannot be read on.
        """
        at_s = max(0.0, at_s) + _SLACK_S
        with self._changed:
            while not self._closed:
                while self._ready and self._ready[0].end_s <= at_s:
                    self._ready.popleft()
                    self._changed.notify_all()
                is_coming = self._size == (width, height) and self._is_coming(at_s)
                if is_coming and self._ready:
                    return self._ready[0].rgb
                if self._failed is not None:  # shown is what was decoded before
                    raise ExportError(f"{self._failed} Choose another background.")
                if not is_coming:
                    self._begin(at_s, (width, height))
                self._changed.wait(_WAKE_S)
            raise ExportError(f"{self._path} was closed. Choose another background.")

    def close(self) -> None:
        """End the thread and release the clip. May be called twice."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            thread, self._thread = self._thread, None
        if thread is None:
            self._source.close()
        elif thread is not threading.current_thread():
            thread.join(_JOIN_S)

    # ---- under the lock

    def _is_coming(self, at_s: float) -> bool:
        """Whether what is being made leads there soon."""
        if self._thread is None:
            return False
        if self._ready:
            return self._ready[0].begin_s <= at_s
        return self._from <= at_s < self._from + _PASSING_S

    def _begin(self, at_s: float, size: tuple[int, int]) -> None:
        self._ready.clear()
        self._size, self._from = size, at_s
        self._number += 1
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="steadymask-backdrop", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    # ---- the thread

    def _run(self) -> None:
        try:
            answered = 0
            while (asked := self._next_request(answered)) is not None:
                answered, at_s, size = asked
                self._answer(answered, at_s, size)
        except VideoError as failure:
            with self._changed:
                self._failed = failure
                self._changed.notify_all()
        finally:
            self._source.close()

    def _next_request(self, answered: int) -> tuple[int, float, tuple[int, int]] | None:
        """Number, time and size of what is wanted after the request `answered`; None once it is over."""
        with self._changed:
            while self._number == answered and not self._closed:
                self._changed.wait(_WAKE_S)
            return None if self._closed or self._size is None else (self._number, self._from, self._size)

    def _answer(self, number: int, at_s: float, size: tuple[int, int]) -> None:
        """Make pictures from that time on, until something else is wanted."""
        begun = False
        for begin_s, end_s, frame in self._from_time(at_s):
            if end_s > at_s:
                shown = _Shown(begin_s if begun else min(begin_s, at_s), end_s, covering(frame.rgb, *size))
                if not self._hand_over(number, shown):
                    return
                begun = True
            elif not self._is_wanted(number):
                return

    def _is_wanted(self, number: int) -> bool:
        with self._changed:
            return number == self._number and not self._closed

    def _hand_over(self, number: int, shown: _Shown) -> bool:
        """Add a picture where there is room for it; False where it is not wanted any more."""
        with self._changed:
            while len(self._ready) >= _AHEAD and number == self._number and not self._closed:
                self._changed.wait(_WAKE_S)
            if number != self._number or self._closed:
                return False
            self._ready.append(shown)
            self._from = shown.end_s
            self._changed.notify_all()
            return True

    def _from_time(self, at_s: float) -> Iterator[tuple[float, float, Frame]]:
        """When each picture begins and ends, and the picture, from somewhat before that time on, without end."""
        start, passed_s = 0, 0.0
        if at_s >= _PASSING_S:
            length_s = self._known_length()
            passed_s = at_s // length_s * length_s
            start = self._index_before(at_s - passed_s)
        while True:
            end_s = 0.0
            for begin_s, end_s, frame in self._once(start):
                yield passed_s + begin_s, passed_s + end_s, frame
            if not end_s:
                raise VideoError(f"{self._path}: there is no picture in it.")
            start, self._length_s = 0, end_s
            passed_s += end_s

    def _once(self, start: int) -> Iterator[tuple[float, float, Frame]]:
        """One round from picture `start` on, in seconds since the first one."""
        before: Frame | None = None
        for frame in self._source.frames(start):
            if before is not None:
                yield before.pts_s - self._zero_s, frame.pts_s - self._zero_s, before
            before = frame
        if self._source.error is not None:
            raise self._source.error
        if before is not None:
            yield before.pts_s - self._zero_s, before.pts_s - self._zero_s + 1 / self._rate, before

    def _known_length(self) -> float:
        """Seconds of one round."""
        if self._length_s is None:
            last = (self._source.count() or 1) - 1
            self._length_s = self._source.read(last).pts_s - self._zero_s + 1 / self._rate
        return self._length_s

    def _index_before(self, at_s: float) -> int:
        """A picture that is not after that time in the round, and near it: its own, where the rate is constant."""
        index, back = min(int(at_s * self._rate), (self._source.count() or 1) - 1), 1
        while index and self._source.read(index).pts_s - self._zero_s > at_s:
            index, back = max(0, index - back), 2 * back
        return index


def covering(picture: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """The middle of a picture, uint8 (h, w, 3), filling (width, height) without being stretched."""
    if picture.shape[:2] == (height, width):
        return picture
    scale = max(width / picture.shape[1], height / picture.shape[0])
    size = max(width, round(picture.shape[1] * scale)), max(height, round(picture.shape[0] * scale))
    smooth = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    large = np.asarray(cv2.resize(picture, size, interpolation=smooth), np.uint8)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return np.ascontiguousarray(large[top : top + height, left : left + width])
