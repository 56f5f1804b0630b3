"""Streams by URL (rtsp, http, …) through FFmpeg."""

import re
import threading
import time
from collections.abc import Generator
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

from engine.errors import CameraError
from engine.video.cursor import DECODE_ERRORS, reason, video_stream
from engine.video.live import LiveSource, OnStatus
from engine.video.picture import RgbConverter

_OPEN_TIMEOUT_S = 6.0
_READ_TIMEOUT_S = 4.0
_GIVE_UP_S = 30.0
_ANALYSE_US = "1000000"  # how much of a stream FFmpeg reads to find out what it holds; its own 5 s are a long wait
_RATE_MAX = 1000


class StreamSource(LiveSource):
    """A stream. Silence is told within 2 s and the connection renewed; 30 s without a picture end it with `error`.

    A URL that leads to a finite video plays in its own time and ends with a `note`.
    """

    def __init__(
        self,
        url: str,
        *,
        on_status: OnStatus | None = None,
        open_timeout_s: float = _OPEN_TIMEOUT_S,
        read_timeout_s: float = _READ_TIMEOUT_S,
        give_up_s: float | None = _GIVE_UP_S,
    ) -> None:
        """Connect to `url` and wait for the first picture. Raises CameraError if none comes."""
        name = without_password(url)
        self._closing = threading.Event()
        super().__init__(
            name,
            lambda: StreamCapture(url, name, (open_timeout_s, read_timeout_s), self._closing),
            open_timeout_s=open_timeout_s + read_timeout_s,
            give_up_s=give_up_s,
            on_status=on_status,
        )

    def close(self) -> None:
        self._closing.set()  # before the threads are waited for: the reader may be waiting for a picture's time
        super().close()


class StreamCapture:
    """One connection; see live.Capture."""

    def __init__(self, url: str, name: str, timeouts_s: tuple[float, float], closing: threading.Event) -> None:
        self._name = name
        self._closing = closing
        options = {"rtsp_transport": "tcp", "analyzeduration": _ANALYSE_US}
        try:
            self._container = av.open(url, metadata_errors="replace", timeout=timeouts_s, container_options=options)
        except DECODE_ERRORS as failure:
            raise CameraError(
                f"{name} cannot be opened ({_why(failure)}). Check the address and the network."
            ) from failure
        stream = video_stream(self._container)
        if stream is None:
            self._container.close()
            raise CameraError(f"{name} holds no video. Give the address of a video stream.")
        stream.thread_type = "SLICE"  # threads by frame would hold back a picture each
        self._stream = stream
        self._finite = bool(self._container.duration)
        self._pictures = self._decode()
        self._convert: RgbConverter | None = None
        self._origin: tuple[float, float] | None = None  # (monotonic, stream) seconds of the first picture
        rate = stream.guessed_rate
        self.frame_rate = Fraction(rate) if rate and rate <= _RATE_MAX else None

    def read(self) -> NDArray[np.uint8] | None:
        """Return the next picture, uint8 (H, W, 3) RGB, or None at the end of a finite video. Raises CameraError."""
        try:
            picture = next(self._pictures, None)
            if picture is None:
                if self._finite:
                    return None
                raise CameraError(f"{self._name} was ended by the other side.")
            self._keep_time(picture)
            if self._convert is None:
                self._convert = RgbConverter(picture)
            return self._convert(picture)
        except DECODE_ERRORS as failure:
            raise CameraError(f"{self._name} was lost ({_why(failure)}).") from failure

    def close(self) -> None:
        """Drop the connection."""
        self._pictures.close()
        self._container.close()

    def _decode(self) -> Generator[av.VideoFrame]:
        for packet in self._container.demux(self._stream):
            try:
                pictures = packet.decode()
            except DECODE_ERRORS:
                continue  # a lost network packet costs some pictures, not the stream
            yield from pictures

    def _keep_time(self, picture: av.VideoFrame) -> None:
        """Hold back a picture of a finite video until its time; a live one comes when it comes."""
        if not self._finite or picture.pts is None or self._stream.time_base is None:
            return
        shown = float(picture.pts * self._stream.time_base)
        now = time.monotonic()
        if self._origin is None:
            self._origin = (now, shown)
        early = (shown - self._origin[1]) - (now - self._origin[0])
        if early > 0:
            self._closing.wait(min(early, 1.0))


def without_password(url: str) -> str:
    """Return `url` fit to show: without the user and password that it may hold."""
    return re.sub(r"(?<=://)[^/@\s]*@", "", url)


def _why(failure: BaseException) -> str:
    if isinstance(failure, av.error.ExitError):
        return "no data came in time"
    return reason(failure)
