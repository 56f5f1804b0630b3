"""Decode → segment, each stage in its own thread, joined by bounded channels.

This is *every-frame* mode: export, analysis, evaluation. It loses no frame and keeps the order. The *live* mode, which
drops to the newest frame, is `engine.live.player`.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from engine.errors import BackendError
from engine.frame_result import FrameResult, SlotResult
from engine.methods.base import FrameSegmenter
from engine.segmentation import Segmentation
from engine.video.frame import Frame
from engine.video.source import VideoSource

T = TypeVar("T")

# How long a waiting thread sleeps at most before it looks again. A close wakes it at once; the timeout only keeps
# Ctrl+C working on systems where a wait without one cannot be interrupted.
_WAKE_S = 0.5


class ChannelClosed(Exception):
    """Nothing more comes through this channel, because one side closed it."""


class Channel(Generic[T]):
    """A bounded first-in first-out hand-over between threads. Every method may be called from any thread."""

    def __init__(self, bound: int) -> None:
        if bound < 1:
            raise ValueError(f"a channel needs room for at least one item, got bound={bound}")
        self._items: deque[T] = deque()
        self._bound = bound
        self._closed = False
        self._changed = threading.Condition()

    def put(self, item: T) -> bool:
        """Add `item`, waiting while the channel is full. Returns False, without adding, once it is closed."""
        with self._changed:
            while len(self._items) >= self._bound and not self._closed:
                self._changed.wait(_WAKE_S)
            if self._closed:
                return False
            self._items.append(item)
            self._changed.notify_all()
            return True

    def get(self) -> T:
        """Take the oldest item, waiting while there is none. Raises ChannelClosed once it is closed."""
        with self._changed:
            while not self._items and not self._closed:
                self._changed.wait(_WAKE_S)
            if self._closed:
                raise ChannelClosed
            item = self._items.popleft()
            self._changed.notify_all()
            return item

    def close(self) -> None:
        """Drop what is inside and wake everybody who waits. May be called twice."""
        with self._changed:
            self._closed = True
            self._items.clear()
            self._changed.notify_all()

    def __len__(self) -> int:
        with self._changed:
            return len(self._items)


@dataclass(frozen=True, slots=True, eq=False)
class _Failure:
    """A stage raised; travels through the channels behind the frames that came before it."""

    error: BaseException


class _End:
    """The source has no more frames."""


def segment_frame(frame: Frame, methods: Sequence[FrameSegmenter], *, scores: bool = False) -> tuple[Segmentation, ...]:
    """Run every method on the same frame. Raises BackendError that names the frame."""
    try:
        return tuple(method.segment(frame.rgb, scores=scores) for method in methods)
    except BackendError as error:
        raise BackendError(f"frame {frame.index}: {error}") from error


@contextmanager
def decoding(source: VideoSource, start: int = 0) -> Iterator[Iterator[Frame]]:
    """Decode `source` from frame `start` within the block; the decoder is released at its end, in the same thread."""
    frames = source.frames(start)
    try:
        yield frames
    finally:
        if isinstance(frames, Generator):
            frames.close()


def run_every_frame(
    source: VideoSource,
    *methods: FrameSegmenter,
    start: int = 0,
    scores: bool = False,
    bound: int = 4,
    join_s: float = 2.0,
) -> Generator[FrameResult, None, None]:
    """Yield a result for every frame of `source` from `start` to its end, in display order, losing none.

    Decoding, segmenting and the caller's own loop body run at the same time, in three threads. An exception in a stage
    is raised here, after every result that came before it; look at `source.error` and `source.note` at the end.
    Closing the generator (or leaving it by an exception) stops the threads; a stage that hangs in a decoder or a
    runtime is waited for at most `join_s` seconds and then left behind as a daemon thread. The caller keeps `source`
    and `methods` and closes them.

    bound: items that each of the two channels holds at most; about 2 × bound + 3 frames live at a time.
    """
    frames: Channel[Frame | _Failure | _End] = Channel(bound)
    results: Channel[FrameResult | _Failure | _End] = Channel(bound)

    def decode() -> None:
        with decoding(source, start) as decoded:
            for frame in decoded:
                if not frames.put(frame):
                    return
        frames.put(_End())

    def segment() -> None:
        follows = False
        while True:
            item = frames.get()
            if not isinstance(item, Frame):
                results.put(item)
                return
            made = segment_frame(item, methods, scores=scores)
            slots = tuple(SlotResult(each.name, one, follows) for each, one in zip(methods, made, strict=True))
            if not results.put(FrameResult(0, item, slots)):
                return
            follows = True

    workers = [
        _start("steadymask-decode", decode, frames),
        _start("steadymask-segment", segment, results),
    ]
    try:
        while True:
            item = results.get()
            if isinstance(item, _Failure):
                raise item.error
            if isinstance(item, _End):
                return
            yield item
    finally:
        frames.close()
        results.close()
        join_all(workers, join_s)


def _start(name: str, stage: Callable[[], None], out: Channel) -> threading.Thread:
    """Run `stage` in a daemon thread; what it raises goes into `out`, behind its earlier items."""

    def run() -> None:
        try:
            stage()
        except ChannelClosed:
            return  # the consumer has gone; there is nobody to tell
        except BaseException as error:  # noqa: BLE001 - whatever it is, the consumer must see it, not stderr
            out.put(_Failure(error))

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread


def join_all(threads: Sequence[threading.Thread], seconds: float) -> bool:
    """Wait at most `seconds` for all `threads` together. Returns True when every one has ended."""
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return not any(thread.is_alive() for thread in threads)
