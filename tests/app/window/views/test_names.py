"""Names that do not fit: they keep their beginning, what tells them apart stays, and the tool tip has the whole."""

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from app.compare.panel import ComparePanel
from app.curves.bar import SlotName
from app.views.choice import Choice
from app.views.elided import Elided, cut_name
from app.views.pills import Pill, Said

NAME, OTHER = "street-consistent", "street-consistent-mine"


def tip_at(widget: QWidget, place: QPoint) -> str:
    """What the tool tip says there."""
    QToolTip.hideText()
    QApplication.sendEvent(widget, QHelpEvent(QEvent.Type.ToolTip, place, widget.mapToGlobal(place)))
    return QToolTip.text()


@pytest.fixture
def widget(no_qt_left: None, qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


def test_a_name_keeps_its_beginning(widget: QWidget) -> None:
    metrics = widget.fontMetrics()
    room = metrics.horizontalAdvance("street-consi…") + 2
    assert cut_name(metrics, NAME, room) == "street-consi…"
    assert cut_name(metrics, NAME, room, ("street", "street-large")) == "street-consi…"
    assert cut_name(metrics, NAME, 500, (OTHER,)) == NAME


def test_names_that_begin_alike_keep_what_tells_them_apart(widget: QWidget) -> None:
    metrics = widget.fontMetrics()
    room = metrics.horizontalAdvance("street-consi…")
    cut, other = cut_name(metrics, NAME, room, (OTHER,)), cut_name(metrics, OTHER, room, (NAME,))
    assert cut != other
    assert cut.startswith("street-")
    assert cut.endswith("…ent")
    assert other.endswith("…ine")
    for text in (cut, other):
        assert metrics.horizontalAdvance(text) <= room


def test_the_compare_panel_tells_its_models_apart(no_qt_left: None, qtbot: QtBot) -> None:
    panel = ComparePanel()
    qtbot.addWidget(panel)
    panel.a.set_models(["street", NAME, "street-large"])
    panel.a.set_method(NAME)
    panel.resize(panel.minimumWidth(), 600)
    panel.show()
    assert panel.a.model_choice.shown.startswith("street-consi")
    assert tip_at(panel.a.model_choice, QPoint(5, 5)).startswith(NAME)


def test_a_pill_has_its_whole_name_in_the_tip(no_qt_left: None, qtbot: QtBot) -> None:
    pill = Pill()
    qtbot.addWidget(pill)
    pill.say(Said(NAME, "A", "#ffffff", beside=OTHER))
    pill.resize(pill.sizeHint())
    assert (pill.shown, pill.hidden_text) == (NAME, "")
    pill.resize(120, pill.height())
    assert pill.shown.startswith("street-")
    assert pill.shown.endswith("…ent")
    assert pill.hidden_text == f"A {NAME}"


def test_the_names_over_the_curves(no_qt_left: None, qtbot: QtBot) -> None:
    a, b = SlotName(0), SlotName(1)
    for name, method, beside in ((a, NAME, OTHER), (b, OTHER, NAME)):
        qtbot.addWidget(name)
        name.show_name(method, beside)
        name.resize(130, 24)
        assert method in name.toolTip()
    assert a.shown.startswith("street-")
    assert a.shown != b.shown


def test_a_label_that_is_cut_tells_all_and_one_that_is_not_tells_nothing(no_qt_left: None, qtbot: QtBot) -> None:
    label = Elided(Qt.TextElideMode.ElideRight, NAME)
    qtbot.addWidget(label)
    label.resize(60, 20)
    label.show()
    assert tip_at(label, QPoint(2, 2)) == NAME
    label.resize(400, 20)
    qtbot.waitUntil(lambda: tip_at(label, QPoint(2, 2)) == "")


def test_a_choice_cuts_no_name_that_fits(no_qt_left: None, qtbot: QtBot) -> None:
    choice = Choice()
    qtbot.addWidget(choice)
    choice.addItems([NAME, OTHER])
    choice.resize(400, 30)
    assert choice.shown == NAME
