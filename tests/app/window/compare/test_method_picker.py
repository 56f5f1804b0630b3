"""The picker: what it shows of a method, and what it asks for."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QComboBox
from pytestqt.qtbot import QtBot

from app.compare.method_picker import MethodPicker
from engine.errors import UnknownNameError
from engine.methods import WRAPPERS, MethodSpec, Option, WrapperKind, parse_method
from engine.methods.controls import Blurred

Show = Callable[[MethodPicker, int, int], MethodPicker]
AROUND = (None, "ema", "median", "hold", "propagate")


@pytest.fixture
def picker(show: Show) -> MethodPicker:
    """For slot B, which may be empty; two models."""
    picker = MethodPicker("B", allow_none=True)
    picker.set_models(["street", "other"])
    picker.set_method("street")
    return show(picker, 210, 160)


def choose(choice: QComboBox, index: int) -> None:
    """As a person does: by the keyboard or from the list."""
    choice.setCurrentIndex(index)
    choice.activated.emit(index)


@pytest.mark.parametrize(
    ("method", "model", "around"),
    [
        ("street", "street", "As it is"),
        ("ema(street, alpha=0.35)", "street", "Smoothed"),
        ("median(other, n=7)", "other", "Majority"),
        ("hold(street, n=120)", "street", "Held"),
        ("propagate(street, every=9)", "street", "Moved along"),
        ("constant(street)", "constant(street)", "As it is"),
        ("folder/own net.onnx", "own net", "As it is"),
        ("runs/street-steady-1/student.onnx", "street-steady-1", "As it is"),
        ("median(ema(street, alpha=0.5), n=7)", "ema(street, alpha=0.5)", "Majority"),
        ("blurred(hold(street, n=4))", "blurred(hold(street, n=4))", "As it is"),
    ],
)
def test_a_method_is_shown_as_written_and_kept(picker: MethodPicker, method: str, model: str, around: str) -> None:
    picker.set_method(method)
    assert picker.model_choice.currentText() == model
    assert picker.around_choice.currentText() == around
    assert picker.method == method


def test_a_setting_finer_than_the_slider_is_kept(picker: MethodPicker) -> None:
    picker.set_method("ema(street, alpha=0.123)")
    assert picker.method == "ema(street, alpha=0.123)"


def test_no_method_at_all(picker: MethodPicker, qtbot: QtBot) -> None:
    picker.set_method(None)
    assert picker.method is None
    assert picker.model_choice.currentText() == "Off"
    assert not picker.around_choice.isVisible()
    assert not picker.slider.isVisible()
    with qtbot.waitSignal(picker.chosen) as heard:
        choose(picker.model_choice, 1)
    assert heard.args == ["street"]
    assert picker.around_choice.isVisible()
    with qtbot.waitSignal(picker.chosen) as heard:
        choose(picker.model_choice, 0)
    assert heard.args == [None]


def test_what_is_no_method_is_refused_and_changes_nothing(picker: MethodPicker) -> None:
    with pytest.raises(UnknownNameError, match="alpha=2"):
        picker.set_method("ema(street, alpha=2)")
    assert picker.method == "street"


def test_showing_asks_for_nothing(picker: MethodPicker, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(picker.chosen, wait=400):
        picker.set_method("ema(street, alpha=0.9)")
        picker.set_models(["street", "third"])
        picker.set_method(None)


def test_choosing_what_is_around_takes_its_default(picker: MethodPicker, qtbot: QtBot) -> None:
    for place, wrapper in enumerate(AROUND[1:], 1):
        with qtbot.waitSignal(picker.chosen) as heard:
            choose(picker.around_choice, place)
        spec = parse_method(heard.args[0])
        option = WRAPPERS[wrapper].option
        assert option is not None
        assert (spec.wrapper, spec.value) == (wrapper, option.default)
        step = 1 if option.whole else 0.01
        assert (picker.slider.minimum(), picker.slider.maximum()) == (
            round(option.low / step),
            round(option.high / step),
        )
    with qtbot.waitSignal(picker.chosen) as heard:
        choose(picker.around_choice, 0)
    assert heard.args == ["street"]
    assert not picker.slider.isVisible()


def test_the_slider_has_keys_and_waits_for_the_last_of_them(picker: MethodPicker, qtbot: QtBot) -> None:
    picker.set_method("ema(street, alpha=0.7)")
    told: list[str] = []
    picker.chosen.connect(told.append)
    picker.slider.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_PageUp):
        qtbot.keyClick(picker.slider, key)
    assert picker.number.text() == "0.77"
    assert told == []
    qtbot.waitUntil(lambda: bool(told), timeout=3000)
    assert told == ["ema(street, alpha=0.77)"]
    qtbot.keyClick(picker.slider, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: len(told) == 2, timeout=3000)
    assert told[1] == "ema(street, alpha=0.99)"


def test_a_drag_tells_at_once_when_it_is_let_go(picker: MethodPicker, qtbot: QtBot) -> None:
    picker.set_method("hold(street, n=3)")
    picker.slider.setSliderDown(True)
    picker.slider.setValue(9)
    with qtbot.waitSignal(picker.chosen, timeout=200) as heard:
        picker.slider.setSliderDown(False)
    assert heard.args == ["hold(street, n=9)"]


def test_the_echo_of_an_older_choice_does_not_move_the_slider(picker: MethodPicker, qtbot: QtBot) -> None:
    picker.set_method("hold(street, n=3)")
    picker.slider.setSliderDown(True)
    picker.slider.setValue(9)
    picker.set_method("hold(street, n=5)")
    assert picker.slider.value() == 9
    with qtbot.waitSignal(picker.chosen) as heard:
        picker.slider.setSliderDown(False)
    assert heard.args == ["hold(street, n=9)"]


def test_what_was_shown_while_the_slider_was_held_holds_afterwards(picker: MethodPicker, qtbot: QtBot) -> None:
    picker.set_method("hold(street, n=3)")
    picker.slider.setSliderDown(True)
    picker.set_method("other")
    with qtbot.assertNotEmitted(picker.chosen):
        picker.slider.setSliderDown(False)
    assert picker.method == "other"


def test_a_setting_is_remembered_while_another_is_tried(picker: MethodPicker) -> None:
    picker.set_method("hold(street, n=9)")
    choose(picker.around_choice, AROUND.index("ema"))
    choose(picker.around_choice, AROUND.index("hold"))
    assert picker.method == "hold(street, n=9)"


def test_the_wheel_changes_nothing(picker: MethodPicker) -> None:
    for choice in (picker.model_choice, picker.around_choice):
        before, point = choice.currentIndex(), QPointF(5, 5)
        for delta in (-120, 120):
            event = QWheelEvent(
                point,
                point,
                QPoint(),
                QPoint(0, delta),
                Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier,
                Qt.ScrollPhase.NoScrollPhase,
                False,
            )
            QApplication.sendEvent(choice, event)
            assert choice.currentIndex() == before


def test_new_models_leave_the_method(picker: MethodPicker) -> None:
    picker.set_method("ema(street, alpha=0.4)")
    picker.set_models(["third"])
    assert picker.method == "ema(street, alpha=0.4)"
    assert [picker.model_choice.itemText(i) for i in range(picker.model_choice.count())] == ["Off", "third", "street"]


def test_a_name_that_is_too_long_is_cut_and_the_field_stays_in_its_room(picker: MethodPicker) -> None:
    picker.set_method("median(ema(a-model-with-a-very-long-name, alpha=0.5), n=7)")
    assert picker.minimumSizeHint().width() <= 210
    assert picker.model_choice.width() <= 210
    picker.grab()


def test_everything_has_a_name_and_a_place_in_the_tab_order(picker: MethodPicker) -> None:
    picker.set_method("ema(street, alpha=0.7)")
    for widget in (picker.model_choice, picker.around_choice, picker.slider):
        assert widget.accessibleName()
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert "alpha" in picker.slider.accessibleName()


@pytest.mark.parametrize("option", [None, Option("by", 2, 1, 9, True, "More")])
def test_a_row_more_in_the_table_is_offered(
    monkeypatch: pytest.MonkeyPatch, show: Show, qtbot: QtBot, option: Option | None
) -> None:
    monkeypatch.setitem(WRAPPERS, "later", WrapperKind(Blurred, "adds to the class", option, label="Later"))
    picker = MethodPicker("A")
    picker.set_models(["street"])
    picker.set_method("street")
    show(picker, 210, 160)
    place = picker.around_choice.findText("Later")
    assert picker.around_choice.itemData(place, Qt.ItemDataRole.ToolTipRole) == "later: adds to the class"
    with qtbot.waitSignal(picker.chosen) as heard:
        choose(picker.around_choice, place)
    assert heard.args == ["later(street)" if option is None else "later(street, by=2)"]
    assert picker.slider.isVisible() == (option is not None)
    assert ("More" in picker.slider.accessibleName()) == (option is not None)


def _specs() -> st.SearchStrategy[MethodSpec]:
    def around(inner: st.SearchStrategy[MethodSpec]) -> st.SearchStrategy[MethodSpec]:
        def wrap(spec: MethodSpec, wrapper: str, share: float) -> MethodSpec:
            option = WRAPPERS[wrapper].option
            if option is None:
                return MethodSpec(spec.model, wrapper, spec)
            value = option.low + share * (option.high - option.low)
            return MethodSpec(spec.model, wrapper, spec, round(value) if option.whole else round(value, 3))

        return st.builds(wrap, inner, st.sampled_from(list(WRAPPERS)), st.floats(0, 1))

    return st.recursive(st.sampled_from(["street", "other", "a b.onnx", "Off"]).map(MethodSpec), around, max_leaves=4)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spec=_specs())
def test_every_method_comes_back_as_it_was_shown(picker: MethodPicker, spec: MethodSpec) -> None:
    picker.set_method(str(spec))
    assert picker.method == str(spec)
    shown = (picker.model_choice.currentText(), picker.around_choice.currentText())
    picker.set_method(picker.method)
    assert shown == (picker.model_choice.currentText(), picker.around_choice.currentText())
