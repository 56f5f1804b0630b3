"""A pane: the picture with the masks over it, to pan, zoom and fit."""

from dataclasses import dataclass, field

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.style.theme import colours
from app.views.layers import Layer, Made, MaskLayer
from engine.frame_result import FrameResult
from engine.results.overlay import Style
from engine.results.still import Still, StillLayer

ViewState = tuple[float, float, float]
"""(x, y, zoom): the middle of the view as shares 0..1 of the picture, and picture widths per width of the view."""

_ZOOM_STEP = 1.25
_MOST_PIXELS = 4.0  # picture pixels that must stay in view, so that nobody zooms into nothing
_LEAST = 0.05  # of the view that the picture fills at least
_SLOTS = 2


@dataclass(frozen=True, slots=True)
class Pointed:
    """What is under the pointer. x, y: pixels of the source. class_id: None where there are no masks. slot: whose masks
    they are, 0 for A and 1 for B.
    """

    x: int
    y: int
    class_id: int | None
    slot: int = field(default=0, compare=False)


class _Box(pg.ViewBox):
    """Left or middle drag pans, the wheel zooms, a double click fits."""

    double_clicked = Signal()
    moved = Signal()

    def __init__(self) -> None:
        super().__init__(lockAspect=True, invertY=True, enableMenu=False, defaultPadding=0)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.double_clicked.emit()
        event.accept()

    def mouseDragEvent(self, event: object, axis: int | None = None) -> None:
        if event.button() != Qt.MouseButton.RightButton:  # type: ignore[attr-defined]
            self.moved.emit()
            super().mouseDragEvent(event, axis)

    def wheelEvent(self, event: QWheelEvent, axis: int | None = None) -> None:
        self.moved.emit()
        super().wheelEvent(event, axis)


class FrameView(pg.GraphicsView):
    """Shows one FrameResult: the frame, a slot's masks over it, and right of a divider another slot's. GUI thread only.

    masks, beside: the layers left and right of the divider; without one, `masks` covers all of the frame.
    """

    pointed = Signal(object)
    """A Pointed, or None."""
    view_changed = Signal()
    """Somebody panned, zoomed or fitted."""
    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=colours().canvas)
        self.setAccessibleName("Video frame with masks")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # Dropped files belong to the window.
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)
        self._box = _Box()
        self.setCentralItem(self._box)
        self._picture = Layer()
        self.masks = MaskLayer()
        self.beside = MaskLayer()
        self.heat = Layer()
        for depth, layer in enumerate((self._picture, self.masks, self.beside, self.heat)):
            layer.setZValue(depth)
            self._box.addItem(layer, ignoreBounds=True)
        self._box.disableAutoRange()
        self._size: tuple[int, int] | None = None
        # By slot: two models need not know the same classes.
        self._palettes = [np.zeros((256, 3), np.uint8) for _ in range(_SLOTS)]
        self._visible = np.ones((_SLOTS, 256), bool)
        self._slots: tuple[int, int | None] = (0, None)
        self._shown = True
        self._covered = False  # something else is drawn in the masks' place
        self._divider: float | None = None
        self._fitting = True
        self._box_size: QSizeF = self._box.size()
        self._box.double_clicked.connect(self.fit)
        self._box.moved.connect(self._leave_fit)
        self._box.sigResized.connect(self._on_resized)
        self._box.sigRangeChanged.connect(self._on_range_changed)
        self.setMouseTracking(True)

    # ---- what is shown

    def show_result(self, result: FrameResult, slot: int = 0, *, beside: int | None = None) -> None:
        """Draw the frame and over it the masks of `slot`, where it has some; right of the divider those of `beside`."""
        height, width = result.frame.rgb.shape[:2]
        self._take_slots(slot, beside)
        self.heat.clear()
        self._show(result.frame.rgb, (width, height), Made.of(result, slot), Made.of(result, beside))

    def show_heat(
        self, result: FrameResult, grey: NDArray[np.uint8], heat: NDArray[np.uint8] | None, slot: int = 0
    ) -> None:
        """Draw levels instead of masks over a grey frame, uint8 (H, W); the pointer still tells the classes of `slot`.

        heat: uint8 (h, w) of any size, places in the table of `set_heat_table`; None for none.
        """
        height, width = grey.shape
        self._take_slots(slot, None)
        if heat is None:
            self.heat.clear()
        else:
            self.heat.show(heat, (width, height))
        self._take_slots(slot, None)
        self._show(grey, (width, height), Made.of(result, slot), None, covered=True)

    def show_preview(self, rgb: NDArray[np.uint8]) -> None:
        """Draw a small picture, uint8 (h, w, 3) RGB, in place of the frame, without masks, until the next result."""
        if self._size is not None:
            self.heat.clear()
            self._show(rgb, self._size, None, None)

    def clear(self) -> None:
        """Show nothing."""
        for layer in (self._picture, self.heat):
            layer.clear()
        for masks in (self.masks, self.beside):
            masks.show_masks(None, (0, 0))
        self._size = None

    # ---- how masks look

    def set_palette(self, palette: NDArray[np.uint8], slot: int | None = None) -> None:
        """Colours by class id, uint8 (256, 3) RGB. slot: whose; None for both."""
        for each in range(_SLOTS) if slot is None else (slot,):
            self._palettes[each] = palette
        self._update_tables()

    def set_class_visible(self, class_id: int, visible: bool, slot: int | None = None) -> None:
        """Draw or leave out one class, in the masks of a slot or of both."""
        rows = slice(None) if slot is None else slot
        if np.all(self._visible[rows, class_id] == visible):
            return
        self._visible[rows, class_id] = visible
        self._update_tables()

    def set_opacity(self, opacity: float) -> None:
        """Opacity of filled masks, 0..1; outlines are always opaque."""
        self.masks.set_opacity(opacity)
        self.beside.set_opacity(opacity)

    def set_masks_shown(self, shown: bool) -> None:
        """Draw or leave out all masks, and what is drawn in their place."""
        self._shown = shown
        self._update_shown()

    def set_style(self, style: Style) -> None:
        """Fill the classes' areas, or draw their borders alone."""
        self.masks.set_style(style)
        self.beside.set_style(style)

    def set_heat_table(self, table: NDArray[np.uint8]) -> None:
        """Colours by level, uint8 (256, 4) RGBA."""
        self.heat.setLookupTable(table)

    def set_divider(self, share: float | None) -> None:
        """Masks of one slot end, and those of the other begin, at this share 0..1 of the pane's width; None: no end."""
        self._divider = share
        self._divide()

    # ---- where one looks

    def fit(self) -> None:
        """Show the whole picture, and keep it whole when the window changes its size."""
        self._fitting = True
        self._show_whole()
        self.view_changed.emit()  # also where the range is the same: from now on it is kept fitted

    def actual_size(self) -> None:
        """One pixel of the picture on one pixel of the screen, around the middle of the view."""
        if self._size is None:
            return
        self._leave_fit()
        scale = self.devicePixelRatioF()
        width, height = self._box.width() * scale, self._box.height() * scale
        centre = self._box.viewRect().center()
        self._box.setRange(QRectF(centre.x() - width / 2, centre.y() - height / 2, width, height), padding=0)

    def zoom(self, steps: int) -> None:
        """Zoom in (positive) or out (negative) around the middle."""
        self._leave_fit()
        factor = _ZOOM_STEP**-steps
        self._box.scaleBy((factor, factor))

    def pan(self, right: float, down: float) -> None:
        """Move the view over the picture, by shares of what is in view."""
        self._leave_fit()
        seen = self._box.viewRect()
        self._box.translateBy((right * seen.width(), down * seen.height()))

    def view_state(self) -> ViewState | None:
        """Where one looks; None while the whole picture is fitted."""
        if self._fitting or self._size is None:
            return None
        seen, (width, height) = self._box.viewRect(), self._size
        return seen.center().x() / width, seen.center().y() / height, width / max(seen.width(), 1e-6)

    def restore_view(self, state: ViewState | None) -> None:
        """Look where `view_state` says; None fits."""
        if state is None or self._size is None:
            self.fit()
            return
        self._fitting = False
        (x, y, zoom), (width, height) = state, self._size
        across = width / max(zoom, 1e-6)
        down = across * self._box.height() / max(1.0, self._box.width())
        self._box.setRange(QRectF(x * width - across / 2, y * height - down / 2, across, down), padding=0)

    def look_as(self, other: "FrameView") -> None:
        """Look where another pane looks: at the same place at the same size, or fitted."""
        self._fitting = other._fitting
        if self._fitting:
            self._show_whole()
            return
        seen = other._box.viewRect()
        scale = seen.width() / max(1.0, other._box.width())  # pixels of the frame per pixel of the screen
        across, down = scale * self._box.width(), scale * self._box.height()
        centre = seen.center()
        self._box.setRange(QRectF(centre.x() - across / 2, centre.y() - down / 2, across, down), padding=0)

    def point_at(self, x: float, y: float) -> Pointed | None:
        """What is at a point of this widget, in its pixels; None off the picture."""
        if self._size is None:
            return None
        point = self._box.mapSceneToView(self.mapToScene(int(x), int(y)))
        width, height = self._size
        column, row = int(np.floor(point.x())), int(np.floor(point.y()))
        if not (0 <= column < width and 0 <= row < height):
            return None
        right_of_it = self._divider is not None and x >= self._divider * self.width()
        masks, slot = (self.beside, self._slots[1]) if right_of_it else (self.masks, self._slots[0])
        return Pointed(column, row, masks.class_at(column, row), slot or 0)

    def still(self) -> Still | None:
        """What is drawn now, all of the frame, as a picture of its own; None for nothing. Copies nothing."""
        if self._size is None or self._picture.image is None:
            return None
        layers = []
        ends = (0.0, 1.0)
        if self._divider is not None:
            seam = self._box.mapSceneToView(QPointF(self._divider * self.width(), 0)).x() / self._size[0]
            ends = (seam, seam)
        for masks, between in ((self.masks, (0.0, ends[1])), (self.beside, (ends[0], 1.0))):
            if (layer := masks.still(between)) is not None:
                layers.append(layer)
        if self.heat.image is not None and self.heat.isVisible():
            layers.append(StillLayer(self.heat.image, np.asarray(self.heat.lut, np.uint8)))
        return Still(self._picture.image, self._size, tuple(layers))

    # ---- Qt's events

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        position = event.position()
        self.pointed.emit(self.point_at(position.x(), position.y()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.ignore()  # the menu is that of the whole view

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed.emit(None)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.setBackground(colours().canvas)

    # ---- inside

    def _show(
        self,
        picture: NDArray[np.uint8],
        size: tuple[int, int],
        made: Made | None,
        beside: Made | None,
        *,
        covered: bool = False,
    ) -> None:
        self._picture.show(picture, size)
        if self._size != size:
            self._size = size
            self._box.setLimits(minXRange=_MOST_PIXELS, maxXRange=max(size) / _LEAST)
            self.fit()
        if self._covered != covered:
            self._covered = covered
            self._update_shown()
        self.masks.show_masks(made, size)
        self.beside.show_masks(beside, size)

    def _update_shown(self) -> None:
        for masks in (self.masks, self.beside):
            masks.set_shown(self._shown and not self._covered)
        self.heat.setVisible(self._shown)

    def _take_slots(self, slot: int, beside: int | None) -> None:
        """Draw the classes of these slots, each in its own colours and with what is hidden in it."""
        if (slot, beside) != self._slots:
            self._slots = slot, beside
            self._update_tables()

    def _update_tables(self) -> None:
        for masks, slot in zip((self.masks, self.beside), self._slots, strict=True):
            masks.set_colours(self._palettes[slot or 0], self._visible[slot or 0])

    def _divide(self) -> None:
        width = self.width()
        seam = None if self._divider is None else self._divider * width
        self.masks.set_between(None if seam is None else (0, seam))
        self.beside.set_between(None if seam is None else (seam, width))

    def _on_range_changed(self) -> None:
        for masks in (self.masks, self.beside):
            masks.view_moved()
        # A pane that is being resized looks elsewhere too, but nobody moved it.
        if self._box.size() == self._box_size:
            self.view_changed.emit()

    def _leave_fit(self) -> None:
        self._fitting = False

    def _show_whole(self) -> None:
        if self._size is not None:
            self._box.setRange(QRectF(0, 0, *self._size), padding=0)

    def _on_resized(self) -> None:
        if self._fitting:
            self._show_whole()
        self._box_size = self._box.size()
        self._divide()
        self.resized.emit()
