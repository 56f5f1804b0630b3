"""Which part of the curves is in view: all of it, the last minute of a live source, or what one zoomed to. No Qt."""

_LEAST_FRAMES = 4.0  # in view, so that nobody zooms into nothing


class Window:
    """A stretch (left, right) of x that is shown, within limits.

    It follows its home, which a growing track moves on, until somebody zooms or pans; `fit` follows again.
    """

    def __init__(self) -> None:
        self.home = (0.0, 1.0)
        self.limits = (0.0, 1.0)
        self.least = 0.1
        """Length that is shown at least."""
        self.following = True
        self._shown = (0.0, 1.0)

    @property
    def shown(self) -> tuple[float, float]:
        """What is in view."""
        return self.home if self.following else self._shown

    def set_home(self, home: tuple[float, float], limits: tuple[float, float], frame: float) -> None:
        """home: what `fit` shows. limits: beyond which there is nothing. frame: the way from one frame to the next."""
        self.least = _LEAST_FRAMES * frame
        self.home = _at_least(home, self.least)
        self.limits = _at_least((min(home[0], limits[0]), max(home[1], limits[1])), self.least)
        if not self.following:
            self._show(*self._shown)

    def fit(self) -> None:
        """Show the home, and follow it."""
        self.following = True

    def zoom(self, factor: float, around: float) -> None:
        """Show `factor` times as much; what is at x = `around` stays where it is."""
        left, right = self.shown
        self._leave(around - (around - left) * factor, around + (right - around) * factor)

    def pan(self, way: float) -> None:
        """Move on by `way`."""
        left, right = self.shown
        self._leave(left + way, right + way)

    def reveal(self, x: float) -> None:
        """Move on so that `x` is in view, a little behind the left end; home stays home."""
        left, right = self.shown
        if not self.following and not left <= x <= right:
            self.pan(x - left - (right - left) * 0.1)

    def _leave(self, left: float, right: float) -> None:
        self.following = False
        self._show(left, right)
        if self._shown[0] <= self.home[0] and self._shown[1] >= self.home[1] and self.home == self.limits:
            self.following = True

    def _show(self, left: float, right: float) -> None:
        low, high = self.limits
        length = min(max(right - left, self.least), high - low)
        middle = (left + right) / 2
        left = min(max(middle - length / 2, low), high - length)
        self._shown = (left, left + length)


def _at_least(stretch: tuple[float, float], length: float) -> tuple[float, float]:
    return stretch[0], max(stretch[1], stretch[0] + length)
