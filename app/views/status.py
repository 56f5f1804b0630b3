"""The bottom line: what is open, how fast it runs, what is under the pointer, and what it runs on."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from app.player.clip import ClipInfo
from app.views.elided import Elided
from app.views.strip import Strip, needed, reserve
from engine.backends.base import ProviderReport

_NAME = 60  # pixels that the name keeps
_POINTED = "0000, 0000 · bicyclist"


class StatusLine(Strip):
    """Facts, never estimates: shown frames per second, inference time, dropped frames. GUI thread only.

    Every number has a place of its own width, so that none moves when another changes. Where there is not enough room,
    the clip's name is cut first; then the size goes, the count of dropped frames, and at last the class's name is cut.
    """

    badge_pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(18, 6, 12, 6)
        row.setSpacing(18)
        self.name = self._label("Source", Elided(Qt.TextElideMode.ElideMiddle))
        self.name.setProperty("kind", "name")
        self.name.setMinimumWidth(_NAME)
        self.format = self._label("Size and frame rate")
        self.pointed = self._label("Position and class under the pointer", Elided(Qt.TextElideMode.ElideRight))
        self.pointed.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.fps = self._label("Frames shown per second")
        self.inference = self._label("Inference time")
        self.dropped = self._label("Frames dropped")
        self.badge = QPushButton()
        self.badge.setObjectName("badge")
        self.badge.setAccessibleName("What the model runs on")
        self.badge.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.badge.clicked.connect(self.badge_pressed)
        self.badge.hide()
        row.addWidget(self.name)
        row.addWidget(self.format)
        row.addWidget(self.pointed, 1)
        for widget in (self.fps, self.inference, self.dropped, self.badge):
            row.addWidget(widget)
        self.fps.setToolTip("Frames shown in the last second; the clip's own rate is on the left")
        self.inference.setToolTip("Time of the runtime's call per frame: median, and what 95 of 100 stay below")
        self.dropped.setToolTip("Frames left out to keep the clip's own pace; exports leave none out")

    def show_clip(self, info: ClipInfo | None) -> None:
        """Name, size and rate of the clip; None for nothing open."""
        self.name.setText(info.name if info else "")
        self.name.setToolTip(info.name if info else "")
        self.format.setText(f"{info.size[0]} × {info.size[1]}{_rate(info)}" if info else "")
        self.pointed.clear()
        for label in (self.fps, self.inference, self.dropped):
            self._count(label, "", "")
        self.make_room()

    def show_stats(self, fps: float | None, median_ms: float | None, p95_ms: float | None, dropped: int) -> None:
        """fps: frames shown per second, None while paused. median_ms, p95_ms: of inference, None where unknown."""
        self._count(self.fps, "" if fps is None else f"{fps:.0f} fps shown", "000 fps shown")
        p95 = "" if p95_ms is None else f" (p95 {p95_ms:.0f})"
        self._count(self.inference, "" if median_ms is None else f"{median_ms:.0f} ms{p95}", "000 ms (p95 000)")
        self._count(self.dropped, f"{dropped} dropped", "000 dropped")
        self.make_room()

    def show_pointed(self, text: str) -> None:
        """What is under the pointer; empty for nothing."""
        self.pointed.setText(text)

    def show_provider(self, report: ProviderReport) -> None:
        """What the model really runs on; amber when that is not what was asked for."""
        self.badge.setText(f"{report.device} · {report.precision}")
        self.badge.setToolTip(report.warning or f"The model runs on {report.provider}.")
        self.badge.setAccessibleName(f"Runs on {report.device}, {report.precision}")
        self.badge.setAccessibleDescription(self.badge.toolTip())
        self.badge.setProperty("level", "warning" if report.warning else "")
        self.badge.style().polish(self.badge)
        self.badge.show()
        self.make_room()

    def make_room(self) -> None:
        """Leave out what does not fit, the least important first."""
        row = self._row
        margins = row.contentsMargins()
        left = self.width() - margins.left() - margins.right() - _NAME - row.spacing()
        if self.badge.text():
            left -= self.badge.sizeHint().width() + row.spacing()
        # In the order of what must stay; each with the gap before it.
        place = self.pointed.fontMetrics().horizontalAdvance(_POINTED)
        for label in (self.inference, self.fps, self.pointed, self.dropped, self.format):
            if label is self.pointed:
                label.setMinimumWidth(min(place, max(0, left)))
                left -= place
            else:
                left -= needed(label) + row.spacing()
                label.setVisible(left >= 0 and bool(label.text()))

    def _count(self, label: QLabel, text: str, widest: str) -> None:
        """Show a number in a place that is wide enough for most others."""
        label.setText(text)
        reserve(label, widest if text else "")

    def _label(self, name: str, label: QLabel | None = None) -> QLabel:
        label = label or QLabel()
        label.setAccessibleName(name)
        # A file's name must not become markup.
        label.setTextFormat(Qt.TextFormat.PlainText)
        return label


def _rate(info: ClipInfo) -> str:
    if info.live:
        return " · live"
    return f" · {float(info.frame_rate):.4g} fps" if info.frame_rate else ""
