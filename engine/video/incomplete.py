"""Whether a video file is all there, told by the lengths that it names itself; nothing is decoded."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_MP4_FIRST = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp", b"uuid"})
_EBML, _SEGMENT = 0x1A45DFA3, 0x18538067
_MOST_BOXES = 100_000
_BEGINNING = 4096  # bytes
_AGAIN = "Copy or download it again from where it came."


def why_unreadable(path: Path) -> str | None:
    """Why no frame of `path` can be shown and what can be done, in words that follow a colon; None where the file's
    lengths do not tell.
    """
    try:
        with path.open("rb") as file:
            beginning = file.read(_BEGINNING)
            if not beginning:
                return f"it is empty. {_AGAIN}"
            if not any(beginning):
                return f"it begins with nothing but zeros, as a copy does that has not arrived. {_AGAIN}"
            boxes = list(_boxes(file))
    except OSError:
        return None
    if boxes and not any(name in (b"moov", b"moof") for name, _, _ in boxes):
        return (
            "it is not whole. The index of its frames (moov), which is written last, is missing. "
            f"{_AGAIN} If the recording itself broke off, a repair tool for mp4 files may save it."
        )
    missing = missing_bytes(path)
    if missing is None:
        return None
    return f"it is cut off before its first frame is whole; {missing:,} bytes are missing. {_AGAIN}"


def missing_bytes(path: Path) -> int | None:
    """How many bytes `path`, an mp4, mov or mkv, has less than it says; None where it is whole, or does not say."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            ends = [end for _, _, end in _boxes(file)] or [_matroska_end(file)]
    except OSError:
        return None
    missing = max(ends) - size
    return missing if missing > 0 else None


def _boxes(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """(name, first byte, end) of each box of an mp4 or mov; none of another kind of file. The last may end behind the
    file's end.
    """
    size, at = file.seek(0, 2), 0
    for _ in range(_MOST_BOXES):
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            return
        length, name = int.from_bytes(head[:4]), head[4:8]
        if at == 0 and name not in _MP4_FIRST:
            return
        if length == 1:
            length = int.from_bytes(head[8:16])
        end = size if length == 0 else at + length
        if end < at + 8:
            return  # no length that can be
        yield name, at, end
        at = end
        if at >= size:
            return


def _matroska_end(file: BinaryIO) -> int:
    """Where an mkv or webm says that it ends; 0 where it does not, and for another kind of file."""
    file.seek(0)
    name, length = _number(file, marked=True), _number(file)
    if name != _EBML or length is None:
        return 0
    file.seek(length, 1)
    name, length = _number(file, marked=True), _number(file)
    return 0 if name != _SEGMENT or length is None else file.tell() + length


def _number(file: BinaryIO, *, marked: bool = False) -> int | None:
    """A number of variable length; None where it stands for unknown, or is no number. marked: the bit that says how
    long it is belongs to it.
    """
    first = file.read(1)
    if not first or not first[0]:
        return None
    count = 8 - first[0].bit_length()
    value = int.from_bytes(first + file.read(count))
    if marked:
        return value
    most = (1 << 7 * (count + 1)) - 1
    value &= most
    return None if value == most else value
