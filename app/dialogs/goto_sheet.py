"""Which frame to go to."""

import re
from fractions import Fraction

from PySide6.QtWidgets import QLineEdit, QWidget

from app.dialogs.parts import Remark
from app.views.sheet import Sheet
from app.views.timeline import frame_clock


class GoToSheet(Sheet):
    """A field for a frame, a time or a share of the clip; what it means is said while one types. GUI thread only.

    index: of the frame to go to, counted from 0; None while the field holds none.
    """

    def __init__(
        self, frame_count: int | None, rate: Fraction | None, here: int, parent: QWidget | None = None
    ) -> None:
        """frame_count, rate: of the clip, None where it is not known. here: index of the frame shown."""
        super().__init__(
            "Go to", "A frame (120, counted from 0), a time (0:12.5) or a share of the clip (50%).", parent, width=470
        )
        self._count = frame_count
        self._rate = rate
        self.index: int | None = None
        self.field = QLineEdit(str(here))
        self.field.setAccessibleName("Frame, time or share")
        self.field.setPlaceholderText("120, 0:12.5 or 50%")
        self.field.selectAll()
        self.remark = Remark()
        self.body.addWidget(self.field)
        self.body.addWidget(self.remark)
        self.go_button = self.add_buttons("Go")
        self.field.textChanged.connect(self._check)
        self._check()
        self.field.setFocus()

    def _check(self) -> None:
        try:
            self.index = parse_place(self.field.text(), self._count, self._rate)
        except ValueError as error:
            self.index = None
            # An empty field is no mistake.
            self.remark.say(str(error), "warning" if self.field.text().strip() else "muted")
        else:
            of = f" of 0 to {self._count - 1}" if self._count else ""
            time = f", at {frame_clock(self.index, self._rate)}" if self._rate else ""
            self.remark.say(f"Goes to frame {self.index}{of}{time}.")
        self.go_button.setEnabled(self.index is not None)


def parse_place(text: str, frame_count: int | None, rate: Fraction | None) -> int:
    """The index of the frame that is meant: `120` (counted from 0), `0:12.5` or `12.5s` (time), `50%` (of the clip).

    A time means the frame that is shown then. Raises ValueError that says why not.
    """
    text = text.strip().replace(",", ".")
    if match := re.fullmatch(r"(\d{1,12})", text):
        index = int(match[1])
    elif match := re.fullmatch(r"(\d{1,6}(?:\.\d{1,6})?)\s*%", text):
        if frame_count is None:
            raise ValueError("The length of this clip is not known. Give a frame.")
        if Fraction(match[1]) > 100:
            raise ValueError("The clip ends at 100%.")
        index = round(Fraction(match[1]) / 100 * (frame_count - 1))
    elif match := re.fullmatch(r"(?:(?:(\d{1,4}):)?(\d{1,6}):)?(\d{1,9}(?:\.\d{1,9})?)\s*s?", text):
        if rate is None:
            raise ValueError("This clip has no steady rate. Give a frame.")
        # Exact, since 0.29 s at 100 frames/s would else be frame 28.
        index = int((int(match[1] or 0) * 3600 + int(match[2] or 0) * 60 + Fraction(match[3])) * rate)
    else:
        raise ValueError("Give a frame like 120, a time like 0:12.5, or a share like 50%.")
    if frame_count is not None and index >= frame_count:
        end = f", and ends at {frame_clock(frame_count, rate)}" if rate else ""
        raise ValueError(f"The clip has frames 0 to {frame_count - 1}{end}.")
    return index
