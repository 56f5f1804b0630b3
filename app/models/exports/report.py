"""What became of a model that was exported: the answer, and before → after."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from app.compare.labels import label, set_tone
from app.compare.lines import Tone
from app.desktop import open_outside
from app.training.outcome.card import Facts
from app.training.outcome.words import Fact
from app.views.icons import icon
from app.views.sheet import Sheet, section

if TYPE_CHECKING:
    from engine.exporting.parity import Parity


class ParitySheet(Sheet):
    """Shows one report. GUI thread only."""

    use_b_asked = Signal(str)
    """The path of the new `.onnx`, which is to stand in slot B."""

    def __init__(self, report: "Parity", parent: QWidget | None = None) -> None:
        count = f"{report.frames} frames of {report.clip}, on {report.device}"
        super().__init__(report.name, f"{report.model}, exported. Judged on {count}.", parent, width=560)
        self._onnx = Path(report.files[0])
        self.answer = _text(report.sentence, "title")
        set_tone(self.answer, "better" if report.good else "worse")
        self.body.addWidget(self.answer)
        for remark in report.remarks:
            self.body.addWidget(_text(remark, "muted"))
        self.facts = Facts()
        self.facts.show_facts([_fact(row, report) for row in report.rows()], short=True)
        self.body.addWidget(self.facts)
        if report.contract_text:
            self.body.addWidget(section("How to call it"))
            self.body.addWidget(_text(report.contract_text, ""))
        self.body.addWidget(_text(str(self._onnx), "faint"))
        self.body.addStretch(1)
        self.folder_button = QPushButton("Show in folder")
        self.folder_button.setIcon(icon("folder", "muted"))
        self.folder_button.setAutoDefault(False)
        self.folder_button.clicked.connect(lambda: open_outside(self._onnx.parent))
        self.buttons.addWidget(self.folder_button)
        self.use_b_button = QPushButton("Use in B")
        self.use_b_button.setAutoDefault(False)
        self.use_b_button.setToolTip("Look at it beside what it was made from")
        self.use_b_button.setVisible(report.graph == "own")
        self.use_b_button.clicked.connect(lambda: self.use_b_asked.emit(str(self._onnx)))
        self.buttons.addWidget(self.use_b_button)
        self.add_buttons("Close", "")


def _fact(row: tuple[str, str, str], report: "Parity") -> Fact:
    title, before, after = row
    word, tone = "", "plain"
    if title.startswith("Flicker") and report.rise is not None and abs(report.rise) >= 0.005:
        word = f"{100 * report.rise:+.0f} %".replace("-", "−")
        tone = "worse" if report.rise > 0.05 else "plain"
    shown: Tone = "worse" if tone == "worse" else "plain"
    return Fact(title, before, after, word, shown)


def _text(text: str, kind: str) -> QLabel:
    made = label(kind, text)
    made.setWordWrap(True)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made
