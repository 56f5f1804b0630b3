"""Video files, frame-exact."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from engine.errors import VideoError
from engine.video.cursor import (
    FAILURES,
    Broken,
    Cursor,
    IndexMismatch,
    Visit,
    open_container,
    readable_packets,
    reason,
    video_stream,
)
from engine.video.frame import Frame
from engine.video.frame_index import FrameIndex, can_seek, counted, index_of, scan_packets
from engine.video.incomplete import why_unreadable
from engine.video.picture import RgbConverter
from engine.video.source import VideoSource

_FORWARD = 48  # pictures that are decoded in passing rather than building an index for
_RECENT_BYTES = 96 * 2**20  # decoded pictures kept for stepping back
_RECENT_MAX = 32
_MISSING_S = 0.5  # a header's duration is rounded, and says nothing of the last picture's own
_RATE_MAX = 1000  # above this a "rate" is a clock (90 kHz), not pictures per second


class FileSource(VideoSource):
    """A video file through FFmpeg.

    Playing decodes in order and counts. Random access looks up the picture's time in an index, which is made on first
    need (by listing packets; by decoding where packets do not tell), seeks to a key picture and decodes up to it; every
    picture on the way must be the one that the index names, else decoding starts further back.

    A damaged picture that the decoder patches up (see `note`), and those built on it, may look different when reached
    another way, since the patches come from whatever was decoded before.

    Used by one thread at a time; each `frames()` has its own decoder, so that reads in between do not disturb it.
    """

    time_base: Fraction

    def __init__(self, path: str | Path) -> None:
        """Open `path` and decode its first picture. Raises VideoError naming the file, the reason and the remedy."""
        self._path = Path(path).absolute()
        self.name = self._path.name
        self._closed = False
        self._recent: dict[int, av.VideoFrame] = {}
        self._index: FrameIndex | None = None
        self._seen: NDArray[np.int64] | None = None  # times of all pictures, after a whole pass
        self._end: int | None = None  # number of pictures, once known for certain
        self._reader = Cursor(self._path)
        try:
            first = _first_picture(self._reader)
            self._convert = RgbConverter(first)
            self._convert(first)  # a pixel format that cannot be converted shows here
        except FAILURES as failure:
            self.close()
            raise _not_opened(self._path, failure) from failure
        stream = self._reader.stream
        self._first_pts = first.pts
        self.size = self._convert.size
        self.time_base = stream.time_base or Fraction(1, 90_000)
        self.frame_rate = _rate_of(stream)
        self._promised = stream.frames
        self.frame_count = self._promised or _estimated_count(stream, self.frame_rate)
        # An avi has no presentation times, only a rate; what FFmpeg makes up is out of order where there are B-frames.
        self._timed = stream.container.format.name != "avi"
        self._recent[0] = first
        self._recent_max = max(2, min(_RECENT_MAX, _RECENT_BYTES // max(1, _bytes_of(first))))

    def frames(self, start: int = 0) -> Iterator[Frame]:
        """See VideoSource.frames. Raises VideoError if the source is closed or `start` is negative."""
        self._check_open(start)
        return self._play(start)

    def read(self, index: int) -> Frame:
        """See VideoSource.read. Stepping (±1) is cheap; a jump costs decoding from the key picture before."""
        self._check_open(index)
        picture = self._recent.get(index)
        if picture is None:
            picture = self._fetch(index)
        try:
            return self._frame(index, picture)
        except FAILURES as failure:
            raise self._failure(index, failure) from failure

    def count(self) -> int:
        """See VideoSource.count. By listing packets where those tell, else by decoding."""
        self._check_open(0)
        if self._end is not None:
            return self._end
        try:
            return self._table().count
        except FAILURES as failure:
            raise self._failure(0, failure) from failure

    def close(self) -> None:
        self._closed = True
        self._recent.clear()
        self._reader.close()

    # Playing

    def _play(self, start: int) -> Iterator[Frame]:
        index = start
        with Cursor(self._path) as cursor:
            while not self._closed:
                try:
                    picture = self._go(cursor, index, None)
                    if picture is None:
                        self._ended(cursor)
                        return
                    frame = self._frame(index, picture)
                except IndexMismatch:
                    cursor.close()
                    self._distrust_index()
                except FAILURES as failure:
                    if not cursor.threaded:
                        self._broke(min(index, cursor.next), cursor, failure)
                        return
                    cursor.close()
                    cursor.threaded = False  # threads report damage late; one thread delivers every picture before it
                else:
                    yield frame
                    index += 1

    def _frame(self, index: int, picture: av.VideoFrame) -> Frame:
        if self._timed and picture.pts is not None:
            pts_s = float(picture.pts * self.time_base)
        else:
            pts_s = float(index / (self.frame_rate or 25))
        return Frame(index, pts_s, self._convert(picture))

    # Random access

    def _fetch(self, index: int) -> av.VideoFrame:
        cursor = self._reader
        cursor.threaded = True
        while self._end is None or index < self._end:
            try:
                picture = self._go(cursor, index, self._keep)
            except IndexMismatch:
                cursor.close()
                self._distrust_index()
            except FAILURES as failure:
                place = cursor.next
                cursor.close()
                if not cursor.threaded:
                    raise self._failure(place, failure) from failure
                cursor.threaded = False
            else:
                if picture is not None:
                    self._keep(index, picture)
                    return picture
                self._set_end(cursor.next)
        raise self._no_such_frame(index)

    def _go(self, cursor: Cursor, index: int, keep: Visit | None) -> av.VideoFrame | None:
        """Return the picture `index`, decoding on from where `cursor` is if that is the shorter way."""
        ahead = index - cursor.next
        if ahead < 0 or (ahead > _FORWARD and self._key_ahead(cursor, index)):
            there = cursor.seek(index, self._table(), keep)
        else:
            there = cursor.skip_to(index, keep)
        return cursor.advance() if there else None

    def _key_ahead(self, cursor: Cursor, index: int) -> bool:
        key = self._table().key_before(index)
        return key is not None and key > cursor.next

    def _keep(self, index: int, picture: av.VideoFrame) -> None:
        self._recent.pop(index, None)
        self._recent[index] = picture
        while len(self._recent) > self._recent_max:
            del self._recent[next(iter(self._recent))]

    # The index

    def _table(self) -> FrameIndex:
        if self._index is None:
            self._index = self._scan_packets() or self._scan_pictures()
            self.frame_count = self._index.count
        return self._index

    def _scan_packets(self) -> FrameIndex | None:
        """Index by packets; None if those do not tell."""
        with open_container(self._path) as container:
            stream = video_stream(container)
            if stream is None or not can_seek(stream):
                return None
            table = scan_packets(readable_packets(container, stream), stream, self._first_pts)
        if table is not None and self._seen is not None and not np.array_equal(table.pts, self._seen):
            return index_of(self._seen, table.pts[table.keys], exact=True)
        return table

    def _scan_pictures(self) -> FrameIndex:
        """Index by decoding everything, without converting colours."""
        for threaded in (True, False):
            keys = []
            with Cursor(self._path) as cursor:
                cursor.threaded = threaded
                try:
                    while (picture := cursor.advance()) is not None:
                        if picture.key_frame and picture.pts is not None:
                            keys.append(picture.pts)
                except FAILURES as failure:
                    if threaded:
                        continue
                    self.error = self._failure(cursor.next, failure)
                self._set_end(cursor.next)
                times = cursor.times if can_seek(cursor.stream) else None
                return index_of(times or (), keys, exact=True) or counted(cursor.next)
        raise AssertionError("unreachable: the unthreaded pass returns")

    def _distrust_index(self) -> None:
        """Make a more careful index: first by decoding, then for counting only."""
        if self._index is not None and not self._index.exact:
            self._index = self._scan_pictures()
        else:
            self._index = counted(self.frame_count or 0)

    # How it ended

    def _ended(self, cursor: Cursor) -> None:
        count = cursor.next
        self._set_end(count)
        self.error = None
        self.note = self._note(self._promise(cursor), cursor)
        if cursor.times is not None:  # counted from the start: the truth, which an index by packets must agree with
            self._seen = np.array(cursor.times, np.int64)
            if self._index is not None and self._index.seekable and not np.array_equal(self._index.pts, self._seen):
                keys = self._index.pts[self._index.keys]
                self._index = index_of(self._seen, keys, exact=True) or counted(count)

    def _broke(self, index: int, cursor: Cursor, failure: BaseException) -> None:
        self.error = self._failure(index, failure)
        self.note = self._note([], cursor)
        self._set_end(index)

    def _promise(self, cursor: Cursor) -> list[str]:
        """What the header promised and did not keep."""
        if self._promised > cursor.next:
            return [f"the header promises {self._promised} frames, {cursor.next} decode"]
        if not self._promised and (missing := self._missing_s(cursor)) > _MISSING_S:
            return [
                f"it ends {missing:.1f} s earlier than its header promises, after {cursor.next} frames; "
                "copy or download it again if it was cut off"
            ]
        return []

    def _note(self, notes: list[str], cursor: Cursor) -> str | None:
        if cursor.skipped:
            notes.append(f"{cursor.skipped} packets before the first key frame cannot be shown")
        if cursor.concealed:
            notes.append(f"{cursor.concealed} damaged frames were patched up by the decoder")
        if self._convert.scaled:
            notes.append(f"frames of another size were scaled to {self.size[0]}×{self.size[1]}")
        return f"{self.name}: {'; '.join(notes)}." if notes else None

    def _missing_s(self, cursor: Cursor) -> float:
        """Seconds between the last picture and the end that the header promises; 0 where it promises none."""
        stream = cursor.stream
        alone = len(stream.container.streams) == 1  # a longer sound track is no promise of pictures
        duration_s = float(_duration_of(stream)) if alone else 0.0
        if stream.duration:
            duration_s = float(stream.duration * self.time_base)
        begin_s = float((stream.start_time or 0) * self.time_base)
        return begin_s + duration_s - cursor.last_pts * float(self.time_base) if cursor.last_pts is not None else 0.0

    def _set_end(self, count: int) -> None:
        self._end = count
        self.frame_count = count

    def _failure(self, index: int, failure: BaseException) -> VideoError:
        text = f"{self.name}: frame {index} cannot be decoded ({reason(failure)})."
        return VideoError(
            f"{text} The frames before it are kept; copy or convert the file again to get the rest.", frame=index
        )

    def _no_such_frame(self, index: int) -> VideoError:
        if self.error is not None and self.error.frame is not None and index >= self.error.frame:
            return VideoError(str(self.error), frame=index)
        return VideoError(
            f"{self.name}: there is no frame {index}; the last one is {(self._end or 1) - 1}.", frame=index
        )

    def _check_open(self, index: int) -> None:
        if self._closed:
            raise VideoError(f"{self.name}: the file is closed. Open it again.")
        if index < 0:
            raise VideoError(f"{self.name}: there is no frame {index}; the first one is 0.", frame=index)


def _first_picture(cursor: Cursor) -> av.VideoFrame:
    picture = cursor.advance()
    if picture is None:
        raise Broken("no frame in it decodes")
    return picture


def _bytes_of(picture: av.VideoFrame) -> int:
    return sum(plane.buffer_size for plane in picture.planes)


def _rate_of(stream: av.VideoStream) -> Fraction | None:
    for rate in (stream.guessed_rate, stream.average_rate):
        if rate and 0 < rate <= _RATE_MAX:
            return Fraction(rate)
    return None


def _estimated_count(stream: av.VideoStream, rate: Fraction | None) -> int | None:
    """Pictures by duration and mean rate, or None where the header does not say."""
    rate = stream.average_rate or rate
    if not rate or rate > _RATE_MAX:
        return None
    if stream.duration and stream.time_base:
        return max(1, round(stream.duration * stream.time_base * rate))
    return round(_duration_of(stream) * rate) or None


def _duration_of(stream: av.VideoStream) -> Fraction:
    """Seconds that the container as a whole promises; 0 if it does not say."""
    assert isinstance(stream.container, av.container.InputContainer)  # it was opened for reading
    return Fraction(stream.container.duration or 0, av.time_base)


def _not_opened(path: Path, failure: BaseException) -> VideoError:
    if isinstance(failure, FileNotFoundError):
        return VideoError(f"{path}: there is no such file. Check the path.")
    if isinstance(failure, PermissionError):
        return VideoError(f"{path}: it may not be read. Change its permissions or copy it to a folder of your own.")
    why = why_unreadable(path)
    if why is not None:
        return VideoError(f"{path}: it cannot be opened as a video: {why}")
    hint = "Steadymask reads mp4, mkv, mov, avi, webm, gif and what else FFmpeg knows."
    return VideoError(f"{path}: it cannot be opened as a video ({reason(failure)}). {hint}")
