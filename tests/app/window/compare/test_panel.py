"""The dock as a whole: what it asks for, what it shows, how small it may be."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QSlider, QWidget
from pytestqt.qtbot import QtBot

from app.compare.panel import ComparePanel
from engine.measures import Interval
from tests.app.window.compare.conftest import SMOOTHED, summary

Show = Callable[[ComparePanel, int, int], ComparePanel]
MODES = {
    "Single": "single",
    "Side by side": "side",
    "Wipe": "wipe",
    "Difference": "difference",
    "Flicker map": "flicker",
}


@pytest.fixture
def panel(show: Show) -> ComparePanel:
    panel = ComparePanel()
    for picker in (panel.a, panel.b):
        picker.set_models(["street", "other"])
    panel.a.set_method("street")
    return show(panel, 300, 800)


def button(panel: ComparePanel, name: str) -> QAbstractButton:
    return next(each for each in panel.findChildren(QAbstractButton) if each.accessibleName() == name)


def texts(panel: ComparePanel) -> list[str]:
    return [label.text() for label in panel.findChildren(QLabel) if label.isVisible() and label.text()]


@pytest.mark.parametrize(("name", "mode"), MODES.items())
def test_modes_are_asked_for_and_shown(panel: ComparePanel, qtbot: QtBot, name: str, mode: str) -> None:
    with qtbot.waitSignal(panel.mode_chosen) as heard:
        button(panel, name).click()
    assert heard.args == [mode]
    assert name in texts(panel)
    panel.set_mode("single")
    with qtbot.assertNotEmitted(panel.mode_chosen):
        panel.set_mode(mode)
    assert [each for each in MODES if button(panel, each).isChecked()] == [name]


def test_methods_are_asked_for(panel: ComparePanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.a_chosen) as heard:
        panel.a.model_choice.activated.emit(1)
    assert heard.args == ["other"]
    with qtbot.waitSignal(panel.b_chosen) as heard:
        panel.b.model_choice.activated.emit(1)
    assert heard.args == ["street"]
    with qtbot.waitSignal(panel.b_chosen) as heard:
        panel.b.model_choice.activated.emit(0)
    assert heard.args == [None]
    with qtbot.waitSignal(panel.swap_asked):
        button(panel, "Swap A and B").click()
    with qtbot.waitSignal(panel.steady_asked):
        button(panel, "Make A steady").click()


def test_what_makes_a_steady_takes_no_height_and_goes(panel: ComparePanel, qtbot: QtBot) -> None:
    before = panel.wanted_height
    assert panel.steady_button.isVisible()
    panel.offer_steadying(False)
    qtbot.wait(20)
    assert not panel.steady_button.isVisible()
    assert panel.wanted_height == before


def test_the_analysis_is_told_and_can_be_paused(panel: ComparePanel, qtbot: QtBot) -> None:
    assert not panel.pause_button.isVisible()
    panel.set_analysis(0.427, False)
    assert {"Measuring the whole clip:", "42 %"} <= set(texts(panel))
    with qtbot.waitSignal(panel.analysis_toggled) as heard:
        button(panel, "Pause measuring the whole clip").click()
    assert heard.args == [False]
    panel.set_analysis(0.427, True)
    assert {"Measuring paused at", "42 %"} <= set(texts(panel))
    with qtbot.waitSignal(panel.analysis_toggled) as heard:
        button(panel, "Go on measuring the whole clip").click()
    assert heard.args == [True]
    panel.set_analysis(0.9999, False)
    assert "99 %" in texts(panel)
    panel.set_analysis(1.0, False)
    assert "The whole clip is measured" in texts(panel)
    assert not panel.pause_button.isVisible()


@pytest.mark.parametrize("width", [292, 300, 360])
@pytest.mark.parametrize("height", [200, 900])
def test_nothing_reaches_beyond_the_dock(panel: ComparePanel, qtbot: QtBot, width: int, height: int) -> None:
    panel.b.set_method("median(ema(a-model-with-a-very-long-name, alpha=0.5), n=7)")
    panel.readout.show_summary(summary(b=SMOOTHED, flicker=Interval(-0.02, -0.01)), "frames 1,001–1,241 of the clip")
    panel.set_analysis(0.42, False)
    panel.resize(width, height)
    qtbot.wait(30)
    assert panel.width() == width
    edge = panel.area.viewport().width()
    for widget in panel.area.viewport().findChildren(QWidget):
        if widget.isVisible():
            assert widget.mapTo(panel.area.viewport(), QPoint(widget.width(), 0)).x() <= edge, widget
    assert not panel.area.horizontalScrollBar().isVisible()
    assert panel.area.verticalScrollBar().isVisible() == (height == 200)


def test_everything_is_reached_by_the_keyboard_and_has_a_name(panel: ComparePanel) -> None:
    panel.b.set_method("ema(street, alpha=0.7)")
    panel.set_analysis(0.4, False)
    controls = [
        widget
        for widget in panel.findChildren(QWidget)
        if isinstance(widget, QAbstractButton | QComboBox | QSlider) and widget.isVisible()
    ]
    assert len(controls) == 13
    for control in controls:
        assert control.accessibleName()
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus
