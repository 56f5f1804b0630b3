"""The markers of the open clip: sets and removes them, names them, goes from one to the next."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.compare.moments import next_moment
from app.markers.name_sheet import NameSheet
from app.player.playhead import Playhead


class Markers(QObject):
    """GUI thread only. A live source has no places, and so no markers."""

    changed = Signal(object)
    """Names by frame, a dict of int to str; an empty name for a marker without one."""

    def __init__(self, window: QWidget, playhead: Playhead) -> None:
        super().__init__(window)
        self._window = window
        self._playhead = playhead
        self._names: dict[int, str] = {}

    @property
    def names(self) -> dict[int, str]:
        """Names by frame, in the clip's order; empty for a marker without one."""
        return dict(sorted(self._names.items()))

    def show(self, names: Mapping[int, str]) -> None:
        """These are the markers of what is open now."""
        if names != self._names:
            self._names = dict(names)
            self.changed.emit(self.names)

    def toggle(self, frame: int | None = None) -> None:
        """Set a marker, or remove the one that is there. frame: None for the one shown."""
        frame = self._place(frame)
        if frame is not None:
            left = {place: name for place, name in self._names.items() if place != frame}
            self.show(left if frame in self._names else {**left, frame: ""})

    def ask_name(self, frame: int | None = None) -> None:
        """Ask for the name of a marker, which is set with it where there is none. frame: None for the one shown."""
        frame = self._place(frame)
        if frame is not None:
            place = frame
            sheet = NameSheet(place, self._names.get(place, ""), self._window)
            sheet.accepted.connect(lambda: self.show({**self._names, place: sheet.name}))
            sheet.open()

    def go(self, way: int) -> None:
        """Seek to the next (1) or previous (−1) marker, around the clip's ends."""
        here = self._place(None)
        to = None if here is None else next_moment(list(self._names), here, way)
        if to is not None:
            self._playhead.seek(to)

    def _place(self, frame: int | None) -> int | None:
        clip = self._playhead.clip
        if clip is None or clip.live:
            return None
        return self._playhead.position if frame is None else frame
