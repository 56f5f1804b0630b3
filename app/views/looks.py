"""How masks look: colours, opacity, style, which classes are seen. Joins the class panel with the picture."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.settings.store import SettingsStore
from app.views.class_panel import ClassPanel
from app.views.compare_view import CompareView
from app.views.frame_view import Pointed
from engine.frame_result import FrameResult
from engine.models.background import backgrounds
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
        panel.opacity_changed.connect(self._on_opacity)
        panel.style_changed.connect(self._on_style)
        panel.hidden_changed.connect(self._on_hidden)
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
        """Take over the classes of the model in a slot, None where B is empty, and what was hidden of them."""
        if classes == self._sets[slot]:
            return
        self._sets[slot] = classes
        self._listed = self._listed if self._apart else 0
        for each in (0, 1):
            self._view.set_palette(self._palette(each), each)
        self._list()

    def classes_of(self, slot: int) -> ClassSet | None:
        """The class set in slot A (0) or B (1); None where nothing stands there."""
        return self._sets[slot]

    @property
    def sets_differ(self) -> bool:
        """Whether A and B know other classes."""
        a, b = self._sets
        return a is not None and b is not None and a.names != b.names

    def hide(self, slot: int, class_id: int) -> None:
        """Draw a class no more, in the masks of a slot and wherever else its class set is drawn."""
        classes = self._sets[slot]
        if classes is not None and class_id < len(classes):
            self._keep_hidden(classes, (*self._hidden(classes), classes.names[class_id]))

    def show_all(self) -> None:
        """Draw every class, in both slots."""
        for classes in self._sets:
            if classes is not None:
                self._keep_hidden(classes, ())

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

    @property
    def palette(self) -> NDArray[np.uint8]:
        """Colours of A's classes by class id, uint8 (256, 3) RGB, with a person's own."""
        return self._palette(0)

    @property
    def visible(self) -> NDArray[np.bool_]:
        """By class id of A's, whether it is drawn, (256,)."""
        classes = self._sets[0]
        return np.ones(256, bool) if classes is None else self.visible_of(classes)

    def visible_of(self, classes: ClassSet) -> NDArray[np.bool_]:
        """By id of a class of this set, whether it is drawn, (256,)."""
        shown, hidden = np.ones(256, bool), self._hidden(classes)
        shown[: len(classes)] = [name not in hidden for name in classes.names]
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
        classes = self._sets[self._listed]
        self._panel.set_slots(self._listed if self._apart else None)
        if classes is not None:
            self._panel.show_classes(classes, self._palette(self._listed))
        self._show_hidden()

    def _hidden(self, classes: ClassSet) -> tuple[str, ...]:
        """Names of the classes of a set that are not drawn: what a person chose, else the background."""
        return self._store.settings.hidden_classes.get(_key(classes), backgrounds(classes.names))

    def _keep_hidden(self, classes: ClassSet, names: tuple[str, ...]) -> None:
        self._update(hidden_classes={**self._store.settings.hidden_classes, _key(classes): names})
        self._show_hidden()

    def _show_hidden(self) -> None:
        """Draw what is not hidden, each slot with its own class set."""
        for slot, classes in enumerate(self._sets):
            if classes is not None:
                drawn = self.visible_of(classes)
                for class_id in range(len(classes)):
                    self._view.set_class_visible(class_id, bool(drawn[class_id]), slot)
        listed = self._sets[self._listed]
        if listed is not None:
            self._panel.set_hidden(self._hidden(listed))

    def _on_hidden(self) -> None:
        listed = self._sets[self._listed]
        if listed is not None and set(self._panel.hidden) != set(self._hidden(listed)):
            self._keep_hidden(listed, self._panel.hidden)

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
