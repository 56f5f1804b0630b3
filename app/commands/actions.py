"""The table of commands (`app.shortcuts`) made live: actions, the menu bar, the tool bar."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QToolButton, QWidget

from app.commands.tool_bar import ToolBar
from app.player.clip import ClipInfo
from app.shortcuts import COMMANDS, Shortcuts
from app.views.icons import icon

_TOOLS: tuple[str | None, ...] = (
    "open-file",
    "open-camera",
    None,
    "export",
    "record",
    None,
    "models",
    "steady",
    "",
    "show-masks",
    "outline",
    "fit",
    None,
    "preferences",
)
"""What stands in the tool bar; None is a line, an empty text what stands between left and right."""

_LABELS = {
    "open-file": "Open",
    "open-camera": "Camera",
    "export": "Export",
    "record": "Record",
    "models": "Models",
    "steady": "Make A steady",
}
"""Commands that show a short name beside their icon there, where there is room."""

_ON_A_CLIP = (
    *("reconnect", "close-clip", "export", "report", "record", "send"),
    *("play", "stop", "fit", "actual-size", "zoom-in", "copy-frame", "save-frame", "context-menu"),
)
_ON_FRAMES = (
    *("backward", "forward", "next", "previous", "next-10", "previous-10", "first", "last", "goto"),
    *("slower", "faster", "normal-speed", "mark-in", "mark-out", "clear-range"),
    *("marker", "name-marker", "next-marker", "previous-marker"),
)
_ON_IMAGES = ("image-rate",)


class Actions:
    """One QAction per command, bound to what it does. GUI thread only."""

    def __init__(self, window: QMainWindow, run: Mapping[str, Callable[[], object]], shortcuts: Shortcuts) -> None:
        """run: what each command does, by id; those that are not in it do not exist in this window.

        Raises KeyError when `run` names a command that the table does not have.
        """
        self._shortcuts = shortcuts
        self._actions: dict[str, QAction] = {}
        unknown = set(run) - {command.id for command in COMMANDS}
        if unknown:
            raise KeyError(f"not in the table of commands: {', '.join(sorted(unknown))}")
        for command in COMMANDS:
            if command.id not in run:
                continue
            action = QAction(command.text, window)
            action.setObjectName(command.id)
            action.setCheckable(command.checkable)
            if command.icon is not None:
                action.setIcon(icon(command.icon, "muted"))
            action.triggered.connect(lambda _=False, act=run[command.id]: act())
            self._actions[command.id] = action
            window.addAction(action)
        self.apply_keys()

    def __getitem__(self, command_id: str) -> QAction:
        return self._actions[command_id]

    @property
    def ids(self) -> tuple[str, ...]:
        """Every command of this window, in the order of the table."""
        return tuple(self._actions)

    def apply_keys(self) -> None:
        """Take over the keys as they are now, and name them in the tool tips."""
        for command in COMMANDS:
            action = self._actions.get(command.id)
            if action is None:
                continue
            keys = [QKeySequence(key) for key in self._shortcuts.keys(command.id)]
            action.setShortcuts(keys)
            shown = f" ({keys[0].toString(QKeySequence.SequenceFormat.NativeText)})" if keys else ""
            action.setToolTip(f"{command.hint or command.text.rstrip('…')}{shown}")

    def enable_for(self, clip: ClipInfo | None) -> None:
        """Allow what makes sense with what is open; None for nothing."""
        frames = clip is not None and not clip.live
        images = clip is not None and clip.images
        for command_ids, enabled in ((_ON_A_CLIP, clip is not None), (_ON_FRAMES, frames), (_ON_IMAGES, images)):
            for command_id in command_ids:
                if command_id in self._actions:
                    self._actions[command_id].setEnabled(enabled)

    def check(self, command_id: str, checked: bool) -> None:
        """Show a checkable command as on or off, without starting it."""
        self._actions[command_id].setChecked(checked)

    def fill_menu_bar(self, window: QMainWindow, recent: QMenu) -> None:
        """Build the menus. recent: stands behind the commands that open something."""
        menus: dict[str, QMenu] = {}
        for command in COMMANDS:
            action = self._actions.get(command.id)
            if action is None:
                continue
            menu = menus.get(command.menu)
            if menu is None:
                menu = menus[command.menu] = window.menuBar().addMenu(f"&{command.menu}")
            if command.gap:
                menu.addSeparator()
            if command.id == "reconnect":
                menu.addMenu(recent)
            menu.addAction(action)

    def fill_tool_bar(self, bar: ToolBar, middle: QWidget) -> None:
        """Make it the bar with what is used most. middle: takes what is left between left and right."""
        bar.setObjectName("tools")
        bar.setMovable(False)
        bar.setIconSize(QSize(20, 20))
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        named = []
        for command_id in _TOOLS:
            if command_id is None:
                bar.addSeparator()
            elif not command_id:
                bar.addWidget(middle)
            elif command_id in self._actions:
                button = self._add_tool(bar, command_id)
                if command_id in _LABELS:
                    self._actions[command_id].setIconText(_LABELS[command_id])
                    named.append(button)
        bar.set_named(named)

    def _add_tool(self, bar: ToolBar, command_id: str) -> QToolButton:
        action = self._actions[command_id]
        bar.addAction(action)
        button = bar.widgetForAction(action)
        assert isinstance(button, QToolButton)  # a tool bar makes one for every action
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(action.text().rstrip("…"))
        return button
