"""Decoding one file forward from a known picture, knowing at every step which picture comes next."""

from array import array
from collections.abc import Callable, Generator, Iterator
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self

import av
from av.stream import Disposition

from engine.video.alpha import alpha_decoder
from engine.video.frame_index import FrameIndex

# What PyAV raises for damaged input: its own errors, and plain ones where a header claims impossible sizes.
DECODE_ERRORS = (av.FFmpegError, MemoryError, ValueError, OverflowError, OSError)

Visit = Callable[[int, av.VideoFrame], None]


class Broken(Exception):
    """Demuxing or decoding failed; the text is the reason."""


FAILURES = (*DECODE_ERRORS, Broken)  # all that opening and moving a cursor raises


class IndexMismatch(Exception):
    """What decodes is not what the index promised."""


def open_container(path: Path) -> av.container.InputContainer:
    """Open a local file; what a playlist in it names elsewhere stays closed. Raises one of DECODE_ERRORS."""
    return av.open(str(path), metadata_errors="replace", container_options={"protocol_whitelist": "file"})


def video_stream(container: av.container.InputContainer) -> av.VideoStream | None:
    """Return the first stream of moving pictures that has a decoder (a cover picture is none), or None."""
    for stream in container.streams.video:
        if stream.codec_context is not None and not stream.disposition & Disposition.attached_pic:
            return stream
    return None


def readable_packets(container: av.container.InputContainer, stream: av.VideoStream) -> Iterator[av.Packet]:
    """Yield the packets of `stream` up to the end or the damage at which decoding would end as well."""
    packets = iter(container.demux(stream))
    while True:
        try:
            packet = next(packets, None)
        except DECODE_ERRORS:
            return
        if packet is None or (packet.is_corrupt and not is_broadcast(container)):
            return
        yield packet


def is_broadcast(container: av.container.InputContainer) -> bool:
    """True for transport streams: small gaps are usual there, and the decoder patches them up."""
    return "mpegts" in container.format.name


class Cursor:
    """A place in one file: `next` is the index of the picture that `advance` returns.

    From the file's start pictures are counted, which is the truth by definition. After a seek they are told by their
    presentation times and the index, and anything unexpected raises IndexMismatch, so that a wrong picture is never
    taken for the right one.

    threaded: decode on several threads; takes effect when the file is opened the next time. An error then surfaces some
    pictures late; decode again with threaded=False to get every picture before the damage.
    """

    def __init__(self, path: Path) -> None:
        """Make a cursor before the first picture. The file is opened on first use, which raises one of FAILURES."""
        self._path = path
        self._container: av.container.InputContainer | None = None
        self._pictures: Generator[av.VideoFrame] = _nothing()
        self._index: FrameIndex | None = None
        self._decoder: av.VideoCodecContext | None = None  # in place of the stream's own
        self.threaded = True
        self.next = 0
        self.last_pts: int | None = None
        self.times: array[int] | None = array("q")  # of the pictures counted so far; None after a seek or without times
        self.skipped = 0  # packets before the first picture that did not decode
        self.concealed = 0  # pictures that the decoder patched up

    def _open(self) -> av.container.InputContainer:
        if self._container is not None:
            return self._container
        container = self._container = open_container(self._path)
        stream = video_stream(container)
        if stream is None:
            raise Broken("it holds no video")
        if self.threaded:
            stream.thread_type = "AUTO"
        else:
            stream.thread_type = "NONE"
            stream.codec_context.thread_count = 1
        self.stream = stream
        self._decoder = alpha_decoder(stream)
        self._pictures = self._decode(container, iter(container.demux(stream)), from_key=False)
        return container

    def close(self) -> None:
        """Release the file and go back before its first picture. May be called twice."""
        self._pictures.close()
        if self._container is not None:
            self._container.close()
        self._container = self._decoder = None
        self._index = None
        self.next = 0
        self.last_pts = None
        self.times = array("q")
        self.skipped = self.concealed = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def advance(self) -> av.VideoFrame | None:
        """Return the next picture, or None at a clean end. Raises one of FAILURES, or IndexMismatch."""
        self._open()
        for picture in self._pictures:
            if self._index is not None:
                place = self._index.position(picture.pts)
                if place is not None and place < self.next:
                    continue  # shown before the key picture that decoding started at, and not complete
                if place != self.next:
                    raise IndexMismatch
            elif self.times is not None:
                if picture.pts is None:
                    self.times = None
                else:
                    self.times.append(picture.pts)
            self.next += 1
            self.last_pts = picture.pts
            self.concealed += picture.is_corrupt
            return picture
        return None

    def skip_to(self, index: int, visit: Visit | None = None) -> bool:
        """Decode until `index` comes next; False if the clip ends before. `visit` sees what is passed over."""
        while self.next < index:
            place = self.next
            picture = self.advance()
            if picture is None:
                return False
            if visit is not None:
                visit(place, picture)
        return True

    def seek(self, index: int, table: FrameIndex, visit: Visit | None = None) -> bool:
        """Make `index` come next, by the nearest key picture that leads there; False if the clip ends before it.

        Containers do not always land where asked, and a key picture need not lead to the pictures after it (open
        groups of pictures). So the landing is checked, the way from there must be gapless, and if it is not, decoding
        starts at an earlier key, at last at the file's start. Raises one of FAILURES.
        """
        if table.seekable:
            for back in (0, 1, 4):
                place = int(table.keys.searchsorted(index, side="right")) - 1 - back
                if place < 0:
                    break
                try:
                    if self._land(int(table.keys[place]), index, table) and self.skip_to(index, visit):
                        return True
                except IndexMismatch:
                    continue
        self.close()
        return self.skip_to(index, visit)

    def _land(self, key: int, index: int, table: FrameIndex) -> bool:
        """Seek to the picture `key`; True if a key picture at or before `index` is next."""
        container = self._open()
        self._pictures.close()
        try:
            container.seek(int(table.pts[key]), stream=self.stream)
            if self._decoder is not None:
                self._decoder.flush_buffers()
            packets = iter(container.demux(self.stream))
            first = next((packet for packet in packets if packet.is_keyframe and packet.size), None)
        except DECODE_ERRORS:
            return False
        landed = table.position(first.pts) if first is not None else None
        if first is None or landed is None or landed > index:
            return False
        self.next = landed
        self.times = None
        self._index = table
        self._pictures = self._decode(container, chain([first], packets), from_key=True)
        return True

    def _decode(
        self, container: av.container.InputContainer, packets: Iterator[av.Packet], *, from_key: bool
    ) -> Generator[av.VideoFrame]:
        """Yield pictures as they are shown; on damage yield what is complete, then raise Broken."""
        tolerant = is_broadcast(container)
        shown = from_key
        while True:
            try:
                packet = next(packets, None)
            except DECODE_ERRORS as failure:
                yield from self._drain(None)
                raise Broken(reason(failure)) from failure
            if packet is None:
                return
            if packet.is_corrupt and not tolerant:
                yield from self._drain(None)
                raise Broken("its data is cut short or damaged here")
            try:
                pictures = packet.decode() if self._decoder is None else self._decoder.decode(packet)
            except DECODE_ERRORS as failure:
                if not shown and packet.size:
                    self.skipped += 1  # a recording may start between two key pictures
                    continue
                if not self.threaded:
                    yield from self._drain(packet.pts)
                raise Broken(reason(failure)) from failure
            for picture in pictures:
                shown = True
                yield picture

    def _drain(self, before: int | None) -> Iterator[av.VideoFrame]:
        """Yield what the decoder still holds back for reordering, if shown before the time `before`."""
        try:
            held = self.stream.decode(None) if self._decoder is None else self._decoder.decode(None)
        except DECODE_ERRORS:
            return  # nothing whole is left
        for picture in held:
            if before is None or (picture.pts is not None and picture.pts < before):
                yield picture


def _nothing() -> Generator[av.VideoFrame]:
    yield from ()


def reason(failure: BaseException) -> str:
    """What a decoder's error says, in words fit for a sentence."""
    text = failure.strerror if isinstance(failure, av.FFmpegError) and failure.strerror else str(failure)
    return text or type(failure).__name__
