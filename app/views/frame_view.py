"""The picture with the masks over it: pan, zoom, fit."""

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.theme import colours
from engine.pipeline import FrameResult

_CRISP_ABOVE = 3.0  # screen pixels per picture pixel; from here on single pixels are meant to be seen
_ZOOM_STEP = 1.25


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
    """Class id under the pointer, or None."""

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
        self._fitting = True
        self._box.double_clicked.connect(self.fit)
        self._box.moved.connect(self._leave_fit)
        self._box.sigResized.connect(self._on_resized)
        self.setMouseTracking(True)

    def show_result(self, result: FrameResult) -> None:
        """Draw the frame, and slot A's masks over it."""
        height, width = result.frame.rgb.shape[:2]
        self._picture.setImage(result.frame.rgb, autoLevels=False, levels=None)
        if result.segmentations:
            self._classes = result.segmentations[0].classes
            self._masks.setImage(self._classes, autoLevels=False, levels=None)
            self._masks.setRect(QRectF(0, 0, width, height))
        else:
            self._classes = None
            self._masks.clear()
        if self._size != (width, height):
            self._size = (width, height)
            self.fit()

    def clear(self) -> None:
        """Show nothing."""
        self._picture.clear()
        self._masks.clear()
        self._classes = None
        self._size = None

    def set_palette(self, palette: NDArray[np.uint8]) -> None:
        """Colours by class id, uint8 (256, 3) RGB."""
        self._palette = palette
        self._update_table()

    def set_class_visible(self, class_id: int, visible: bool) -> None:
        """Draw or leave out one class."""
        self._visible[class_id] = visible
        self._update_table()

    def set_opacity(self, opacity: float) -> None:
        """Opacity of the masks, 0..1."""
        self._masks.setOpacity(opacity)

    def set_masks_shown(self, shown: bool) -> None:
        """Draw or leave out all masks."""
        self._masks.setVisible(shown)

    def fit(self) -> None:
        """Show the whole picture, and keep it whole when the window changes its size."""
        self._fitting = True
        if self._size is not None:
            self._box.setRange(QRectF(0, 0, *self._size), padding=0)

    def zoom(self, steps: int) -> None:
        """Zoom in (positive) or out (negative) around the middle."""
        self._leave_fit()
        factor = _ZOOM_STEP**-steps
        self._box.scaleBy((factor, factor))

    def class_at(self, x: float, y: float) -> int | None:
        """Class id at a point of this widget, in its pixels; None outside the masks."""
        if self._classes is None or self._size is None:
            return None
        point = self._box.mapSceneToView(self.mapToScene(int(x), int(y)))
        rows, columns = self._classes.shape
        column = int(np.floor(point.x() / self._size[0] * columns))
        row = int(np.floor(point.y() / self._size[1] * rows))
        if 0 <= column < columns and 0 <= row < rows:
            return int(self._classes[row, column])
        return None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        position = event.position()
        self.pointed.emit(self.class_at(position.x(), position.y()))

    def leaveEvent(self, event: object) -> None:
        super().leaveEvent(event)
        self.pointed.emit(None)

    def _update_table(self) -> None:
        alpha = np.where(self._visible, 255, 0).astype(np.uint8)
        self._masks.setLookupTable(np.column_stack([self._palette, alpha]))

    def _leave_fit(self) -> None:
        self._fitting = False

    def _on_resized(self) -> None:
        if self._fitting:
            self.fit()
