"""Icons of one family, drawn by us on a 24 × 24 grid (`resources/icons`); they take their colour from the theme."""

from functools import cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.style.theme import colours
from resources import ICONS


@cache
def _drawing(name: str) -> str:
    return (ICONS / f"{name}.svg").read_text("utf-8")


@cache
def _renderer(name: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_drawing(name).replace("currentColor", colour).encode()))


class _Engine(QIconEngine):
    """Paints a drawing at whatever size it is needed, in the colour that its role has at that moment."""

    def __init__(self, name: str, role: str) -> None:
        super().__init__()
        self._name = name
        self._role = role

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        role = "faint" if mode is QIcon.Mode.Disabled else self._role
        _renderer(self._name, getattr(colours(), role)).render(painter, QRectF(rect))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        if size.isEmpty():  # a button without room asks for one all the same
            return QPixmap()
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._role)


def icon(name: str, role: str = "text") -> QIcon:
    """The icon `name` in the colour `role` of the theme (a field of Colours), faint where it is disabled.

    It follows the theme by itself and is sharp at any scale. Raises FileNotFoundError when it is first painted and
    there is no such icon.
    """
    return QIcon(_Engine(name, role))


def mark(size: int) -> QPixmap:
    """The app's mark: three masks of one shape, shifted a little and held together. size: pixels."""
    pixmap = QPixmap(size * 2, size * 2)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(size * 2 / 48, size * 2 / 48)
    painter.setPen(Qt.PenStyle.NoPen)
    for x, colour in ((4, "#1f4a43"), (11, "#2f8b7b"), (18, "#4cc9b0")):
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(QRectF(x, 9, 26, 30), 9, 9)
    painter.end()
    pixmap.setDevicePixelRatio(2)
    return pixmap
