"""The menus that a right click, the keyboard's menu key or Shift+F10 opens, on the picture and on the timeline."""

from collections.abc import Callable
from math import ceil

from PySide6.QtCore import QEvent, QObject, QPoint
from PySide6.QtGui import QAction, QContextMenuEvent, QCursor, QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from app.curves.measuring import Measuring
from app.markers.markers import Markers
from app.player.controller import Controller
from app.stills.saving import FrameSaving
from app.views.compare_view import CompareView
from app.views.looks import Looks
from app.views.timeline import Timeline, clock_exact


class ContextMenus(QObject):
    """Makes the menu that is wanted, of the window's own commands and of what is under the pointer. GUI thread only.

    action_of: gives a command of the window by its id.
    The menu key reaches the window where nothing that has the focus has a menu of its own; it is the picture's then.
    """

    def __init__(
        self,
        window: QWidget,
        controller: Controller,
        view: CompareView,
        timeline: Timeline,
        looks: Looks,
        markers: Markers,
        measuring: Measuring,
        saving: FrameSaving,
    ) -> None:
        super().__init__(window)
        self.action_of: Callable[[str], QAction] | None = None
        self._window = window
        self._controller = controller
        self._view, self._timeline = view, timeline
        self._looks = looks
        self._markers = markers
        self._measuring = measuring
        self._saving = saving
        view.menu_asked.connect(self._on_picture)
        timeline.menu_asked.connect(self._on_timeline)
        window.installEventFilter(self)

    def show(self) -> None:
        """Open the menu of what has the focus: the timeline's, else the picture's."""
        if QApplication.focusWidget() is self._timeline:
            self._timeline.ask_menu()
        else:
            self._on_picture(None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        by_keyboard = (
            isinstance(event, QContextMenuEvent)
            and watched is self._window
            and event.reason() is QContextMenuEvent.Reason.Keyboard
        )
        if by_keyboard:
            self._on_picture(None)
        return by_keyboard

    def _on_picture(self, place: QPoint | None) -> None:
        """place: of the screen; None where the keyboard asks, and the pointer may be anywhere."""
        if self._controller.clip is None or not self._view.isVisible():
            return
        pointer = QCursor.pos() if place is None else place
        inside = self._view.mapFromGlobal(pointer)
        menu = self._make("picture-menu")
        self._add(menu, "copy-frame")
        menu.addAction("Copy without masks", lambda: self._saving.copy("source"))
        self._add(menu, "save-frame", None)
        pointed = self._view.point_at(inside.x(), inside.y()) if self._view.rect().contains(inside) else None
        classes = None if pointed is None else self._looks.classes_of(pointed.slot)
        if pointed is not None and classes is not None and pointed.class_id is not None:
            slot, class_id = pointed.slot, pointed.class_id
            if class_id < len(classes) and self._looks.visible_of(classes)[class_id]:
                name = classes.names[class_id].replace("&", "&&")
                of = f" of {'AB'[slot]}" if self._looks.sets_differ else ""
                menu.addAction(f"Hide “{name}”{of}", lambda: self._looks.hide(slot, class_id))
        self._add(menu, "all-classes", "show-masks", "outline", None, "fit", "actual-size", None)
        here = self._controller.playhead.position
        if here is not None and not self._controller.clip.live:
            self._add_marker(menu, here)
            self._add(menu, "next-marker", "previous-marker")
        centre = self._view.mapToGlobal(self._view.rect().center())
        menu.popup(pointer if pointed is not None or place is not None else centre)

    def _on_timeline(self, frame: int, place: QPoint) -> None:
        """frame: under the pointer, or that of a marker close to it. place: of the screen."""
        playhead = self._controller.playhead
        clip = self._controller.clip
        if clip is None or clip.live:
            return
        menu = self._make("timeline-menu")
        menu.addAction(f"Go to frame {frame}", lambda: playhead.seek(frame))
        menu.addAction("Set in here", lambda: playhead.mark_in(frame))
        menu.addAction("Set out here", lambda: playhead.mark_out(frame))
        menu.addAction("Clear in and out", lambda: playhead.set_range(None)).setEnabled(playhead.range is not None)
        menu.addSeparator()
        self._add_marker(menu, frame)
        menu.addSeparator()
        worst = self._measuring.worst
        jump = menu.addAction("Jump to the worst moment", lambda: None if worst is None else playhead.seek(worst))
        jump.setEnabled(worst is not None)
        if clip.frame_rate:
            text = clock_exact(ceil(1000 * frame / clip.frame_rate))
            menu.addAction(f"Copy the time, {text}", lambda: QGuiApplication.clipboard().setText(text))
        menu.popup(place)

    def _add_marker(self, menu: QMenu, frame: int) -> None:
        name = self._markers.names.get(frame)
        called = "" if not name else f" “{name.replace('&', '&&')}”"
        text = f"Add a marker at frame {frame}" if name is None else f"Remove the marker{called}"
        menu.addAction(text, lambda: self._markers.toggle(frame))
        menu.addAction("Name a marker here…" if name is None else "Name it…", lambda: self._markers.ask_name(frame))

    def _make(self, name: str) -> QMenu:
        menu = QMenu(self._window)
        menu.setObjectName(name)
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def _add(self, menu: QMenu, *commands: str | None) -> None:
        """Commands of the window by id; None for a line."""
        for command in commands:
            if command is None:
                menu.addSeparator()
            elif self.action_of is not None:
                menu.addAction(self.action_of(command))
