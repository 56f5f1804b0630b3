"""Where playback is in the open clip, and what moves it: play, pause, step, seek, drag, speed, loop, range."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from app.player.clip import ClipInfo
from app.player.inbox import Inbox
from app.player.scrubber import Scrubber
from engine.frame_result import FrameResult
from engine.live.player import MAX_SPEED, MIN_SPEED, Player


@dataclass(slots=True)
class OpenClip:
    """An open clip on the GUI thread."""

    session: int
    info: ClipInfo
    player: Player
    inbox: Inbox


class Playhead(QObject):
    """The part of the controller that a transport bar talks to. GUI thread only; nothing here waits."""

    playing_changed = Signal(bool)
    message_gone = Signal(str)
    """Key of a message that no longer holds."""
    speed_changed = Signal(float)
    """Times the clip's own pace; negative backwards."""
    loop_changed = Signal(bool)
    range_changed = Signal(object)
    """(first, last) frame to play, both included; or None for the whole clip."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clip: OpenClip | None = None
        self._result: FrameResult | None = None
        self._scrubber = Scrubber(self)
        # The frame that a seek is on its way to, and the one to seek to after it.
        self._seeking: int | None = None
        self._next_seek: int | None = None
        self._dragging = False
        self._play_after_drag = False
        self._play_when_ready = False
        self._speed = 1.0
        self._loop = False
        self._range: tuple[int, int] | None = None

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
    def playing(self) -> bool:
        """Whether frames are running."""
        return self._clip is not None and self._clip.player.playing

    def toggle(self) -> None:
        """Play or pause."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def play(self) -> None:
        """Play on from here; from the beginning when at the end."""
        if self._clip is not None:
            self.message_gone.emit("frame")
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
            self._clip.player.seek(index)
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

    def mark_in(self) -> None:
        """The range begins at the frame shown; an end before it moves to the clip's end."""
        here, end = self.position, self._end
        if here is not None and end is not None:
            last = self._range[1] if self._range is not None else end
            self.set_range((here, last if last >= here else end))

    def mark_out(self) -> None:
        """The range ends at the frame shown; a beginning behind it moves to the clip's beginning."""
        here = self.position
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
        """The slider was let go: play on, if it played before."""
        self._dragging = False
        if self._play_after_drag and self._clip is not None:
            self._play_after_drag = False
            self._hurry_seek()
            self._clip.player.play()

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

    def _leave(self) -> None:
        """The clip is being closed: nothing is under way any more."""
        self._result = self._seeking = self._next_seek = None
        self._dragging = self._play_after_drag = self._play_when_ready = False
        self._show_range(None)
