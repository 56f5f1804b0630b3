"""Where playback is in the open clip, and what moves it: play, pause, step, seek, drag, speed, loop, range."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.player.clip import ClipInfo, is_local
from app.player.inbox import Inbox
from app.player.scrubber import Scrubber
from engine.frame_result import FrameResult
from engine.live.player import Player
from engine.live.playrange import MAX_SPEED, MIN_SPEED
from engine.shelves import ClipShelves
from engine.video.filmstrip import Filmstrip


@dataclass(slots=True)
class OpenClip:
    """An open clip on the GUI thread. shelves: what is kept of it; None for what is not kept."""

    session: int
    info: ClipInfo
    player: Player
    inbox: Inbox
    shelves: ClipShelves | None = None


class Playhead(QObject):
    """What a transport bar talks to. The controller says what is open, and what comes of it. GUI thread only; nothing
    here waits.
    """

    playing_changed = Signal(bool)
    speed_changed = Signal(float)
    """Times the clip's own pace; negative backwards."""
    loop_changed = Signal(bool)
    range_changed = Signal(object)
    """(first, last) frame to play, both included; or None for the whole clip."""
    preview = Signal(object)
    """While dragging, a small picture near the place, uint8 (h, w, 3) RGB; the exact one follows as a result."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clip: OpenClip | None = None
        self._result: FrameResult | None = None
        self._scrubber = Scrubber(self)
        self._scrubber.preview.connect(self._on_preview)
        # The frame that a seek is on its way to, and the one to seek to after it.
        self._seeking: int | None = None
        self._next_seek: int | None = None
        self._dragging = False
        self._play_after_drag = False
        self._play_when_ready = False
        self._speed = 1.0
        self._loop = False
        self._range: tuple[int, int] | None = None

    # ---- what the controller tells

    def enter(self, clip: OpenClip) -> None:
        """A clip is open: this moves it from now on."""
        self._clip = clip
        spec, count = clip.info.spec, clip.info.frame_count
        if not clip.info.live:
            clip.player.set_speed(self._speed)
            clip.player.set_loop(self._loop)
            if count and is_local(spec) and Path(spec).is_file():
                self._scrubber.open(Path(spec), count)

    def begin(self, frame: int, range_: tuple[int, int] | None, *, play: bool, ready: bool) -> None:
        """Show frame `frame` of the clip that was entered, and play on where that is asked for. A live source plays.

        range_: (first, last) frame to play. ready: whether to play at once; else as soon as `go_on` is called.
        """
        if self._clip is None or self._clip.info.live:
            self.play()
            return
        if range_ is not None:
            self.set_range(range_)
        self._play_when_ready = play and not ready
        if frame or not play or not ready:
            self.seek(frame)
        if play and ready:
            self.play()

    def go_on(self) -> None:
        """What playing has waited for is there."""
        if self._play_when_ready:
            self._play_when_ready = False
            self.play()

    def show(self, result: FrameResult) -> None:
        """This is shown."""
        self._result = result
        self._seek_arrived()

    def stop(self) -> None:
        """The clip has ended or failed, or would not show the frame that was sought."""
        self._seek_arrived()
        self.playing_changed.emit(self.playing)

    def leave(self) -> Filmstrip | None:
        """The clip is closed: nothing is under way any more. Returns what still ends, as `Scrubber.close` does."""
        self._clip = self._result = self._seeking = self._next_seek = None
        self._dragging = self._play_after_drag = self._play_when_ready = False
        self._show_range(None)
        strip = self._scrubber.close()
        self.playing_changed.emit(False)
        return strip

    # ---- where it is, and what moves it

    @property
    def clip(self) -> ClipInfo | None:
        """What is open."""
        return self._clip.info if self._clip else None

    @property
    def position(self) -> int | None:
        """Index of the frame that is shown."""
        return self._result.frame.index if self._result is not None else None

    @property
    def last_result(self) -> FrameResult | None:
        """What is shown."""
        return self._result

    @property
    def busy(self) -> bool:
        """Whether a frame is on its way, or frames are running; any thread."""
        return self._seeking is not None or self.playing

    @property
    def playing(self) -> bool:
        """Whether frames are running."""
        clip = self._clip  # another thread may ask while it is closed
        return clip is not None and clip.player.playing

    def toggle(self) -> None:
        """Play or pause."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def play(self) -> None:
        """Play on from here; from the beginning when at the end."""
        if self._clip is not None:
            self._hurry_seek()
            self._clip.player.play()
            self.playing_changed.emit(True)

    def pause(self) -> None:
        """Stay at the frame that is shown."""
        self._play_when_ready = False
        if self._clip is not None:
            self._clip.player.pause()
            self.playing_changed.emit(False)

    def step(self, frames: int) -> None:
        """Pause, and go `frames` on (or back, where negative) from the frame shown or being sought."""
        if self._clip is None or self._clip.info.live:
            return
        self.pause()
        here = next(i for i in (self._next_seek, self._seeking, self.position, 0) if i is not None)
        self.seek(here + frames)

    def seek(self, index: int) -> None:
        """Show frame `index`. While one seek is on its way only the newest of the others is kept, so that dragging
        shows pictures all along and no work piles up.
        """
        if self._clip is None or self._clip.info.live:
            return
        count = self._clip.info.frame_count
        index = max(0, index if count is None else min(index, count - 1))
        if self._dragging:
            self._scrubber.ask(index)
        if self._seeking is None:
            self._seeking = index
            self._clip.player.seek(index, run_in=not self._dragging)
        else:
            self._next_seek = None if index == self._seeking else index

    def seek_end(self) -> None:
        """Pause at the last frame."""
        if self._clip is not None and self._clip.info.frame_count is not None:
            self.pause()
            self.seek(self._clip.info.frame_count - 1)

    def seek_start(self) -> None:
        """Go to the first frame."""
        self.seek(0)

    @property
    def speed(self) -> float:
        """Times the clip's own pace; negative backwards."""
        return self._speed

    def set_speed(self, speed: float) -> None:
        """Play at `speed` times the clip's own pace, 0.25 to 4, backwards where it is negative."""
        amount = min(MAX_SPEED, max(MIN_SPEED, abs(speed)))
        speed = -amount if speed < 0 else amount
        if self._clip is not None:
            if self._clip.info.live:
                return
            self._clip.player.set_speed(speed)
        if speed != self._speed:
            self._speed = speed
            self.speed_changed.emit(speed)

    def shuttle(self, direction: int) -> None:
        """J, K and L: -1 plays backwards, 1 forwards, each time again at twice the speed; 0 pauses."""
        if self._clip is None or self._clip.info.live:
            return
        if direction == 0:
            self.pause()
            self.set_speed(1.0)
            return
        same = self.playing and (self._speed < 0) == (direction < 0)
        self.set_speed(direction * (min(MAX_SPEED, 2 * max(1.0, abs(self._speed))) if same else 1.0))
        self.play()

    @property
    def loop(self) -> bool:
        """Whether playing goes on from the other end."""
        return self._loop

    def set_loop(self, loop: bool) -> None:
        """Go on from the other end of the clip or of the range, or stop there."""
        if self._clip is not None:
            self._clip.player.set_loop(loop)
        if loop != self._loop:
            self._loop = loop
            self.loop_changed.emit(loop)

    @property
    def range(self) -> tuple[int, int] | None:
        """(first, last) frame to play, both included; None for the whole clip."""
        return self._range

    def set_range(self, range_: tuple[int, int] | None) -> None:
        """Play these frames alone, both included; None for the whole clip. Nothing happens with a live source."""
        if self._clip is None or self._clip.info.live:
            return
        count = self._clip.info.frame_count
        if range_ is not None:
            end = range_[1] if count is None else min(range_[1], count - 1)
            first = max(0, min(range_[0], end))
            range_ = None if (first, end) == (0, None if count is None else count - 1) else (first, end)
        self._clip.player.set_range(*(range_ or (0, None)))
        self._show_range(range_)

    def mark_in(self, at: int | None = None) -> None:
        """The range begins at a frame, None for the one shown; an end before it moves to the clip's end."""
        here, end = self.position if at is None else at, self._end
        if here is not None and end is not None:
            last = self._range[1] if self._range is not None else end
            self.set_range((here, last if last >= here else end))

    def mark_out(self, at: int | None = None) -> None:
        """The range ends at a frame, None for the one shown; a beginning behind it moves to the clip's beginning."""
        here = self.position if at is None else at
        if here is not None and self._end is not None:
            first = self._range[0] if self._range is not None else 0
            self.set_range((first if first <= here else 0, here))

    @property
    def _end(self) -> int | None:
        count = self._clip.info.frame_count if self._clip is not None and not self._clip.info.live else None
        return None if count is None else count - 1

    def _show_range(self, range_: tuple[int, int] | None) -> None:
        if range_ != self._range:
            self._range = range_
            self.range_changed.emit(range_)

    def begin_drag(self) -> None:
        """The slider is held: show stills until it is let go."""
        self._dragging = True
        self._play_after_drag = self.playing
        if self._clip is not None and self.playing:
            self._clip.player.pause()

    def end_drag(self) -> None:
        """The slider was let go: play on, if it played before; else the frame is run in, as one that was sought is."""
        self._dragging = False
        if self._clip is None:
            return
        newer = self._next_seek is not None
        self._hurry_seek()
        if self._play_after_drag:
            self._play_after_drag = False
            self._clip.player.play()
        elif not newer:
            self._clip.player.settle()

    def _hurry_seek(self) -> None:
        """Go to where the person last wanted to be, without waiting for the seek that is on its way."""
        if self._clip is not None and self._next_seek is not None:
            self._seeking, self._next_seek = self._next_seek, None
            self._clip.player.seek(self._seeking)

    def _seek_arrived(self) -> None:
        self._seeking = None
        if self._next_seek is not None:
            index, self._next_seek = self._next_seek, None
            self.seek(index)

    def _on_preview(self, rgb: NDArray[np.uint8]) -> None:
        # Once the exact picture is there, the small one has nothing more to say.
        if self._seeking is not None:
            self.preview.emit(rgb)
