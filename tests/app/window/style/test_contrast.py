"""Everybody can read the window: contrasts of all that the style sheet and the painters put upon each other.

As the web's guidelines count them: text 4.5 to 1, what can be pressed or filled in, and its state, 3 to 1.
"""

import re
from dataclasses import asdict
from itertools import product

import pytest

from app.style import slot_colours
from app.style.style_sheet import style_sheet
from app.style.theme import DARK, LIGHT, Colours
from app.views.pills import INK

TEXT, CONTROL = 4.5, 3.0
SURFACES = ("canvas", "ground", "raised")
"""What anything may lie upon that has no ground of its own."""
CONTROLS = re.compile(
    r"^(QPushButton|QToolButton|QLineEdit|Q\w*SpinBox|QComboBox|QPlainTextEdit|QTextEdit|QKeySequenceEdit|QCheckBox"
    r"|QRadioButton|QSlider|#badge)"
)
SHAPES = re.compile(r"QSlider::(groove|sub-page|handle)|QScrollBar::handle")
"""Controls that are nothing but their ground."""
QUIET = re.compile(r"::(indicator|chunk|separator|handle|groove|sub-page|add-page|line)|QFrame|QProgressBar|QSplitter")
"""Grounds that no text stands on."""
NAMES = {"dark": DARK, "light": LIGHT}


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


class Sheet:
    """The rules of a theme's style sheet, by selector, in its own colours."""

    def __init__(self, theme: Colours) -> None:
        self.surfaces = [getattr(theme, name) for name in SURFACES]
        self.rules: dict[str, dict[str, str]] = {}
        for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", style_sheet(asdict(theme), light=theme is LIGHT)):
            given = dict(re.findall(r"([\w-]+):\s*([^;]+);", body))
            for selector in selectors.split(","):
                self.rules.setdefault(selector.strip(), {}).update(given)

    def inherited(self, selector: str, name: str) -> str | None:
        """What a rule says, or the rules for the same widget in any state and of any kind."""
        while True:
            said = self.rules.get(selector, {}).get(name)
            if said is not None:
                return said
            shorter = re.sub(r"(?<!:):!?[\w-]+$|\[[^\]]*\]$", "", selector)
            if shorter == selector:
                return None
            selector = shorter

    def grounds(self, selector: str) -> list[str]:
        own = self.inherited(selector, "background")
        return self.surfaces if own is None or own == "transparent" else [own]

    def borders(self, selector: str) -> list[str]:
        given = self.rules[selector]
        return [
            colour
            for name, value in given.items()
            if name in ("border", "border-color")
            for colour in re.findall(r"#[0-9a-f]{6}", value)
        ]


@pytest.fixture(params=sorted(NAMES))
def theme(request: pytest.FixtureRequest) -> Colours:
    return NAMES[request.param]


def test_text_of_the_style_sheet(theme: Colours) -> None:
    sheet, pairs = Sheet(theme), {}
    for selector, given in sheet.rules.items():
        if QUIET.search(selector) or not {"color", "background", "placeholder-text-color"} & set(given):
            continue
        text = sheet.inherited(selector, "color") or theme.text
        for ground in sheet.grounds(selector):
            pairs[f"{selector}: {text} on {ground}"] = contrast(text, ground)
        if placeholder := given.get("placeholder-text-color"):
            pairs[f"{selector}: placeholder"] = min(contrast(placeholder, each) for each in sheet.grounds(selector))
    assert len(pairs) > 80
    assert any("placeholder" in pair for pair in pairs)
    assert not {pair: round(found, 2) for pair, found in pairs.items() if found < TEXT}


def test_borders_of_controls(theme: Colours) -> None:
    sheet, pairs = Sheet(theme), {}
    for selector in sheet.rules:
        if CONTROLS.search(selector):
            for border, ground in product(sheet.borders(selector), sheet.surfaces):
                pairs[f"{selector}: {border} on {ground}"] = contrast(border, ground)
    assert len(pairs) > 40
    assert not {pair: round(found, 2) for pair, found in pairs.items() if found < CONTROL}


def test_controls_that_are_nothing_but_a_shape(theme: Colours) -> None:
    sheet, pairs = Sheet(theme), {}
    for selector, given in sheet.rules.items():
        if SHAPES.search(selector) and "background" in given:
            for ground in sheet.surfaces:
                pairs[f"{selector} on {ground}"] = contrast(given["background"], ground)
    assert len(pairs) > 15
    assert not {pair: round(found, 2) for pair, found in pairs.items() if found < CONTROL}


def test_what_is_on_is_told_by_more_than_a_tint(theme: Colours) -> None:
    sheet = Sheet(theme)
    for selector in ("QToolButton:checked", 'QPushButton[kind="segment"]:checked', "QCheckBox::indicator:checked"):
        assert sheet.borders(selector) == [theme.accent]
    assert contrast(theme.on_accent, theme.accent) >= TEXT
    assert contrast(theme.on_accent, theme.accent_hover) >= TEXT


@pytest.mark.parametrize("role", ["text", "muted", "faint"])
@pytest.mark.parametrize("ground", [*SURFACES, "hover"])
def test_what_painters_write(theme: Colours, role: str, ground: str) -> None:
    assert contrast(getattr(theme, role), getattr(theme, ground)) >= TEXT


@pytest.mark.parametrize("slot", [slot_colours.A, slot_colours.B])
def test_lines_and_letters_of_the_slots(theme: Colours, slot: str) -> None:
    for ground in (*SURFACES, "hover"):
        assert contrast(slot, getattr(theme, ground)) >= CONTROL
    assert contrast(INK, slot) >= TEXT


def test_what_is_painted_of_controls(theme: Colours) -> None:
    for role, ground in [("edge", "ground"), ("edge", "hover"), ("accent", "hover"), ("muted", "accent_soft")]:
        assert contrast(getattr(theme, role), getattr(theme, ground)) >= CONTROL, (role, ground)
