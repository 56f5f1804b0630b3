"""The picture with the masks over it: pan, zoom, fit."""

from dataclasses import dataclass

import cv2
import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.theme import colours
from engine.models.classes import VOID
from engine.overlay import Style, outlines
from engine.pipeline import FrameResult

ViewState = tuple[float, float, float]
"""(x, y, zoom): the middle of the view as shares 0..1 of the picture, and picture widths per width of the view."""

_CRISP_ABOVE = 3.0  # screen pixels per picture pixel; from here on single pixels are meant to be seen
_ZOOM_STEP = 1.25
_MOST_PIXELS = 4.0  # picture pixels that must stay in view, so that nobody zooms into nothing
_LEAST = 0.05  # of the view that the picture fills at least


@dataclass(frozen=True, slots=True)
class Pointed:
    """What is under the pointer. x, y: pixels of the source. class_id: None where there are no masks."""

    x: int
    y: int
    class_id: int | None


class _Layer(pg.ImageItem):
    """An image that is smooth when it is shrunk or slightly enlarged, and crisp when one looks at pixels."""

    def paint(self, painter: QPainter, *args: object) -> None:
        scale = abs(painter.worldTransform().m11())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < _CRISP_ABOVE)
        super().paint(painter, *args)


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
    """Shows one FrameResult. The masks stay at the network's size; the painter scales them, and a look-up table gives
    them their colours, so that opacity and class toggles cost no inference. GUI thread only.
    """

    pointed = Signal(object)
    """A Pointed, or None."""
    view_changed = Signal()
    """Somebody panned, zoomed or fitted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=colours().canvas)
        self.setAccessibleName("Video frame with masks")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # Dropped files belong to the window.
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)
        self._box = _Box()
        self.setCentralItem(self._box)
        self._picture = _Layer(axisOrder="row-major")
        self._masks = _Layer(axisOrder="row-major")
        self._masks.setZValue(1)
        for layer in (self._picture, self._masks):
            self._box.addItem(layer, ignoreBounds=True)
        self._box.disableAutoRange()
        self._size: tuple[int, int] | None = None
        self._classes: NDArray[np.uint8] | None = None
        self._palette = np.zeros((256, 3), np.uint8)
        self._visible = np.ones(256, bool)
        self._style: Style = "fill"
        self._opacity = 1.0
        self._fitting = True
        self._box.double_clicked.connect(self.fit)
        self._box.moved.connect(self._leave_fit)
        self._box.sigResized.connect(self._on_resized)
        self._box.sigRangeChanged.connect(self._on_range_changed)
        self.setMouseTracking(True)

    # ---- what is shown

    def show_result(self, result: FrameResult) -> None:
        """Draw the frame, and slot A's masks over it."""
        height, width = result.frame.rgb.shape[:2]
        self._picture.setImage(result.frame.rgb, autoLevels=False, levels=None)
        self._picture.setRect(QRectF(0, 0, width, height))
        self._classes = result.segmentations[0].classes if result.segmentations else None
        if self._size != (width, height):
            self._size = (width, height)
            side = max(width, height)
            self._box.setLimits(minXRange=_MOST_PIXELS, maxXRange=side / _LEAST)
            self.fit()
        self._draw_masks()

    def show_preview(self, rgb: NDArray[np.uint8]) -> None:
        """Draw a small picture, uint8 (h, w, 3) RGB, in place of the frame, without masks, until the next result."""
        if self._size is not None:
            self._picture.setImage(rgb, autoLevels=False, levels=None)
            self._picture.setRect(QRectF(0, 0, *self._size))
            self._classes = None
            self._draw_masks()

    def clear(self) -> None:
        """Show nothing."""
        self._picture.clear()
        self._masks.clear()
        self._classes = None
        self._size = None

    # ---- how masks look

    def set_palette(self, palette: NDArray[np.uint8]) -> None:
        """Colours by class id, uint8 (256, 3) RGB."""
        self._palette = palette
        self._update_table()

    def set_class_visible(self, class_id: int, visible: bool) -> None:
        """Draw or leave out one class."""
        self._visible[class_id] = visible
        self._update_table()

    def set_opacity(self, opacity: float) -> None:
        """Opacity of filled masks, 0..1; outlines are always opaque."""
        self._opacity = opacity
        self._masks.setOpacity(opacity if self._style == "fill" else 1.0)

    def set_masks_shown(self, shown: bool) -> None:
        """Draw or leave out all masks."""
        self._masks.setVisible(shown)

    def set_style(self, style: Style) -> None:
        """Fill the classes' areas, or draw their borders alone."""
        self._style = style
        self.set_opacity(self._opacity)
        self._draw_masks()

    # ---- where one looks

    def fit(self) -> None:
        """Show the whole picture, and keep it whole when the window changes its size."""
        self._fitting = True
        if self._size is not None:
            self._box.setRange(QRectF(0, 0, *self._size), padding=0)

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

    def point_at(self, x: float, y: float) -> Pointed | None:
        """What is at a point of this widget, in its pixels; None off the picture."""
        if self._size is None:
            return None
        point = self._box.mapSceneToView(self.mapToScene(int(x), int(y)))
        width, height = self._size
        column, row = int(np.floor(point.x())), int(np.floor(point.y()))
        if not (0 <= column < width and 0 <= row < height):
            return None
        class_id = None
        if self._classes is not None:
            rows, columns = self._classes.shape
            class_id = int(
                self._classes[min(rows - 1, row * rows // height), min(columns - 1, column * columns // width)]
            )
        return Pointed(column, row, class_id)

    # ---- Qt's events

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        position = event.position()
        self.pointed.emit(self.point_at(position.x(), position.y()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed.emit(None)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.setBackground(colours().canvas)

    # ---- inside

    def _draw_masks(self) -> None:
        if self._classes is None or self._size is None:
            self._masks.clear()
        elif self._style == "fill":
            self._masks.setImage(self._classes, autoLevels=False, levels=None)
            self._masks.setRect(QRectF(0, 0, *self._size))
        else:
            self._draw_outlines(self._classes, *self._size)

    def _draw_outlines(self, classes: NDArray[np.uint8], width: int, height: int) -> None:
        """What is in view is enlarged first and then outlined, so that lines are as thin at any zoom."""
        rows, columns = classes.shape
        seen = self._box.viewRect().intersected(QRectF(0, 0, width, height))
        across, down = columns / width, rows / height
        left, right = int(seen.left() * across), min(columns, int(np.ceil(seen.right() * across)))
        top, bottom = int(seen.top() * down), min(rows, int(np.ceil(seen.bottom() * down)))
        if right <= left or bottom <= top:
            self._masks.clear()
            return
        scale = self._box.width() / max(1e-6, self._box.viewRect().width() * across)  # screen pixels per mask pixel
        times = max(1, round(scale))
        thickness = 2 if scale > _CRISP_ABOVE else max(1, round(1 / scale))
        part = classes[top:bottom, left:right]
        if times > 1:
            size = (part.shape[1] * times, part.shape[0] * times)
            part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_NEAREST), np.uint8)
        self._masks.setImage(outlines(part, thickness), autoLevels=False, levels=None)
        self._masks.setRect(QRectF(left / across, top / down, (right - left) / across, (bottom - top) / down))

    def _update_table(self) -> None:
        alpha = np.where(self._visible, 255, 0).astype(np.uint8)
        alpha[VOID] = 0
        self._masks.setLookupTable(np.column_stack([self._palette, alpha]))

    def _on_range_changed(self) -> None:
        if self._style == "outline":
            self._draw_masks()
        self.view_changed.emit()

    def _leave_fit(self) -> None:
        self._fitting = False

    def _on_resized(self) -> None:
        if self._fitting:
            self.fit()
