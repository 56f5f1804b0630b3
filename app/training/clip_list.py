"""The clips that are learnt from: each with the stretches that teach, choose and judge; more come by dropping them."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.export.work_queue import cross
from app.style.theme import colours
from app.views.elided import Elided
from trainer.steady import ClipSpan, Spans

_BAR = 20  # pixels
_GAP = 2
_SHOWN = 4  # clips; more are scrolled to


class SpanBar(QWidget):
    """A clip as a bar: what is learnt from, what chooses, what judges. Frames that are in none stay empty."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.parts: tuple[tuple[str, str, range], ...] = ()
        """(what it does, role of its colour, frames)."""

    def show_spans(self, spans: Spans | None) -> None:
        """None: not known."""
        self.parts = () if spans is None else _parts(spans)
        told = [f"{does} {_frames(span)}" for does, _, span in self.parts]
        self.setToolTip("\n".join(told))
        self.setAccessibleName(", ".join(told))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, _BAR)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = colours()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.hover))
        painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
        if not self.parts:
            return
        first, end = self.parts[0][2].start, self.parts[-1][2].stop
        scale = self.width() / (end - first)
        for place, (does, role, span) in enumerate(self.parts):
            area = QRectF((span.start - first) * scale, 0, len(span) * scale - _GAP, self.height())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(getattr(theme, role)))
            painter.drawRoundedRect(area, 4, 4)
            again = place > 0 and self.parts[place - 1][0] == does
            text = f"{does} {round(100 * len(span) / (end - first))} %"
            words = next((each for each in (text, does) if _fits(self, each, area)), "")
            painter.setPen(QColor(theme.text))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "" if again else words)


class ClipList(QWidget):
    """Clips, each of which can be taken away. GUI thread only."""

    removed = Signal(object)
    """A ClipSpan."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.hint = QLabel()
        self.hint.setProperty("kind", "muted")
        self.hint.setWordWrap(True)
        self._inner = QWidget()
        self._column = QVBoxLayout(self._inner)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(self._inner)
        column.addWidget(self.hint)
        column.addWidget(self._area)
        self._rows: list[_ClipRow] = []

    @property
    def bars(self) -> list[SpanBar]:
        """The bar of each clip."""
        return [row.bar for row in self._rows]

    def show_clips(self, clips: Sequence[ClipSpan]) -> None:
        """Show these; what each frame of them does is not known yet."""
        for row in self._rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = []
        for clip in clips:
            row = _ClipRow(clip)
            row.away.clicked.connect(lambda _=False, clip=clip: self.removed.emit(clip))
            self._rows.append(row)
            self._column.addWidget(row)
        for first, second in pairwise(row.away for row in self._rows):
            QWidget.setTabOrder(first, second)
        self._area.setVisible(bool(clips))
        height = sum(row.sizeHint().height() + self._column.spacing() for row in self._rows[:_SHOWN])
        self._area.setFixedHeight(height)

    def show_spans(self, spans: Sequence[Spans]) -> None:
        """Show what the frames of each do; empty for not known."""
        for place, row in enumerate(self._rows):
            row.bar.show_spans(spans[place] if place < len(spans) else None)


class _ClipRow(QWidget):
    def __init__(self, clip: ClipSpan) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        head = QHBoxLayout()
        name = Elided(Qt.TextElideMode.ElideMiddle, clip.path.name)
        name.setTextFormat(Qt.TextFormat.PlainText)
        name.setToolTip(str(clip.path))
        head.addWidget(name, 1)
        if clip.range_ is not None:
            part = QLabel(f"frames {clip.range_[0]} to {clip.range_[1]}, from in to out")
            part.setProperty("kind", "faint")
            head.addWidget(part)
        self.away = cross(f"Take {clip.path.name} away")
        head.addWidget(self.away)
        self.bar = SpanBar()
        column.addLayout(head)
        column.addWidget(self.bar)


def _parts(spans: Spans) -> tuple[tuple[str, str, range], ...]:
    learnt = tuple(("learns", "accent_soft", span) for span in spans.learn)
    return (*learnt, ("chooses", "line", spans.choose), ("judges", "amber_soft", spans.judge))


def _frames(span: range) -> str:
    return f"frames {span.start} to {span.stop - 1}"


def _fits(widget: QWidget, text: str, area: QRectF) -> bool:
    return widget.fontMetrics().horizontalAdvance(text) + 8 <= area.width()
