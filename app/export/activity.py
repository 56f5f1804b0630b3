"""What is being written: one line for each job and for the recording, above the status line."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
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

from app.desktop import open_outside
from app.export.jobs import ExportJob
from app.messages import shorten
from app.views.elided import Elided
from app.views.icons import icon
from app.views.timeline import clock
from engine.results.recording import RecordingState

_RECORDING = "recording"


class _Line(QFrame):
    """A symbol, a name, a bar, a text, and buttons."""

    def __init__(self, name: str, symbol: str, role: str) -> None:
        super().__init__()
        self.setProperty("kind", "toolbar")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 10, 6)
        row.setSpacing(10)
        picture = QLabel()
        picture.setPixmap(icon(symbol, role).pixmap(18, 18))
        row.addWidget(picture)
        title = QLabel(shorten(name, 32))
        title.setProperty("kind", "title")
        title.setTextFormat(Qt.TextFormat.PlainText)
        row.addWidget(title)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(170)
        self.bar.setAccessibleName(f"Progress of {name}")
        row.addWidget(self.bar)
        self.text = Elided(Qt.TextElideMode.ElideRight)
        self.text.setProperty("kind", "muted")
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row.addWidget(self.text, 1)
        self._row = row
        self._buttons: list[QWidget] = []

    def say(self, text: str) -> None:
        """Replace the text; all of it is in the tool tip."""
        self.text.setText(text)
        self.text.setToolTip(text)

    @property
    def has_buttons(self) -> bool:
        """Whether it shows any."""
        return bool(self._buttons)

    def set_buttons(
        self, *buttons: tuple[str, Callable[[], object]], dismiss: Callable[[], object] | None = None
    ) -> None:
        """Show these, and a cross where the line can be taken away."""
        for old in self._buttons:
            self._row.removeWidget(old)
            old.deleteLater()
        self._buttons = []
        for label, run in buttons:
            button = QPushButton(label)
            button.setAutoDefault(True)
            button.clicked.connect(lambda _=False, run=run: run())
            self._buttons.append(button)
        if dismiss is not None:
            cross = QToolButton()
            cross.setIcon(icon("close", "muted"))
            cross.setToolTip("Dismiss")
            cross.setAccessibleName("Dismiss")
            cross.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            cross.clicked.connect(lambda _=False: dismiss())
            self._buttons.append(cross)
        for widget in self._buttons:
            self._row.addWidget(widget)


class ActivityBar(QFrame):
    """GUI thread only; hidden while there is nothing to tell."""

    cancel_asked = Signal(object)
    """An ExportJob."""
    stop_asked = Signal()
    """The recording."""
    open_asked = Signal(str)
    """A finished video, to be opened here."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._lines: dict[object, _Line] = {}
        self.hide()

    def show_job(self, job: ExportJob) -> None:
        """Show how an export or a comparison is doing."""
        line = self._line(job, job.name, job.manner.symbol, "accent")
        if job.status in ("waiting", "running"):
            if not line.has_buttons:
                line.set_buttons(("Cancel", lambda: self.cancel_asked.emit(job)))
            line.bar.setRange(0, job.total or 0)
            line.bar.setValue(job.done)
            line.say(progress_text(job))
            return
        line.bar.setVisible(False)
        line.say(job.text)
        if job.status == "done" and job.outcome is not None:
            self._show_done(job, line, job.request.folder, job.outcome.video, job.outcome.page)
        else:
            line.set_buttons(dismiss=lambda: self._remove(job))

    def show_recording(self, folder: Path, state: RecordingState | None) -> None:
        """Show how the recording is doing; None when it has just begun."""
        line = self._line(_RECORDING, "Recording", "record", "red")
        line.bar.setVisible(False)
        line.setToolTip(str(folder))
        if state is None:
            line.say(f"into {folder}")
            line.set_buttons(("Stop", self.stop_asked.emit))
        else:
            dropped = f" · {state.dropped} dropped" if state.dropped else ""
            line.say(f"{clock(state.seconds)} · {state.frames} frames{dropped} · {folder}")

    def end_recording(self, folder: Path, error: str) -> None:
        """The recording has ended; error: why by itself, or empty."""
        line = self._line(_RECORDING, "Recording", "record", "red")
        line.bar.setVisible(False)
        line.say(error or f"saved in {folder}")
        # The next recording gets a line of its own.
        self._lines[folder] = self._lines.pop(_RECORDING)
        self._show_done(folder, line, folder, None if error else folder / "overlay.mp4")

    def _show_done(self, key: object, line: _Line, folder: Path, video: Path | None, page: Path | None = None) -> None:
        buttons: list[tuple[str, Callable[[], object]]] = []
        if page is not None:
            buttons.append(("Open the report", lambda: open_outside(page)))
        if video is not None:
            buttons.append(("Open the video", lambda: self.open_asked.emit(str(video))))
        line.set_buttons(*buttons, ("Show in folder", lambda: open_outside(folder)), dismiss=lambda: self._remove(key))

    def _line(self, key: object, name: str, symbol: str, role: str) -> _Line:
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = _Line(name, symbol, role)
            self._column.addWidget(line)
            self.show()
        return line

    def _remove(self, key: object) -> None:
        line = self._lines.pop(key, None)
        if line is not None:
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        self.setVisible(bool(self._lines))


def progress_text(job: ExportJob) -> str:
    """`123 / 500 · 24 frames/s · 0:15 left`, as far as it is known."""
    if job.status == "waiting":
        return "Waiting for what is written before it"
    if job.began is None:
        return "Loading the model…"
    if job.total and job.done >= job.total:
        return f"{job.done} frames · finishing…"
    parts = [f"{job.done} / {job.total}" if job.total else f"{job.done} frames"]
    if job.rate is not None:
        parts.append(f"{job.rate:.0f} frames/s")
    if job.left_s is not None:
        parts.append(f"{clock(job.left_s).partition('.')[0]} left")
    return " · ".join(parts)
