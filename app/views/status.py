"""The bottom line: what is open, how fast it runs, and on what."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from app.messages import shorten
from app.player.clip import ClipInfo
from engine.backends.base import ProviderReport


class StatusLine(QFrame):
    """Facts, never estimates: shown frames per second, inference time, dropped frames. GUI thread only."""

    badge_pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 12, 6)
        row.setSpacing(18)
        self.name = self._label("Source")
        self.name.setProperty("kind", "name")
        self.format = self._label("Size and frame rate")
        self.fps = self._label("Frames shown per second")
        self.inference = self._label("Inference time")
        self.dropped = self._label("Frames dropped")
        self.badge = QPushButton()
        self.badge.setObjectName("badge")
        self.badge.setAutoDefault(True)
        self.badge.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.badge.clicked.connect(self.badge_pressed)
        self.badge.hide()
        row.addWidget(self.name)
        row.addWidget(self.format)
        row.addStretch(1)
        for widget in (self.fps, self.inference, self.dropped, self.badge):
            row.addWidget(widget)
        self.fps.setToolTip("Frames shown in the last second; the clip's own rate is on the left")
        self.inference.setToolTip("Time of the runtime's call per frame, median of the last 30")
        self.dropped.setToolTip("Frames left out to keep the clip's own pace; exports leave none out")

    def show_clip(self, info: ClipInfo | None) -> None:
        """Name, size and rate of the clip; None for nothing open."""
        self.name.setText(shorten(info.name, 40) if info else "")
        self.name.setToolTip(info.name if info else "")
        self.format.setText(f"{info.size[0]} × {info.size[1]}{_rate(info)}" if info else "")
        for label in (self.fps, self.inference, self.dropped):
            label.clear()

    def show_stats(self, fps: float | None, inference_ms: float | None, dropped: int) -> None:
        """fps: frames shown per second, None while paused. inference_ms: median, None without a model."""
        self.fps.setText("" if fps is None else f"{fps:.0f} fps shown")
        self.inference.setText("" if inference_ms is None else f"{inference_ms:.0f} ms inference")
        self.dropped.setText(f"{dropped} dropped")

    def show_provider(self, report: ProviderReport) -> None:
        """What the model really runs on; amber when that is not what was asked for."""
        self.badge.setText(f"{report.device} · {report.precision}")
        self.badge.setProperty("level", "warning" if report.warning else "ok")
        self.badge.setToolTip(report.warning or f"Runs on {report.provider}, as asked for ({report.requested})")
        self.badge.setAccessibleName(f"Runs on {report.device}, {report.precision}. {report.warning or ''}")
        self.badge.style().polish(self.badge)
        self.badge.show()

    def _label(self, name: str) -> QLabel:
        label = QLabel()
        label.setAccessibleName(name)
        label.setTextFormat(Qt.TextFormat.PlainText)
        return label


def _rate(info: ClipInfo) -> str:
    if info.frame_rate is None:
        return ""
    rounded = f"{float(info.frame_rate):.2f}".rstrip("0").rstrip(".")
    return f" · {rounded} fps"
