"""A thin lane along the timeline, coloured by flicker."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from app.report.ramp import level, ramp
from app.theme import colours

_MOST_COLUMNS = 4096
"""As many as a wide screen has."""


class FlickerLane:
    """The flicker of one slot over the whole clip, made into images once: for narrower and narrower strips, in which a
    column has the highest of what it stands for, so that a single hot frame is never lost. GUI thread only.
    """

    def __init__(self, flicker: NDArray, colour: str) -> None:
        """flicker: (n,), 0..1, of n ≥ 1 equal parts of the clip; nan where it is unknown. colour: of the slot."""
        self._flicker = np.asarray(flicker, np.float32)
        self._colour = colour
        self._images = [_image(values) for values in _halves(self._flicker)]

    def at(self, frame: int, frames: int) -> float | None:
        """Flicker at a frame, from 0, of a clip of so many; None where it is unknown."""
        count = len(self._flicker)
        value = float(self._flicker[min(count - 1, max(0, frame * count // max(1, frames)))])
        return None if np.isnan(value) else value

    def paint(self, painter: QPainter, lane: QRectF, whole: QRectF) -> None:
        """Draw it into `lane`; the image covers `whole`, which may reach beyond, and what is unknown has the colour of
        lines. A dot of the slot's colour stands before it.
        """
        theme = colours()
        painter.save()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._colour))
        painter.drawRoundedRect(QRectF(lane.left() - 7, lane.top(), 4, lane.height()), 1.5, 1.5)
        shape = QPainterPath()
        shape.addRoundedRect(lane, 2, 2)
        painter.fillPath(shape, QColor(theme.line))
        painter.setClipPath(shape)
        room = whole.width() * painter.device().devicePixelRatioF()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(whole, next((each for each in self._images if each.width() <= room), self._images[-1]))
        painter.setClipping(False)
        # Calm is as dark as a dark window, and hot as light as a light one.
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawPath(shape)
        painter.restore()


def _halves(flicker: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Flicker in at most 4096 columns, in half as many, and so on to one; −1 where it is unknown."""
    values = np.where(np.isfinite(flicker), flicker, np.float32(-1))
    values = _joined(values, -(-len(values) // _MOST_COLUMNS))
    out = [values]
    while len(values) > 1:
        values = _joined(values, 2)
        out.append(values)
    return out


def _joined(values: NDArray[np.float32], each: int) -> NDArray[np.float32]:
    """The highest of every `each` neighbours."""
    return np.asarray(np.maximum.reduceat(values, np.arange(0, len(values), each)), np.float32)


def _image(values: NDArray[np.float32]) -> QImage:
    """One line of pixels, transparent where nothing is known."""
    pixels = np.zeros((1, len(values), 4), np.uint8)
    pixels[0, :, :3] = ramp()[level(np.maximum(values, 0))]
    pixels[0, :, 3] = np.where(values >= 0, 255, 0)
    # A copy: the image does not keep the array alive.
    return QImage(pixels.tobytes(), len(values), 1, 4 * len(values), QImage.Format.Format_RGBA8888).copy()
