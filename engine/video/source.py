"""What every source of frames promises, whatever it reads from."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from fractions import Fraction
from types import TracebackType
from typing import Self

from engine.errors import VideoError
from engine.video.frame import Frame

STREAM_SCHEMES = frozenset({"http", "https", "rtmp", "rtmps", "rtp", "rtsp", "rtsps", "tcp", "udp"})
"""What PyAV's wheels speak; they come without SRT."""


class VideoSource(ABC):
    """Frames in display order, from a file, a folder of images, a camera or a stream.

    name: short name to show (a file's name, `camera 0`).
    size: (width, height) in pixels after rotation.
    frame_rate: exact frames per second, or None where the source has none (variable with no nominal rate).
    frame_count: frames promised (a header may lie) or counted; None for live sources.
    time_base: seconds per tick of the source's own clock, for writers that keep the times exactly; None where it has
        none.
    live: True for cameras and streams, which cannot be sought and drop old frames instead of queueing.
    note: something worth telling that is no failure (the header promised more frames than decoded), or None.
    error: the failure that ended the clip early, or None.
    """

    name: str
    size: tuple[int, int]
    frame_rate: Fraction | None
    frame_count: int | None
    time_base: Fraction | None = None
    live: bool = False
    note: str | None = None
    error: VideoError | None = None

    @property
    def status(self) -> str | None:
        """What is wrong right now, fit to show, or None while pictures come; only live sources have troubles."""
        return None

    @abstractmethod
    def frames(self, start: int = 0) -> Iterator[Frame]:
        """Yield frames from `start` to the end, each once, in display order.

        A clean end just stops (and may set `note`). A decode or demux error also stops, after every frame that could
        be decoded, and sets `error`; it is not raised, so that what was made of the earlier frames is kept.
        """

    @abstractmethod
    def read(self, index: int) -> Frame:
        """Return frame `index` exactly, the same picture that `frames()` yields at that index.

        Raises VideoError if the frame does not exist or cannot be decoded, or if the source is live.
        """

    def count(self) -> int | None:
        """Frames that there are, whatever a header promises; None for live sources. May read a file through once.

        Raises VideoError where it cannot be read.
        """
        return self.frame_count

    @abstractmethod
    def close(self) -> None:
        """Release the file, device or connection. May be called twice."""

    def __iter__(self) -> Iterator[Frame]:
        return self.frames()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
