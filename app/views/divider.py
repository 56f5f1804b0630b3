"""The line between A's and B's masks, to be dragged."""

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractSlider, QWidget

from app.style.theme import colours

_REACH = 8  # pixels on each side of the line at which it can be grabbed
_STEPS = 10_000
_GRIP = (6.0, 34.0)
_KEYS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class Divider(QAbstractSlider):
    """Stands over its parent at a share of its width, and keeps that share when the parent changes its size. Its value
    is that share in ten-thousandths; arrow keys move it by one hundredth where it has the focus.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setRange(0, _STEPS)
        self.setValue(_STEPS // 2)
        self.setSingleStep(_STEPS // 100)
        self.setPageStep(_STEPS // 10)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Divider between A and B")
        self.setToolTip("Drag to wipe between A and B; double click for the middle")
        self._held: float | None = None  # where on it the pointer holds it, pixels from the line
        self.valueChanged.connect(lambda _: self.place())
        self.hide()

    @property
    def share(self) -> float:
        """Where it stands, 0..1 of the parent's width."""
        return self.value() / _STEPS

    def set_share(self, share: float) -> None:
        """Stand at a share 0..1 of the parent's width; what lies beyond is brought back."""
        self.setValue(round(min(1.0, max(0.0, share)) * _STEPS))

    def place(self) -> None:
        """Stand where the value says, over the parent as it is now."""
        self.setGeometry(QRect(round(self._line) - _REACH, 0, 2 * _REACH + 1, self._over.height()))
        self.update()

    @property
    def _line(self) -> float:
        """Where the line is, in the parent's pixels, on a whole pixel of the screen."""
        scale = self.devicePixelRatioF()
        return round(self.share * self._over.width() * scale) / scale

    # ---- Qt's events

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._held = self.mapToParent(event.position()).x() - self._line
        self.setSliderDown(True)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is None:
            event.ignore()
            return
        self.set_share((self.mapToParent(event.position()).x() - self._held) / max(1, self._over.width()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._held is None:
            event.ignore()
            return
        self._held = None
        self.setSliderDown(False)
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.set_share(0.5)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # it zooms the picture, here as beside the line

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            event.setAccepted(plain and event.key() in _KEYS)  # else the arrows would go to another frame
            return True
        if event.type() in (QEvent.Type.Enter, QEvent.Type.Leave):
            self.update()
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A light line between two dark ones, so that it is seen on any picture, and a grip to hold."""
        painter = QPainter(self)
        active = self.isSliderDown() or self.underMouse() or self.hasFocus()
        core = QColor(colours().accent if active else "#ffffff")
        x = self._line - self.x()
        painter.fillRect(QRectF(x - 2, 0, 4, self.height()), QColor(0, 0, 0, 90))
        painter.fillRect(QRectF(x - 1, 0, 2, self.height()), core)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(0, 0, 0, 110))
        painter.setBrush(core)
        grip = QRectF(0, 0, *_GRIP)
        grip.moveCenter(QPointF(x, self.height() / 2))
        painter.drawRoundedRect(grip, 3, 3)
        painter.end()
