"""The keyboard in the window: what has the focus gets its own keys first, and Tab goes as the eye does."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QSlider,
    QTabBar,
    QWidget,
)

_RETURN = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_ALONG = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End)
_OWN: tuple[tuple[type[QWidget], frozenset[Qt.Key]], ...] = (
    (QAbstractButton, frozenset({Qt.Key.Key_Space, *_RETURN})),
    (QComboBox, frozenset({Qt.Key.Key_Space, *_RETURN})),
    (QSlider, frozenset(_ALONG)),
    (QTabBar, frozenset(_ALONG)),
    (QAbstractItemView, frozenset({Qt.Key.Key_Space, Qt.Key.Key_Home, Qt.Key.Key_End, *_RETURN})),
)
"""Keys that the window has commands for, and that belong to these while they have the focus."""


class FocusKeys(QObject):
    """Stands before a window, and before every other one whose keys are its: Space plays, but presses a button that has
    the focus; so does Return.
    """

    def watch(self, windows: Iterable[QWidget]) -> None:
        """Look at what reaches these, which is what nobody in them has taken."""
        for window in windows:
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress) or not isinstance(event, QKeyEvent):
            return False
        focus = QApplication.focusWidget()
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier or not _owns(focus, event.key()):
            return False
        if kind is QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if isinstance(focus, QAbstractButton) and event.key() in _RETURN and not event.isAutoRepeat():
            focus.click()
            return True
        return False


def _owns(focus: QWidget | None, key: int) -> bool:
    return any(isinstance(focus, kind) and key in keys for kind, keys in _OWN)


def order_tabs(containers: Sequence[QWidget]) -> None:
    """Let Tab go from one container to the next, and within each as before; one in a window of its own is left out."""
    window = containers[0].window()
    stops = [widget for each in containers if each.window() is window for widget in tab_stops(each)]
    for first, second in pairwise(stops):
        QWidget.setTabOrder(first, second)


def insert_tabs(after: QWidget, container: QWidget) -> None:
    """Let Tab go from `after` through `container`, in the order in which its parts were made, and then on.

    For parts that come and go. The chain of focus is not walked: PySide takes what `nextInFocusChain` returns for a
    part of the widget that was asked, and for gone as soon as that is.
    """
    parts = [each for each in container.findChildren(QWidget) if each.focusPolicy() & Qt.FocusPolicy.TabFocus]
    for first, second in pairwise([after, *parts]):
        QWidget.setTabOrder(first, second)


def tab_stops(container: QWidget) -> list[QWidget]:
    """What Tab stops at within `container`, itself included, shown or not, in its order."""
    return [
        widget
        for widget in _chain(container)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and (widget is container or container.isAncestorOf(widget))
    ]


def _chain(start: QWidget) -> Iterator[QWidget]:
    yield start
    widget = start.nextInFocusChain()
    while widget is not None and widget is not start:
        yield widget
        widget = widget.nextInFocusChain()
