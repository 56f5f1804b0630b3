"""Recording what is being watched: the masks of a camera, a stream or a clip, as they are made."""

import json
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from engine.atomic import write_text
from engine.errors import OccupiedError, SteadymaskError
from engine.frame_result import FrameResult
from engine.models.classes import ClassSet
from engine.ownership.claim import Claim
from engine.results.drawing import Drawing
from engine.results.folder import BOTH, Part, ResultsFolder, colours_of, contents_of
from engine.video.writer import CLOCK, export_error

_BOUND = 32  # frames that may wait for the disk
_WAKE_S = 0.5


@dataclass(frozen=True, slots=True)
class RecordingState:
    """How a recording is doing. frames: on the disk. dropped: that the disk was too slow for. seconds: since its start.

    error: why it ended by itself, or None.
    """

    frames: int
    dropped: int
    seconds: float
    error: str | None
    running: bool


class Recorder:
    """Writes results into a folder of the same layout as an export's, in a thread of its own.

    The overlay video stands under its name all the time and can be played after any end of the program. When the disk
    is full the recording ends by itself, and what was made stays.
    """

    def __init__(
        self,
        folder: Path,
        source: str,
        method: str,
        size: tuple[int, int],
        class_set: ClassSet,
        *,
        parts: tuple[Part, ...] = BOTH,
        drawing: Drawing | None = None,
    ) -> None:
        """Start recording into `folder`, which must be new or empty. source, method: names, for the summary.

        size: (width, height) in pixels of the frames. Touches the disk. Raises OccupiedError where something is in the
        folder, and ExportError.
        """
        self.folder = folder
        self._source, self._method, self._size = source, method, size
        self._colours = colours_of(parts, drawing or Drawing())
        self._claim = Claim(folder, contents_of("recording", parts), {"source": source, "method": method})
        try:
            if self._claim.ours:
                raise OccupiedError(f"{folder} holds a recording already; choose another folder.")
            self._claim.begin()
            self._results = ResultsFolder(
                self._claim, size, class_set, time_base=CLOCK, parts=parts, drawing=drawing, growing=True
            )
        except BaseException:
            self._claim.release()
            raise
        self._changed = threading.Condition()
        self._waiting: deque[FrameResult] = deque()
        self._last = -1
        self._dropped = 0
        self._stopped = False
        self._error: str | None = None
        self._begin = time.monotonic()
        self._end: float | None = None
        self._thread = threading.Thread(target=self._run, name="steadymask-record", daemon=True)
        self._thread.start()

    def put(self, result: FrameResult) -> None:
        """Record a result with masks; one that was recorded already is left out. Never waits; any thread."""
        with self._changed:
            if self._stopped or result.frame.index <= self._last or not result.slots:
                return
            self._last = result.frame.index
            if len(self._waiting) >= _BOUND:
                self._dropped += 1
                return
            self._waiting.append(result)
            self._changed.notify_all()

    @property
    def state(self) -> RecordingState:
        """How it is doing; any thread."""
        with self._changed:
            seconds = (self._end or time.monotonic()) - self._begin
            return RecordingState(self._results.frames, self._dropped, seconds, self._error, self._thread.is_alive())

    def stop(self, join_s: float = 2.0) -> bool:
        """Write what waits and finish, within `join_s` seconds. Returns False when the disk hangs."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread is not threading.current_thread():
            self._thread.join(join_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while (result := self._take()) is not None:
                self._results.write(result)
            self._results.finish()
        except SteadymaskError as error:
            with self._changed:
                self._error, self._stopped = str(error), True
            self._results.abort()
        self._end = time.monotonic()
        self._summarise()

    def _take(self) -> FrameResult | None:
        with self._changed:
            while not self._waiting and not self._stopped:
                self._changed.wait(_WAKE_S)
            return self._waiting.popleft() if self._waiting else None

    def _summarise(self) -> None:
        state = self.state
        summary = {
            "clip": self._source,
            "folder": str(self.folder),
            "frames": state.frames,
            "size": self._size,
            "method": self._method,
            "colours": self._colours,
            "dropped": state.dropped,
            "seconds": round(state.seconds, 2),
            "error": state.error,
        }
        try:
            text = json.dumps(summary, indent=2, ensure_ascii=False) + "\n"
            write_text(self.folder / "summary.json", text, placing=self._claim)
        except OSError as error:
            with self._changed:
                self._error = self._error or str(export_error(self.folder / "summary.json", error))
        self._claim.release()
