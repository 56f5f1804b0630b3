"""The look: quiet greys that leave the colours to the picture, and one accent; dark, light, or as the system has it."""

from dataclasses import dataclass, fields
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from app.style.style_sheet import style_sheet

Choice = Literal["system", "dark", "light"]


@dataclass(frozen=True, slots=True)
class Colours:
    """Every colour of the interface, as `#rrggbb`; the classes' own come from their class set.

    canvas: behind the picture. ground: of the window. raised: of menus, buttons and cards. hover, line: under the
    pointer, and between things. edge: of what can be pressed, filled in or dragged. text, muted, faint: in order of
    importance; all of them can be read on every ground. accent: of the one thing to press next;
    on_accent: text upon it. amber, red: of warnings and errors. *_soft: their quiet grounds.
    """

    canvas: str
    ground: str
    raised: str
    hover: str
    line: str
    edge: str
    text: str
    muted: str
    faint: str
    accent: str
    accent_hover: str
    accent_soft: str
    on_accent: str
    amber: str
    amber_soft: str
    red: str
    red_soft: str


DARK = Colours(
    canvas="#0c0e11",
    ground="#14171b",
    raised="#1b1f25",
    hover="#262c34",
    line="#2a3038",
    edge="#707a86",
    text="#e6e9ed",
    muted="#aab3be",
    faint="#8b95a1",
    accent="#4cc9b0",
    accent_hover="#63d8c1",
    accent_soft="#1f4a43",
    on_accent="#06201b",
    amber="#f0b44c",
    amber_soft="#2b2417",
    red="#f2706b",
    red_soft="#2e1b1c",
)

LIGHT = Colours(
    canvas="#dfe3e8",
    ground="#f4f6f8",
    raised="#ffffff",
    hover="#e6eaee",
    line="#d3d9e0",
    edge="#737e8a",
    text="#1a1f26",
    muted="#47525e",
    faint="#586370",
    accent="#0a6f5f",
    accent_hover="#0b7d6b",
    accent_soft="#cdeae4",
    on_accent="#ffffff",
    amber="#7d5100",
    amber_soft="#fbf1dc",
    red="#a82b27",
    red_soft="#fbe6e5",
)

_current = DARK


def colours() -> Colours:
    """The colours of the theme that is shown. GUI thread only; ask again at every painting, since the theme changes."""
    return _current


def apply_theme(application: QApplication, choice: Choice = "system") -> None:
    """Give `application` the palette, the font and the style sheet of `choice`; every open window changes at once.

    `system` follows the system from now on, also when that changes; where the system has no say, it is dark.
    """
    hints = application.styleHints()
    # The hints outlive this call; a second listener for the same application would do everything twice.
    if application.property("themed") is None:
        application.setProperty("themed", True)
        application.setStyle("Fusion")
        hints.colorSchemeChanged.connect(lambda _: _follow(application))
        _set_font(application)
    application.setProperty("theme", choice)
    if choice == "system":
        hints.unsetColorScheme()
    else:
        hints.setColorScheme(Qt.ColorScheme.Dark if choice == "dark" else Qt.ColorScheme.Light)
    _follow(application)


def _follow(application: QApplication) -> None:
    """Show what was chosen, or what the system has."""
    global _current
    choice = application.property("theme")
    light = choice == "light" or (choice == "system" and application.styleHints().colorScheme() is Qt.ColorScheme.Light)
    _current = LIGHT if light else DARK
    application.setPalette(_palette(_current))
    sheet = style_sheet({field.name: getattr(_current, field.name) for field in fields(_current)}, light=light)
    if application.styleSheet() != sheet:
        application.setStyleSheet(sheet)


def _palette(theme: Colours) -> QPalette:
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: theme.ground,
        QPalette.ColorRole.WindowText: theme.text,
        QPalette.ColorRole.Base: theme.canvas if theme is DARK else theme.raised,
        QPalette.ColorRole.AlternateBase: theme.raised,
        QPalette.ColorRole.Text: theme.text,
        QPalette.ColorRole.Button: theme.raised,
        QPalette.ColorRole.ButtonText: theme.text,
        QPalette.ColorRole.ToolTipBase: theme.raised,
        QPalette.ColorRole.ToolTipText: theme.text,
        QPalette.ColorRole.PlaceholderText: theme.faint,
        QPalette.ColorRole.Highlight: theme.accent_soft,
        QPalette.ColorRole.HighlightedText: theme.text,
        QPalette.ColorRole.Link: theme.accent,
        QPalette.ColorRole.Accent: theme.accent,
    }
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.faint if "Text" in role.name else colour))
    return palette


def _set_font(application: QApplication) -> None:
    font = application.font()
    font.setFamilies(["Inter", "Segoe UI", "SF Pro Text", "Noto Sans", "DejaVu Sans"])
    font.setPointSizeF(10.0)
    # Digits of one width, so that counters do not dance.
    font.setFeature(QFont.Tag("tnum"), 1)
    application.setFont(font)
