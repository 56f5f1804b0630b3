"""The real window at the sizes that people have: what must be seen is seen, what is folded stays folded."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QAbstractScrollArea, QMenuBar, QToolBar, QWidget
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from engine.live.summary import SlotSummary, SpanSummary
from tests.app.window.conftest import MakeWindow
from tests.app.window.fakes import fakes
from tests.app.window.hands import until
from tests.engine.fakes import FakeSource

SIZES = [(900, 600), (1440, 900), (1920, 1080)]
HOLD = "hold(fake, n=3)"


def opened(make_window: MakeWindow, qtbot: QtBot, size: tuple[int, int]) -> MainWindow:
    window = make_window("x", open_source=fakes(FakeSource(500)))
    window.resize(*size)
    until(qtbot, lambda: window.controller.playhead.position is not None and window.classes.model.names)
    window.controller.playhead.pause()
    settle(qtbot)
    return window


def settle(qtbot: QtBot) -> None:
    """What is laid out anew is laid out when the events at hand are done."""
    for _ in range(5):
        qtbot.wait(10)


def in_window(window: MainWindow, widget: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def seen_of(window: MainWindow, widget: QWidget) -> QRect:
    """The part of a widget that nothing cuts off."""
    seen, parent = in_window(window, widget), widget.parentWidget()
    while parent is not None:
        seen &= in_window(window, parent)
        if parent is window:
            return seen
        parent = parent.parentWidget()
    raise AssertionError("it is not in the window")


def is_whole(window: MainWindow, widget: QWidget) -> bool:
    return widget.isVisible() and seen_of(window, widget) == in_window(window, widget)


def compared(window: MainWindow, qtbot: QtBot) -> None:
    """A readout with the longest sentence there is, and all of the table."""
    window.controller.b.use(HOLD)
    window.comparing.set_mode("side")
    measuring = window.measuring
    until(qtbot, lambda: measuring.track is not None and measuring.track.name(1) == HOLD)
    measuring._timer.stop()
    # What was asked for before is drawn over the readout whenever it is done.
    until(qtbot, lambda: not measuring._drawing)
    a = SlotSummary("fake", 89, 0.0912, 71.23, latency_p50=48.2, latency_max=149.0, lag=None, agreement=None)
    b = SlotSummary(HOLD, 89, 0.0441, 81.9, latency_p50=92.1, latency_max=1361.5, lag=12.8, agreement=67.6)
    window.compare_panel.readout.show_summary(SpanSummary(0, 89, a, b, {}, complete=False), "Whole clip")
    settle(qtbot)


@pytest.mark.parametrize("size", SIZES)
def test_all_classes_are_seen_at_the_first_start(make_window: MakeWindow, qtbot: QtBot, size: tuple[int, int]) -> None:
    window = opened(make_window, qtbot, size)
    assert (window.width(), window.height()) == size
    assert len(window.classes.model.names) == 11
    rows = window.classes.list
    assert is_whole(window, rows)
    assert rows.visualRect(rows.model().index(10, 0)).bottom() < rows.height()


@pytest.mark.parametrize("size", SIZES)
def test_the_sentence_is_never_cut(make_window: MakeWindow, qtbot: QtBot, size: tuple[int, int]) -> None:
    window = opened(make_window, qtbot, size)
    if window.docks["Compare"].folded:
        window.docks["Compare"].fold_button.click()
    compared(window, qtbot)
    sentence = window.compare_panel.readout.sentence
    assert "trails" in sentence.text()
    assert "takes" in sentence.text()
    assert is_whole(window, sentence)
    assert sentence.height() >= sentence.heightForWidth(sentence.width())


@pytest.mark.parametrize("size", SIZES[1:])
def test_classes_and_sentence_are_seen_together(make_window: MakeWindow, qtbot: QtBot, size: tuple[int, int]) -> None:
    window = opened(make_window, qtbot, size)
    compared(window, qtbot)
    assert is_whole(window, window.classes.list)
    assert is_whole(window, window.compare_panel.readout.sentence)
    assert not window.docks["Curves"].folded


@pytest.mark.parametrize("size", SIZES)
def test_titles_of_curves_do_not_overprint(make_window: MakeWindow, qtbot: QtBot, size: tuple[int, int]) -> None:
    window = opened(make_window, qtbot, size)
    if window.docks["Curves"].folded:
        window.docks["Curves"].fold_button.click()
    compared(window, qtbot)
    for measure in window.curves.plots.shown:
        plot = window.curves.plots.plots[measure]
        plot.heading.show_values(("88.31", "1361.5"))
        parts = plot.heading.places()
        assert plot.heading.size().width() > 100
        assert all(one.left + one.width <= other.left + 1e-6 for one, other in pairwise(parts))


def test_a_low_window_leaves_the_picture_its_room(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window, qtbot, (900, 600))
    assert set(window.docks.folded) == {"Compare", "Model", "Curves"}
    assert window.stage.height() > 300
    window.resize(1440, 900)
    settle(qtbot)
    assert window.docks.folded == ("Model",)


def test_what_is_unfolded_is_made_room_for_and_given_back(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window, qtbot, (900, 600))
    window.docks["Compare"].fold_button.click()
    settle(qtbot)
    assert set(window.docks.folded) == {"Classes", "Model", "Curves"}
    assert window.docks["Compare"].height() > 350
    window.resize(1440, 900)
    settle(qtbot)
    assert set(window.docks.folded) == {"Model", "Curves"}, "what a person folded or not stays, what made room is back"


@pytest.mark.parametrize("size", SIZES)
def test_each_panel_scrolls_as_one(make_window: MakeWindow, qtbot: QtBot, size: tuple[int, int]) -> None:
    window = opened(make_window, qtbot, size)
    compared(window, qtbot)
    for panel in (window.compare_panel, window.classes, window.model_panel):
        inside = [each for each in panel.findChildren(QAbstractScrollArea) if each.isVisibleTo(panel)]
        bars = [area.verticalScrollBar() for area in inside]
        assert sum(bar.maximum() > 0 for bar in bars) <= 1
        assert all(area.horizontalScrollBar().maximum() == 0 for area in inside)


def test_the_keyboard_scrolls_to_the_class_that_it_comes_to(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window, qtbot, (900, 600))
    window.docks["Model"].fold_button.click()
    window.docks["Classes"].fold_button.click()
    window.docks["Compare"].fold_button.click()
    window.docks["Compare"].set_folded(False)
    window.docks["Classes"].set_folded(False)
    settle(qtbot)
    rows = window.classes.list
    assert not is_whole(window, rows)
    window.activateWindow()
    rows.setFocus(Qt.FocusReason.TabFocusReason)
    for _ in range(10):
        qtbot.keyClick(rows, Qt.Key.Key_Down)
    last = rows.visualRect(rows.currentIndex())
    assert rows.currentIndex().row() == 10
    assert seen_of(window, rows).bottom() >= in_window(window, rows).top() + last.bottom()


def test_a_panel_is_folded_to_its_title_and_unfolded(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window, qtbot, (1440, 900))
    dock = window.docks["Classes"]
    qtbot.mouseClick(dock.fold_button, Qt.MouseButton.LeftButton)
    settle(qtbot)
    assert dock.folded
    assert not window.classes.isVisible()
    assert dock.height() == dock.title_height
    assert dock.fold_button.width() < dock.titleBarWidget().width() == dock.width()
    window.actions_["dock-classes"].trigger()
    settle(qtbot)
    assert not dock.folded
    assert is_whole(window, window.classes.list)
    window.actions_["dock-classes"].trigger()
    assert dock.isHidden()


def test_folded_panels_stay_folded_at_the_next_start(make_window: MakeWindow, qtbot: QtBot, home: Path) -> None:
    window = opened(make_window, qtbot, (1440, 900))
    window.docks["Compare"].fold_button.click()
    window.docks["Model"].fold_button.click()
    settle(qtbot)
    window.close()
    until(qtbot, lambda: json.loads((home / "settings.json").read_text())["folded"] == ["Compare"])
    again = opened(make_window, qtbot, (1440, 900))
    assert again.docks.folded == ("Compare",)
    again.docks.reset()
    settle(qtbot)
    assert again.docks.folded == ("Model",)


def test_a_window_that_nobody_arranged_is_arranged_anew(make_window: MakeWindow, qtbot: QtBot, home: Path) -> None:
    window = opened(make_window, qtbot, (900, 600))
    window.close()
    until(qtbot, lambda: (home / "settings.json").is_file())
    assert json.loads((home / "settings.json").read_text())["layout"] == ""
    assert opened(make_window, qtbot, (1440, 900)).docks.folded == ("Model",)


def test_a_line_that_was_dragged_stays(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window, qtbot, (1440, 900))
    compare = window.docks["Compare"]
    line = QPoint(compare.x() + 100, compare.geometry().bottom() + 1)
    before = compare.height()
    left = Qt.MouseButton.LeftButton
    qtbot.mousePress(window, left, pos=line)
    qtbot.mouseMove(window, line - QPoint(0, 40))
    qtbot.mouseMove(window, line - QPoint(0, 80))
    settle(qtbot)
    qtbot.mouseRelease(window, left, pos=line - QPoint(0, 80))
    settle(qtbot)
    dragged = compare.height()
    assert dragged < before - 40
    compared(window, qtbot)
    assert compare.height() == dragged


@pytest.mark.parametrize("key", [Qt.Key.Key_F11, Qt.Key.Key_Escape])
def test_the_picture_alone_and_everything_again(make_window: MakeWindow, qtbot: QtBot, key: Qt.Key) -> None:
    window = opened(make_window, qtbot, (1440, 900))
    window.docks["Compare"].fold_button.click()
    window.docks["Curves"].hide()
    settle(qtbot)
    before = {each: in_window(window, each) for each in shown(window)}
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_F11)
    settle(qtbot)
    assert window.isFullScreen()
    assert shown(window) == [window.stage]
    assert window.stage.geometry() == window.centralWidget().rect()
    assert window.centralWidget().rect().size() == window.size()
    assert window.actions_["full-screen"].isChecked()
    qtbot.keyClick(window, Qt.Key.Key_Right)
    until(qtbot, lambda: not window.controller.playhead.playing)
    qtbot.keyClick(window, key)
    settle(qtbot)
    assert not window.isFullScreen()
    assert shown(window) == list(before)
    # To a pixel or two: room is shared out in whole ones.
    assert all(near(in_window(window, each), place) for each, place in before.items())
    assert not window.actions_["full-screen"].isChecked()
    assert window.docks.folded == ("Compare", "Model")


def test_closed_with_the_picture_alone_everything_is_there_next_time(
    make_window: MakeWindow, qtbot: QtBot, home: Path
) -> None:
    window = opened(make_window, qtbot, (1440, 900))
    window.actions_["full-screen"].trigger()
    settle(qtbot)
    window.close()
    until(qtbot, lambda: (home / "settings.json").is_file())
    again = opened(make_window, qtbot, (1440, 900))
    assert not again.isFullScreen()
    assert again.transport in shown(again)
    assert again.docks["Classes"] in shown(again)


def shown(window: MainWindow) -> list[QWidget]:
    """What of the window's parts can be seen."""
    docks = [window.docks[title] for title in window.docks.titles]
    bars = [*window.findChildren(QMenuBar), window.findChild(QToolBar, "tools")]
    parts = [*bars, window.stage, window.banners, window.transport, window.status_line, *docks]
    return [part for part in parts if part.isVisible()]


def near(one: QRect, other: QRect) -> bool:
    return all(abs(a - b) <= 2 for a, b in zip(one.getRect(), other.getRect(), strict=True))
