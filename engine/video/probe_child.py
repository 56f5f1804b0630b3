"""The child of `probe`: decodes both ends of a file and writes what it found as one JSON object.

A program of its own that imports nothing but FFmpeg, since every opened file waits for it. It may crash: that is what
it is for.
"""

import json
import sys
from fractions import Fraction

import av
from av.stream import Disposition

_SPAN_S = 1  # how much is decoded at each end
_SPAN_MAX = 120  # pictures, if times are missing or the rate is high
_ERRORS = (av.FFmpegError, MemoryError, ValueError, OverflowError, OSError)


def look(path: str) -> dict[str, object]:
    """Decode both ends of `path`. Returns `first` and `last` (pictures), `warning` and `error` (text or None)."""
    found: dict[str, object] = {"first": 0, "last": 0, "warning": None, "error": None}
    try:
        container = av.open(path, metadata_errors="replace", container_options={"protocol_whitelist": "file"})
    except _ERRORS as failure:
        found["error"] = _reason(failure)
        return found
    with container:
        stream = _video_stream(container)
        if stream is None:
            found["error"] = "it holds no video"
            return found
        stream.thread_type = "AUTO"
        count, failure_text, ended = _decode_start(container, stream)
        found["first"] = count
        if count == 0:
            found["error"] = failure_text or "no frame in it decodes"
        elif failure_text is not None:
            found["warning"] = f"damage near its start ({failure_text})"
        elif not ended:
            found["last"], failure_text = _decode_end(container, stream)
            found["warning"] = failure_text
    return found


def _video_stream(container: av.container.InputContainer) -> av.VideoStream | None:
    for stream in container.streams.video:
        if stream.codec_context is not None and not stream.disposition & Disposition.attached_pic:
            return stream
    return None


def _decode_start(container: av.container.InputContainer, stream: av.VideoStream) -> tuple[int, str | None, bool]:
    """(pictures, failure, whether the whole file was decoded) of the first second."""
    count = 0
    begin: Fraction | None = None
    try:
        for packet in container.demux(stream):
            try:
                pictures = packet.decode()
            except _ERRORS:
                if count or not packet.size:
                    raise
                continue  # a recording may start between two key pictures
            for picture in pictures:
                if count == 0:
                    picture.reformat(format="rgb24")
                count += 1
                if picture.pts is not None and stream.time_base:
                    shown = picture.pts * stream.time_base
                    begin = shown if begin is None else begin
                    if shown - begin >= _SPAN_S:
                        return count, None, False
            if count >= _SPAN_MAX:
                return count, None, False
    except _ERRORS as failure:
        return count, _reason(failure), False
    return count, None, True


def _decode_end(container: av.container.InputContainer, stream: av.VideoStream) -> tuple[int, str | None]:
    """(pictures, damage) of the last second that is on disk, decoded from the key picture before. A damage that begins
    with `at` is where a file is cut off.
    """
    if not stream.duration or not stream.time_base:
        return 0, None
    start = stream.start_time or 0
    cut = _cut_at(container, stream)
    end = start + stream.duration if cut is None else cut
    last_second = max(start, end - int(_SPAN_S / stream.time_base))
    count = 0
    try:
        container.seek(last_second, stream=stream)
        stream.codec_context.skip_frame = "NONREF"  # on the way there only what later pictures build on
        for packet in container.demux(stream):
            if packet.pts is not None and packet.pts >= last_second:
                stream.codec_context.skip_frame = "DEFAULT"
            count += sum(picture.pts is None or picture.pts >= last_second for picture in packet.decode())
    except _ERRORS as failure:
        if cut is None:
            return count, f"damage near its end ({_reason(failure)})"
        # A single thread stumbles over the half packet there, several do not get to it.
    if cut is not None:
        return count, f"at {float((cut - start) * stream.time_base):.1f} s"
    return count, None


def _cut_at(container: av.container.InputContainer, stream: av.VideoStream) -> int | None:
    """Time (stream clock) of the packet at which a truncated file ends, or None if the file is as long as it says.

    The half packet there is what crashes decoders; the end that the header knows is nowhere.
    """
    entries = stream.index_entries
    size = container.size
    for place in range(len(entries) - 1, -1, -1):
        entry = entries[place]
        if entry.pos < size:
            return entry.timestamp if entry.pos + entry.size > size else None
    return None


def _reason(failure: BaseException) -> str:
    text = failure.strerror if isinstance(failure, av.FFmpegError) and failure.strerror else str(failure)
    return text or type(failure).__name__


if __name__ == "__main__":
    sys.stdout.write(json.dumps(look(sys.argv[1])))
    sys.stdout.flush()
