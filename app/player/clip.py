"""Opening what a person asked for, with the crash sentinel around it. No Qt; runs in a background thread."""

import logging
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from engine.video.images import DEFAULT_RATE, IMAGE_SUFFIXES, ImageFolderSource
from engine.video.open import STAND_IN
from engine.video.source import VideoSource

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ClipInfo:
    """What is open. spec: what was asked for (a path, a URL, `camera:0`); images: it is a folder of images, whose rate
    a person says; the rest as in VideoSource.
    """

    spec: str
    name: str
    size: tuple[int, int]
    frame_rate: Fraction | None
    frame_count: int | None
    live: bool
    images: bool = False

    @property
    def stem(self) -> str:
        """What results are named after: the whole name of a folder, a file's without its suffix."""
        return self.name if self.images else Path(self.name).stem

    @property
    def asked_rate(self) -> Fraction | None:
        """The rate to open it with once more, of a folder of images; None where that is the usual one."""
        return self.frame_rate if self.images and self.frame_rate != DEFAULT_RATE else None

    @classmethod
    def of(cls, spec: str, source: VideoSource) -> "ClipInfo":
        """Read it off a source that has just been opened."""
        images = isinstance(source, ImageFolderSource) and source.is_folder
        return cls(spec, source.name, source.size, source.frame_rate, source.frame_count, source.live, images)


@dataclass(frozen=True, slots=True, eq=False)
class OpenedClip:
    """A source that is open. warning: what the trial of its file found and opening it does not show, or None."""

    source: VideoSource
    warning: str | None = None


class Sentinel(Protocol):
    """Remembers on disk which file is open, so that the next start knows what was open when the app died."""

    def mark(self, path: Path) -> None:
        """Remember `path`."""

    def clear(self) -> None:
        """Nothing is open any more."""

    def left_over(self) -> Path | None:
        """The file that was open when an earlier run died, or None."""


def is_local(spec: str) -> bool:
    """Whether `spec` is a path, and neither a camera nor a URL."""
    return not re.match(r"(camera:|[A-Za-z][A-Za-z0-9+.-]*://)", spec.strip(), re.IGNORECASE)


def short_name(spec: str) -> str:
    """How to call `spec` before it is open: a file's name, `camera 0`, or the URL without its password."""
    if is_local(spec):
        return Path(spec).absolute().name or spec
    if spec == STAND_IN:
        return "demo camera"
    return re.sub(r"//[^/@]*@", "//", spec).replace("camera:", "camera ")


class ClipOpener:
    """Probes, marks and opens. A mark belongs to the session that made it: an older session can neither replace nor
    clear the mark of a newer one. While something else is opened, what is open stays so; if that fails, its mark is
    back. Safe to call from any thread.
    """

    def __init__(
        self,
        sentinel: Sentinel,
        probe: Callable[[Path], object],
        open_source: Callable[[str], VideoSource],
    ) -> None:
        self._sentinel = sentinel
        self._probe = probe
        self._open_source = open_source
        self._lock = threading.Lock()
        self._marked: dict[int, Path] = {}

    def open(self, spec: str, session: int) -> "OpenedClip":
        """Open `spec`. A file is first tried by a child process, since a damaged one can kill the decoder's process.

        Raises VideoError.
        """
        warning = None
        if is_local(spec):
            path = Path(spec)
            # What is missing or no video at all is told best by opening it; pictures cannot crash FFmpeg's demuxers.
            if path.is_file() and path.suffix.lower() not in IMAGE_SUFFIXES:
                warning = getattr(self._probe(path), "warning", None)
            self._mark(path, session)
        try:
            return OpenedClip(self._open_source(spec), warning)
        except Exception:
            # It failed, but it did not crash.
            self.released(session)
            raise

    def open_again(self, spec: str) -> VideoSource:
        """Another source of what is open already, for whoever reads it at a pace of his own. Raises VideoError."""
        return self._open_source(spec)

    def released(self, session: int) -> None:
        """What `session` had opened is closed; the file is not to blame if the app dies now."""
        with self._lock:
            newest = max(self._marked, default=session)
            if self._marked.pop(session, None) is None or session < newest:
                return
            if self._marked:
                self._write_mark()
            else:
                self._sentinel.clear()

    def left_over(self) -> Path | None:
        """The file that was open when an earlier run died, or None."""
        return self._sentinel.left_over()

    @staticmethod
    def same(spec: str, left_over: str) -> bool:
        """Whether `spec` names the left-over file."""
        return is_local(spec) and Path(spec).absolute() == Path(left_over).absolute()

    def forget(self) -> None:
        """The left-over file has been decided on."""
        with self._lock:
            if not self._marked:
                self._sentinel.clear()

    def _mark(self, path: Path, session: int) -> None:
        with self._lock:
            self._marked[session] = path
            self._write_mark()

    def _write_mark(self) -> None:
        """Mark what the newest session has open."""
        path = self._marked[max(self._marked)]
        try:
            self._sentinel.mark(path)
        except OSError as error:
            # A folder that cannot be written is no reason not to play.
            _LOG.warning("a crash with %s open will not be remembered: %s", path, error)
