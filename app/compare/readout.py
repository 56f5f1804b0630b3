"""Answers at a glance: does B flicker less than A, at what price, and which differences are within noise?"""

import html
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.compare.labels import label, set_tone, tip
from app.compare.lines import Line, definitions, lines
from app.compare.slot_tag import SlotTag
from app.report.answer import answer_of
from app.views.elided import Elided
from engine.live.summary import SlotSummary, SpanSummary

_NOTHING = "Nothing is measured yet"
_HOW = "Play the clip or step through it; two frames in a row are enough."
_TOO_FEW = "Too few frames to measure flicker."
_NO_B = "Choose a method for B to see what it would change."
_GAP = 8
_AIR = 4
_MOST_LINES = 6
_SENTENCE_LINES = 4
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """The labels of one line."""

    title: QLabel
    unit: QLabel
    a: QLabel
    b: QLabel
    change: QLabel
    word: QLabel

    def all(self) -> tuple[QLabel, ...]:
        return self.title, self.unit, self.a, self.b, self.change, self.word


class Readout(QWidget):
    """A sentence, and a table of A, B and B − A under it. GUI thread only."""

    meaning_asked = Signal()
    """What the numbers mean is to be read."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_AIR)
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.sentence.setTextFormat(Qt.TextFormat.RichText)
        self.sentence.setToolTip(tip("\n".join(definitions())))
        self.span = Elided(Qt.TextElideMode.ElideMiddle)
        self.span.setProperty("kind", "faint")
        self.hint = label("muted")
        self.hint.setWordWrap(True)
        self._table = QWidget()
        self._grid = QGridLayout(self._table)
        self._grid.setContentsMargins(0, 6, 0, 0)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(0, 1)
        self._tags = (SlotTag("A"), SlotTag("B"))
        self._difference = label("muted", "B − A")
        for place, widget in enumerate((*self._tags, self._difference), 1):
            self._grid.addWidget(widget, 0, place, _RIGHT)
        self._cells = [self._make_line(2 * place + 1) for place in range(_MOST_LINES)]
        self.meaning_button = QPushButton("What these numbers mean")
        self.meaning_button.setProperty("kind", "link")
        self.meaning_button.setAutoDefault(True)
        self.meaning_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.meaning_button.clicked.connect(self.meaning_asked)
        for widget in (self.sentence, self.span, self.hint, self._table):
            column.addWidget(widget)
        column.addWidget(self.meaning_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.show_summary(None, "")

    def _make_line(self, row: int) -> _Cells:
        kinds = ("", "faint", "", "", "", "muted")
        cells = _Cells(*(label(kind, small=kind != "") for kind in kinds))
        for cell in (cells.title, cells.a, cells.b, cells.change):
            cell.setContentsMargins(0, 3, 0, 0)
        self._grid.addWidget(cells.title, row, 0)
        for place, cell in enumerate((cells.a, cells.b, cells.change), 1):
            self._grid.addWidget(cell, row, place, _RIGHT)
        # The words take room that no number needs, so that the numbers stay close together.
        self._grid.addWidget(cells.unit, row + 1, 0, 1, 2)
        self._grid.addWidget(cells.word, row + 1, 2, 1, 2, _RIGHT)
        return cells

    # ---- what is shown

    @property
    def wanted_height(self) -> int:
        """Pixels of the longest sentence, and of the span that it is of."""
        return self.sentence.fontMetrics().lineSpacing() * (_SENTENCE_LINES + 1) + 2 * _AIR

    def show_summary(self, summary: SpanSummary | None, span_text: str, class_name: str = "") -> None:
        """Show both slots over a span. span_text: which one, as people say it. class_name: of the class whose flicker,
        tc and agreement these are; empty for the whole frame. None: nothing is measured.
        """
        if summary is None or summary.a is None or not _measured(summary.a):
            self._say(_NOTHING)
            self.hint.setText(_HOW)
            self._set_shown(span=False, hint=True, table=False)
            return
        self._say(_sentence(summary, class_name))
        still = "" if summary.complete else "still measuring" if span_text or class_name else "Still measuring"
        told = " · ".join(part for part in (f"Class {class_name}" if class_name else "", span_text, still) if part)
        self.span.setText(told)
        self.span.setToolTip(told)
        self.hint.setText(_NO_B)
        self._show_table(summary)
        self._set_shown(span=bool(told), hint=summary.b is None, table=True)

    def _say(self, sentence: str) -> None:
        """What it comes to stands out; what it costs follows."""
        head, semicolon, prices = sentence.partition(";")
        self.sentence.setText(f"<b>{html.escape(head)}</b>{semicolon}{html.escape(prices)}")
        self.sentence.setAccessibleName(sentence)

    def _set_shown(self, *, span: bool, hint: bool, table: bool) -> None:
        self.span.setVisible(span)
        self.hint.setVisible(hint)
        self._table.setVisible(table)
        self.meaning_button.setVisible(table)

    def _show_table(self, summary: SpanSummary) -> None:
        both = summary.b is not None
        for tag, slot in zip(self._tags, (summary.a, summary.b), strict=True):
            tag.setToolTip("" if slot is None else slot.method)
        # Columns without anything in them would still have their gaps.
        self._grid.setHorizontalSpacing(_GAP if both else 0)
        self._tags[1].setVisible(both)
        self._difference.setVisible(both)
        told = lines(summary)
        for place, cells in enumerate(self._cells):
            shown = place < len(told)
            for cell in cells.all():
                cell.setVisible(shown and (both or cell in (cells.title, cells.unit, cells.a)))
            if shown:
                _fill(cells, told[place])


def _sentence(summary: SpanSummary, class_name: str) -> str:
    assert summary.a is not None
    if summary.apart is not None:
        return summary.apart
    on = f"On {class_name}, " if class_name else ""
    if summary.b is not None:
        slots = [
            {name: getattr(slot, name) for name in ("flicker", "lag", "agreement", "latency_p50")}
            for slot in (summary.a, summary.b)
        ]
        answer = answer_of(slots[0], slots[1], summary.within_noise("flicker"), figures=False)
    elif summary.a.flicker is not None:
        pixels = "its pixels" if class_name else "the visible pixels"
        answer = f"A flickers on {100 * summary.a.flicker:.2f} % of {pixels} a frame."
    else:
        answer = _TOO_FEW
    if class_name and answer == _TOO_FEW:
        return f"Too little of {class_name} was seen to measure its flicker."
    return f"{on}{answer}"


def _measured(slot: SlotSummary) -> bool:
    return slot.flicker is not None or slot.latency_p50 is not None


def _fill(cells: _Cells, line: Line) -> None:
    texts = (line.title, line.unit, line.a, line.b, line.change, line.word)
    told = tip(line.tip)
    for cell, text in zip(cells.all(), texts, strict=True):
        cell.setText(text)
        cell.setToolTip(told)
    for cell in (cells.change, cells.word):
        set_tone(cell, line.tone)
    for cell, name in ((cells.a, "A"), (cells.b, "B"), (cells.change, "B − A")):
        cell.setAccessibleName(f"{line.title}, {line.unit}, {name}: {cell.text()}")
