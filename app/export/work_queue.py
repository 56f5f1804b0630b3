"""Everything that is being written, was, or waits: a panel over the window, opened on demand."""

from collections.abc import Hashable, Mapping
from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.export.rows import Row
from app.views.elided import Elided
from app.views.icons import icon
from app.views.scrolled import scroll

_WIDTH = 620
_GAP = 8  # pixels to what it hangs from, and to the window's edges
_ICON = 18


def cross(tip: str) -> QToolButton:
    """A button that takes something away."""
    button = QToolButton()
    button.setIcon(icon("close", "muted"))
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def show_progress(bar: QProgressBar, row: Row) -> None:
    """How far a row's work is; busy where nobody knows how far it goes."""
    bar.setRange(0, row.total or (1 if row.state == "waiting" else 0))
    bar.setValue(row.done)
    bar.setAccessibleName(f"Progress of {row.name}")


class _Line(QFrame):
    """A symbol, a name, a bar; below them a text and buttons."""

    dismissed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "toolbar")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 12, 10)
        column.setSpacing(4)
        above = QHBoxLayout()
        above.setSpacing(10)
        self._symbol = QLabel()
        self.title = Elided(Qt.TextElideMode.ElideMiddle)
        self.title.setProperty("kind", "title")
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(170)
        above.addWidget(self._symbol)
        above.addWidget(self.title, 1)
        above.addWidget(self.bar)
        column.addLayout(above)
        self._below = QHBoxLayout()
        self._below.setSpacing(8)
        self.text = Elided(Qt.TextElideMode.ElideRight)
        self.text.setProperty("kind", "muted")
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._below.addWidget(self.text, 1)
        column.addLayout(self._below)
        self.buttons: list[QWidget] = []
        self._row: Row | None = None

    def show_row(self, row: Row) -> None:
        """Show how it goes; its buttons stay as long as they say the same, so that none slips away under a click."""
        before, self._row = self._row, row
        self._symbol.setPixmap(icon(row.symbol, row.role).pixmap(_ICON, _ICON))
        for label, text in ((self.title, row.name), (self.text, row.text)):
            label.setText(text)
            label.setToolTip(text)
        self.setCursor(Qt.CursorShape.ArrowCursor if row.open is None else Qt.CursorShape.PointingHandCursor)
        self.bar.setVisible(row.counts)
        show_progress(self.bar, row)
        if before is None or (before.state, _labels(before)) != (row.state, _labels(row)):
            self._make_buttons(row)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._row is not None and self._row.open is not None and event.button() == Qt.MouseButton.LeftButton:
            self._row.open()
        else:
            super().mousePressEvent(event)

    def _make_buttons(self, row: Row) -> None:
        for old in self.buttons:
            self._below.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.buttons = []
        for number, label in enumerate(_labels(row)):
            button = QPushButton(label)
            button.setAutoDefault(True)
            button.setAccessibleName(f"{label}: {row.name}")
            button.clicked.connect(lambda _=False, number=number: self._choose(number))
            self.buttons.append(button)
        if row.state == "ended":
            away = cross(f"Drop {row.name}")
            away.clicked.connect(self.dismissed)
            self.buttons.append(away)
        for widget in self.buttons:
            self._below.addWidget(widget)

    def _choose(self, number: int) -> None:
        if self._row is not None:
            self._row.choices[number].run()


class WorkQueue(QFrame):
    """Lies over its window, below what opened it, so that nothing else moves. GUI thread only."""

    dismissed = Signal(object)
    """The key of a row that is to go."""
    clear_asked = Signal()
    """All that has ended is to go."""

    def __init__(self, window: QWidget, anchor: QWidget) -> None:
        """window: that it lies over. anchor: what it hangs from, in that window."""
        super().__init__(window)
        self._window = window
        self._anchor = anchor
        window.installEventFilter(self)
        self.setObjectName("queue")
        self.setProperty("kind", "card")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 8)
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(16, 8, 10, 8)
        title = QLabel("Work")
        title.setProperty("kind", "title")
        self.clear_button = QPushButton("Drop what has ended")
        self.clear_button.setProperty("kind", "link")
        self.clear_button.setAutoDefault(True)
        self.clear_button.clicked.connect(self.clear_asked)
        self.close_button = cross("Close the list of work")
        self.close_button.clicked.connect(self.hide)
        head.addWidget(title, 1)
        head.addWidget(self.clear_button)
        head.addWidget(self.close_button)
        self._head = head
        column.addLayout(head)
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        self._inner = inner
        panel = QWidget()
        scroll(panel, inner)
        column.addWidget(panel, 1)
        self.lines: dict[Hashable, _Line] = {}
        self._stops: list[QWidget] = []
        self.hide()

    def show_rows(self, rows: Mapping[Hashable, Row]) -> None:
        """Show these, in their order."""
        for key in [key for key in self.lines if key not in rows]:
            line = self.lines.pop(key)
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        for key, row in rows.items():
            if key not in self.lines:
                line = self.lines[key] = _Line()
                line.dismissed.connect(lambda key=key: self.dismissed.emit(key))
                self._column.insertWidget(self._column.count() - 1, line)
            self.lines[key].show_row(row)
        self.clear_button.setEnabled(any(row.state == "ended" for row in rows.values()))
        if not rows:
            self.hide()
        elif self.isVisible():
            self._place()
        self._order_tabs()

    def toggle(self) -> None:
        """Open it, or close it."""
        if self.isVisible():
            self.hide()
            return
        self._place()
        self.show()
        self.raise_()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def _place(self) -> None:
        window = self._window
        below = self._anchor.mapTo(window, QPoint(self._anchor.width(), self._anchor.height())) + QPoint(0, _GAP)
        width = min(_WIDTH, window.width() - 2 * _GAP)
        around = self._head.sizeHint().height() + 2 * _GAP
        height = min(around + self._inner.sizeHint().height(), window.height() - below.y() - _GAP)
        self.setGeometry(max(_GAP, below.x() - width), below.y(), width, height)

    def _order_tabs(self) -> None:
        """Tab goes through it row by row, whenever a row's buttons came."""
        stops: list[QWidget] = [self.clear_button, self.close_button]
        stops += [button for line in self.lines.values() for button in line.buttons]
        if stops != self._stops:
            self._stops = stops
            for first, second in pairwise(stops):
                QWidget.setTabOrder(first, second)


def _labels(row: Row) -> tuple[str, ...]:
    return tuple(choice.label for choice in row.choices)
