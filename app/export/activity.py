"""What is being written, in one line of the tool bar: what runs, how fast, the time left, and what ends it."""

from collections.abc import Hashable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from app.export.jobs import ExportJob
from app.export.rows import Row, row_of, row_of_recorded, row_of_recording, row_of_sending
from app.export.work_queue import WorkQueue, cross, show_progress
from app.views.elided import Elided
from app.views.icons import icon
from engine.results.recording import RecordingState
from engine.results.sending import SendingState

_RECORDING, _SENDING = "recording", "sending"
_ICON = 18
_LEAST = 290  # pixels that a few words and the buttons take
_SPACING = 8
_BAR = 110
_NAME = 90  # pixels that a name needs to say something


class ActivityBar(QWidget):
    """Has the same height whether there is something to tell or not. `queue` shows all of it. GUI thread only."""

    cancel_asked = Signal(object)
    """An ExportJob."""
    stop_asked = Signal()
    """The recording."""
    end_sending_asked = Signal()
    open_asked = Signal(str)
    """A finished video, to be opened here."""
    report_asked = Signal(object)
    """Of an ExportJob whose outcome has a report."""
    dropped = Signal(object)
    """The key of a row that is told of no more."""

    def __init__(self, window: QWidget) -> None:
        """window: that the queue lies over."""
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.rows: dict[Hashable, Row] = {}
        self._shown: Hashable | None = None
        self._recorded = ""
        self._symbol = QLabel()
        self.title = Elided(Qt.TextElideMode.ElideMiddle)
        self.title.setProperty("kind", "title")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(_BAR)
        self.text = Elided(Qt.TextElideMode.ElideRight)
        self.text.setProperty("kind", "muted")
        for label in (self.title, self.text):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.end_button = QPushButton()
        self.end_button.setProperty("kind", "link")
        self.end_button.setAutoDefault(True)
        self.end_button.clicked.connect(self._choose)
        self.drop_button = cross("Drop it")
        self.drop_button.clicked.connect(lambda: self.drop(self._shown))
        self.queue_button = QToolButton()
        self.queue_button.setIcon(icon("unfolded", "muted"))
        self.queue_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.queue_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 6, 0)
        row.setSpacing(_SPACING)
        row.addStretch(1)
        for widget in (
            *(self._symbol, self.title, self.bar, self.text),
            *(self.end_button, self.drop_button, self.queue_button),
        ):
            row.addWidget(widget)
        self._if_room = (self.title, self.bar, self.end_button, self.drop_button)
        self.setFixedHeight(max(button.sizeHint().height() for button in (self.end_button, self.queue_button)))
        self.queue = WorkQueue(window, self.queue_button)
        self.queue.dismissed.connect(self.drop)
        self.queue.clear_asked.connect(self.clear)
        self.queue_button.clicked.connect(self.queue.toggle)
        self._show()

    def sizeHint(self) -> QSize:
        return QSize(_LEAST if self.rows else 0, self.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def put(self, key: Hashable, row: Row) -> None:
        """Show a piece of work, in place of what was shown of it before."""
        self.rows[key] = row
        self._show()

    def take(self, key: Hashable) -> None:
        """There is nothing more to tell of this piece of work, whatever its state."""
        if self.rows.pop(key, None) is not None:
            self._show()

    def show_job(self, job: ExportJob) -> None:
        """Show how an export or a comparison is doing."""
        cancel, report = partial(self.cancel_asked.emit, job), partial(self.report_asked.emit, job)
        self.put(job, row_of(job, cancel, self.open_asked.emit, report))

    def show_recording(self, what: str, folder: Path, state: RecordingState | None) -> None:
        """Show how the recording is doing; None when it has just begun. what: is recorded."""
        self._recorded = what
        self.put(_RECORDING, row_of_recording(what, folder, state, self.stop_asked.emit))

    def end_recording(self, folder: Path, error: str) -> None:
        """The recording has ended; error: why by itself, or empty."""
        self.rows.pop(_RECORDING, None)  # the next one gets a row of its own
        self.put(folder, row_of_recorded(self._recorded, folder, error, self.open_asked.emit))

    def show_sending(self, what: str, state: SendingState | None) -> None:
        """Show how the sending is doing; None when it has just begun. what: is sent."""
        self.put(_SENDING, row_of_sending(what, state, self.end_sending_asked.emit))

    def end_sending(self) -> None:
        """Nothing is sent any more, and nothing is left to be opened."""
        self.take(_SENDING)

    def drop(self, key: Hashable | None) -> None:
        """Tell nothing more of what has ended."""
        row = self.rows.get(key)
        if row is not None and row.state == "ended":
            self.take(key)
            self.dropped.emit(key)

    def clear(self) -> None:
        """Tell nothing more of all that has ended."""
        for key in [key for key, row in self.rows.items() if row.state == "ended"]:
            self.drop(key)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.rows and event.button() == Qt.MouseButton.LeftButton:
            row = self.rows.get(self._shown)
            if row is not None and row.open is not None:
                row.open()
            else:
                self.queue.toggle()
        else:
            super().mousePressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _show(self) -> None:
        """The one line is about what runs, else about what ended last."""
        self.queue.show_rows(self.rows)
        running = [key for key, row in self.rows.items() if row.state == "running"]
        self._shown = next(iter(running), next(reversed(self.rows), None))
        if self.queue_button.isHidden() == bool(self.rows):
            self.queue_button.setVisible(bool(self.rows))
            self.updateGeometry()
        for part in (self._symbol, self.text):
            part.setVisible(self._shown is not None)
        if self._shown is None:
            for gone in self._if_room:
                gone.hide()
            return
        row = self.rows[self._shown]
        self._symbol.setPixmap(icon(row.symbol, row.role).pixmap(_ICON, _ICON))
        self.title.setText(row.name)
        self.title.setMinimumWidth(min(_NAME, self.title.sizeHint().width()))
        self.text.setText(row.brief)
        self.setToolTip(f"{row.name}: {row.text}")
        show_progress(self.bar, row)
        # While it runs, what ends it; then what there is to open.
        self.end_button.setText(row.choices[0].label if row.choices else "")
        self.end_button.setAccessibleName(f"{self.end_button.text()}: {row.name}")
        self.drop_button.setAccessibleName(f"Drop {row.name} from the tool bar")
        count = len(self.rows)
        self.queue_button.setText(f"{count}" if count > 1 else "")
        name = f"{count} pieces of work" if count > 1 else "What is being written"
        self.queue_button.setToolTip(name)
        self.queue_button.setAccessibleName(name)
        self._make_room()

    def _make_room(self) -> None:
        """Leave out what does not fit: the name, the bar, then what there is to open; never what ends the work."""
        row = None if self._shown is None else self.rows.get(self._shown)
        if row is None:
            return
        ended = row.state == "ended"
        left = self.width() - 16 - _ICON - _SPACING - self.queue_button.sizeHint().width() - _SPACING
        self.drop_button.setVisible(ended)
        if ended:
            left -= self.drop_button.sizeHint().width() + _SPACING
        words = self.text.sizeHint().width() if not ended else min(_NAME, self.text.sizeHint().width())
        needs = self.end_button.sizeHint().width() + _SPACING
        self.end_button.setVisible(bool(row.choices) and (not ended or left >= needs + _NAME))
        if not self.end_button.isHidden():
            left -= needs
        self.title.setVisible(left >= words + _NAME + _SPACING)
        if not self.title.isHidden():
            left -= _NAME + _SPACING
        self.bar.setVisible(row.counts and left >= words + _BAR + _SPACING)

    def _choose(self) -> None:
        row = None if self._shown is None else self.rows.get(self._shown)
        if row is not None and row.choices:
            row.choices[0].run()
