"""What a pane is made of: the picture, masks over it, and levels that a colour ramp turns into heat."""

from dataclasses import dataclass

import cv2
import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from engine.frame_result import FrameResult
from engine.models.classes import VOID
from engine.results.overlay import Style, outlines
from engine.results.still import StillLayer

_CRISP_ABOVE = 3.0  # screen pixels per picture pixel; from here on single pixels are meant to be seen
_FAR = 1e6  # pixels; higher than any pane


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What a slot made of a frame, as it is drawn.

    classes: uint8 (h, w). alpha: of a matte, float32 (h, w), 0..1. picture: what covers the frame in their place, uint8
    (h, w, 3) RGB.
    """

    classes: NDArray[np.uint8]
    alpha: NDArray[np.float32] | None = None
    picture: NDArray[np.uint8] | None = None

    @classmethod
    def of(cls, result: FrameResult, slot: int | None) -> "Made | None":
        """What a slot made; None where it made nothing."""
        if slot is None or slot >= len(result.slots):
            return None
        made = result.slots[slot].segmentation
        return cls(made.classes, made.alpha, result.pictures[slot] if slot < len(result.pictures) else None)


class Layer(pg.ImageItem):
    """An image that is smooth when it is shrunk or slightly enlarged, and crisp when one looks at pixels."""

    def __init__(self) -> None:
        super().__init__(axisOrder="row-major")
        self._looked_at = 1.0  # pixels of the image, for one that a person can look at

    def show(self, image: NDArray[np.uint8], size: tuple[int, int], *, smooth: bool = False) -> None:
        """Draw an image, uint8 (h, w) or (h, w, 3), over (width, height) pixels of the frame. smooth: it is one of
        numbers, with others between them: only the frame's pixels are looked at.
        """
        self._looked_at = image.shape[1] / size[0] if smooth else 1.0
        self.setImage(image, autoLevels=False, levels=None)
        self.setRect(QRectF(0, 0, *size))

    def paint(self, painter: QPainter, *args: object) -> None:
        scale = abs(painter.worldTransform().m11()) * self._looked_at
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < _CRISP_ABOVE)
        super().paint(painter, *args)


class MaskLayer(Layer):
    """Masks at the network's size; the painter scales them, and a look-up table gives them their colours, so that
    opacity and class toggles cost no inference. Areas of a matte are as opaque as its alpha says.
    """

    def __init__(self) -> None:
        super().__init__()
        self._made: Made | None = None
        self._size = (0, 0)
        self._tables = np.zeros((256, 4), np.uint8), np.zeros((256, 4), np.uint8)  # of class ids, of alpha
        self.setLookupTable(self._tables[0], update=False)
        self._style: Style = "fill"
        self._opacity = 1.0
        self._between: tuple[float, float] | None = None

    def show_masks(self, made: Made | None, size: tuple[int, int]) -> None:
        """Draw what a slot made over (width, height) pixels of the frame; None for nothing."""
        self._made, self._size = made, size
        self._draw()

    def set_colours(self, palette: NDArray[np.uint8], visible: NDArray[np.bool_]) -> None:
        """palette: uint8 (256, 3) RGB by class id. visible: by class id, (256,)."""
        before, self._tables = self._tables, (mask_table(palette, visible), matte_table(palette, visible))
        for old, new in zip(before, self._tables, strict=True):
            if self.lut is old:
                self.setLookupTable(new)
                return

    def set_shown(self, shown: bool) -> None:
        """Draw the masks or leave them out; what is left out costs nothing."""
        if shown != self.isVisible():
            self.setVisible(shown)
            self._draw()

    def class_at(self, column: int, row: int) -> int | None:
        """The class at a pixel of the frame; None where there are no masks."""
        if self._made is None:
            return None
        classes = self._made.classes
        (rows, columns), (width, height) = classes.shape, self._size
        return int(classes[min(rows - 1, row * rows // height), min(columns - 1, column * columns // width)])

    def still(self, between: tuple[float, float]) -> StillLayer | None:
        """What is drawn, from share to share of the width; None for nothing."""
        made = self._made
        if made is None or not self.isVisible():
            return None
        if made.picture is not None:
            return StillLayer(made.picture, None, between=between)
        masks, matte = self._tables
        if made.alpha is not None and self._style == "fill":
            return StillLayer(levels_of(made.alpha), matte, self._opacity, between=between, smooth=True)
        return StillLayer(made.classes, masks, self._opacity, self._style, between)

    def set_opacity(self, opacity: float) -> None:
        """Opacity of filled masks, 0..1; outlines, and pictures in their place, are always opaque."""
        self._opacity = opacity
        covered = self._made is not None and self._made.picture is not None
        self.setOpacity(opacity if self._style == "fill" and not covered else 1.0)

    def set_style(self, style: Style) -> None:
        """Fill the classes' areas, or draw their borders alone."""
        self._style = style
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
        made, (masks, matte) = self._made, self._tables
        self.set_opacity(self._opacity)
        if made is None or not self.isVisible():
            self._take_table(masks)
            self.clear()
        elif made.picture is not None:
            self._take_table(None)
            self.show(made.picture, self._size)
        elif self._style == "outline":
            self._take_table(masks)
            self._draw_outlines(made.classes, *self._size)
        elif made.alpha is not None:
            self._take_table(matte)
            self.show(levels_of(made.alpha), self._size, smooth=True)
        else:
            self._take_table(masks)
            self.show(made.classes, self._size)

    def _take_table(self, table: NDArray[np.uint8] | None) -> None:
        if table is not self.lut:
            self.setLookupTable(table, update=False)

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


def matte_table(palette: NDArray[np.uint8], visible: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The look-up table of alpha in steps of 1/255, uint8 (256, 4) RGBA: class 1 as far as alpha goes, class 0 where it
    does not. palette, visible: as in `mask_table`.
    """
    share = np.linspace(0, 1, 256)
    shares = np.stack([1 - share, share], axis=1) * visible[:2]
    whole = shares.sum(axis=1, keepdims=True)
    colours = shares @ palette[:2] / np.maximum(whole, 1e-6)
    return np.rint(np.hstack([colours, 255 * whole])).astype(np.uint8)


def levels_of(alpha: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Alpha, float32 (h, w), in steps of 1/255."""
    return np.asarray(cv2.convertScaleAbs(alpha, alpha=255), np.uint8)
