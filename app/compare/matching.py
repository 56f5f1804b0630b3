"""Which classes of B stand for which of A: by name at first, then as a person has said it, kept by the pair of sets."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.compare.match_sheet import MatchSheet
from app.player.controller import Controller
from app.settings.store import SettingsStore
from engine.models.card import ModelCard
from engine.models.classes import ClassSet
from engine.models.mapping import ClassMapping

Matches = Mapping[str, Mapping[str, str]]
"""By pair of class sets: by class of B, the class of A that it stands for, or nothing where it is not compared."""


class Matching(QObject):
    """Of what stands in both slots. GUI thread only."""

    changed = Signal()
    """Other classes stand for one another from now on."""

    def __init__(self, controller: Controller, store: SettingsStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self._store = store
        self._known: tuple[ModelCard, ModelCard, dict[str, str], ClassMapping] | None = None
        store.changed.connect(self._on_settings)

    @property
    def mapping(self) -> ClassMapping | None:
        """What holds now; None where B is empty."""
        methods = self._controller.methods
        if len(methods) < 2:
            return None
        a, b = (method.card for method in methods)
        answers = answers_of(self._store.settings.class_matches, a.class_set, b.class_set)
        if self._known is None or self._known[:3] != (a, b, answers):
            self._known = a, b, answers, ClassMapping.of_cards(a, b).answered(answers.items())
        return self._known[3]

    def ask(self, window: QWidget) -> None:
        """Let a person say it, in a sheet over `window`."""
        methods, mapping = self._controller.methods, self.mapping
        if mapping is None:
            return
        a, b = (method.card.class_set for method in methods)
        sheet = MatchSheet(a, b, mapping, window)
        sheet.accepted.connect(lambda: self._keep(a, b, sheet.mapping))
        sheet.open()

    def _keep(self, a: ClassSet, b: ClassSet, mapping: ClassMapping) -> None:
        kept = dict(self._store.settings.class_matches)
        kept.pop(_key(b, a), None)  # what was said the other way round is older
        kept[_key(a, b)] = mapping.answers
        self._store.change(class_matches=kept)

    def _on_settings(self, fields: frozenset[str]) -> None:
        if "class_matches" in fields:
            self.changed.emit()


def answers_of(matches: Matches, a: ClassSet, b: ClassSet) -> dict[str, str]:
    """What a person has said of these two sets, also with A and B swapped; nothing where nobody has."""
    said = matches.get(_key(a, b))
    if said is None:
        said = _turned(matches.get(_key(b, a), {}), b)
    return {theirs: ours for theirs, ours in said.items() if theirs in b.names and (not ours or ours in a.names)}


def _turned(said: Mapping[str, str], b: ClassSet) -> dict[str, str]:
    """The same answers with A and B swapped. Where several classes stood for one, its name says which of them it is."""
    turned = {}
    for name in b.names if said else ():
        standing = [theirs for theirs, ours in said.items() if ours == name]
        if len(standing) < 2:
            turned[name] = "".join(standing)
    return turned


def _key(a: ClassSet, b: ClassSet) -> str:
    return f"{','.join(a.names)} | {','.join(b.names)}"
