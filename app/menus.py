"""The menu bar: every command with its shortcut, from one table."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow


@dataclass(frozen=True, slots=True)
class Command:
    """menu: where it stands. keys: shortcuts, the first one is shown. gap: a line above it."""

    menu: str
    text: str
    keys: tuple[str, ...]
    run: Callable[[], object]
    gap: bool = False
    checkable: bool = False


def add_menus(window: QMainWindow, commands: list[Command]) -> dict[str, QAction]:
    """Build the menu bar of `window`. Returns the actions by their text."""
    menus = {}
    actions: dict[str, QAction] = {}
    for command in commands:
        if command.menu not in menus:
            menus[command.menu] = window.menuBar().addMenu(command.menu)
        if command.gap:
            menus[command.menu].addSeparator()
        action = QAction(command.text, window)
        action.setShortcuts([QKeySequence(keys) for keys in command.keys])
        action.setCheckable(command.checkable)
        action.triggered.connect(lambda _=False, run=command.run: run())
        menus[command.menu].addAction(action)
        actions[command.text] = action
    return actions
