"""Small vector icons, drawn on a 24 × 24 grid, so that no image files are shipped."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF

from app import theme

_GRID = 24
_SCALE = 4  # drawn large and scaled down by Qt, sharp on dense screens as well


def _triangle(painter: QPainter, left: float, right: float, half: float = 6.0) -> None:
    painter.drawPolygon(QPolygonF([QPointF(left, 12 - half), QPointF(right, 12), QPointF(left, 12 + half)]))


def _bar(painter: QPainter, x: float, width: float = 2.4, half: float = 6.0) -> None:
    painter.drawRoundedRect(QRectF(x, 12 - half, width, 2 * half), 0.8, 0.8)


def _play(painter: QPainter) -> None:
    _triangle(painter, 8, 18, 6.5)


def _pause(painter: QPainter) -> None:
    _bar(painter, 7, 3.4, 6)
    _bar(painter, 13.6, 3.4, 6)


def _next(painter: QPainter) -> None:
    _triangle(painter, 6.5, 14)
    _bar(painter, 15)


def _previous(painter: QPainter) -> None:
    _triangle(painter, 17.5, 10)
    _bar(painter, 6.6)


def _last(painter: QPainter) -> None:
    _triangle(painter, 4.5, 10.5)
    _triangle(painter, 10.5, 16.5)
    _bar(painter, 17)


def _first(painter: QPainter) -> None:
    _triangle(painter, 19.5, 13.5)
    _triangle(painter, 13.5, 7.5)
    _bar(painter, 4.6)


def _outline(painter: QPainter) -> None:
    pen = QPen(painter.brush().color(), 1.7)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _fit(painter: QPainter) -> None:
    _outline(painter)
    for x, y, dx, dy in ((5, 5, 1, 1), (19, 5, -1, 1), (5, 19, 1, -1), (19, 19, -1, -1)):
        painter.drawPolyline(QPolygonF([QPointF(x + 4 * dx, y), QPointF(x, y), QPointF(x, y + 4 * dy)]))


def _close(painter: QPainter) -> None:
    _outline(painter)
    painter.drawLine(QPointF(7.5, 7.5), QPointF(16.5, 16.5))
    painter.drawLine(QPointF(16.5, 7.5), QPointF(7.5, 16.5))


_DRAW: dict[str, Callable[[QPainter], None]] = {
    "play": _play,
    "pause": _pause,
    "next": _next,
    "previous": _previous,
    "last": _last,
    "first": _first,
    "fit": _fit,
    "close": _close,
}


def icon(name: str, colour: str = theme.TEXT) -> QIcon:
    """Return the icon `name` in `colour`; its disabled form is faint."""
    made = QIcon(_pixmap(name, colour))
    made.addPixmap(_pixmap(name, theme.FAINT), QIcon.Mode.Disabled)
    return made


def mark(size: int) -> QPixmap:
    """The app's mark: three masks of one shape, shifted a little and held together. size: pixels."""
    pixmap = QPixmap(size * 2, size * 2)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(size * 2 / 48, size * 2 / 48)
    painter.setPen(Qt.PenStyle.NoPen)
    for x, colour in ((4, "#1f4a43"), (11, "#2f8b7b"), (18, theme.ACCENT)):
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(QRectF(x, 9, 26, 30), 9, 9)
    painter.end()
    pixmap.setDevicePixelRatio(2)
    return pixmap


def _pixmap(name: str, colour: str) -> QPixmap:
    pixmap = QPixmap(_GRID * _SCALE, _GRID * _SCALE)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(_SCALE, _SCALE)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    _DRAW[name](painter)
    painter.end()
    return pixmap
