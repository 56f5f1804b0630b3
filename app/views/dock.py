"""A panel beside or below the picture: it can be moved, floated, closed, and folded to its title."""

from typing import Protocol

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QMainWindow, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.views.icons import icon

_ICON = 14
_MOST = 16777215  # Qt's own word for: as high as it likes


class Panel(Protocol):
    """A panel that says how much of it must be seen for it to be of use."""

    @property
    def wanted_height(self) -> int:
        """Pixels."""


class Dock(QDockWidget):
    """GUI thread only."""

    folded_by_hand = Signal(bool)
    """A person has folded (True) or unfolded it."""

    def __init__(self, title: str, panel: QWidget, window: QMainWindow) -> None:
        super().__init__(title, window)
        self._panel = panel
        self._folded: bool | None = None
        self.setObjectName(f"dock-{title.lower()}")
        area = Qt.DockWidgetArea
        self.setAllowedAreas(area.LeftDockWidgetArea | area.RightDockWidgetArea | area.BottomDockWidgetArea)
        self.fold_button = self._button("unfolded", "")
        self.fold_button.setText(title)
        self.fold_button.setObjectName("fold")
        self.fold_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold_button.clicked.connect(self._on_fold)
        float_button = self._button("float", f"Take {title} out of the window, or put it back")
        float_button.clicked.connect(lambda: self.setFloating(not self.isFloating()))
        close_button = self._button("close", f"Close {title}; the menu View brings it back")
        close_button.clicked.connect(self.close)
        bar = QWidget()
        bar.setObjectName("dock-title")
        bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(bar)
        row.setContentsMargins(4, 2, 6, 2)
        row.setSpacing(2)
        row.addWidget(self.fold_button)
        row.addStretch(1)
        row.addWidget(float_button)
        row.addWidget(close_button)
        self._bar = bar
        self.setTitleBarWidget(bar)
        # Never hidden itself: without anything in it a dock does not lay its title out.
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(panel)
        self.setWidget(holder)
        self.visibilityChanged.connect(self._on_visibility)
        self.set_folded(False)

    @property
    def folded(self) -> bool:
        """Whether its title alone is there."""
        return bool(self._folded)

    def set_folded(self, folded: bool) -> None:
        """Show its title alone, or all of it."""
        if folded == self._folded:
            return
        self._folded = folded
        self._panel.setVisible(not folded)
        self.setMaximumHeight(self.title_height if folded else _MOST)
        title = self.windowTitle()
        self.fold_button.setIcon(_symbol(folded))
        self.fold_button.setToolTip(f"{'Unfold' if folded else 'Fold'} {title}")
        self.fold_button.setAccessibleName(f"{title}, {'folded' if folded else 'unfolded'}")

    def bring_up(self) -> None:
        """Show it whole, and let others make room for it."""
        self.show()
        self.raise_()
        self.set_folded(False)
        self.folded_by_hand.emit(False)

    @property
    def title_height(self) -> int:
        """Of the title, pixels."""
        return self._bar.sizeHint().height()

    def _on_fold(self) -> None:
        self.set_folded(not self.folded)
        self.folded_by_hand.emit(self.folded)

    def _on_visibility(self, visible: bool) -> None:
        # Behind another one's tab it stands outside the window, and Tab would stop at what nobody sees.
        self._panel.setEnabled(visible or self.isHidden())
        self._bar.setEnabled(visible or self.isHidden())

    def _button(self, symbol: str, name: str) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(symbol, "muted"))
        button.setIconSize(QSize(_ICON, _ICON))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        button.setToolTip(name)
        button.setAccessibleName(name.split(";")[0])
        return button


def _symbol(folded: bool) -> QIcon:
    return icon("folded" if folded else "unfolded", "muted")
