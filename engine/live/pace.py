"""When each frame of what plays is due."""

import time

# Later than this, playback goes on from here at normal speed instead of racing to catch up.
_SLIP_S = 0.25
# A longer gap between two timestamps is a broken or a joined file, and is shortened to this.
_LONGEST_GAP_S = 5.0


class Pace:
    """When each frame is due, by its timestamp and the speed, on the monotonic clock. One thread at a time."""

    def __init__(self, interval_s: float) -> None:
        """interval_s: usual time between two frames, for a loop's way back to its start."""
        self._interval_s = interval_s
        self._due_s: float | None = None
        self._pts_s = 0.0

    def due_s(self, pts_s: float, speed: float) -> float:
        """When the next frame is due, seconds of the monotonic clock. pts_s: its time, growing as it plays.

        speed: times the source's own pace; its amount alone counts.
        """
        now = time.monotonic()
        if self._due_s is None:
            due = now
        else:
            gap_s = pts_s - self._pts_s if pts_s >= self._pts_s else self._interval_s
            due = self._due_s + min(gap_s, _LONGEST_GAP_S) / abs(speed)
            if due < now - _SLIP_S:
                due = now
        self._due_s, self._pts_s = due, pts_s
        return due

    def late_s(self) -> float:
        """How long ago the last frame was due."""
        return 0.0 if self._due_s is None else time.monotonic() - self._due_s
