"""How fast the window really runs."""

import statistics
import time
from collections import deque

from engine.frame_result import FrameResult

_WINDOW_S = 1.0
_INFERENCES = 100
_FEW = 20


class Stats:
    """Counts what was drawn. GUI thread only."""

    def __init__(self) -> None:
        self._drawn_at: deque[float] = deque(maxlen=1000)
        self._inference_ms: deque[float] = deque(maxlen=_INFERENCES)
        self._player_dropped = 0
        self.gui_dropped = 0

    def add(self, result: FrameResult) -> None:
        """One result was drawn."""
        self._drawn_at.append(time.monotonic())
        self._inference_ms.extend(slot.latency_ms for slot in result.slots[:1])
        self._player_dropped = result.dropped

    @property
    def dropped(self) -> int:
        """Frames that were left out to keep the pace since the clip was opened, by the player or by this thread."""
        return self._player_dropped + self.gui_dropped

    @property
    def fps(self) -> float:
        """Frames drawn per second, over the last second."""
        now = time.monotonic()
        while self._drawn_at and self._drawn_at[0] < now - _WINDOW_S:
            self._drawn_at.popleft()
        return len(self._drawn_at) / _WINDOW_S

    @property
    def inference_ms(self) -> float | None:
        """Median of slot A's last inferences in milliseconds; None without a model."""
        return statistics.median(self._inference_ms) if self._inference_ms else None

    @property
    def inference_p95_ms(self) -> float | None:
        """What 95 of 100 of the last inferences stayed below, milliseconds; None with fewer than 20 of them."""
        if len(self._inference_ms) < _FEW:
            return None
        return statistics.quantiles(self._inference_ms, n=20, method="inclusive")[-1]
