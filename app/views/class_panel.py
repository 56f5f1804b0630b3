"""The class dock: how masks are drawn, and every class with its colour and its share of the frame."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, QRect, QSortFilterProxyModel, Qt, QTimer, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QButtonGroup,
    QColorDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from app.views.class_list import CLASS_ID, COLOUR, ClassList, ClassModel
from app.views.icons import icon
from app.views.scrolled import scroll
from engine.models.classes import ClassSet
from engine.results.overlay import Style

_MANY = 20  # classes; above that there is a field to search them
_USUAL = 11  # classes, before any model is there
_DOZEN = 12
_SHARES_MS = 100  # numbers that change faster cannot be read


class ClassPanel(QWidget):
    """Opacity, style, and the legend. GUI thread only."""

    opacity_changed = Signal(float)
    style_changed = Signal(str)
    hidden_changed = Signal()
    """Once, whatever was toggled at a time."""
    colour_changed = Signal(int, str)
    """(class id, `#rrggbb`); that of the class set to take one's own back."""
    slot_chosen = Signal(int)
    """Whose classes are to be listed: 0 for A's, 1 for B's."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(220)
        self._classes: ClassSet | None = None
        self._waiting: NDArray[np.uint8] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SHARES_MS)
        self._timer.timeout.connect(self._count)
        inside = self._inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(4, 10, 4, 4)
        column.setSpacing(4)
        self._drawing = self._make_drawing()
        column.addLayout(self._drawing)
        column.addWidget(self._make_slots())
        column.addLayout(self._make_head())
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a class")
        self.search.setAccessibleName("Find a class")
        self.search.setClearButtonEnabled(True)
        self.search.hide()
        column.addWidget(self.search)
        self.model = ClassModel(self)
        self._found = QSortFilterProxyModel(self)
        self._found.setSourceModel(self.model)
        self._found.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.search.textChanged.connect(self._found.setFilterFixedString)
        self.list = ClassList()
        self.list.setModel(self._found)
        self.list.setAccessibleName("Classes; Enter shows or hides one, Shift+Enter changes its colour")
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.list.toggled.connect(self.toggle)
        self.list.colour_asked.connect(self.ask_colour)
        self.list.row_reached.connect(self._reveal)
        column.addWidget(self.list)
        column.addStretch(1)
        self._area = scroll(self, inside)

    def _make_drawing(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setContentsMargins(8, 0, 8, 0)
        column.setSpacing(6)
        row = QHBoxLayout()
        row.setSpacing(6)
        self._styles = QButtonGroup(self)
        for number, (text, symbol) in enumerate((("Fill", "fill"), ("Outline", "outline"))):
            button = QPushButton(text)
            button.setIcon(icon(symbol, "muted"))
            button.setProperty("kind", "segment")
            button.setCheckable(True)
            button.setAutoDefault(True)
            button.setAccessibleName(f"{text} the classes")
            self._styles.addButton(button, number)
            row.addWidget(button, 1)
        self._styles.button(0).setChecked(True)
        self._styles.idClicked.connect(lambda number: self.style_changed.emit(("fill", "outline")[number]))
        column.addLayout(row)
        row = QHBoxLayout()
        label = QLabel("Opacity")
        label.setProperty("kind", "muted")
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(0, 100)
        self.opacity.setPageStep(10)
        self.opacity.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.opacity.setAccessibleName("Mask opacity in percent")
        self._percent = QLabel()
        self._percent.setProperty("kind", "muted")
        self._percent.setMinimumWidth(40)
        self._percent.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.opacity.valueChanged.connect(self._on_opacity)
        row.addWidget(label)
        row.addWidget(self.opacity, 1)
        row.addWidget(self._percent)
        column.addLayout(row)
        return column

    def _make_slots(self) -> QWidget:
        self._choice = QWidget()
        row = QHBoxLayout(self._choice)
        row.setContentsMargins(8, 4, 8, 0)
        row.setSpacing(6)
        self.slots = QButtonGroup(self)
        for slot, name in enumerate("AB"):
            button = QPushButton(f"Classes of {name}")
            button.setProperty("kind", "segment")
            button.setCheckable(True)
            button.setAutoDefault(True)
            self.slots.addButton(button, slot)
            row.addWidget(button, 1)
        self.slots.idClicked.connect(self.slot_chosen)
        self.set_slots(None)
        return self._choice

    def _make_head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(2, 0, 34, 0)
        row.setSpacing(0)
        for text, shown in (("All", True), ("None", False)):
            button = QPushButton(text)
            button.setProperty("kind", "link")
            button.setAutoDefault(True)
            button.setAccessibleName(f"{'Show' if shown else 'Hide'} all classes")
            button.clicked.connect(lambda _=False, shown=shown: self.show_all(shown))
            row.addWidget(button)
        row.addStretch(1)
        share = QLabel("of the frame")
        share.setProperty("kind", "faint")
        row.addWidget(share)
        return row

    # ---- what is shown

    @property
    def wanted_height(self) -> int:
        """Pixels of all of it, of the first dozen where there are many classes."""
        rows = len(self.model.names) or _USUAL
        beside = self._inside.sizeHint().height() - self.list.height()
        return beside + self.list.height_of(min(rows, _DOZEN))

    def set_slots(self, listed: int | None) -> None:
        """Whose classes are listed, 0 for A's and 1 for B's, where those of one say nothing of the other's; else
        None.
        """
        self._choice.setVisible(listed is not None)
        self.slots.button(listed or 0).setChecked(True)

    def show_classes(self, classes: ClassSet, palette: NDArray[np.uint8]) -> None:
        """List the classes of a model, all drawn. palette: uint8 (256, 3) RGB."""
        self._classes = classes
        self.model.reset(classes.names, palette)
        self.search.setVisible(len(classes) > _MANY)
        self.search.clear()

    def show_masks(self, classes: NDArray[np.uint8] | None) -> None:
        """Count the shares of this mask, uint8 (h, w), soon; None for none. Cheap: the newest is counted ten times a
        second."""
        self._waiting = classes
        if not self._timer.isActive():
            self._timer.start()

    def point_at(self, class_id: int | None) -> None:
        """Highlight the class under the pointer."""
        if class_id != self.model.pointed:
            self.model.set_pointed(class_id)

    @property
    def hidden(self) -> tuple[str, ...]:
        """Names of the classes that are not drawn."""
        return tuple(name for name, shown in zip(self.model.names, self.model.shown, strict=True) if not shown)

    def set_hidden(self, names: tuple[str, ...]) -> None:
        """Hide these classes and show all others."""
        self._set_shown(np.array([name not in names for name in self.model.names], bool))

    def add_drawing(self, widget: QWidget) -> None:
        """Put what else tells how masks are drawn above the rest."""
        self._drawing.insertWidget(0, widget)

    def allow_drawing(self, allowed: bool) -> None:
        """Whether opacity and style change what is seen."""
        for each in (*self._styles.buttons(), self.opacity, self._percent):
            each.setEnabled(allowed)

    def set_opacity(self, opacity: float) -> None:
        """opacity: 0..1."""
        self.opacity.setValue(round(opacity * 100))
        self._percent.setText(f"{self.opacity.value()} %")

    def set_style(self, style: Style) -> None:
        """Whether areas are filled or outlined."""
        self._styles.button(0 if style == "fill" else 1).setChecked(True)

    # ---- what a person does

    def toggle(self, class_id: int) -> None:
        """Show or hide one class."""
        shown = self.model.shown.copy()
        shown[class_id] = not shown[class_id]
        self._set_shown(shown)

    def show_all(self, shown: bool = True) -> None:
        """Show or hide every class."""
        self._set_shown(np.full(len(self.model.names), shown))

    def show_only(self, class_id: int) -> None:
        """Hide every class but one."""
        self._set_shown(np.arange(len(self.model.names)) == class_id)

    def ask_colour(self, class_id: int) -> None:
        """Choose a colour for a class."""
        before = self.model.index(class_id).data(COLOUR)
        dialog = QColorDialog(before, self)
        dialog.setOption(QColorDialog.ColorDialogOption.DontUseNativeDialog)
        dialog.setWindowTitle(f"Colour of {self.model.names[class_id]}")
        dialog.colorSelected.connect(lambda colour: self.set_colour(class_id, colour.name()))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def set_colour(self, class_id: int, colour: str) -> None:
        """colour: `#rrggbb`."""
        chosen = QColor(colour)
        self.model.set_colour(class_id, (chosen.red(), chosen.green(), chosen.blue()))
        self.colour_changed.emit(class_id, chosen.name())

    def _set_shown(self, shown: NDArray[np.bool_]) -> None:
        changed = not np.array_equal(shown, self.model.shown)
        self.model.set_shown(shown)
        if changed:
            self.hidden_changed.emit()

    def _show_menu(self, place: QPoint) -> None:
        index: QModelIndex = self.list.indexAt(place)
        if not index.isValid() or self._classes is None:
            return
        class_id = index.data(CLASS_ID)
        self.list.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
        menu = QMenu(self)
        menu.addAction("Only this one", lambda: self.show_only(class_id))
        menu.addAction("Show all", self.show_all)
        menu.addSeparator()
        menu.addAction("Colour…", lambda: self.ask_colour(class_id))
        original = self._classes.classes[class_id].colour
        menu.addAction("Colour of the model", lambda: self.set_colour(class_id, original))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.list.viewport().mapToGlobal(place))

    def _reveal(self, row: QRect) -> None:
        """Scroll to a row of the list."""
        top = self.list.mapTo(self._inside, row.topLeft()).y()
        self._area.ensureVisible(0, top + row.height() // 2, 0, row.height())

    def _count(self) -> None:
        classes = self._waiting
        if classes is None:
            self.model.set_shares(None)
        else:
            counts = np.bincount(classes.ravel(), minlength=256)[: len(self.model.names)]
            self.model.set_shares(counts / classes.size)

    def _on_opacity(self, percent: int) -> None:
        self._percent.setText(f"{percent} %")
        self.opacity_changed.emit(percent / 100)
