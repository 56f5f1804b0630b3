"""A choice among names that may be longer than the room for them."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHelpEvent, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter, QToolTip, QWidget

from app.views.elided import cut_name

_LEAST = 8  # characters


class Choice(QComboBox):
    """A choice that the wheel does not change by accident while one scrolls past it.

    It gives way to its neighbours: a name that does not fit keeps its beginning, and stands whole in the tool tip.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(_LEAST)
        self.view().setTextElideMode(Qt.TextElideMode.ElideRight)

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        # Where a screen reader is told what is chosen in place of a name, it is told the name here.
        self.setAccessibleDescription(name)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            whole = self.currentText()
            told = [whole] if self.shown != whole else []
            QToolTip.showText(event.globalPos(), "\n".join([*told, self.toolTip()]).strip(), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self.shown
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()

    @property
    def shown(self) -> str:
        """What there is room for of the name that is chosen."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, self).width()
        others = (self.itemText(place) for place in range(self.count()))
        return cut_name(self.fontMetrics(), self.currentText(), room - 2, others)
