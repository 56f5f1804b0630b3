"""Quiet signs in the corners of a picture: which slot one looks at, and what colours mean."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.style.theme import colours
from app.views.elided import cut_name

_PAD = 9
_GAP = 7
_HEIGHT = 24
_TAG = 16
_TAG_LEFT = 5
_SWATCH = 12
INK = "#0c0e11"
"""On the colour of a slot, in the dark and in the light."""
_GROUND = 225  # opacity, 0..255: calm behind the text, and the picture can still be felt
_BAR = (96, 8)


@dataclass(frozen=True, slots=True)
class Said:
    """What a pill says. tag: a letter on a small square before the text; with none the square is a swatch. colour:
    `#rrggbb`, of the square; None for no square. hint: the text is no name, and quieter. beside: another name, which
    the text must not be taken for where it is cut.
    """

    text: str = ""
    tag: str = ""
    colour: str | None = None
    hint: bool = False
    beside: str = ""


class _Sign(QWidget):
    """A rounded ground over a picture. The pointer goes through it to the picture."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, _HEIGHT)

    def _ground(self) -> QPainter:
        """A painter over the ground, with the text's colour."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(colours().raised)
        ground.setAlpha(_GROUND)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(self.rect()), _HEIGHT / 2, _HEIGHT / 2)
        painter.setPen(QColor(colours().text))
        return painter

    def _cut(self, text: str, left: int, beside: str = "") -> str:
        """What of a text from `left` on there is room for."""
        return cut_name(self.fontMetrics(), text, max(0, self.width() - left - _PAD), (beside,) if beside else ())

    def _write(self, painter: QPainter, text: str, left: int, beside: str = "") -> None:
        """A line of text from `left` on; what does not fit is cut."""
        room = QRectF(self.rect()).adjusted(left, 0, -_PAD, 0)
        text = self._cut(text, left, beside)
        painter.drawText(
            room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text
        )


class Pill(_Sign):
    """A slot and its name, or what a colour means. A name that does not fit keeps its beginning."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._said = Said()

    @property
    def text(self) -> str:
        """What it says."""
        return f"{self._said.tag} {self._said.text}".strip()

    @property
    def shown(self) -> str:
        """What there is room for of its text."""
        return self._cut(self._said.text, self._text_left(), self._said.beside)

    @property
    def hidden_text(self) -> str:
        """All that it says where some of it does not fit; else empty."""
        return self.text if self.shown != self._said.text else ""

    def say(self, said: Said) -> None:
        """Show a text and what stands before it; with neither it is gone."""
        if said != self._said:
            self._said = said
            self.setAccessibleName(self.text)
            self.updateGeometry()
            self.update()
        self.setVisible(bool(self.text))

    def sizeHint(self) -> QSize:
        text = self._said.text
        return QSize(self._text_left() + (_width(self.fontMetrics(), text) + _PAD if text else 0), _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, said = self._ground(), self._said
        if said.colour:
            side = self._square()
            square = QRectF(_TAG_LEFT, (_HEIGHT - side) / 2, side, side)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(said.colour))
            painter.drawRoundedRect(square, side / 4, side / 4)
            font = QFont(self.font())
            font.setBold(True)
            font.setPointSizeF(font.pointSizeF() * 0.9)
            painter.setFont(font)
            painter.setPen(QColor(INK))
            painter.drawText(square, Qt.AlignmentFlag.AlignCenter, said.tag)
        painter.setFont(self.font())
        painter.setPen(QColor(colours().muted if said.hint else colours().text))
        self._write(painter, said.text, self._text_left(), said.beside)
        painter.end()

    def _square(self) -> int:
        return _TAG if self._said.tag else _SWATCH

    def _text_left(self) -> int:
        """Where the text begins, behind the square."""
        if not self._said.colour:
            return _PAD
        return _TAG_LEFT + self._square() + (_GAP if self._said.text else _TAG_LEFT)


class Legend(_Sign):
    """A bar of colours between what its ends mean, and a text behind it; or a text alone."""

    def __init__(self, bar: NDArray[np.uint8], parent: QWidget | None = None) -> None:
        """bar: its colours from the low to the high end, uint8 (n, 3) RGB."""
        super().__init__(parent)
        row = np.ascontiguousarray(bar[None])
        self._bar = QImage(row.data, row.shape[1], 1, row.nbytes, QImage.Format.Format_RGB888).copy()
        self._ends: tuple[str, str | None] = ("", None)

    @property
    def text(self) -> str:
        """What it says, the bar left out."""
        return " … ".join(end for end in self._ends if end)

    def say(self, low: str, high: str | None = None) -> None:
        """Show the bar between two texts, or the first text alone."""
        if (low, high) != self._ends:
            self._ends = (low, high)
            self.setAccessibleName(self.text)
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        high = self._ends[1]
        bar = 0 if high is None else _GAP + _BAR[0] + _GAP + _width(self.fontMetrics(), high)
        return QSize(self._low_right() + bar + _PAD, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = self._ground()
        painter.setPen(QColor(colours().muted))
        low, high = self._ends
        self._write(painter, low, _PAD)
        if high is not None:
            left = self._low_right() + _GAP
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(QRectF(left, (_HEIGHT - _BAR[1]) / 2, *_BAR), self._bar)
            self._write(painter, high, left + _BAR[0] + _GAP)
        painter.end()

    def _low_right(self) -> int:
        """Where the first text ends."""
        return _PAD + _width(self.fontMetrics(), self._ends[0])


def _width(metrics: QFontMetrics, text: str) -> int:
    return metrics.horizontalAdvance(text) + 1  # an advance is rounded
