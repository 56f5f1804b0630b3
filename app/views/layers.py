"""What a pane is made of: the picture, masks over it, and levels that a colour ramp turns into heat."""

import cv2
import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from engine.models.classes import VOID
from engine.results.overlay import Style, outlines

_CRISP_ABOVE = 3.0  # screen pixels per picture pixel; from here on single pixels are meant to be seen
_FAR = 1e6  # pixels; higher than any pane


class Layer(pg.ImageItem):
    """An image that is smooth when it is shrunk or slightly enlarged, and crisp when one looks at pixels."""

    def __init__(self) -> None:
        super().__init__(axisOrder="row-major")

    def show(self, image: NDArray[np.uint8], size: tuple[int, int]) -> None:
        """Draw an image, uint8 (h, w) or (h, w, 3), over (width, height) pixels of the frame."""
        self.setImage(image, autoLevels=False, levels=None)
        self.setRect(QRectF(0, 0, *size))

    def paint(self, painter: QPainter, *args: object) -> None:
        scale = abs(painter.worldTransform().m11())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < _CRISP_ABOVE)
        super().paint(painter, *args)


class MaskLayer(Layer):
    """Masks at the network's size; the painter scales them, and a look-up table gives them their colours, so that
    opacity and class toggles cost no inference.
    """

    def __init__(self) -> None:
        super().__init__()
        self.classes: NDArray[np.uint8] | None = None
        self._size = (0, 0)
        self._style: Style = "fill"
        self._opacity = 1.0
        self._between: tuple[float, float] | None = None

    def show_masks(self, classes: NDArray[np.uint8] | None, size: tuple[int, int]) -> None:
        """Draw masks, uint8 (h, w), over (width, height) pixels of the frame; None for none."""
        self.classes, self._size = classes, size
        self._draw()

    def set_shown(self, shown: bool) -> None:
        """Draw the masks or leave them out; what is left out costs nothing."""
        if shown != self.isVisible():
            self.setVisible(shown)
            self._draw()

    def class_at(self, column: int, row: int) -> int | None:
        """The class at a pixel of the frame; None where there are no masks."""
        if self.classes is None:
            return None
        (rows, columns), (width, height) = self.classes.shape, self._size
        return int(self.classes[min(rows - 1, row * rows // height), min(columns - 1, column * columns // width)])

    @property
    def style(self) -> Style:
        """Whether areas are filled or outlined."""
        return self._style

    @property
    def mask_opacity(self) -> float:
        """Of filled masks, 0..1."""
        return self._opacity

    def set_opacity(self, opacity: float) -> None:
        """Opacity of filled masks, 0..1; outlines are always opaque."""
        self._opacity = opacity
        self.setOpacity(opacity if self._style == "fill" else 1.0)

    def set_style(self, style: Style) -> None:
        """Fill the classes' areas, or draw their borders alone."""
        self._style = style
        self.set_opacity(self._opacity)
        self._draw()

    def set_between(self, between: tuple[float, float] | None) -> None:
        """Draw what lies between two ends alone, left and right, in pixels of the pane; None for all."""
        if between != self._between:
            self._between = between
            self.update()
            self.view_moved()

    def paint(self, painter: QPainter, *args: object) -> None:
        if self._between is not None:
            left, right = self._between
            part = painter.worldTransform().inverted()[0].mapRect(QRectF(left, -_FAR, right - left, 2 * _FAR))
            painter.setClipRect(part, Qt.ClipOperation.IntersectClip)
        super().paint(painter, *args)

    def view_moved(self) -> None:
        """One looks elsewhere: outlines are made for what is in view."""
        if self._style == "outline":
            self._draw()

    def _draw(self) -> None:
        if self.classes is None or not self.isVisible():
            self.clear()
        elif self._style == "fill":
            self.show(self.classes, self._size)
        else:
            self._draw_outlines(self.classes, *self._size)

    def _draw_outlines(self, classes: NDArray[np.uint8], width: int, height: int) -> None:
        """What is in view is enlarged first and then outlined, so that lines are as thin at any zoom."""
        box = self.getViewBox()
        rows, columns = classes.shape
        view = box.viewRect()
        seen = view.intersected(QRectF(0, 0, width, height))
        if self._between is not None:
            first, last = (view.left() + end / max(1.0, box.width()) * view.width() for end in self._between)
            seen = seen.intersected(QRectF(first, view.top(), last - first, view.height()))
        across, down = columns / width, rows / height
        left, right = int(seen.left() * across), min(columns, int(np.ceil(seen.right() * across)))
        top, bottom = int(seen.top() * down), min(rows, int(np.ceil(seen.bottom() * down)))
        if right <= left or bottom <= top:
            self.clear()
            return
        scale = box.width() / max(1e-6, view.width() * across)  # screen pixels per mask pixel
        times = max(1, round(scale))
        thickness = 2 if scale > _CRISP_ABOVE else max(1, round(1 / scale))
        part = classes[top:bottom, left:right]
        if times > 1:
            size = (part.shape[1] * times, part.shape[0] * times)
            part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_NEAREST), np.uint8)
        self.setImage(outlines(part, thickness), autoLevels=False, levels=None)
        self.setRect(QRectF(left / across, top / down, (right - left) / across, (bottom - top) / down))


def mask_table(palette: NDArray[np.uint8], visible: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The look-up table of masks, uint8 (256, 4) RGBA. palette: uint8 (256, 3) RGB. visible: by class id, (256,)."""
    alpha = np.where(visible, 255, 0).astype(np.uint8)
    alpha[VOID] = 0
    return np.column_stack([palette, alpha])
