"""Small pictures of a whole file, made in the background, so that a picture is there at once while somebody searches.

A picture in the middle of a long group of pictures takes a quarter of a second to decode; from here one that is near it
comes in milliseconds.
"""

import os
import sys
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from engine.video.cursor import FAILURES, Cursor, open_container, video_stream
from engine.video.picture import RgbConverter

_WIDTH = 480
_MOST = 400
_DECODE_ALL = 3000  # pictures; of a longer file only the key pictures are decoded
_NICE = 10

Deliver = Callable[[int, NDArray[np.uint8]], None]


class Filmstrip:
    """Keeps at most 400 pictures of a file, 480 pixels wide, as JPEG (about 10 MB), and hands out the nearest one.

    One thread of low priority fills it and answers; the newest question wins. Damage in the file just ends the strip.
    """

    def __init__(self, path: Path, frame_count: int, deliver: Deliver) -> None:
        """deliver: called in the strip's thread with the index of the picture and its pixels, uint8 (h, w, 3) RGB."""
        self._path = path
        self._count = max(1, frame_count)
        self._deliver = deliver
        self._changed = threading.Condition()
        self._asked: int | None = None
        self._closed = False
        self._indices: list[int] = []
        self._pictures: list[NDArray[np.uint8]] = []
        self._thread = threading.Thread(target=self._run, name="steadymask-filmstrip", daemon=True)
        self._thread.start()

    def ask(self, index: int) -> None:
        """Ask for the picture nearest to frame `index`; returns at once. Nothing comes while there is none near."""
        with self._changed:
            self._asked = index
            self._changed.notify_all()

    def close(self, join_s: float = 2.0) -> bool:
        """Stop and wait at most `join_s` seconds. Returns False when the thread still hangs in a decoder."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(join_s)
        return not self._thread.is_alive()

    def __len__(self) -> int:
        return len(self._indices)

    def _run(self) -> None:
        if sys.platform == "linux":  # where a thread has a priority of its own
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        try:
            every = -(-self._count // _MOST)
            convert: RgbConverter | None = None
            for index, picture in self._decode():
                if self._closed:
                    return
                convert = convert or RgbConverter(picture)
                if not self._indices or index >= self._indices[-1] + every:
                    self._keep(index, convert(picture))
                self._answer()
        except FAILURES:
            pass  # what came before the damage is still a strip
        while not self._closed:
            with self._changed:
                while self._asked is None and not self._closed:
                    self._changed.wait(0.5)
            self._answer()

    def _decode(self) -> Iterator[tuple[int, av.VideoFrame]]:
        if self._count <= _DECODE_ALL:
            with Cursor(self._path) as cursor:
                cursor.threaded = False
                while (picture := cursor.advance()) is not None:
                    yield cursor.next - 1, picture
            return
        with open_container(self._path) as container:
            stream = video_stream(container)
            if stream is None:
                return
            stream.codec_context.skip_frame = "NONKEY"
            rate = float(stream.average_rate or 25)
            begin_s: float | None = None
            for picture in container.decode(stream):
                if picture.time is not None:
                    begin_s = picture.time if begin_s is None else begin_s
                    yield min(self._count - 1, round((picture.time - begin_s) * rate)), picture

    def _keep(self, index: int, rgb: NDArray[np.uint8]) -> None:
        height, width = rgb.shape[:2]
        small = cv2.resize(
            rgb, (min(_WIDTH, width), max(1, round(height * min(1, _WIDTH / width)))), interpolation=cv2.INTER_AREA
        )
        done, data = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 80])
        if done:
            self._indices.append(index)
            self._pictures.append(np.asarray(data, np.uint8))

    def _answer(self) -> None:
        with self._changed:
            asked, self._asked = self._asked, None
        if asked is None or not self._indices or asked > self._indices[-1] + self._count // 10 + 1:
            return
        after = bisect_left(self._indices, asked)
        near = [place for place in (after - 1, after) if 0 <= place < len(self._indices)]
        place = min(near, key=lambda near: abs(self._indices[near] - asked))
        bgr = cv2.imdecode(self._pictures[place], cv2.IMREAD_COLOR)
        if bgr is not None and not self._closed:
            self._deliver(self._indices[place], np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8))
