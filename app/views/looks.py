"""How masks look: colours, opacity, style, which classes are seen. Joins the class panel with the picture."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.settings.store import SettingsStore
from app.views.class_panel import ClassPanel
from app.views.compare_view import CompareView
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
        self._classes: ClassSet | None = None
        panel.opacity_changed.connect(self._on_opacity)
        panel.style_changed.connect(self._on_style)
        panel.class_toggled.connect(view.set_class_visible)
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

    def show_classes(self, classes: ClassSet) -> None:
        """Take over the classes of a model; what was hidden stays hidden where it has the same name."""
        hidden = self._panel.hidden
        self._classes = classes
        self._panel.show_classes(classes, self.palette)
        self._view.set_palette(self.palette)
        self.set_hidden(hidden)

    def set_hidden(self, names: tuple[str, ...]) -> None:
        """Hide these classes and show all others."""
        self._panel.set_hidden(names)
        for class_id, name in enumerate(self._classes.names if self._classes else ()):
            self._view.set_class_visible(class_id, name not in names)

    @property
    def palette(self) -> NDArray[np.uint8]:
        """Colours by class id, uint8 (256, 3) RGB, with a person's own."""
        if self._classes is None:
            return np.zeros((256, 3), np.uint8)
        palette = self._classes.palette()
        own = self._store.settings.class_colours.get(self._key, {})
        for class_id, name in enumerate(self._classes.names):
            if name in own:
                palette[class_id] = [int(own[name][place : place + 2], 16) for place in (1, 3, 5)]
        return palette

    @property
    def visible(self) -> NDArray[np.bool_]:
        """By class id, whether it is drawn, (256,)."""
        shown = np.ones(256, bool)
        for class_id, name in enumerate(self._classes.names if self._classes else ()):
            shown[class_id] = name not in self._panel.hidden
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
    def _key(self) -> str:
        return ",".join(self._classes.names) if self._classes else ""

    def _on_opacity(self, opacity: float) -> None:
        self._view.set_opacity(opacity)
        self._update(opacity=opacity)

    def _on_style(self, style: Style) -> None:
        self._view.set_style(style)
        self._update(style=style)

    def _on_colour(self, class_id: int, colour: str) -> None:
        """colour: `#rrggbb`; that of the class set itself is no colour of one's own."""
        if self._classes is None:
            return
        chosen = self._classes.classes[class_id]
        own = dict(self._store.settings.class_colours.get(self._key, {}))
        if colour.lower() == chosen.colour.lower():
            own.pop(chosen.name, None)
        else:
            own[chosen.name] = colour
        self._update(class_colours={**self._store.settings.class_colours, self._key: own})
        self._view.set_palette(self.palette)

    def _update(self, **changes: object) -> None:
        self._store.change(**changes)
        self.changed.emit()
