"""The compare dock: what stands in A and B, how the two are looked at, and what came of it."""

from itertools import pairwise

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.compare.match_sheet import compared_text
from app.compare.method_picker import MethodPicker
from app.compare.readout import Readout
from app.compare.slot_tag import SlotTag
from app.views.elided import Elided
from app.views.icons import icon
from app.views.scrolled import scroll
from app.views.sheet import section, separator
from engine.models.mapping import ClassMapping

_WIDTH = 292
_SIDE = 12
_TOP = 10
_GAP = 8
_SEGMENT = 34
_MODES = {
    "single": ("Single", "one slot alone"),
    "side": ("Side by side", "A left, B right, the same frame"),
    "wipe": ("Wipe", "A left of the divider, B right of it"),
    "difference": ("Difference", "where A and B disagree"),
    "flicker": ("Flicker map", "where labels flipped lately"),
}


class ComparePanel(QWidget):
    """Emits what is asked for and shows what it is told. GUI thread only."""

    a_chosen = Signal(str)
    b_chosen = Signal(object)
    """A method as text, or None to empty the slot."""
    swap_asked = Signal()
    mode_chosen = Signal(str)
    """`single`, `side`, `wipe`, `difference` or `flicker`."""
    steady_asked = Signal()
    """A's model is to be made steady."""
    analysis_toggled = Signal(bool)
    """True to go on measuring the whole clip, False to pause."""
    match_asked = Signal()
    """Somebody wants to say which classes mean the same."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(_WIDTH)
        self._paused = False
        self.a = MethodPicker("A")
        self.b = MethodPicker("B", allow_none=True)
        self.a.chosen.connect(self._on_a)
        self.b.chosen.connect(self.b_chosen)
        self.readout = Readout()
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(_SIDE, _TOP, _SIDE, 8)
        column.setSpacing(_GAP)
        self._head = (self._make_slots(), self._make_modes())
        for part in self._head:
            column.addLayout(part)
        column.addWidget(separator())
        column.addWidget(self._make_classes())
        self._above = QVBoxLayout()
        column.addLayout(self._above)
        column.addWidget(self.readout)
        column.addWidget(self._make_analysis())
        column.addStretch(1)
        self.area = scroll(self, inside)
        slots = (*self.a.tab_stops, self.swap_button, self.steady_button, *self.b.tab_stops)
        for first, second in pairwise((*slots, *self._modes.buttons(), self.match_button)):
            QWidget.setTabOrder(first, second)
        self.set_mode("single")
        self.set_analysis(None, False)

    def _make_slots(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        self.swap_button = QToolButton()
        self.swap_button.setIcon(icon("swap", "muted"))
        self.swap_button.setIconSize(QSize(16, 16))
        self.swap_button.setStyleSheet("padding: 2px;")
        self.swap_button.setToolTip("Swap A and B")
        self.swap_button.setAccessibleName("Swap A and B")
        self.swap_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.swap_button.clicked.connect(self.swap_asked)
        middle = Qt.AlignmentFlag.AlignCenter
        for row, slot, picker in ((0, "A", self.a), (2, "B", self.b)):
            # As high as the field that it stands beside.
            holder = QWidget()
            holder.setFixedHeight(picker.model_choice.sizeHint().height())
            within = QHBoxLayout(holder)
            within.setContentsMargins(0, 0, 0, 0)
            within.addWidget(SlotTag(slot), 0, middle)
            grid.addWidget(holder, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(picker, row, 1)
        self.steady_button = QPushButton("Make A steady…")
        self.steady_button.setProperty("kind", "primary")
        self.steady_button.setAutoDefault(True)
        self.steady_button.setAccessibleName("Make A steady")
        self.steady_button.setToolTip("Trains the model in A on your clips to flicker less, without labels")
        self.steady_button.setStyleSheet("padding: 3px 10px;")  # the line between the slots is no higher for it
        self.steady_button.clicked.connect(self.steady_asked)
        self._between = separator()
        self._between.hide()
        grid.addWidget(self.swap_button, 1, 0, middle)
        grid.addWidget(self.steady_button, 1, 1, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(self._between, 1, 1, Qt.AlignmentFlag.AlignVCenter)
        return grid

    def _make_modes(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(5)
        head = QHBoxLayout()
        self._mode_name = QLabel()
        self._mode_name.setProperty("kind", "muted")
        head.addWidget(section("View"))
        head.addStretch(1)
        head.addWidget(self._mode_name)
        row = QHBoxLayout()
        row.setSpacing(4)
        self._modes = QButtonGroup(self)
        for number, (mode, (name, tip)) in enumerate(_MODES.items()):
            button = QPushButton()
            button.setIcon(icon(f"view-{mode}"))
            button.setIconSize(QSize(20, 20))
            button.setMinimumWidth(_SEGMENT)
            button.setProperty("kind", "segment")
            button.setCheckable(True)
            button.setAutoDefault(True)
            button.setToolTip(f"{name}: {tip}")
            button.setAccessibleName(name)
            self._modes.addButton(button, number)
            row.addWidget(button, 1)
        self._modes.idClicked.connect(self._on_mode)
        column.addLayout(head)
        column.addLayout(row)
        return column

    def _make_classes(self) -> QWidget:
        self._classes = QWidget()
        row = QHBoxLayout(self._classes)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.classes_text = Elided(Qt.TextElideMode.ElideRight)
        self.classes_text.setProperty("kind", "muted")
        self.match_button = QPushButton("Match classes…")
        self.match_button.setProperty("kind", "link")
        self.match_button.setAutoDefault(True)
        self.match_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.match_button.clicked.connect(self.match_asked)
        row.addWidget(self.classes_text, 1)
        row.addWidget(self.match_button)
        self._classes.hide()
        return self._classes

    def _make_analysis(self) -> QWidget:
        self._analysis = QWidget()
        row = QHBoxLayout(self._analysis)
        row.setContentsMargins(0, 2, 0, 4)
        row.setSpacing(4)
        self._analysis_text = Elided(Qt.TextElideMode.ElideRight)
        self._analysis_text.setProperty("kind", "faint")
        self._analysis_share = QLabel()
        self._analysis_share.setProperty("kind", "faint")
        self.pause_button = QToolButton()
        self.pause_button.setIconSize(QSize(16, 16))
        self.pause_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.pause_button.clicked.connect(lambda: self.analysis_toggled.emit(self._paused))
        row.addWidget(self._analysis_text)
        row.addWidget(self._analysis_share)
        row.addStretch(1)
        row.addWidget(self.pause_button)
        return self._analysis

    # ---- what is shown

    @property
    def wanted_height(self) -> int:
        """Pixels down to the end of the readout's sentence, whatever it says."""
        head = sum(part.sizeHint().height() + _GAP for part in self._head)
        classes = 0 if self._classes.isHidden() else self._classes.sizeHint().height() + _GAP
        above = self._above.sizeHint().height()
        return _TOP + head + 1 + _GAP + classes + (above + _GAP if above else 0) + self.readout.wanted_height

    def put_above_readout(self, widget: QWidget) -> None:
        """Give `widget` a place on top of the readout; it comes and goes by itself."""
        self._above.addWidget(widget)

    def scroll_to(self, widget: QWidget) -> None:
        """Bring it up, as soon as it has its place."""

        def scroll() -> None:
            if (inside := self.area.widget()) is not None:
                self.area.verticalScrollBar().setValue(widget.mapTo(inside, QPoint(0, 0)).y() - _GAP)

        QTimer.singleShot(0, self, scroll)

    def set_mode(self, mode: str) -> None:
        """Show how the slots are looked at. Raises KeyError for an unknown mode."""
        name, _ = _MODES[mode]
        self._modes.button(list(_MODES).index(mode)).setChecked(True)
        self._mode_name.setText(name)

    def set_mapping(self, mapping: ClassMapping | None) -> None:
        """Say how many classes are compared, where A and B know other ones; None where B is empty."""
        self._classes.setVisible(mapping is not None and mapping.a != mapping.b)
        if mapping is None:
            return
        nothing = "Nothing to compare" if mapping.why_not else ""
        self.classes_text.setText(nothing or f"{mapping.compared} of {len(mapping.b)} classes compared")
        ours, theirs = mapping.left_out
        told = [compared_text(mapping)]
        told += [f"Not compared, of {name}: {', '.join(out)}" for name, out in (("A", ours), ("B", theirs)) if out]
        self.classes_text.setToolTip("\n".join(told))

    def offer_steadying(self, offered: bool) -> None:
        """Whether there is nothing better than A yet that stands in B."""
        self.steady_button.setVisible(offered)
        self._between.setVisible(not offered)

    def set_analysis(self, share: float | None, paused: bool) -> None:
        """How much of the clip was measured in the background, 0..1; None where that is not done."""
        self._paused = paused
        self._analysis.setVisible(share is not None)
        if share is None:
            return
        done = share >= 1
        told = (
            "The whole clip is measured" if done else "Measuring paused at" if paused else "Measuring the whole clip:"
        )
        self._analysis_text.setText(told)
        self._analysis_text.setToolTip(told)
        # Not 100 before it is done.
        self._analysis_share.setText("" if done else f"{min(99, int(100 * share))} %")
        tip = "Go on measuring the whole clip" if paused else "Pause measuring the whole clip"
        self.pause_button.setVisible(not done)
        self.pause_button.setIcon(icon("play" if paused else "pause", "muted"))
        self.pause_button.setToolTip(tip)
        self.pause_button.setAccessibleName(tip)

    # ---- what a person does

    def _on_a(self, method: str) -> None:
        self.a_chosen.emit(method)

    def _on_mode(self, number: int) -> None:
        mode = list(_MODES)[number]
        self.set_mode(mode)
        self.mode_chosen.emit(mode)
