"""The style sheet: shapes and spacing of every kind of widget, in the colours of a theme."""

from string import Template

from resources import ICONS

_SHEET = Template("""
* { outline: none; }
QMainWindow, QDialog { background: $ground; }
QWidget { color: $text; }
QToolTip { background: $raised; color: $text; border: 1px solid $line; padding: 5px 8px; }

QMenuBar { background: $ground; padding: 3px 8px; border-bottom: 1px solid $line; }
QMenuBar::item { padding: 5px 10px; border-radius: 5px; color: $muted; background: transparent; }
QMenuBar::item:selected { background: $hover; color: $text; }
QMenu { background: $raised; border: 1px solid $line; padding: 5px; }
QMenu::item { padding: 6px 26px 6px 14px; border-radius: 5px; }
QMenu::item:selected { background: $hover; }
QMenu::item:disabled { color: $faint; }
QMenu::icon { padding-left: 8px; }
QMenu::separator { height: 1px; background: $line; margin: 5px 8px; }

QToolBar { background: $ground; border: none; border-bottom: 1px solid $line; padding: 3px 10px; spacing: 4px; }
QToolBar::separator { background: $line; width: 1px; margin: 7px 6px; }
QToolBar QToolButton { padding: 6px 9px; color: $muted; }
QToolBar QToolButton:hover { color: $text; }

QPushButton {
  background: $raised; border: 1px solid $edge; border-radius: 7px; padding: 7px 14px; color: $text;
}
QPushButton:hover { background: $hover; }
QPushButton:focus { border-color: $accent; }
QPushButton:disabled { color: $faint; }
QPushButton[kind="primary"] { background: $accent; border-color: $accent; color: $on_accent; font-weight: 600; }
QPushButton[kind="primary"]:hover { background: $accent_hover; }
QPushButton[kind="primary"]:focus { border: 1px solid $text; }
QPushButton[kind="primary"]:disabled { background: $raised; border-color: $edge; color: $faint; }
QPushButton[kind="danger"] { color: $red; }
QPushButton[kind="danger"]:hover { background: $red_soft; border-color: $red; }
QPushButton[kind="danger"]:disabled { color: $faint; }
QPushButton[kind="chip"] { border-radius: 11px; padding: 3px 10px; color: $muted; }
QPushButton[kind="chip"]:hover, QPushButton[kind="chip"]:checked { color: $text; border-color: $accent; }
QPushButton[kind="segment"] { border-radius: 6px; padding: 5px 10px; background: transparent; color: $muted; }
QPushButton[kind="segment"]:checked { background: $accent_soft; border-color: $accent; color: $text; }
QPushButton[kind="segment"]:hover { color: $text; }
QPushButton[kind="segment"]:disabled { background: transparent; border-color: $edge; color: $faint; }
QPushButton[kind="link"] { background: transparent; border: 1px solid transparent; color: $accent; padding: 4px 6px; }
QPushButton[kind="link"]:hover { text-decoration: underline; }
QPushButton[kind="link"]:focus { border-color: $accent; }
QPushButton[kind="class"] {
  background: transparent; border: 1px solid transparent; text-align: left; padding: 5px 6px; border-radius: 6px;
}
QPushButton[kind="class"]:hover, QPushButton[kind="class"][pointed="true"] { background: $hover; }
QPushButton[kind="class"]:focus { border-color: $accent; }
QPushButton[kind="class"]:!checked { color: $faint; }

QToolButton { background: transparent; border: 1px solid transparent; border-radius: 7px; padding: 6px; }
QToolButton:hover { background: $hover; }
QToolButton:checked { background: $accent_soft; border-color: $accent; }
QToolButton:focus { border-color: $accent; }
QToolButton:disabled { color: $faint; }
QToolButton::menu-indicator { image: none; width: 0; }
QToolButton[kind="play"] { background: $accent; border-radius: 19px; color: $on_accent; }
QToolButton[kind="play"]:hover { background: $accent_hover; }
QToolButton[kind="play"]:focus { border: 2px solid $text; }
QToolButton[kind="play"]:disabled { background: $hover; color: $faint; }

QSlider::groove:horizontal { height: 4px; background: $edge; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal {
  width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; background: $text;
}
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus { background: $accent; }
QSlider::sub-page:horizontal:disabled { background: $edge; }
QSlider::handle:horizontal:disabled { background: $faint; }

QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QPlainTextEdit, QTextEdit, QKeySequenceEdit QLineEdit {
  background: $field; border: 1px solid $edge; border-radius: 7px; padding: 6px 9px; color: $text;
  selection-background-color: $accent_soft; selection-color: $text; placeholder-text-color: $faint;
}
QAbstractSpinBox QLineEdit, QComboBox QLineEdit { background: transparent; border: none; padding: 0; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus, QTextEdit:focus {
  border-color: $accent;
}
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled { color: $faint; }
QLineEdit[state="error"] { border-color: $red; }
QLineEdit[state="warning"], QComboBox[state="warning"] { border-color: $amber; }
QComboBox { padding: 6px 7px; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox::down-arrow { image: url("$icons/sheet/chevron-$tone.svg"); width: 14px; height: 14px; }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $edge; padding: 4px; }
QSpinBox::up-button, QDoubleSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::down-button {
  border: none; background: transparent; width: 18px;
}
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow {
  image: url("$icons/sheet/chevron-up-$tone.svg"); width: 11px; height: 11px;
}
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow {
  image: url("$icons/sheet/chevron-$tone.svg"); width: 11px; height: 11px;
}

QCheckBox, QRadioButton { spacing: 8px; padding: 2px; }
QCheckBox::indicator, QRadioButton::indicator {
  width: 16px; height: 16px; border: 1px solid $edge; border-radius: 4px; background: $field;
}
QRadioButton::indicator { border-radius: 9px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover,
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border-color: $accent; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url("$icons/sheet/tick-$tone.svg"); }
QRadioButton::indicator:checked { background: $on_accent; border: 5px solid $accent; width: 8px; height: 8px; }
QCheckBox:disabled, QRadioButton:disabled { color: $faint; }

QListView, QTreeView, QTableView {
  background: $field; border: 1px solid $line; border-radius: 8px; alternate-background-color: $raised;
  selection-background-color: $accent_soft; selection-color: $text; padding: 2px; gridline-color: $line;
}
QListView[kind="plain"] { background: transparent; border: none; padding: 0; }
QListView:focus, QTreeView:focus, QTableView:focus { border-color: $accent; }
QListView::item { padding: 6px 8px; border-radius: 6px; min-height: 20px; }
QListView::item:hover, QTreeView::item:hover, QTableView::item:hover { background: $hover; }
QListView::item:selected, QTreeView::item:selected, QTableView::item:selected {
  background: $accent_soft; color: $text;
}
QTreeView::item, QTableView::item { padding: 3px 6px; min-height: 20px; }
QHeaderView { background: transparent; }
QHeaderView::section {
  background: transparent; border: none; border-bottom: 1px solid $line; padding: 6px 8px; color: $muted;
}

QTabWidget::pane { border: 1px solid $line; border-radius: 8px; }
QTabBar::tab { padding: 7px 14px; color: $muted; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QProgressBar { background: $line; border: none; border-radius: 3px; max-height: 6px; text-align: center; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }

QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget { background: transparent; }
QScrollBar:vertical { background: transparent; width: 9px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 9px; margin: 0; }
QScrollBar::handle { background: $edge; border-radius: 4px; min-height: 30px; min-width: 30px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { height: 0; width: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QDockWidget { color: $muted; font-weight: 600; }
QDockWidget::title { background: $ground; padding: 9px 12px; border-bottom: 1px solid $line; text-align: left; }
QDockWidget > QWidget { background: $ground; }
#dock-title { background: $ground; border-bottom: 1px solid $line; }
#dock-title QToolButton { padding: 5px; border-radius: 5px; }
#dock-title #fold { color: $muted; font-weight: 600; padding: 5px 8px; }
#dock-title #fold:hover { color: $text; }
QMainWindow::separator { background: $line; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: $accent; }
QSplitter::handle { background: $line; }
QGroupBox { border: 1px solid $line; border-radius: 8px; margin-top: 10px; padding: 12px; }
QGroupBox::title { subcontrol-origin: margin; left: 12px; padding: 0 4px; color: $muted; }

#stage, #empty { background: $canvas; }
#transport { background: $ground; border-top: 1px solid $line; }
#status { background: $ground; border-top: 1px solid $line; }
#status QLabel { color: $muted; }
#status QLabel[kind="name"] { color: $text; font-weight: 600; }
QFrame[kind="panel"] { background: $ground; }
QFrame[kind="toolbar"] { background: $ground; border-bottom: 1px solid $line; }
QFrame[kind="card"] { background: $raised; border: 1px solid $line; border-radius: 10px; }
QFrame[kind="line"] { background: $line; border: none; }
QLabel[kind="section"] { color: $faint; font-weight: 600; letter-spacing: 1px; }
QLabel[kind="title"] { color: $text; font-weight: 600; }
QLabel[kind="headline"] { color: $text; font-weight: 600; font-size: 15pt; }
QLabel[kind="muted"] { color: $muted; }
QLabel[kind="faint"] { color: $faint; }
QLabel[kind="accent"] { color: $accent; }
QLabel[kind="error"] { color: $red; }
QLabel[kind="warning"] { color: $amber; }
QLabel[kind="badge"] {
  color: $muted; border: 1px solid $line; border-radius: 9px; padding: 2px 9px; background: $raised;
}
QLabel[kind="badge"][level="warning"] { color: $amber; border-color: $amber; background: $amber_soft; }
QLabel[kind="badge"][level="error"] { color: $red; border-color: $red; background: $red_soft; }
QLabel[kind="badge"][level="accent"] { color: $text; border-color: $accent; background: $accent_soft; }
QLabel[kind="key"] {
  color: $text; background: $raised; border: 1px solid $line; border-bottom-width: 2px; border-radius: 5px;
  padding: 1px 7px;
}

#badge { border-radius: 9px; padding: 2px 10px; border: 1px solid $edge; color: $muted; background: $raised; }
#badge:hover, #badge:focus { border-color: $accent; }
#badge[level="warning"] { color: $amber; border-color: $amber; background: $amber_soft; }

#banner { background: $raised; border-bottom: 1px solid $line; border-left: 3px solid $accent; }
#banner[level="warning"] { background: $amber_soft; border-left-color: $amber; }
#banner[level="error"] { background: $red_soft; border-left-color: $red; }
""")


def style_sheet(colours: dict[str, str], *, light: bool) -> str:
    """The style sheet in `colours` (of `app.style.theme.Colours`, by name)."""
    field = colours["raised"] if light else colours["canvas"]
    tone = "light" if light else "dark"
    return _SHEET.substitute(colours, field=field, tone=tone, icons=ICONS.as_posix())
