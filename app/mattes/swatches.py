"""Small pictures of what can stand behind a person."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QRadialGradient

from app.style.theme import colours
from engine.results.matte import BAND_COLOUR, GREEN

SIZE = 16
"""Of a side, pixels."""
_SHARP = 2  # pixels drawn for one of the screen


def swatch(ground: str, colour: str) -> QIcon:
    """ground: of `app.mattes.picker.GROUNDS`. colour: `#rrggbb` of one's own."""
    pixmap = QPixmap(SIZE * _SHARP, SIZE * _SHARP)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.scale(_SHARP, _SHARP)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    area = QRectF(0.5, 0.5, SIZE - 1, SIZE - 1)
    inside = QPainterPath()
    inside.addRoundedRect(area, 4, 4)
    painter.setClipPath(inside)
    painter.fillRect(area, _behind(ground, colour))
    if ground == "checkerboard":
        half = SIZE / 2
        for corner in (QPointF(0, 0), QPointF(half, half)):
            painter.fillRect(QRectF(corner.x(), corner.y(), half, half), QColor(204, 204, 204))
    elif ground == "picture":
        hill = QPainterPath(QPointF(0, SIZE))
        for x, y in ((0, 11), (5, 6), (9, 10), (12, 8), (SIZE, 12), (SIZE, SIZE)):
            hill.lineTo(x, y)
        painter.fillPath(hill, QColor("#4f7d4a"))
    elif ground == "clip":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#ffffff"))
        painter.drawPolygon([QPointF(6, 4.5), QPointF(11.5, 8), QPointF(6, 11.5)])
    elif ground in ("overlay", "alpha", "band"):
        painter.setPen(QPen(QColor(*BAND_COLOUR), 2) if ground == "band" else Qt.PenStyle.NoPen)
        painter.setBrush(
            Qt.BrushStyle.NoBrush if ground == "band" else QColor("white" if ground == "alpha" else colours().accent)
        )
        painter.drawEllipse(QPointF(SIZE / 2, SIZE / 2), 4.2, 4.2)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(colours().line), 1))
    painter.drawRoundedRect(area, 4, 4)
    painter.end()
    return QIcon(pixmap)


def _behind(ground: str, colour: str) -> QBrush:
    if ground == "blur":
        soft = QRadialGradient(QPointF(5, 5), 13)
        soft.setColorAt(0, QColor("#e3c9a0"))
        soft.setColorAt(1, QColor("#46586e"))
        return QBrush(soft)
    plain = {
        "checkerboard": QColor(153, 153, 153),
        "green": QColor(*GREEN),
        "colour": QColor(colour),
        "picture": QColor("#9cc4e4"),
        "clip": QColor("#4a6f9c"),
        "overlay": QColor(128, 128, 128),
    }
    return QBrush(plain.get(ground, QColor("#1a1a1a")))
