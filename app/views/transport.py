"""Play, step, seek, speed, loop, in and out: the strip under the picture."""

from fractions import Fraction

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QMenu, QPushButton, QToolButton, QWidget

from app.shortcuts import Shortcuts
from app.views.icons import icon
from app.views.strip import Strip, needed, reserve
from app.views.timeline import Timeline, clock, frame_clock

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0)
_SIDE = 12  # pixels left and right
_INDENT = 6
_GAP = 4


class Transport(Strip):
    """Buttons and scrub bar; emits what is asked for and shows where the clip is. GUI thread only."""

    toggled = Signal()
    stepped = Signal(int)
    to_start = Signal()
    to_end = Signal()
    drag_began = Signal()
    dragged = Signal(int)
    drag_ended = Signal()
    fit_asked = Signal()
    goto_asked = Signal()
    speed_chosen = Signal(float)
    loop_toggled = Signal(bool)
    in_asked = Signal()
    out_asked = Signal()
    clear_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("transport")
        self._rate: Fraction | None = None
        self._index = 0
        self._speeds: dict[float, QAction] = {}
        self._tips: dict[QToolButton | QPushButton, tuple[str, str]] = {}
        self.timeline = Timeline()
        self._time = QLabel()
        self._time.setAccessibleName("Time")
        self._total = QLabel()
        self._total.setAccessibleName("Length")
        self._total.setProperty("kind", "faint")
        self.frame_button = QPushButton()
        self.frame_button.setProperty("kind", "chip")
        self.frame_button.setAutoDefault(True)
        self._adopt(self.frame_button, "Go to a frame or time", "goto")
        self._tips[self.frame_button] = ("Frame shown and last frame, counted from 0; go to another one", "goto")
        self._first = self._button("first", "First frame", "first")
        self._previous = self._button("previous", "One frame back", "previous")
        self.play_button = self._button("play", "Play or pause", "play", "on_accent")
        self.play_button.setProperty("kind", "play")
        self.play_button.setFixedSize(38, 38)
        self._next = self._button("next", "One frame on", "next")
        self._last = self._button("last", "Last frame", "last")
        self._in = self._button("in", "Play from here: set in", "mark-in")
        self._out = self._button("out", "Play to here: set out", "mark-out")
        self._clear = self._button("close", "Clear in and out", "clear-range", "muted")
        self._marks = QWidget()
        # Its place stays, so that nothing moves when it comes and goes.
        policy = self._clear.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._clear.setSizePolicy(policy)
        self.loop_button = self._button("loop", "Loop", "loop")
        self.loop_button.setCheckable(True)
        self.speed_button = QToolButton()
        self.speed_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.speed_button.setMinimumWidth(52)
        self._adopt(self.speed_button, "Speed", "faster")
        self._fit = self._button("fit", "Fit the picture", "fit")
        self._lay_out()
        self._connect()
        self.set_shortcuts(Shortcuts())
        self.set_clip(None, None, live=False)
        self.set_range(None)
        self.set_speed(1.0)
        self.set_playing(False)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(_SIDE, 3, _SIDE, 8)
        grid.setHorizontalSpacing(_GAP)
        grid.setVerticalSpacing(2)
        grid.addWidget(self.timeline, 0, 0, 1, 3)
        marks = QHBoxLayout(self._marks)
        marks.setContentsMargins(0, 0, 0, 0)
        marks.setSpacing(_GAP)
        for button in (self._in, self._out, self._clear):
            marks.addWidget(button)
        groups = self._groups = (
            (self._time, self._total, self.frame_button),
            (self._first, self._previous, self.play_button, self._next, self._last),
            (self._marks, self.loop_button, self.speed_button, self._fit),
        )
        sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight)
        for column, (group, side) in enumerate(zip(groups, sides, strict=True)):
            row = QHBoxLayout()
            row.setSpacing(_GAP)
            for widget in group:
                row.addWidget(widget)
            holder = QWidget()
            holder.setLayout(row)
            row.setContentsMargins(_INDENT if column == 0 else 0, 0, 0, 0)
            grid.addWidget(holder, 1, column, side | Qt.AlignmentFlag.AlignVCenter)
        # Equal sides keep the play button in the middle whatever is written left and right.
        for column, stretch in ((0, 1), (1, 0), (2, 1)):
            grid.setColumnStretch(column, stretch)

    def _connect(self) -> None:
        self.play_button.clicked.connect(self.toggled)
        self._first.clicked.connect(self.to_start)
        self._last.clicked.connect(self.to_end)
        self._previous.clicked.connect(lambda: self.stepped.emit(-1))
        self._next.clicked.connect(lambda: self.stepped.emit(1))
        self._in.clicked.connect(self.in_asked)
        self._out.clicked.connect(self.out_asked)
        self._clear.clicked.connect(self.clear_asked)
        self.loop_button.clicked.connect(self.loop_toggled)
        self._fit.clicked.connect(self.fit_asked)
        self.frame_button.clicked.connect(self.goto_asked)
        menu = QMenu(self.speed_button)
        for speed in SPEEDS:
            action = self._speeds[speed] = menu.addAction(speed_text(speed))
            action.setCheckable(True)
            action.triggered.connect(lambda _=False, speed=speed: self.speed_chosen.emit(speed))
        self.speed_button.setMenu(menu)
        self.timeline.sliderPressed.connect(self.drag_began)
        self.timeline.sliderReleased.connect(self.drag_ended)
        # Clicks, drags and keys; valueChanged would also hear our own updates.
        self.timeline.actionTriggered.connect(lambda _: self.dragged.emit(self.timeline.sliderPosition()))

    def set_shortcuts(self, shortcuts: Shortcuts) -> None:
        """Name the keys in the tool tips."""
        for widget, (tip, command_id) in self._tips.items():
            keys = shortcuts.keys(command_id)
            key = QKeySequence(keys[0]).toString(QKeySequence.SequenceFormat.NativeText) if keys else ""
            widget.setToolTip(f"{tip} ({key})" if key else tip)

    def set_clip(self, frame_count: int | None, rate: Fraction | None, *, live: bool) -> None:
        """Set up for a clip; frame_count None and not live: for none at all."""
        self._rate = rate
        self._index = 0
        seekable = frame_count is not None and not live
        self.timeline.setEnabled(seekable)
        self.timeline.setMaximum(max(0, (frame_count or 1) - 1))
        self.timeline.setValue(0)
        self.timeline.set_rate(rate)
        for widget in self._tips:
            widget.setEnabled(seekable)
        self.play_button.setEnabled(seekable or live)
        self._fit.setEnabled(seekable or live)
        self._time.setText("Live" if live else clock(0))
        self._total.setText("" if live else f"/ {self._clock(frame_count) or clock(0)}")
        self.frame_button.setText("–")
        self._reserve(frame_count)

    def show_position(self, index: int, seconds: float, *, live: bool) -> None:
        """index: of the frame shown. seconds: its time in the clip."""
        if live:
            self.frame_button.setText(f"{index}")
            return
        if index > self.timeline.maximum():  # the header promised fewer frames than there are
            self.set_frame_count(index + 1)
        if not self.timeline.isSliderDown():
            self.timeline.setValue(index)
        self._time.setText(clock(seconds))
        self._index = index
        self._show_number()

    def set_frame_count(self, frame_count: int) -> None:
        """Correct the length, where the end was found elsewhere than promised."""
        self.timeline.setMaximum(frame_count - 1)
        self._reserve(frame_count)
        self._total.setText(f"/ {self._clock(frame_count)}")
        self._show_number()

    def set_playing(self, playing: bool) -> None:
        """Show whether pressing the button will pause or play."""
        self.play_button.setIcon(icon("pause" if playing else "play", "on_accent"))
        self.play_button.setAccessibleName("Pause" if playing else "Play")

    def set_speed(self, speed: float) -> None:
        """Times the clip's own pace; negative backwards."""
        self.speed_button.setText(speed_text(speed))
        for choice, action in self._speeds.items():
            action.setChecked(choice == speed)

    def set_loop(self, loop: bool) -> None:
        """Show whether it loops."""
        self.loop_button.setChecked(loop)

    def set_range(self, range_: tuple[int, int] | None) -> None:
        """(first, last) frame that plays, both included; None for all."""
        self.timeline.set_range(range_)
        self._clear.setVisible(range_ is not None)

    def make_room(self) -> None:
        """In a narrow window, leave out what can be done and read elsewhere, so that nothing overlaps."""
        widths = {widget: needed(widget) + _GAP for group in self._groups for widget in group}
        missing = sum(widths.values()) + 2 * _SIDE + _INDENT - self.width()
        for widgets in ((self._total,), (self._first, self._last), (self._fit,), (self._marks,)):
            for widget in widgets:
                widget.setVisible(missing <= 0)
            missing -= sum(widths[widget] for widget in widgets)

    def _show_number(self) -> None:
        self.frame_button.setText(f"{self._index} / {self.timeline.maximum()}")

    def _reserve(self, frame_count: int | None) -> None:
        """Keep room for the longest time and number of a clip, so that nothing moves while it plays."""
        reserve(self._time, self._clock(frame_count) or clock(0))
        reserve(self.frame_button, f"{frame_count} / {frame_count}" if frame_count else "", around=26)
        self.make_room()

    def _clock(self, frame_count: int | None) -> str:
        return frame_clock(frame_count, self._rate) if frame_count else ""

    def _button(self, symbol: str, tip: str, command_id: str, role: str = "text") -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(symbol, role))
        button.setIconSize(QSize(20, 20))
        self._adopt(button, tip, command_id)
        return button

    def _adopt(self, button: QToolButton | QPushButton, tip: str, command_id: str) -> None:
        button.setAccessibleName(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._tips[button] = (tip, command_id)


def speed_text(speed: float) -> str:
    """A speed as people write it: 0.5×; backwards −2×."""
    return f"{'−' if speed < 0 else ''}{abs(speed):g}×"
