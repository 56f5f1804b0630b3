"""The rows of the class panel: a model of the classes, and what paints a row."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.style.theme import colours
from app.views.icons import icon
from engine.models.background import backgrounds

_Index = QModelIndex | QPersistentModelIndex

CLASS_ID = int(Qt.ItemDataRole.UserRole)
SHARE = CLASS_ID + 1
SHOWN = CLASS_ID + 2
COLOUR = CLASS_ID + 3
POINTED = CLASS_ID + 4
BACKGROUND = CLASS_ID + 5
NOT_TINTED = "not tinted"
_HEIGHT = 24
_SWATCH = 14
_PAD = 10
_SHARE = 52
_EYE = 24


class ClassModel(QAbstractListModel):
    """One row per class: name, colour, share of the frame, whether it is drawn."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.names: tuple[str, ...] = ()
        self.shown = np.ones(0, bool)
        self.palette = np.zeros((256, 3), np.uint8)
        self.pointed: int | None = None
        self._backgrounds: tuple[str, ...] = ()
        self._shares: NDArray[np.float64] | None = None

    def reset(self, names: tuple[str, ...], palette: NDArray[np.uint8]) -> None:
        """Show other classes, all of them drawn. palette: uint8 (256, 3) RGB."""
        self.beginResetModel()
        self.names = names
        self._backgrounds = backgrounds(names)
        self.palette = palette.copy()
        self.shown = np.ones(len(names), bool)
        self._shares = None
        self.pointed = None
        self.endResetModel()

    def set_shares(self, shares: NDArray[np.float64] | None) -> None:
        """shares: of the frame by class id, 0..1; None for no masks."""
        self._shares = shares
        self._all_changed(SHARE)

    def set_shown(self, shown: NDArray[np.bool_]) -> None:
        """By class id, whether it is drawn."""
        self.shown = shown
        self._all_changed(SHOWN)

    def set_pointed(self, class_id: int | None) -> None:
        """The class under the pointer."""
        self.pointed = class_id
        self._all_changed(POINTED)

    def set_colour(self, class_id: int, rgb: tuple[int, int, int]) -> None:
        """Another colour for a class."""
        self.palette[class_id] = rgb
        self._all_changed(COLOUR)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.names)

    def data(self, index: _Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        row = index.row()
        if not 0 <= row < len(self.names):
            return None
        share = None if self._shares is None else float(self._shares[row])
        if role == Qt.ItemDataRole.DisplayRole:
            return self.names[row]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            part = "" if share is None else f", {share:.1%} of the frame"
            return f"{self.names[row]}{part}, {self._state(row)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            through = "the picture is seen there; " if index.data(BACKGROUND) and not self.shown[row] else ""
            do = "hide" if self.shown[row] else "show"
            return f"{self.names[row]}: {through}click to {do}, on its colour to change it"
        if role == CLASS_ID:
            return row
        if role == SHARE:
            return share
        if role == SHOWN:
            return bool(self.shown[row])
        if role == COLOUR:
            return QColor(*map(int, self.palette[row]))
        if role == POINTED:
            return self.pointed == row
        if role == BACKGROUND:
            return self.names[row] in self._backgrounds
        return None

    def _state(self, row: int) -> str:
        if self.shown[row]:
            return "shown"
        return "not tinted, the picture is seen there" if self.names[row] in self._backgrounds else "hidden"

    def _all_changed(self, role: int) -> None:
        if self.names:
            # The role keeps the proxy from searching all names again.
            self.dataChanged.emit(self.index(0), self.index(len(self.names) - 1), [role])


class ClassDelegate(QStyledItemDelegate):
    """Paints a class: its colour, its name, its share with a thin bar, and an eye where that says or does something."""

    colour_asked = Signal(int)
    toggled = Signal(int)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(120, _HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        theme = colours()
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        shown, share = index.data(SHOWN), index.data(SHARE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hover = bool(state & QStyle.StateFlag.State_MouseOver)
        focus = bool(state & QStyle.StateFlag.State_HasFocus)
        if hover or focus or index.data(POINTED):
            painter.setBrush(QColor(theme.hover))
            painter.setPen(QPen(QColor(theme.accent)) if focus else Qt.PenStyle.NoPen)
            painter.drawRoundedRect(QRectF(rect).adjusted(2.5, 1.5, -2.5, -1.5), 6, 6)
        self._paint_swatch(painter, _swatch_of(rect), index.data(COLOUR), shown)
        side = QRect(rect.right() - _PAD - _EYE - _SHARE, rect.top(), _SHARE, rect.height())
        start = rect.left() + _PAD + _SWATCH + 9
        text = QRect(start, rect.top(), side.left() - start - 8, rect.height())
        painter.setPen(QColor(theme.text if shown else theme.faint))
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        said = f"{index.data()} · {NOT_TINTED}" if index.data(BACKGROUND) and not shown else index.data()
        name = painter.fontMetrics().elidedText(said, Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(text, left, name)
        if share is not None:
            self._paint_share(painter, side, share, index.data(COLOUR), shown)
        if not shown or hover or focus:
            eye = icon("eye" if shown else "eye-off", "muted" if hover or focus else "faint")
            eye.paint(painter, QRect(rect.right() - _PAD - 16, rect.center().y() - 8, 17, 17))
        painter.restore()

    def editorEvent(self, event: QEvent, model: Any, option: QStyleOptionViewItem, index: _Index) -> bool:
        # The second of two quick clicks comes as a double click alone.
        clicks = (QEvent.Type.MouseButtonRelease, QEvent.Type.MouseButtonDblClick)
        if not isinstance(event, QMouseEvent) or event.type() not in clicks:
            return False
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        on_colour = _swatch_of(option.rect).adjusted(-5, -7, 5, 7).contains(event.position())
        (self.colour_asked if on_colour else self.toggled).emit(index.data(CLASS_ID))
        return True

    def _paint_swatch(self, painter: QPainter, rect: QRectF, colour: QColor, filled: bool) -> None:
        painter.setPen(QPen(QColor(colours().edge) if filled else colour, 1.4))
        painter.setBrush(colour if filled else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect, 4, 4)

    def _paint_share(self, painter: QPainter, rect: QRect, share: float, colour: QColor, shown: bool) -> None:
        theme = colours()
        painter.setPen(QColor(theme.muted if share > 0 and shown else theme.faint))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(rect.adjusted(0, -2, 0, -2), right, f"{share * 100:.1f} %" if share > 0 else "–")
        if share > 0 and shown:
            bar = QRectF(rect.left(), rect.bottom() - 4, rect.width(), 2)
            painter.fillRect(bar, QColor(theme.line))
            painter.fillRect(QRectF(bar.left(), bar.top(), max(2.0, bar.width() * share), 2), colour)


def _swatch_of(rect: QRect) -> QRectF:
    return QRectF(rect.left() + _PAD, rect.center().y() - _SWATCH / 2 + 0.5, _SWATCH, _SWATCH)


class ClassList(QListView):
    """The rows, as high as all of them. Enter or Space shows or hides the current class, Shift+Enter asks for its
    colour; so does a click.
    """

    toggled = Signal(int)
    """Class id."""
    colour_asked = Signal(int)
    """Class id."""
    row_reached = Signal(QRect)
    """Where the row is that the keyboard has come to."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setUniformItemSizes(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setProperty("kind", "plain")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        delegate = ClassDelegate(self)
        delegate.toggled.connect(self.toggled)
        delegate.colour_asked.connect(self.colour_asked)
        self.setItemDelegate(delegate)

    def height_of(self, rows: int) -> int:
        """Pixels of so many rows."""
        return rows * _HEIGHT

    def setModel(self, model: QAbstractItemModel | None) -> None:
        super().setModel(model)
        if model is not None:
            for changed in (model.modelReset, model.rowsInserted, model.rowsRemoved, model.layoutChanged):
                changed.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        model = self.model()
        self.setFixedHeight(self.height_of(0 if model is None else model.rowCount()))

    def currentChanged(self, current: _Index, previous: _Index) -> None:
        super().currentChanged(current, previous)
        if current.isValid() and self.hasFocus():
            self.row_reached.emit(self.visualRect(current))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # it scrolls the panel

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Not through `activated`: on some desktops a click sends that too, and would toggle twice.
        index = self.currentIndex()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and index.isValid():
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            (self.colour_asked if shift else self.toggled).emit(index.data(CLASS_ID))
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self.model().rowCount():
            self.setCurrentIndex(self.model().index(0, 0))
