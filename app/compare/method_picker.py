"""Chooses a method: a model, what is around it, and the one setting of that."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QVBoxLayout, QWidget

from app.compare.naming import method_name
from app.views.choice import Choice
from engine.methods import WRAPPERS, MethodSpec, Option, parse_method, remedies

_PAUSE_MS = 250
"""A drag is still under way while its values follow one another faster than this."""
_LEAST_CHOICE = 76  # pixels
_STEP = 0.01  # of a setting that is no whole number
_AS_IT_IS = "As it is"


class MethodPicker(QWidget):
    """Shows a method and lets one choose another. What is inside a wrapper may be any method; it is kept as written.

    GUI thread only.
    """

    chosen = Signal(object)
    """A method as text, or None for none; while the slider is dragged, only where it rests."""

    def __init__(self, slot: str, *, allow_none: bool = False, parent: QWidget | None = None) -> None:
        """slot: "A" or "B", for screen readers. allow_none: the slot can be empty."""
        super().__init__(parent)
        self._slot = slot
        self._allow_none = allow_none
        self._names: tuple[str, ...] = ()
        self._inner: str | None = None
        self._wrapper: str | None = None
        self._places = [None, *remedies()]
        self._values = {name: kind.option.default for name, kind in WRAPPERS.items() if kind.option is not None}
        self._told: str | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._tell)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self.model_choice = Choice()
        self.model_choice.setAccessibleName(f"Model of slot {slot}")
        self.model_choice.activated.connect(self._on_model)
        self.around_choice = Choice()
        self.around_choice.setAccessibleName(f"What is around the model of slot {slot}")
        for place, wrapper in enumerate(self._places):
            self.around_choice.addItem(_AS_IT_IS if wrapper is None else WRAPPERS[wrapper].label)
            self.around_choice.setItemData(place, _tip(wrapper), Qt.ItemDataRole.ToolTipRole)
        for choice in (self.model_choice, self.around_choice):
            choice.setMinimumWidth(_LEAST_CHOICE)
        self.around_choice.activated.connect(self._on_around)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.model_choice, 3)
        row.addWidget(self.around_choice, 2)
        column.addLayout(row)
        column.addWidget(self._make_setting())
        self._show()

    def _make_setting(self) -> QWidget:
        self._setting = QWidget()
        row = QHBoxLayout(self._setting)
        row.setContentsMargins(2, 0, 0, 0)
        row.setSpacing(8)
        self._label = QLabel()
        self._label.setProperty("kind", "muted")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.slider.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.slider.setMinimumWidth(60)
        self.slider.valueChanged.connect(self._on_slider)
        self.slider.sliderReleased.connect(self._on_released)
        self.number = QLabel()
        self.number.setProperty("kind", "muted")
        self.number.setMinimumWidth(self.fontMetrics().horizontalAdvance("0.00") + 2)
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._label)
        row.addWidget(self.slider, 1)
        row.addWidget(self.number)
        return self._setting

    # ---- what is shown

    def set_models(self, names: Sequence[str]) -> None:
        """The models to choose from. What is shown stays."""
        self._names = tuple(names)
        self._show()

    def set_method(self, text: str | None) -> None:
        """Show this method; it counts as known, so nothing is emitted. None: the slot is empty.

        Raises UnknownNameError for a text that is no method.
        """
        spec = None if text is None else parse_method(text)
        self._told = None if spec is None else str(spec)
        # Whoever drags the slider is ahead of what they hear of their last choice.
        if not self._timer.isActive() and not self.slider.isSliderDown():
            self._take(spec)

    @property
    def tab_stops(self) -> tuple[QWidget, ...]:
        """What Tab stops at, in order."""
        return self.model_choice, self.around_choice, self.slider

    @property
    def method(self) -> str | None:
        """The method that is shown, as text; None for none."""
        if self._inner is None:
            return None
        inner = parse_method(self._inner)
        if self._wrapper is None:
            return str(inner)
        return str(MethodSpec(inner.model, self._wrapper, inner, self._values.get(self._wrapper)))

    def _take(self, spec: MethodSpec | None) -> None:
        self._wrapper = None
        self._inner = None if spec is None else str(spec)
        if spec is not None and spec.wrapper is not None and spec.wrapper in self._places and spec.inner is not None:
            self._wrapper, self._inner = spec.wrapper, str(spec.inner)
            if spec.value is not None:
                self._values[spec.wrapper] = spec.value
        self._show()

    def _show(self) -> None:
        items = [*(["Off"] if self._allow_none else []), *self._names]
        if self._inner is not None and self._inner not in self._names:
            items.append(self._inner)
        self.model_choice.clear()
        for place, item in enumerate(items):
            self.model_choice.addItem(method_name(item), item)
            self.model_choice.setItemData(place, item, Qt.ItemDataRole.ToolTipRole)
        if self._inner is not None:
            # From the end: a model may be called Off.
            self.model_choice.setCurrentIndex(len(items) - 1 - items[::-1].index(self._inner))
        else:
            self.model_choice.setCurrentIndex(0 if self._allow_none else -1)
        self.around_choice.setVisible(self._inner is not None or not self._allow_none)
        self.around_choice.setEnabled(self._inner is not None)
        self.around_choice.setCurrentIndex(self._places.index(self._wrapper))
        self.around_choice.setToolTip(_tip(self._wrapper))
        self._show_setting()

    def _show_setting(self) -> None:
        option = _option(self._wrapper)
        self._setting.setVisible(option is not None)
        if option is None or self._wrapper is None:
            return
        value = self._values[self._wrapper]
        self._setting.setToolTip(f"{option.name}, from {option.low:g} to {option.high:g}. {_tip(self._wrapper)}.")
        self._label.setText(option.label)
        step = _step(option)
        with QSignalBlocker(self.slider):
            self.slider.setRange(round(option.low / step), round(option.high / step))
            self.slider.setPageStep(5)
            self.slider.setValue(round(value / step))
        self.slider.setAccessibleName(f"{option.label} ({option.name}) of slot {self._slot}")
        self._show_number(option, value)

    def _show_number(self, option: Option, value: float) -> None:
        self.number.setText(f"{value:.0f}" if option.whole else f"{value:.2f}")

    # ---- what a person does

    def _on_model(self, index: int) -> None:
        none = self._allow_none and index == 0
        self._inner = None if none else str(self.model_choice.itemData(index))
        if none:
            self._wrapper = None
        self._show()
        self._tell()

    def _on_around(self, index: int) -> None:
        self._wrapper = self._places[index]
        self._show()
        self._tell()

    def _on_slider(self, position: int) -> None:
        option = _option(self._wrapper)
        if option is None or self._wrapper is None:
            return
        self._values[self._wrapper] = round(position * _step(option), 6)
        self._show_number(option, self._values[self._wrapper])
        self._timer.start()

    def _on_released(self) -> None:
        if self._timer.isActive():
            self._tell()
        elif self._told != self.method:
            # Another method was shown while the slider was held.
            self._take(None if self._told is None else parse_method(self._told))

    def _tell(self) -> None:
        self._timer.stop()
        method = self.method
        if method != self._told:
            self._told = method
            self.chosen.emit(method)


def _option(wrapper: str | None) -> Option | None:
    return None if wrapper is None else WRAPPERS[wrapper].option


def _tip(wrapper: str | None) -> str:
    """What it does to a model, after its name as it is written."""
    return "Every frame by itself" if wrapper is None else f"{wrapper}: {WRAPPERS[wrapper].help}"


def _step(option: Option) -> float:
    return 1 if option.whole else _STEP
