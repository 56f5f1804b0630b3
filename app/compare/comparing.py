"""Slots A and B in the window: who stands in them, and how the picture shows both."""

from PySide6.QtCore import QObject, Signal

from app.compare.matching import Matching
from app.compare.panel import ComparePanel
from app.player.background import Background
from app.player.controller import Controller
from app.settings.store import SettingsStore
from app.views.compare_view import CompareView, Mode
from app.views.flips import WINDOW
from app.views.looks import Looks
from engine.methods import parse_method, remedies
from engine.models.library import Entry, consistent_of, list_models, trained_on

MODES: tuple[Mode, ...] = ("single", "side", "wipe", "difference", "flicker")


class Comparing(QObject):
    """Joins the compare panel with the controller and the picture. GUI thread only.

    matching: which classes of both mean the same.
    """

    mode_changed = Signal(str)

    def __init__(
        self,
        controller: Controller,
        background: Background,
        view: CompareView,
        panel: ComparePanel,
        looks: Looks,
        store: SettingsStore,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.matching = Matching(controller, store, self)
        self._looks = looks
        self._controller = controller
        self._background = background
        self._view, self._panel = view, panel
        self._entries: list[Entry] = []
        panel.a_chosen.connect(controller.a.use)
        panel.b_chosen.connect(controller.b.use)
        panel.swap_asked.connect(self.swap)
        panel.mode_chosen.connect(self.set_mode)
        panel.match_asked.connect(lambda: self.matching.ask(panel.window()))
        self.matching.changed.connect(self._show_methods)
        view.mode_changed.connect(self._on_mode)
        controller.a.changed.connect(lambda _: self._show_methods())
        controller.a.failed.connect(self._show_methods)
        controller.b.changed.connect(lambda _: self._show_methods())
        controller.b.failed.connect(self._show_methods)
        self._on_mode(view.mode)

    def refresh(self) -> None:
        """Read the library again."""
        self._background.submit(list_models, self._show_models, owner=self)

    @property
    def mode(self) -> Mode:
        """How the picture shows the slots."""
        return self._view.mode

    def set_mode(self, mode: Mode) -> None:
        """Show the slots so. What compares needs something to compare with: a free slot B gets `ema` around A. One
        method asked for again is the other one, so that both can be seen at the same place in turn.
        """
        if mode == self._view.mode == "single":
            self._view.set_single_slot(1 - self._view.single_slot)
        self._view.set_mode(mode)
        self._on_mode(mode)  # also where it is the same: a click has switched its button off
        if mode in ("side", "wipe", "difference") and self._controller.b.name is None:
            self.fill_b()

    def fill_b(self) -> None:
        """Put what most people would compare with into slot B.

        The model itself where A is that, smoothed; else what was trained from A to be consistent; else A smoothed.
        """
        a, methods = self._controller.a.name, self._controller.methods
        if a is None:
            return
        spec = parse_method(a)
        if spec.wrapper is not None:
            self._controller.b.use(spec.model)
            return
        consistent = consistent_of(methods[0].card, self._entries) if methods else None
        if consistent is not None:
            self._controller.b.use(consistent)
            return
        foreign = methods[0].card.foreign if methods else None
        without_scores = foreign is not None and foreign.output == "classes"
        usual = next(name for name, kind in remedies().items() if not (kind.needs_scores and without_scores))
        self._controller.b.use(f"{usual}({a})")

    def swap(self) -> None:
        """Each method goes into the other slot."""
        a, b = self._controller.a.name, self._controller.b.name
        if a is not None and b is not None:
            self._controller.a.use(b)
            self._controller.b.use(a)

    def _on_mode(self, mode: Mode) -> None:
        self._panel.set_mode(mode)
        self._controller.look_back(WINDOW if mode == "flicker" else 0)
        self.mode_changed.emit(mode)

    def _show_models(self, entries: list[Entry]) -> None:
        self._entries = entries
        names = [entry.name for entry in entries if entry.card is not None and entry.listed]
        for picker in (self._panel.a, self._panel.b):
            picker.set_models(names)
        self._show_methods()

    def _show_methods(self) -> None:
        methods = self._controller.methods
        names = [method.name for method in methods]
        for slot, each in enumerate((self._controller.a, self._controller.b)):
            self._looks.show_classes(None if each.method is None else each.method.card.class_set, slot)
        mapping = self.matching.mapping
        differing = None if mapping is None or mapping.is_identity else mapping
        self._view.set_names(names[0] if names else "", names[1] if names[1:] else None, differing)
        self._panel.set_mapping(mapping)
        self._panel.a.set_method(self._controller.a.name)
        self._panel.b.set_method(self._controller.b.name)
        cards = [method.card for method in methods]
        self._panel.offer_steadying(len(cards) < 2 or not trained_on(cards[0], cards[1]))
