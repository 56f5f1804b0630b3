"""The line above a plot: whatever its width, nothing stands upon anything else."""

from itertools import pairwise

import pytest
from pytestqt.qtbot import QtBot

from app.curves.parts import HEADING_HEIGHT, Heading
from app.curves.plot import TITLES

VALUES = ("9.31", "1361.5")


def heading(title: str, unit: str, width: float) -> Heading:
    made = Heading(title, unit)
    made.resize(width, HEADING_HEIGHT)
    made.show_values(VALUES)
    return made


@pytest.mark.parametrize("names", TITLES.values())
def test_titles_and_values_do_not_overprint(qtbot: QtBot, names: tuple[str, str]) -> None:
    for width in range(130, 500, 3):
        parts = heading(*names, width).places()
        assert all(one.left + one.width <= other.left + 1e-6 for one, other in pairwise(parts)), f"{width} pixels wide"
        assert parts[-1].left + parts[-1].width <= width
        assert [part.text for part in parts if part.what == "value"] == list(VALUES)
        assert sum(part.what == "dot" for part in parts) == 2


def test_what_matters_least_goes_first(qtbot: QtBot) -> None:
    seen: list[set[str]] = []
    for width in range(400, 130, -1):  # at which of them depends on the system's fonts
        gone = {"title", "unit", "dot", "letter", "value"} - kinds(width)
        if gone not in seen:
            seen.append(gone)
    assert seen[:3] == [set(), {"unit"}, {"unit", "letter"}]


def kinds(width: float) -> set[str]:
    return {part.what for part in heading("Flicker", "%", width).places()}
