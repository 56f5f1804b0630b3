"""Labels of what is measured: the colour of what a change is worth, and tool tips of several lines."""

import html

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from app.compare.lines import Tone

_KINDS: dict[Tone, str] = {"plain": "", "better": "accent", "worse": "warning", "quiet": "muted"}
_SMALL = 0.85


def label(kind: str, text: str = "", *, small: bool = False) -> QLabel:
    """A label of plain text, of one of the style sheet's kinds."""
    made = QLabel(text)
    made.setProperty("kind", kind)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if small:
        font = made.font()
        font.setPointSizeF(font.pointSizeF() * _SMALL)
        made.setFont(font)
    return made


def set_tone(shown: QLabel, tone: Tone) -> None:
    """Give a label the colour of what a change is worth."""
    kind = _KINDS[tone]
    if shown.property("kind") != kind:
        shown.setProperty("kind", kind)
        shown.style().polish(shown)


def tip(text: str) -> str:
    """A tool tip that breaks long lines, and where they are broken in `text`."""
    return f"<p>{html.escape(text).replace(chr(10), '<br>')}</p>" if text else ""
