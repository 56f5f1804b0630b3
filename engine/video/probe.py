"""Looks at a file in a child process before the app opens it.

A damaged file can crash the decoder (PyAV#2344: a truncated mp4, SIGSEGV), which no `except` catches. So a child
decodes the first and the last second first; if it dies, the app lives and says why the file stays closed.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from engine.children import TooSlow, how_ended, python, run
from engine.errors import VideoError
from engine.video.incomplete import missing_bytes, why_unreadable

# Run by its path and importing FFmpeg alone: the child starts in a tenth of a second, and from any working directory.
_CHILD = Path(__file__).with_name("probe_child.py")


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What the child found.

    first, last: pictures that decoded in the first and the last second.
    warning: damage at the file's end, which costs its last pictures but no more, as a sentence; or None.
    """

    first: int
    last: int
    warning: str | None


def probe_file(path: str | Path, *, timeout_s: float = 15.0) -> ProbeResult:
    """Decode the first and last second of `path` in a child process.

    Raises VideoError naming the file, the reason and the remedy, if the file does not open, crashes the decoder, or
    takes longer than `timeout_s` seconds.
    """
    path = Path(path).absolute()
    try:
        child = run(python(str(_CHILD), str(path)), timeout_s=timeout_s)
    except TooSlow as failure:
        text = f"{path}: looking at its start and end took longer than {timeout_s:.0f} s."
        raise VideoError(f"{text} Copy it to a local disk, or convert it again.") from failure
    try:
        found = json.loads(child.said)
    except ValueError:
        found = None
    if child.status != 0 or found is None:
        end = how_ended(child.status, child.notes)
        raise VideoError(f"{path}: the decoder crashed on it ({end}). It stays closed; convert it again.")
    if found["error"] is not None:
        why = why_unreadable(path)
        told = f" ({found['error']}). Convert it to H.264 and try again." if why is None else f": {why}"
        raise VideoError(f"{path}: it cannot be opened as a video{told}")
    return ProbeResult(found["first"], found["last"], _warning(path, found["warning"]))


def _warning(path: Path, damage: str | None) -> str | None:
    """damage: what the child found."""
    missing = missing_bytes(path)
    if missing is not None:
        where = f" {damage}" if damage and damage.startswith("at ") else ""
        return (
            f"{path.name} is cut off{where}: {missing:,} bytes of its end are missing. What is there plays; copy or "
            "download it again to get the rest."
        )
    return None if damage is None else f"{path.name}: {damage}. Copy or convert it again if frames are missing."
