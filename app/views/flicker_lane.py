"""A thin lane along the timeline, coloured by flicker."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from app.style.ramp import level, ramp
from app.style.theme import colours


class FlickerLane:
    """The flicker of one slot over the whole clip. Its image is made once for a width of the strip, and each column has
    the highest of what it stands for, so that a single hot frame is never lost. GUI thread only.
    """

    def __init__(self, flicker: NDArray, colour: str) -> None:
        """flicker: (n,), 0..1, of n ≥ 1 equal parts of the clip; nan where it is unknown. colour: of the slot."""
        self._flicker = np.asarray(flicker, np.float32)
        self._colour = colour
        self._image = QImage()
        self._room = 0

    def at(self, frame: int, frames: int) -> float | None:
        """Flicker at a frame, from 0, of a clip of so many, 1 or more; None where it is unknown."""
        count = len(self._flicker)
        # Of parts that are shorter than a frame, the first one that begins in this frame.
        place = -(-frame * count // frames) if frames < count else frame * count // frames
        value = float(self._flicker[min(count - 1, max(0, place))])
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
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(whole, self._image_for(max(1, int(whole.width() * painter.device().devicePixelRatioF()))))
        painter.setClipping(False)
        # Calm is as dark as a dark window, and hot as light as a light one.
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawPath(shape)
        painter.restore()

    def _image_for(self, room: int) -> QImage:
        """One line of at most `room` pixels, transparent where nothing is known."""
        if room == self._room:
            return self._image
        values = np.where(np.isfinite(self._flicker), self._flicker, np.float32(-1))
        if len(values) > room:
            values = np.maximum.reduceat(values, np.arange(room) * len(values) // room)
        pixels = np.zeros((1, len(values), 4), np.uint8)
        pixels[0, :, :3] = ramp()[level(np.maximum(values, 0))]
        pixels[0, :, 3] = np.where(values >= 0, 255, 0)
        # A copy: the image does not keep the array alive.
        line = QImage(pixels.tobytes(), len(values), 1, 4 * len(values), QImage.Format.Format_RGBA8888).copy()
        self._room, self._image = room, line
        return line
