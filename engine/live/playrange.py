"""What plays of a clip: its range, which way and how fast, and where playing goes next."""

from engine.video.source import VideoSource

MAX_SPEED = 4.0
MIN_SPEED = 0.25


class PlayRange:
    """Range, loop and speed of one source. Not safe between threads by itself: the player holds its lock around it."""

    def __init__(self, source: VideoSource) -> None:
        self._source = source
        self._first = 0
        self._last: int | None = None
        self._speed = 1.0
        self.loop = False

    @property
    def speed(self) -> float:
        """Times the source's own pace; negative while it plays backwards."""
        return self._speed

    def set_speed(self, speed: float) -> bool:
        """Play at `speed` times the source's own pace. Returns whether that turns the direction.

        Raises ValueError unless its amount is between 0.25 and 4.
        """
        if not MIN_SPEED <= abs(speed) <= MAX_SPEED:
            raise ValueError(f"speed {speed} is not between {MIN_SPEED} and {MAX_SPEED}, forwards or backwards")
        turns = (speed < 0) != (self._speed < 0)
        self._speed = speed
        return turns

    def set_range(self, first: int, last: int | None) -> None:
        """Play from frame `first` to frame `last`, both included; None for the clip's end.

        Raises ValueError for a range that holds no frame.
        """
        if first < 0 or (last is not None and last < first):
            raise ValueError(f"there is no frame between {first} and {last}")
        self._first, self._last = first, last

    def bounds(self) -> tuple[int, float]:
        """First and last frame to play; infinity where the end is not known yet."""
        count = self._source.frame_count
        if count is None:
            return self._first, float("inf") if self._last is None else self._last
        end = max(0, count - 1)
        return min(self._first, end), end if self._last is None else min(self._last, end)

    def next_index(self, position: int | None, *, ended: bool) -> int:
        """Where playing begins. position: the frame shown, or None. ended: whether it had played to its end there."""
        first, last = self.bounds()
        if self._speed < 0:
            if position is None or ended or not first < position <= last:
                return int(min(last, 2**31)) if last < float("inf") else position or 0
            return position - 1
        if position is None or ended:
            return first
        following = position + 1
        return following if first <= following <= last else first

    def next_round(self) -> int | None:
        """Where a loop goes on at the end; None where it does not, or nobody knows the end."""
        first, last = self.bounds()
        if not self.loop or last == float("inf"):
            return None
        return int(last) if self._speed < 0 else first
