"""Play, step, seek: the strip under the picture."""

from fractions import Fraction

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSlider, QStyle, QStyleOptionSlider, QToolButton, QWidget

from app.views.icons import icon


class SeekSlider(QSlider):
    """A slider that goes where it is clicked."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setPageStep(10)
        self.setMinimumWidth(140)
        self.setAccessibleName("Position in the clip, in frames")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        jumped = False
        if event.button() == Qt.MouseButton.LeftButton:
            option = QStyleOptionSlider()
            self.initStyleOption(option)
            handle = self.style().subControlRect(
                QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, self
            )
            if not handle.contains(event.position().toPoint()):
                left = event.position().x() - handle.width() / 2
                span = self.width() - handle.width()
                self.setSliderPosition(
                    QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), round(left), max(1, span))
                )
                jumped = True
        # With the handle under the pointer now, the drag goes on as usual.
        super().mousePressEvent(event)
        if jumped:
            self.sliderMoved.emit(self.sliderPosition())


class Transport(QFrame):
    """Buttons and slider; emits what is asked for and shows where the clip is. GUI thread only."""

    toggled = Signal()
    stepped = Signal(int)
    to_start = Signal()
    to_end = Signal()
    drag_began = Signal()
    dragged = Signal(int)
    drag_ended = Signal()
    fit_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("transport")
        self._rate: Fraction | None = None
        self._index = 0
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 9, 14, 9)
        row.setSpacing(4)
        self._first = self._button("first", "First frame (Home)")
        self._previous = self._button("previous", "One frame back (←, ten with Shift)")
        self.play_button = self._button("play", "Play or pause (Space)")
        self.play_button.setProperty("kind", "play")
        self.play_button.setFixedSize(38, 38)
        self._next = self._button("next", "One frame on (→, ten with Shift)")
        self._last = self._button("last", "Last frame (End)")
        for button in (self._first, self._previous, self.play_button, self._next, self._last):
            row.addWidget(button)
        row.addSpacing(12)
        self._time = self._label("Time", "0:00.0")
        self.slider = SeekSlider()
        self._total = self._label("Length", "0:00.0")
        self._total.setProperty("kind", "faint")
        self._frame = self._label("Frame number", "")
        self._frame.setMinimumWidth(self.fontMetrics().horizontalAdvance("00000 / 00000 "))
        for label in (self._time, self._total):
            label.setMinimumWidth(self.fontMetrics().horizontalAdvance("00:00.0"))
        self._time.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._time)
        row.addSpacing(8)
        row.addWidget(self.slider, 1)
        row.addSpacing(8)
        row.addWidget(self._total)
        row.addSpacing(16)
        row.addWidget(self._frame)
        fit = self._button("fit", "Fit the picture (F)")
        row.addSpacing(8)
        row.addWidget(fit)

        self.play_button.clicked.connect(self.toggled)
        self._first.clicked.connect(self.to_start)
        self._last.clicked.connect(self.to_end)
        self._previous.clicked.connect(lambda: self.stepped.emit(-1))
        self._next.clicked.connect(lambda: self.stepped.emit(1))
        fit.clicked.connect(self.fit_asked)
        self.slider.sliderPressed.connect(self.drag_began)
        self.slider.sliderReleased.connect(self.drag_ended)
        # actionTriggered covers clicks and keys; valueChanged would also hear our own updates
        self.slider.sliderMoved.connect(self.dragged)
        self.slider.actionTriggered.connect(lambda _: self.dragged.emit(self.slider.sliderPosition()))
        self.set_clip(None, None, live=False)

    def set_clip(self, frame_count: int | None, rate: Fraction | None, *, live: bool) -> None:
        """Set up for a clip; frame_count None and not live: for none at all."""
        self._rate = rate
        self._index = 0
        seekable = frame_count is not None and not live
        self.slider.setEnabled(seekable)
        self.slider.setMaximum(max(0, (frame_count or 1) - 1))
        self.slider.setValue(0)
        for button in (self._first, self._previous, self._next, self._last):
            button.setEnabled(seekable)
        self.play_button.setEnabled(seekable or live)
        self._time.setText("Live" if live else "0:00.0")
        self._total.setText("" if live else self._clock(frame_count))
        self._frame.clear()

    def show_position(self, index: int, seconds: float, *, live: bool) -> None:
        """index: of the frame shown. seconds: its time in the clip."""
        if live:
            self._frame.setText(f"{index + 1}")
            return
        if index > self.slider.maximum():  # the header promised fewer frames than there are
            self.set_frame_count(index + 1)
        if not self.slider.isSliderDown():
            self.slider.setValue(index)
        self._time.setText(clock(seconds))
        self._index = index
        self._show_number()

    def set_frame_count(self, frame_count: int) -> None:
        """Correct the length, where the end was found elsewhere than promised."""
        self.slider.setMaximum(frame_count - 1)
        self._total.setText(self._clock(frame_count))
        self._show_number()

    def _show_number(self) -> None:
        self._frame.setText(f"{self._index + 1} / {self.slider.maximum() + 1}")

    def set_playing(self, playing: bool) -> None:
        """Show whether pressing the button will pause or play."""
        self.play_button.setIcon(icon("pause" if playing else "play", "on_accent"))
        self.play_button.setAccessibleName("Pause" if playing else "Play")

    def _clock(self, frame_count: int | None) -> str:
        return clock(float(frame_count / self._rate)) if frame_count and self._rate else ""

    def _button(self, name: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(name, "on_accent" if name == "play" else "text"))
        button.setIconSize(QSize(22, 22))
        button.setToolTip(tip)
        button.setAccessibleName(tip.split(" (")[0])
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _label(self, name: str, text: str) -> QLabel:
        label = QLabel(text)
        label.setAccessibleName(name)
        label.setProperty("kind", "muted")
        return label


def clock(seconds: float) -> str:
    """Seconds as people read them: 0:03.2, 1:02:03.2."""
    tenths = round(max(0.0, seconds) * 10)
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{head}:{tenths // 10:02}.{tenths % 10}"
