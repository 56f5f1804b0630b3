"""The curves dock: drawn live, zoomed, clicked, pinned, by pointer and by keys."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.curves.panel import CurvesPanel
from app.curves.plot import Plot
from app.style.theme import apply_theme, colours
from engine.live.counts import Measure
from engine.live.track import MeasureTrack
from engine.models.classes import bundled_class_set
from tests.app.window.conftest import LONG_MS
from tests.app.window.curves.tracks import PIXELS, RATE, LongTrack, add, small_track

LEFT, NONE, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
Drawn = Callable[[], None]


def open_track(panel: CurvesPanel, track: MeasureTrack, frames: int, *, live: bool = False) -> None:
    panel.set_clip(track, rate=RATE, live=live, frame_count=None if live else frames)


def place(panel: CurvesPanel, x: float, measure: Measure = "flicker") -> QPoint:
    """Where x stands in a plot, in pixels of the plots."""
    plot: Plot = panel.plots.plots[measure]
    middle = sum(plot.area.viewRange()[1]) / 2
    return panel.plots.mapFromScene(plot.area.mapToScene(plot.area.mapFromView(QPointF(x, middle))))


def press_at(panel: CurvesPanel, qtbot: QtBot, x: float) -> None:
    qtbot.mouseMove(panel.plots.viewport(), place(panel, x))
    qtbot.mouseClick(panel.plots.viewport(), LEFT, pos=place(panel, x))


def drag(panel: CurvesPanel, qtbot: QtBot, begin: float, end: float, modifier: Qt.KeyboardModifier = NONE) -> None:
    view, first, last = panel.plots.viewport(), place(panel, begin), place(panel, end)
    qtbot.mouseMove(view, first)
    qtbot.mousePress(view, LEFT, modifier, first)
    for share in (0.3, 0.6, 1.0):
        point = first + (last - first) * share
        # What is dragged moves under the pointer, which stays where it is on the screen.
        _move(panel, point, modifier)
    qtbot.mouseRelease(view, LEFT, modifier, last)


def _move(panel: CurvesPanel, point: QPoint, modifier: Qt.KeyboardModifier) -> None:
    view = panel.plots.viewport()
    event = QMouseEvent(QEvent.Type.MouseMove, QPointF(point), QPointF(view.mapToGlobal(point)), LEFT, LEFT, modifier)
    QApplication.sendEvent(view, event)


def test_what_comes_in_is_drawn_by_itself(panel: CurvesPanel, drawn: Drawn, qtbot: QtBot) -> None:
    track = small_track(10)
    open_track(panel, track, 40)
    drawn()
    assert panel.bar.names[1].name == "ema(street, alpha=0.7)"
    curve = panel.plots.plots["flicker"].curves[0, False]
    assert max(curve.yData[1:]) == pytest.approx(100 * 9 / PIXELS)
    add(track, 10)
    drawn()
    assert max(curve.yData[1:]) == pytest.approx(100 * 10 / PIXELS)


def test_nothing_is_read_while_nothing_is_new_or_while_it_is_hidden(
    panel: CurvesPanel, drawn: Drawn, qtbot: QtBot
) -> None:
    track = small_track(10)
    open_track(panel, track, 40)
    drawn()
    before = panel.snapshot
    panel.refresh()
    qtbot.wait(300)
    assert panel.snapshot is before
    panel.hide()
    add(track, 10)
    qtbot.wait(300)
    assert panel.snapshot is before
    panel.show()
    drawn()
    assert panel.snapshot is not before


def test_before_anything_is_measured_it_says_what_to_do(panel: CurvesPanel, drawn: Drawn) -> None:
    assert "Open a clip" in panel.hint.text()
    assert not panel.bar.isEnabled()
    track = small_track(0)
    open_track(panel, track, 40)
    assert "play the clip" in panel.hint.text()
    assert panel.hint.isVisible()
    add(track, 0)
    drawn()
    assert panel.plots.isVisible()
    panel.set_clip(None, rate=None, live=False, frame_count=None)
    assert panel.hint.isVisible()
    assert panel.span is None
    assert not panel.bar.names[0].isVisible()


def test_a_click_seeks_to_the_frame_there(panel: CurvesPanel, drawn: Drawn, qtbot: QtBot) -> None:
    open_track(panel, small_track(100), 100)
    drawn()
    asked: list[int] = []
    panel.seek_asked.connect(asked.append)
    for plot in ("flicker", "tc", "inference_ms"):
        qtbot.mouseClick(panel.plots.viewport(), LEFT, pos=place(panel, 4.2, plot))
    assert asked == [42, 42, 42]


def test_a_live_source_is_not_seeked(panel: CurvesPanel, drawn: Drawn, qtbot: QtBot) -> None:
    open_track(panel, small_track(100), 100, live=True)
    drawn()
    asked: list[int] = []
    panel.seek_asked.connect(asked.append)
    press_at(panel, qtbot, 4.2)
    assert asked == []


def test_the_pointer_shows_the_values_of_the_nearest_frame(panel: CurvesPanel, drawn: Drawn, qtbot: QtBot) -> None:
    open_track(panel, small_track(100), 100)
    drawn()
    panel.show_position(64)
    heading = panel.plots.plots["flicker"].heading
    qtbot.waitUntil(lambda: heading.values == ("50.00", "25.00"), timeout=LONG_MS)
    qtbot.mouseMove(panel.plots.viewport(), place(panel, 3.21))
    qtbot.waitUntil(lambda: heading.values == ("25.00", "12.50"), timeout=LONG_MS)
    assert panel.plots.pointed_text == "0:03.2 · Frame 32"
    assert panel.plots.plots["inference_ms"].heading.values == ("5.0", "8.0")
    assert [dot.isVisible() for dot in panel.plots.plots["tc"].dots] == [True, True]
    QApplication.sendEvent(panel.plots, QEvent(QEvent.Type.Leave))
    assert heading.values == ("50.00", "25.00")
    assert panel.plots.pointed_text == ""


def test_where_nothing_was_measured_there_is_no_value(panel: CurvesPanel, drawn: Drawn, qtbot: QtBot) -> None:
    open_track(panel, small_track(20, b=False), 100)
    drawn()
    panel.show_position(60)
    heading = panel.plots.plots["flicker"].heading
    line = panel.plots.plots["flicker"].play_line
    qtbot.waitUntil(lambda: line.value() == pytest.approx(6.0), timeout=LONG_MS)
    assert heading.values == ("–", None)


def test_a_file_shows_all_of_itself_and_a_live_source_its_last_minute(
    panel: CurvesPanel, drawn: Drawn, qtbot: QtBot
) -> None:
    open_track(panel, small_track(50), 1000)
    drawn()
    assert panel.view == pytest.approx((0, 99.9))
    track = small_track(900)
    open_track(panel, track, 0, live=True)
    drawn()
    assert panel.view == pytest.approx((29.9, 89.9))
    add(track, 900)
    drawn()
    assert panel.view == pytest.approx((30.0, 90.0))
    assert panel.span is None


def test_the_wheel_zooms_around_the_pointer_and_fit_takes_it_back(
    panel: CurvesPanel, drawn: Drawn, qtbot: QtBot
) -> None:
    open_track(panel, small_track(100), 100)
    drawn()
    told: list[tuple[int, int] | None] = []
    panel.span_changed.connect(told.append)
    panel.plots.zoomed.emit(0.5, 0.0)
    assert panel.view == pytest.approx((0, 4.95))
    assert panel.span == (0, 49)
    qtbot.waitUntil(lambda: told == [(0, 49)], timeout=LONG_MS)
    panel.bar.fit_button.click()
    assert panel.view == pytest.approx((0, 9.9))
    qtbot.waitUntil(lambda: told == [(0, 49), None], timeout=LONG_MS)


def test_a_drag_pans_and_a_double_click_fits(panel: CurvesPanel, drawn: Drawn, qtbot: QtBot) -> None:
    open_track(panel, small_track(100), 100)
    drawn()
    panel.plots.zoomed.emit(0.4, 5.0)
    left, right = panel.view
    drag(panel, qtbot, 5.0, 4.0)
    assert panel.view[0] == pytest.approx(left + 1.0, abs=0.1)
    assert panel.view[1] - panel.view[0] == pytest.approx(right - left)
    qtbot.mouseDClick(panel.plots.viewport(), LEFT, pos=place(panel, 5.0))
    qtbot.mouseRelease(panel.plots.viewport(), LEFT, pos=place(panel, 5.0))
    assert panel.view == pytest.approx((0, 9.9))


def test_a_span_is_pinned_dragged_and_let_go(panel: CurvesPanel, drawn: Drawn, qtbot: QtBot) -> None:
    open_track(panel, small_track(101), 101)
    drawn()
    told: list[tuple[int, int] | None] = []
    panel.span_changed.connect(told.append)
    panel.bar.pin_button.click()
    assert panel.span == (25, 75)
    qtbot.waitUntil(lambda: told == [(25, 75)], timeout=LONG_MS)
    drag(panel, qtbot, 2.5, 4.0)
    assert panel.span is not None
    first, last = panel.span
    assert abs(first - 40) <= 1
    assert last == 75
    for plot in panel.plots.plots.values():
        assert plot.span.getRegion() == pytest.approx((first / RATE, 7.5))
    panel.plots.zoomed.emit(0.2, 1.0)
    assert panel.span == (first, last)  # what is in view matters no more
    qtbot.keyClick(panel, Qt.Key.Key_Escape)
    assert panel.pinned is None
    assert not panel.bar.pin_button.isChecked()
    assert not panel.plots.plots["tc"].span.isVisible()


def test_shift_and_drag_draws_a_span(panel: CurvesPanel, drawn: Drawn, qtbot: QtBot) -> None:
    open_track(panel, small_track(101), 101)
    drawn()
    drag(panel, qtbot, 2.0, 6.0, SHIFT)
    assert panel.pinned is not None
    assert panel.pinned == pytest.approx((20, 60), abs=1)
    assert panel.view == pytest.approx((0, 10.0))
    assert panel.bar.pin_button.isChecked()


def test_play_that_leaves_the_view_takes_it_along(panel: CurvesPanel, drawn: Drawn, qtbot: QtBot) -> None:
    open_track(panel, small_track(100), 100)
    drawn()
    panel.plots.zoomed.emit(0.2, 0.0)
    line = panel.plots.plots["flicker"].play_line
    for frame in (15, 30):
        panel.show_position(frame)
        qtbot.waitUntil(lambda x=frame / RATE: line.value() == pytest.approx(x), timeout=LONG_MS)
    left, right = panel.view
    assert left < 3.0 < right
    panel.plots.panned.emit(4.0)  # now one looks elsewhere
    elsewhere = panel.view
    panel.show_position(31)
    qtbot.waitUntil(lambda: line.value() == pytest.approx(3.1), timeout=LONG_MS)
    assert panel.view == elsewhere


def test_keys_zoom_and_move_the_plots(panel: CurvesPanel, drawn: Drawn, qtbot: QtBot) -> None:
    open_track(panel, small_track(100), 100)
    drawn()
    panel.plots.setFocus()
    qtbot.waitUntil(panel.plots.hasFocus, timeout=LONG_MS)
    qtbot.keyClick(panel.plots, Qt.Key.Key_Up)
    left, right = panel.view
    assert right - left == pytest.approx(9.9 / 1.5)
    qtbot.keyClick(panel.plots, Qt.Key.Key_PageDown)
    assert panel.view[0] > left
    qtbot.keyClick(panel.plots, Qt.Key.Key_PageUp)
    assert panel.view[0] == pytest.approx(left, abs=0.5)
    qtbot.keyClick(panel.plots, Qt.Key.Key_Down)
    assert panel.view == pytest.approx((0, 9.9))


def test_a_class_is_chosen_and_stays_chosen_by_name(panel: CurvesPanel, drawn: Drawn, qtbot: QtBot) -> None:
    open_track(panel, small_track(65), 65)
    panel.set_classes(bundled_class_set("foreground"))
    drawn()
    choice = panel.bar.class_choice
    names = bundled_class_set("foreground").names
    assert [choice.itemText(row) for row in range(choice.count())] == ["Whole frame", *names]
    panel.show_position(64)
    heading = panel.plots.plots["tc"].heading
    choice.setCurrentIndex(2)
    qtbot.waitUntil(lambda: heading.values == ("0.0", "0.0"), timeout=LONG_MS)
    panel.set_classes(bundled_class_set("foreground").model_copy(update={"name": "other"}))
    assert choice.currentText() == names[1]
    panel.set_classes(None)
    assert panel.bar.class_id is None


def test_plots_are_chosen_and_one_is_always_left(panel: CurvesPanel, drawn: Drawn, qtbot: QtBot) -> None:
    open_track(panel, small_track(20), 20)
    drawn()
    buttons = panel.bar.measure_buttons
    buttons["tc"].click()
    buttons["flicker"].click()
    buttons["inference_ms"].click()
    assert panel.plots.shown == ("inference_ms",)
    assert buttons["inference_ms"].isChecked()
    assert not panel.plots.plots["tc"].isVisible()
    buttons["tc"].click()
    assert panel.plots.shown == ("tc", "inference_ms")


def test_plots_stand_side_by_side_where_it_is_low_and_one_under_the_other_where_it_is_high(
    panel: CurvesPanel, drawn: Drawn, qtbot: QtBot
) -> None:
    open_track(panel, small_track(20), 20)
    drawn()
    first, second = panel.plots.plots["flicker"], panel.plots.plots["tc"]
    qtbot.waitUntil(lambda: second.place.left() > first.place.right(), timeout=LONG_MS)
    panel.resize(1100, 620)
    qtbot.waitUntil(lambda: second.place.top() > first.place.bottom(), timeout=LONG_MS)
    assert second.place.left() == pytest.approx(first.place.left())
    panel.resize(1100, 150)
    qtbot.waitUntil(lambda: second.place.left() > first.place.right(), timeout=LONG_MS)
    assert first.sceneBoundingRect().bottom() <= panel.plots.height()


def test_smooth_off_leaves_what_was_measured(panel: CurvesPanel, drawn: Drawn) -> None:
    open_track(panel, small_track(50), 50)
    drawn()
    curves = panel.plots.plots["flicker"].curves
    assert len(curves[0, True].getData()[0])
    panel.bar.smooth_button.click()
    assert curves[0, True].getData() == (None, None)
    assert len(curves[0, False].getData()[0])


def test_axes_begin_at_nothing_and_tc_ends_at_a_hundred(panel: CurvesPanel, drawn: Drawn) -> None:
    open_track(panel, small_track(120), 120)
    drawn()
    reach = {measure: plot.area.viewRange()[1] for measure, plot in panel.plots.plots.items()}
    assert reach["flicker"] == [0, 100]
    assert reach["tc"][1] == 100
    assert reach["inference_ms"][0] == 0
    assert reach["inference_ms"][1] > 8


def test_a_million_frames_are_painted_as_a_few_thousand_points(panel: CurvesPanel, drawn: Drawn, qtbot: QtBot) -> None:
    panel.set_clip(LongTrack(1_000_000), rate=30.0, live=False, frame_count=1_000_000)
    drawn()
    for factor in (1.0, 0.1, 0.1, 0.01):
        panel.plots.zoomed.emit(factor, 12_345.0)
        for plot in (panel.plots.plots[measure] for measure in panel.plots.shown):
            paths = [curve.getPath() for curve in plot.curves.values()]
            assert 0 < sum(path.elementCount() for path in paths) <= 6000


def test_curves_over_frames_count_from_zero(panel: CurvesPanel, drawn: Drawn, qtbot: QtBot) -> None:
    panel.set_clip(small_track(50), rate=None, live=False, frame_count=50)
    drawn()
    assert panel.view == pytest.approx((0, 49))
    qtbot.mouseMove(panel.plots.viewport(), place(panel, 20.0))
    qtbot.waitUntil(lambda: panel.plots.pointed_text == "Frame 20", timeout=LONG_MS)
    axis = panel.plots.plots["flicker"].time_axis
    ((_, values),) = axis.tickValues(0, 49, 300)
    assert all(value % 10 == 0 for value in values)
    assert axis.tickStrings(values, 1, 10)[:2] == ["0", str(round(values[1]))]


def test_the_theme_reaches_the_plots(panel: CurvesPanel, drawn: Drawn, qapp: QApplication) -> None:
    open_track(panel, small_track(20), 20)
    drawn()
    for theme in ("light", "dark"):
        apply_theme(qapp, theme)  # type: ignore[arg-type]
        picture = panel.plots.grab().toImage()
        assert picture.pixelColor(1, 1).name() == colours().ground
        pen = panel.plots.plots["tc"].play_line.pen
        assert pen.color().name() == colours().text


def test_everything_can_be_reached_and_read_aloud(panel: CurvesPanel) -> None:
    bar = panel.bar
    tools = (bar.smooth_button, bar.pin_button, bar.fit_button, bar.export_button)
    for widget in (*tools, *bar.measure_buttons.values(), bar.class_choice, panel.plots):
        assert widget.accessibleName()
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    for widget in (*tools, *bar.measure_buttons.values(), bar.class_choice):
        assert widget.toolTip()
