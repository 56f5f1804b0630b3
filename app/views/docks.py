"""The docks around the picture: compare, classes, model, curves; where they are and what is folded is remembered."""

from collections.abc import Iterable, Mapping, Set
from typing import cast

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QMainWindow, QWidget

from app.views.dock import Dock, Panel

_LAYOUT_VERSION = 3
"""Raised when docks come or go, so that an older layout is not forced upon them."""

_RIGHT, _BELOW = 320, 190
"""First width of what is on the right and height of what is below, pixels."""
_LOW = 700
"""Height of a window, pixels, below which what is under the picture leaves it its room."""


class Docks(QObject):
    """Panels that can be moved, floated, stacked, folded and hidden. GUI thread only.

    Until a person arranges them, they share the height that there is: on the right the first one that does not fit
    is folded. What a person did stays.
    """

    def __init__(
        self, window: QMainWindow, right: Mapping[str, QWidget], below: Mapping[str, QWidget], folded: Iterable[str]
    ) -> None:
        """Panels by title, each a `Panel`. right: one under the other. below: under the picture. folded: at first."""
        super().__init__(window)
        self._window = window
        self._docks = {title: Dock(title, panel, window) for title, panel in {**right, **below}.items()}
        self._panels = cast("dict[str, Panel]", {**right, **below})
        self._right, self._below, self._first_folded = tuple(right), tuple(below), tuple(folded)
        self._sized = self._folded = False  # by a person
        self._shared: dict[str, int] = {}
        self._yielded: set[str] = set()
        self._paused = ""
        self._pressed: tuple[int, ...] | None = None
        window.setDockNestingEnabled(True)
        window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self.make_room)
        for title, dock in self._docks.items():
            dock.folded_by_hand.connect(lambda folded, title=title: self._on_folded(title, folded))
        window.installEventFilter(self)
        self.reset()

    def __getitem__(self, title: str) -> Dock:
        return self._docks[title]

    @property
    def titles(self) -> tuple[str, ...]:
        """Of all docks."""
        return tuple(self._docks)

    @property
    def folded(self) -> tuple[str, ...]:
        """Titles of the docks that are folded."""
        return tuple(title for title, dock in self._docks.items() if dock.folded)

    def toggle(self, title: str) -> None:
        """Show it whole, or hide it where it is."""
        dock = self._docks[title]
        if dock.isHidden() or dock.folded:
            dock.show()
            dock.set_folded(False)
            self._on_folded(title, False)
        else:
            dock.hide()

    def reset(self) -> None:
        """Put every dock where it was at first."""
        window, area = self._window, Qt.DockWidgetArea
        self._sized = self._folded = False
        self._yielded.clear()
        self._shared = {}
        for title, dock in self._docks.items():
            dock.setFloating(False)
            window.removeDockWidget(dock)
            window.addDockWidget(area.RightDockWidgetArea if title in self._right else area.BottomDockWidgetArea, dock)
            dock.set_folded(title in self._first_folded)
            dock.show()
        window.resizeDocks([self._docks[title] for title in self._right], [_RIGHT] * 3, Qt.Orientation.Horizontal)
        self._timer.start()

    # ---- room

    def make_room(self) -> None:
        """Share the height among the docks, unless a person has done so."""
        if not self._window.isVisible() or self._paused:
            return
        if self._folded:
            self._unfold_what_fits_again()
        else:
            self._fold_what_does_not_fit()
        if not self._sized:
            self._share_heights()

    def _fold_what_does_not_fit(self) -> None:
        column, folded = self._column(), set(self._first_folded)
        for title in column:
            if self._needed(column, folded) <= self._height(column):
                break
            folded.add(title)
        if self._window.height() < _LOW:
            folded.update(self._below)
        for title in (*column, *self._below):
            self._docks[title].set_folded(title in folded)

    def _unfold_what_fits_again(self) -> None:
        for title in self._column():
            rest = set(self.folded) - {title}
            if title in self._yielded and self._needed(self._column(), rest) <= self._height(self._column()):
                self._docks[title].set_folded(False)
                self._yielded.remove(title)

    def _share_heights(self) -> None:
        column, folded = self._column(), set(self.folded)
        heights = {title: self._wanted(title, folded) for title in column if title not in folded}
        if heights:
            # What is left over goes to the first, whose text is the longest.
            first = next(iter(heights))
            heights[first] += max(0, self._height(column) - self._needed(column, folded))
        heights |= {title: _BELOW for title in self._below if title not in folded}
        if heights != self._shared:
            self._shared = heights
            docks = [self._docks[title] for title in heights]
            self._window.resizeDocks(docks, list(heights.values()), Qt.Orientation.Vertical)

    def _column(self) -> list[str]:
        """What stands on the right, from the top."""
        area = Qt.DockWidgetArea.RightDockWidgetArea
        return [
            title
            for title in self._right
            if not (dock := self._docks[title]).isHidden()
            and not dock.isFloating()
            and self._window.dockWidgetArea(dock) is area
        ]

    def _height(self, column: list[str]) -> int:
        """Of the whole column, without the lines between docks."""
        if not column:
            return 0
        top = min(self._docks[title].y() for title in column)
        return self._window.height() - top - len(column)

    def _needed(self, column: list[str], folded: Set[str]) -> int:
        return sum(self._wanted(title, folded) for title in column)

    def _wanted(self, title: str, folded: Set[str]) -> int:
        return self._docks[title].title_height + (0 if title in folded else self._panels[title].wanted_height)

    # ---- what a person does

    def _on_folded(self, title: str, folded: bool) -> None:
        """Folded or unfolded by a person: the others in its column make room for what was unfolded."""
        self._folded = True
        self._yielded.discard(title)
        column = self._column()
        if not folded and title in column:
            for other in reversed(column):
                if self._needed(column, set(self.folded)) <= self._height(column):
                    break
                if other != title and not self._docks[other].folded:
                    self._docks[other].set_folded(True)
                    self._yielded.add(other)
        self._timer.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in (QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.LayoutRequest):
            self._timer.start()
        elif kind is QEvent.Type.MouseButtonPress:
            self._pressed = self._sizes()
        elif kind is QEvent.Type.MouseButtonRelease and self._pressed is not None:
            # A line between docks is no widget: whoever drags one drags the window.
            self._sized = self._sized or self._pressed != self._sizes()
            self._pressed = None
        return False

    def _sizes(self) -> tuple[int, ...]:
        return tuple(size for dock in self._docks.values() for size in (dock.width(), dock.height()))

    # ---- out of sight

    def pause(self) -> None:
        """All of them will be hidden for a while, which is nothing that a person did to them."""
        self._paused = self._state()

    def resume(self) -> None:
        """They are shown again, as high as they were."""
        state, self._paused = self._paused, ""
        self._window.restoreState(QByteArray.fromBase64(state.encode("ascii")), _LAYOUT_VERSION)
        self._timer.start()

    # ---- between starts

    def save(self) -> str:
        """The layout, for the settings; empty as long as no person has had a hand in it."""
        if not self._sized and not self._folded and self._at_first_places():
            return ""
        return self._paused or self._state()

    def _state(self) -> str:
        return bytes(self._window.saveState(_LAYOUT_VERSION).toBase64().data()).decode("ascii")

    def restore(self, layout: str, folded: Iterable[str]) -> None:
        """Take up a layout of `save`, and what was folded; a layout that is empty or of another version changes
        nothing.
        """
        state = QByteArray.fromBase64(layout.encode("ascii", "replace"))
        if not self._window.restoreState(state, _LAYOUT_VERSION):
            return
        self._sized = self._folded = True
        names = set(folded)
        for title, dock in self._docks.items():
            dock.set_folded(title in names)
        self._window.restoreState(state, _LAYOUT_VERSION)

    def _at_first_places(self) -> bool:
        area = Qt.DockWidgetArea
        return all(
            not dock.isHidden()
            and not dock.isFloating()
            and self._window.dockWidgetArea(dock)
            is (area.RightDockWidgetArea if title in self._right else area.BottomDockWidgetArea)
            for title, dock in self._docks.items()
        )
