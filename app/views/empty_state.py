"""What stands where the picture will be: what to do first, what is being waited for, or why there is nothing."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.messages import shorten
from app.views.elided import Elided
from app.views.icons import icon, mark

_RECENT = 4
_WIDTH = 440  # pixels of the widest text
_SIDE = 24  # pixels left and right
_LOW = 380  # pixels; in a lower window the mark gives way to what can be pressed


def _centred(text: str, kind: str, size: float = 1.0) -> QLabel:
    label = QLabel(text)
    label.setProperty("kind", kind)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    font = label.font()
    font.setPointSizeF(font.pointSizeF() * size)
    if kind == "title":
        font.setWeight(QFont.Weight.DemiBold)
    label.setFont(font)
    return label


class EmptyState(QFrame):
    """Says what to do, offers what was open before and the bundled clip. GUI thread only."""

    open_asked = Signal()
    camera_asked = Signal()
    demo_asked = Signal()
    cancel_asked = Signal()
    retry_asked = Signal()
    recent_chosen = Signal(str)
    """What opens it."""

    def __init__(self, *, demo: bool, parent: QWidget | None = None) -> None:
        """demo: whether the bundled clip is there."""
        super().__init__(parent)
        self.setObjectName("empty")
        self._demo = demo
        self._idle = True
        self._mark = QLabel()
        self._mark.setPixmap(mark(56))
        self._mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._symbol = _Symbol("error", "red", 44)
        self._headline = _centred("", "title", 1.6)
        self._text = _centred("", "muted")
        self.open_button = self._button("Open a video…", "open", "primary", "on_accent")
        self.camera_button = self._button("Open a camera…", "camera")
        self.demo_button = self._button("Try the bundled street clip", "clip", "link", "accent")
        self.cancel_button = self._button("Cancel", "close")
        self.retry_button = self._button("Try again", "reconnect", "primary", "on_accent")
        self._recent = QWidget()
        self._recent_column = QVBoxLayout(self._recent)
        self._recent_column.setContentsMargins(0, 0, 0, 0)
        self._recent_column.setSpacing(2)
        self._hint = _centred("", "faint", 0.92)
        self._lay_out()
        self.open_button.clicked.connect(self.open_asked)
        self.camera_button.clicked.connect(self.camera_asked)
        self.demo_button.clicked.connect(self.demo_asked)
        self.cancel_button.clicked.connect(self.cancel_asked)
        self.retry_button.clicked.connect(self.retry_asked)
        self.show_idle()

    def _lay_out(self) -> None:
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(_SIDE, 16, _SIDE, 16)
        column.setSpacing(0)
        column.addStretch(3)
        for picture in (self._mark, self._symbol):
            column.addWidget(picture, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(14)
        column.addWidget(self._headline)
        column.addSpacing(6)
        column.addWidget(self._text)
        column.addSpacing(20)
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addStretch(1)
        for button in (self.retry_button, self.open_button, self.camera_button, self.cancel_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column.addLayout(buttons)
        column.addSpacing(10)
        column.addWidget(self.demo_button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(12)
        column.addWidget(self._recent, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(4)
        column.addSpacing(12)
        column.addWidget(self._hint)
        # Nothing of it is squeezed in a low window; it scrolls.
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(whole)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(area)

    def set_recent(self, clips: Sequence[tuple[str, str, str]]) -> None:
        """Offer these: (what opens it, its name, where one was in it), the last one first; none on a first start."""
        while (item := self._recent_column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for number, (spec, name, where) in enumerate(clips[:_RECENT]):
            button = _Recent(f"Continue with {name}", where, "") if number == 0 else _Recent(name, where, "class")
            button.setToolTip(spec)
            button.clicked.connect(lambda _=False, spec=spec: self.recent_chosen.emit(spec))
            self._recent_column.addWidget(button)
        self._show_offers()

    def set_hint(self, text: str) -> None:
        """The faint line at the bottom: a few keys to know."""
        self._hint.setText(text)

    def show_idle(self) -> None:
        """Nothing is open."""
        self._show(
            "Open a video to see its masks",
            "Drop a file or a folder of images here,\nor open a stream from the File menu.",
            idle=True,
        )

    def show_loading(self, name: str) -> None:
        """name: what is being opened."""
        self._show(f"Opening {shorten(name)}…", "The file is checked first, in a process of its own.")

    def show_connecting(self, name: str) -> None:
        """name: the camera or stream that is being opened."""
        self._show(f"Connecting to {shorten(name)}…", "This may take some seconds.")

    def show_failure(self, headline: str, text: str, *, retry: bool) -> None:
        """Say what did not work, with which file, and what to do. retry: whether trying again makes sense."""
        self._show(headline, text, idle=True, failed=True)
        self.retry_button.setVisible(retry)
        # One thing is the next to press.
        self._emphasise(self.open_button, not retry)

    @property
    def failure(self) -> str:
        """What it says did not work; empty while nothing failed."""
        return "" if self._symbol.isHidden() else self._text.text()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._recent.setFixedWidth(min(_WIDTH, self.width() - 2 * _SIDE))
        self._show_mark()

    def _show(self, headline: str, text: str, *, idle: bool = False, failed: bool = False) -> None:
        self._headline.setText(headline)
        self._text.setText(text)
        self._idle = idle
        self._symbol.setVisible(failed)
        self.open_button.setVisible(idle)
        self._emphasise(self.open_button, True)
        self.camera_button.setVisible(idle and not failed)
        self._hint.setVisible(idle)
        self.cancel_button.setVisible(not idle)
        self.retry_button.hide()
        self._show_offers()
        self._show_mark()

    def _emphasise(self, button: QPushButton, primary: bool) -> None:
        button.setProperty("kind", "primary" if primary else "")
        button.setIcon(icon("open", "on_accent" if primary else "muted"))
        button.style().polish(button)

    def _show_offers(self) -> None:
        """What can be opened with one press."""
        self._recent.setVisible(self._idle and self._recent_column.count() > 0)
        self.demo_button.setVisible(self._idle and self._demo and self._symbol.isHidden())

    def _show_mark(self) -> None:
        self._mark.setVisible(self.height() >= _LOW and self._symbol.isHidden())

    def _button(self, text: str, symbol: str, kind: str = "", role: str = "muted") -> QPushButton:
        button = QPushButton(f" {text}")
        button.setAccessibleName(text)
        button.setIcon(icon(symbol, role))
        button.setProperty("kind", kind)
        button.setAutoDefault(True)
        return button


class _Symbol(QWidget):
    """An icon that stands alone; it follows the theme, which a picture of it would not."""

    def __init__(self, name: str, role: str, size: int) -> None:
        super().__init__()
        self._icon = icon(name, role)
        self.setFixedSize(size, size)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._icon.paint(painter, self.rect())
        painter.end()


class _Recent(QPushButton):
    """A clip that was open before: its name on the left, where one was in it on the right."""

    def __init__(self, name: str, where: str, kind: str) -> None:
        super().__init__()
        self.setProperty("kind", kind)
        self.setAutoDefault(True)
        self.setAccessibleName(f"{name}, {where}" if where else name)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 14, 0)
        row.setSpacing(10)
        row.addWidget(_Symbol("clip", "muted", 18))
        left, right = Elided(Qt.TextElideMode.ElideMiddle, name), QLabel(where)
        right.setProperty("kind", "faint")
        for label in (left, right):
            # A file's name must not become markup; and the button hears the clicks.
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        row.addWidget(left, 1)
        row.addWidget(right)
        self.setFixedHeight(34)
