"""The look: dark, quiet greys that leave the colours to the picture, and one accent."""

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

CANVAS = "#0c0e11"
GROUND = "#14171b"
RAISED = "#1b1f25"
HOVER = "#262c34"
LINE = "#2a3038"
TEXT = "#e6e9ed"
MUTED = "#9aa4b0"
FAINT = "#6d7783"
ACCENT = "#4cc9b0"
ACCENT_DEEP = "#1f4a43"
AMBER = "#f0b44c"
RED = "#f2706b"

_STYLE = f"""
* {{ outline: none; }}
QMainWindow, QDialog {{ background: {GROUND}; }}
QWidget {{ color: {TEXT}; }}
QToolTip {{ background: {RAISED}; color: {TEXT}; border: 1px solid {LINE}; padding: 5px 8px; }}

QMenuBar {{ background: {GROUND}; padding: 3px 8px; border-bottom: 1px solid {LINE}; }}
QMenuBar::item {{ padding: 5px 10px; border-radius: 5px; color: {MUTED}; background: transparent; }}
QMenuBar::item:selected {{ background: {HOVER}; color: {TEXT}; }}
QMenu {{ background: {RAISED}; border: 1px solid {LINE}; padding: 5px; }}
QMenu::item {{ padding: 6px 26px 6px 14px; border-radius: 5px; }}
QMenu::item:selected {{ background: {HOVER}; }}
QMenu::item:disabled {{ color: {FAINT}; }}
QMenu::separator {{ height: 1px; background: {LINE}; margin: 5px 8px; }}

QPushButton {{
  background: {RAISED}; border: 1px solid {LINE}; border-radius: 7px; padding: 7px 14px; color: {TEXT};
}}
QPushButton:hover {{ background: {HOVER}; }}
QPushButton:focus {{ border-color: {ACCENT}; }}
QPushButton:disabled {{ color: {FAINT}; }}
QPushButton[kind="primary"] {{ background: {ACCENT}; border-color: {ACCENT}; color: #06201b; font-weight: 600; }}
QPushButton[kind="primary"]:hover {{ background: #63d8c1; }}
QPushButton[kind="primary"]:focus {{ border: 1px solid {TEXT}; }}
QPushButton[kind="primary"]:disabled {{ background: {RAISED}; border-color: {LINE}; color: {FAINT}; }}

QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 7px; padding: 6px; }}
QToolButton:hover {{ background: {HOVER}; }}
QToolButton:focus {{ border-color: {ACCENT}; }}
QToolButton[kind="play"] {{ background: {ACCENT}; border-radius: 19px; }}
QToolButton[kind="play"]:hover {{ background: #63d8c1; }}
QToolButton[kind="play"]:focus {{ border: 2px solid {TEXT}; }}
QToolButton[kind="play"]:disabled {{ background: {HOVER}; }}

QSlider::groove:horizontal {{ height: 4px; background: {LINE}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {ACCENT}; border-radius: 2px; }}
QSlider::handle:horizontal {{
  width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; background: {TEXT};
}}
QSlider::handle:horizontal:hover {{ background: white; }}
QSlider::handle:horizontal:focus {{ background: {ACCENT}; }}
QSlider::sub-page:horizontal:disabled {{ background: {LINE}; }}
QSlider::handle:horizontal:disabled {{ background: {FAINT}; }}

QLineEdit, QSpinBox {{
  background: {CANVAS}; border: 1px solid {LINE}; border-radius: 7px; padding: 7px 9px;
  selection-background-color: {ACCENT_DEEP};
}}
QLineEdit:focus, QSpinBox:focus {{ border-color: {ACCENT}; }}

QScrollArea {{ background: transparent; border: none; }}
QScrollArea > QWidget > QWidget {{ background: transparent; }}
QScrollBar:vertical {{ background: transparent; width: 9px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {LINE}; border-radius: 4px; min-height: 30px; }}
QScrollBar::handle:vertical:hover {{ background: {FAINT}; }}
QScrollBar::add-line:vertical, QScrollBar::sub-line:vertical {{ height: 0; }}

#stage, #empty {{ background: {CANVAS}; }}
#side {{ background: {GROUND}; border-left: 1px solid {LINE}; }}
#transport {{ background: {GROUND}; border-top: 1px solid {LINE}; }}
#status {{ background: {GROUND}; border-top: 1px solid {LINE}; }}
#status QLabel {{ color: {MUTED}; }}
#status QLabel[kind="name"] {{ color: {TEXT}; font-weight: 600; }}
QLabel[kind="section"] {{ color: {FAINT}; font-weight: 600; letter-spacing: 1px; }}
QLabel[kind="title"] {{ color: {TEXT}; font-weight: 600; }}
QLabel[kind="headline"] {{ color: {TEXT}; font-weight: 600; }}
QLabel[kind="muted"] {{ color: {MUTED}; }}
QLabel[kind="faint"] {{ color: {FAINT}; }}

QPushButton[kind="class"] {{
  background: transparent; border: 1px solid transparent; text-align: left; padding: 5px 6px; border-radius: 6px;
}}
QPushButton[kind="class"]:hover, QPushButton[kind="class"][pointed="true"] {{ background: {HOVER}; }}
QPushButton[kind="class"]:focus {{ border-color: {ACCENT}; }}
QPushButton[kind="class"]:!checked {{ color: {FAINT}; }}

#badge {{ border-radius: 9px; padding: 2px 10px; border: 1px solid {LINE}; color: {MUTED}; background: {RAISED}; }}
#badge:hover, #badge:focus {{ border-color: {ACCENT}; }}
#badge[level="warning"] {{ color: {AMBER}; border-color: {AMBER}; background: #33291a; }}

#banner {{ background: {RAISED}; border-bottom: 1px solid {LINE}; border-left: 3px solid {ACCENT}; }}
#banner[level="warning"] {{ background: #2b2417; border-left-color: {AMBER}; }}
#banner[level="error"] {{ background: #2e1b1c; border-left-color: {RED}; }}
"""


def apply_theme(application: QApplication) -> None:
    """Give `application` the palette, the font and the style sheet. Call once, before the first window."""
    application.setStyle("Fusion")
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: GROUND,
        QPalette.ColorRole.WindowText: TEXT,
        QPalette.ColorRole.Base: CANVAS,
        QPalette.ColorRole.AlternateBase: RAISED,
        QPalette.ColorRole.Text: TEXT,
        QPalette.ColorRole.Button: RAISED,
        QPalette.ColorRole.ButtonText: TEXT,
        QPalette.ColorRole.ToolTipBase: RAISED,
        QPalette.ColorRole.ToolTipText: TEXT,
        QPalette.ColorRole.PlaceholderText: FAINT,
        QPalette.ColorRole.Highlight: ACCENT_DEEP,
        QPalette.ColorRole.HighlightedText: TEXT,
        QPalette.ColorRole.Link: ACCENT,
    }
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(FAINT if "Text" in role.name else colour))
    application.setPalette(palette)
    font = application.font()
    font.setFamilies(["Inter", "Segoe UI", "SF Pro Text", "Noto Sans", "DejaVu Sans"])
    font.setPointSizeF(10.0)
    # Digits of one width, so that counters do not dance.
    font.setFeature(QFont.Tag("tnum"), 1)
    application.setFont(font)
    application.setStyleSheet(_STYLE)
