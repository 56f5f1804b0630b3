"""The model dock: which model makes the masks, what it is, and the way to its card and to the library."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.player.background import Background
from app.views.choice import Choice
from app.views.icons import icon
from app.views.scrolled import scroll
from engine.models.card import ModelCard
from engine.models.library import Entry, list_models


class ModelPanel(QWidget):
    """Chooses the model. Lists the library off the GUI thread. GUI thread only."""

    method_chosen = Signal(str)
    card_asked = Signal()
    library_asked = Signal()

    def __init__(self, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._current: str | None = None
        self.setMinimumWidth(220)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        self.choice = Choice()
        self.choice.setAccessibleName("Model that makes the masks of slot A")
        self.choice.activated.connect(self._on_activated)
        self._score = self._label("muted")
        self._facts = self._label("muted")
        self._licence = self._label("badge")
        self._licence.setProperty("level", "warning")
        self._licence.setWordWrap(False)
        self._licence.hide()
        for widget in (self.choice, self._score, self._facts, self._licence):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)
        column.setAlignment(self._licence, Qt.AlignmentFlag.AlignLeft)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.card_button = self._button("Card", "info", "Everything that is known of this model")
        self.card_button.clicked.connect(self.card_asked)
        self.library_button = self._button("Library", "model", "All models; import and remove your own")
        self.library_button.clicked.connect(self.library_asked)
        row.addWidget(self.card_button)
        row.addWidget(self.library_button)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(1)
        self._inside = inside
        scroll(self, inside)
        self.show_no_model("Loading…")

    @property
    def wanted_height(self) -> int:
        """Pixels of all of it."""
        return self._inside.sizeHint().height()

    def refresh(self) -> None:
        """Read the library again."""
        self._background.submit(list_models, self._show_entries, owner=self)

    def show_loading(self, name: str) -> None:
        """Another model is on its way."""
        self._score.setText(f"Loading {name}…")

    def show_model(self, card: ModelCard) -> None:
        """This model makes the masks now."""
        self._current = card.name
        self._select(card.name)
        miou = next((m for m in card.current_measurements() if m.measure == "miou"), None)
        self._score.setText(f"{miou.value:.1f} miou on {miou.data}" if miou else "Accuracy not measured here")
        size = "{}×{}".format(*card.input.fixed) if card.input.fixed else f"{card.input.short_side} lines"
        network = f"{card.family} · {_count(card.parameters)} parameters"
        self._facts.setText(f"{network}\n{len(card.class_set)} classes · {size}")
        research = "non-commercial" in card.licence.lower()
        self._licence.setText("Research use, non-commercial" if research else card.licence[:40])
        self._licence.setToolTip(card.licence)
        self._licence.setProperty("level", "warning" if research else "")
        self._licence.style().polish(self._licence)
        self._licence.show()
        self.card_button.setEnabled(True)

    def show_no_model(self, text: str) -> None:
        """Say why there is none (`Loading…`, `Not loaded`)."""
        self._score.setText(text)
        self._facts.clear()
        self._licence.hide()
        self.card_button.setEnabled(False)
        self._select(self._current)

    def _show_entries(self, entries: Sequence[Entry]) -> None:
        self.choice.clear()
        for entry in entries:
            if entry.card is not None and entry.listed:
                self.choice.addItem(entry.name)
                self.choice.setItemData(self.choice.count() - 1, entry.card.summary, Qt.ItemDataRole.ToolTipRole)
        self._select(self._current)

    def _select(self, name: str | None) -> None:
        if name is not None and self.choice.findText(name) < 0:
            self.choice.addItem(name)
        self.choice.setCurrentIndex(-1 if name is None else self.choice.findText(name))

    def _on_activated(self, _index: int) -> None:
        name = self.choice.currentText()
        if name and name != self._current:
            self.method_chosen.emit(name)

    def _label(self, kind: str) -> QLabel:
        label = QLabel()
        label.setProperty("kind", kind)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        return label

    def _button(self, text: str, symbol: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setIcon(icon(symbol, "muted"))
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setAutoDefault(True)
        return button


def _count(number: int) -> str:
    """A number of parameters as people say it: 1.1 M."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= limit:
            return f"{number / limit:.1f}".rstrip("0").rstrip(".") + f" {unit}"
    return str(number)
