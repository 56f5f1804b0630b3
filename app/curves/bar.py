"""The strip above the curves: which method is which, what is drawn, and what can be done."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QMenu, QPushButton, QSizePolicy, QToolButton, QWidget

from app.curves.parts import SLOT_COLOURS
from app.curves.plot import TIPS, TITLES
from app.curves.snapshot import SLOTS
from app.style.theme import colours
from app.views.choice import Choice
from app.views.elided import cut_name
from app.views.icons import icon
from engine.live.counts import MEASURES, OF_MATTES, Measure
from engine.models.classes import ClassSet

_NARROW = 760  # pixels; below, the choices stand in a second row
_SWATCH = 12


class SlotName(QWidget):
    """A slot's letter and method with the colour of its curves; a name that does not fit is cut."""

    def __init__(self, slot: int) -> None:
        super().__init__()
        self._slot = slot
        self._name = self._beside = ""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.hide()

    @property
    def name(self) -> str:
        """The method; empty for none."""
        return self._name

    @property
    def shown(self) -> str:
        """What there is room for of the name."""
        return cut_name(self.fontMetrics(), self._name, self.width() - self._left, (self._beside,))

    @property
    def _left(self) -> int:
        """Where the name begins, pixels."""
        return _SWATCH + 8 + self.fontMetrics().horizontalAdvance("A") + 6

    def show_name(self, name: str | None, beside: str | None = None) -> None:
        """None hides it. beside: the other slot's, which it must not be taken for where it is cut."""
        self._name, self._beside = name or "", beside or ""
        self.setVisible(name is not None)
        self.setToolTip(f"{'AB'[self._slot]}: {self._name}")
        self.setAccessibleName(f"Slot {'AB'[self._slot]}, {self._name}")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(self._left + metrics.horizontalAdvance(self._name) + 4, metrics.height() + 8)

    def minimumSizeHint(self) -> QSize:
        return QSize(56, self.fontMetrics().height() + 8)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(SLOT_COLOURS[self._slot]))
        painter.drawRoundedRect(0, self.height() // 2 - 1, _SWATCH, 3, 1.5, 1.5)
        left = _SWATCH + 8
        painter.setPen(QColor(theme.muted))
        area = self.rect().adjusted(left, 0, 0, 0)
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, "AB"[self._slot])
        area.setLeft(self._left)
        painter.setPen(QColor(theme.text))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, self.shown)
        painter.end()


class CurvesBar(QWidget):
    """GUI thread only."""

    measures_changed = Signal()
    class_changed = Signal()
    smooth_toggled = Signal(bool)
    pin_toggled = Signal(bool)
    fit_asked = Signal()
    table_asked = Signal()
    picture_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._groups: list[QWidget] = []
        self.names = tuple(SlotName(slot) for slot in SLOTS)
        self.measure_buttons: dict[Measure, QPushButton] = {}
        names = self._group(18)
        for name in self.names:
            names.addWidget(name)
        names.addStretch(1)
        what = self._group(4)
        for measure in MEASURES:
            what.addWidget(self._make_measure(measure))
        self.set_soft(False)
        what.addSpacing(6)
        self.class_choice = Choice()
        self.class_choice.setAccessibleName("Class that is measured")
        self.class_choice.setToolTip("Flicker and tc of the whole frame, or of one class")
        self.class_choice.setMinimumContentsLength(11)
        self.class_choice.setIconSize(QSize(10, 10))
        self.class_choice.currentIndexChanged.connect(self.class_changed)
        what.addWidget(self.class_choice, 1)
        self._make_tools(self._group(4))
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 6, 10, 2)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 1)
        self._narrow: bool | None = None
        self._lay_out(narrow=False)
        self.set_classes(None)

    def _group(self, spacing: int) -> QHBoxLayout:
        holder = QWidget(self)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(spacing)
        self._groups.append(holder)
        return row

    def _make_measure(self, measure: Measure) -> QPushButton:
        button = self.measure_buttons[measure] = QPushButton(TITLES[measure][0])
        button.setProperty("kind", "segment")
        button.setCheckable(True)
        button.setChecked(True)
        button.setAutoDefault(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolTip(TIPS[measure])
        button.setAccessibleName(f"Show {TITLES[measure][0]}")
        button.clicked.connect(self._on_measure)
        return button

    def _make_tools(self, row: QHBoxLayout) -> None:
        self.smooth_button = self._tool("smooth", "Smooth: a mean of the last second in front of what was measured")
        self.smooth_button.setCheckable(True)
        self.smooth_button.setChecked(True)
        self.smooth_button.toggled.connect(self.smooth_toggled)
        self.pin_button = self._tool("pin", "Pin a span: drag its edges; Shift and drag draws one, Esc takes it away")
        self.pin_button.setCheckable(True)
        self.pin_button.clicked.connect(self.pin_toggled)
        self.fit_button = self._tool("fit", "Fit the curves: show the whole clip, or the last minute of a live source")
        self.fit_button.clicked.connect(self.fit_asked)
        self.export_button = self._tool("export", "Export the curves: what was measured, as a table or as a picture")
        menu = QMenu(self.export_button)
        menu.addAction("Table (CSV)…", self.table_asked.emit)
        menu.addAction("Picture (PNG)…", self.picture_asked.emit)
        self.export_button.setMenu(menu)
        self.export_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        for tool in (self.smooth_button, self.pin_button, self.fit_button, self.export_button):
            row.addWidget(tool)

    def _lay_out(self, *, narrow: bool) -> None:
        """All in one row, or the choices in a second one."""
        if narrow == self._narrow:
            return
        self._narrow = narrow
        names, what, tools = self._groups
        self._grid.addWidget(names, 0, 0)
        self._grid.addWidget(what, *((1, 0, 1, 3) if narrow else (0, 1, 1, 1)))
        self._grid.addWidget(tools, 0, 2)

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What is to be drawn."""
        buttons = self.measure_buttons.items()
        return tuple(measure for measure, button in buttons if button.isChecked() and not button.isHidden())

    def set_soft(self, soft: bool) -> None:
        """Offer what only mattes have, or hide it."""
        for measure in OF_MATTES:
            self.measure_buttons[measure].setVisible(soft)
        if not self.measures:
            self.measure_buttons["flicker"].setChecked(True)
        self.measures_changed.emit()

    @property
    def class_id(self) -> int | None:
        """The class that was chosen; None for the whole frame."""
        place = self.class_choice.currentIndex()
        return place - 1 if place > 0 else None

    def set_classes(self, classes: ClassSet | None) -> None:
        """Offer these classes; what was chosen stays where there is a class of that name."""
        before = self.class_choice.currentText()
        self.class_choice.blockSignals(True)
        self.class_choice.clear()
        self.class_choice.addItem("Whole frame")
        for entry in () if classes is None else classes.classes:
            self.class_choice.addItem(_swatch(entry.colour), entry.name)
        self.class_choice.setCurrentIndex(max(0, self.class_choice.findText(before)))
        self.class_choice.blockSignals(False)
        self.class_choice.setEnabled(classes is not None)
        self.class_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out(narrow=self.width() < _NARROW)

    def _on_measure(self) -> None:
        if not self.measures:  # something has to be drawn
            button = self.sender()
            if isinstance(button, QPushButton):
                button.setChecked(True)
            return
        self.measures_changed.emit()

    def _tool(self, symbol: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(symbol, "muted"))
        button.setIconSize(QSize(18, 18))
        button.setToolTip(tip)
        button.setAccessibleName(tip.split(":")[0])
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button


def _swatch(colour: str) -> QIcon:
    pixmap = QPixmap(20, 20)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(0, 0, 20, 20, 6, 6)
    painter.end()
    return QIcon(pixmap)
