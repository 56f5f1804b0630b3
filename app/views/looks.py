"""How masks look: colours, opacity, style, which classes are seen. Joins the class panel with the picture."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.settings.store import SettingsStore
from app.views.class_panel import ClassPanel
from app.views.compare_view import CompareView
from app.views.frame_view import Pointed
from engine.frame_result import FrameResult
from engine.models.classes import ClassSet
from engine.results.overlay import Style


class Looks(QObject):
    """Keeps the view and the panel in step, and a person's own colours in the settings. GUI thread only."""

    changed = Signal()
    """Something looks different: opacity, style, masks shown."""

    def __init__(
        self,
        view: CompareView,
        panel: ClassPanel,
        store: SettingsStore,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view = view
        self._panel = panel
        self._store = store
        self._sets: list[ClassSet | None] = [None, None]
        self._listed = 0
        self._hidden: frozenset[str] = frozenset()
        panel.opacity_changed.connect(self._on_opacity)
        panel.style_changed.connect(self._on_style)
        panel.class_toggled.connect(self._on_toggled)
        panel.slot_chosen.connect(self.list_slot)
        panel.colour_changed.connect(self._on_colour)

    def apply_settings(self) -> None:
        """Show everything as the settings have it."""
        settings = self._store.settings
        self._panel.set_opacity(settings.opacity)
        self._panel.set_style(settings.style)
        self._view.set_opacity(settings.opacity)
        self._view.set_style(settings.style)
        self._view.set_masks_shown(settings.masks_shown)
        self.changed.emit()

    def show_classes(self, classes: ClassSet | None, slot: int = 0) -> None:
        """Take over the classes of the model in a slot, None where B is empty; what was hidden stays hidden where it
        has the same name.
        """
        self._sets[slot] = classes
        self._listed = self._listed if self._apart else 0
        for each in (0, 1):
            self._view.set_palette(self._palette(each), each)
        self._list()

    def list_slot(self, slot: int) -> None:
        """List the classes of A (0) or of B (1), where they are not the same."""
        self._listed = slot if self._apart else 0
        self._list()

    def show_shares(self, result: FrameResult | None) -> None:
        """Count the shares of the classes that are listed; None where there is no picture."""
        made = () if result is None else result.slots
        self._panel.show_masks(made[self._listed].segmentation.classes if self._listed < len(made) else None)

    def point_at(self, pointed: Pointed | None) -> str:
        """Highlight the class under the pointer where it is listed. Returns its name; empty where there is none."""
        class_id = None if pointed is None else pointed.class_id
        slot = 0 if pointed is None else pointed.slot
        self._panel.point_at(class_id if slot == self._listed or not self._apart else None)
        names = self._names(slot)
        return names[class_id] if class_id is not None and class_id < len(names) else ""

    def set_hidden(self, names: tuple[str, ...]) -> None:
        """Hide these classes, of A and of B, and show all others."""
        self._hidden = frozenset(names)
        self._panel.set_hidden(names)
        for slot in (0, 1):
            for class_id, name in enumerate(self._names(slot)):
                self._view.set_class_visible(class_id, name not in names, slot)

    @property
    def hidden(self) -> tuple[str, ...]:
        """Names of the classes that are not drawn."""
        known = dict.fromkeys((*self._names(0), *self._names(1)))
        return tuple(name for name in known if name in self._hidden)

    @property
    def palette(self) -> NDArray[np.uint8]:
        """Colours of A's classes by class id, uint8 (256, 3) RGB, with a person's own."""
        return self._palette(0)

    @property
    def visible(self) -> NDArray[np.bool_]:
        """By class id of A's, whether it is drawn, (256,)."""
        shown = np.ones(256, bool)
        for class_id, name in enumerate(self._names(0)):
            shown[class_id] = name not in self._hidden
        return shown

    def show_masks(self, shown: bool) -> None:
        """Draw or leave out all masks."""
        self._view.set_masks_shown(shown)
        self._update(masks_shown=shown)

    def show_outlines(self, outline: bool) -> None:
        """Draw the borders of the classes only, or fill them."""
        style: Style = "outline" if outline else "fill"
        self._panel.set_style(style)
        self._on_style(style)

    def change_opacity(self, percent: int) -> None:
        """More (positive) or less opaque, by `percent` points."""
        self._panel.set_opacity(min(1.0, max(0.0, self._store.settings.opacity + percent / 100)))

    @property
    def _apart(self) -> bool:
        """Whether the classes of both have to be listed by themselves."""
        a, b = self._sets
        return a is not None and b is not None and a.classes != b.classes

    def _names(self, slot: int) -> tuple[str, ...]:
        classes = self._sets[slot]
        return () if classes is None else classes.names

    def _palette(self, slot: int) -> NDArray[np.uint8]:
        """Colours by class id, uint8 (256, 3) RGB, with a person's own; A's where B is empty."""
        classes = self._sets[slot] or self._sets[0]
        if classes is None:
            return np.zeros((256, 3), np.uint8)
        palette = classes.palette()
        own = self._store.settings.class_colours.get(_key(classes), {})
        for class_id, name in enumerate(classes.names):
            if name in own:
                palette[class_id] = [int(own[name][place : place + 2], 16) for place in (1, 3, 5)]
        return palette

    def _list(self) -> None:
        """List the classes of one slot as they are drawn."""
        classes, hidden = self._sets[self._listed], self.hidden
        self._panel.set_slots(self._listed if self._apart else None)
        if classes is not None:
            self._panel.show_classes(classes, self._palette(self._listed))
            self.set_hidden(hidden)

    def _on_toggled(self, class_id: int, shown: bool) -> None:
        """A class is drawn from now on, or is not; one of the same name in the other slot follows."""
        name = self._names(self._listed)[class_id]
        self._hidden = self._hidden - {name} if shown else self._hidden | {name}
        for slot in (0, 1):
            if name in self._names(slot):
                self._view.set_class_visible(self._names(slot).index(name), shown, slot)

    def _on_opacity(self, opacity: float) -> None:
        self._view.set_opacity(opacity)
        self._update(opacity=opacity)

    def _on_style(self, style: Style) -> None:
        self._view.set_style(style)
        self._update(style=style)

    def _on_colour(self, class_id: int, colour: str) -> None:
        """colour: `#rrggbb`; that of the class set itself is no colour of one's own."""
        classes = self._sets[self._listed]
        if classes is None:
            return
        chosen, key = classes.classes[class_id], _key(classes)
        own = dict(self._store.settings.class_colours.get(key, {}))
        if colour.lower() == chosen.colour.lower():
            own.pop(chosen.name, None)
        else:
            own[chosen.name] = colour
        self._update(class_colours={**self._store.settings.class_colours, key: own})
        for slot in (0, 1):
            self._view.set_palette(self._palette(slot), slot)

    def _update(self, **changes: object) -> None:
        self._store.change(**changes)
        self.changed.emit()


def _key(classes: ClassSet) -> str:
    return ",".join(classes.names)
