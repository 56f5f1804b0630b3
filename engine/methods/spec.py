"""How a method is written: a model's name, or one of the wrappers around a method, as in `ema(street, alpha=0.7)`."""

import re
from dataclasses import dataclass
from typing import Any

from engine.errors import UnknownNameError


@dataclass(frozen=True, slots=True)
class Option:
    """A wrapper's one setting: its name, default, and lowest and highest value. whole: takes whole numbers alone."""

    name: str
    default: float
    low: float
    high: float
    whole: bool


WRAPPERS: dict[str, Option | None] = {
    "ema": Option("alpha", 0.7, 0.0, 0.99, False),
    "median": Option("n", 5, 2, 31, True),
    "hold": Option("n", 3, 2, 120, True),
    "propagate": Option("every", 5, 2, 120, True),
    "constant": None,
    "frozen": None,
    "blurred": None,
}


@dataclass(frozen=True, slots=True)
class MethodSpec:
    """A method in its parts. wrapper: None for a model. inner: what is wrapped, or None. value: of the option."""

    model: str
    wrapper: str | None = None
    inner: "MethodSpec | None" = None
    value: float | None = None

    def __str__(self) -> str:
        if self.wrapper is None:
            return self.model
        option = WRAPPERS[self.wrapper]
        setting = "" if option is None or self.value is None else f", {option.name}={self.value:g}"
        return f"{self.wrapper}({self.inner}{setting})"


def parse_method(text: str) -> MethodSpec:
    """Read a method: `street`, `net.onnx`, `ema(street)`, `median(ema(street, alpha=0.5), n=7)`.

    Raises UnknownNameError for a wrapper's option that is not its own or out of its range, and for an empty name.
    """
    text = text.strip()
    found = re.fullmatch(rf"({'|'.join(WRAPPERS)})\s*\((.*)\)", text, re.DOTALL)
    if found is None:
        if not text:
            raise UnknownNameError("a method is a model's name, or a wrapper such as ema(street, alpha=0.7)")
        return MethodSpec(text)
    wrapper, inside = found.groups()
    option = WRAPPERS[wrapper]
    value = option.default if option else None
    head, comma, tail = inside.rpartition(",")
    setting = re.fullmatch(r"\s*(\w+)\s*=\s*([^()=]*?)\s*", tail)
    if comma and setting is not None:
        inside = head
        value = _value(wrapper, option, setting[1], setting[2])
    inner = parse_method(inside)
    return MethodSpec(inner.model, wrapper, inner, value)


def _value(wrapper: str, option: Option | None, name: str, text: str) -> float:
    if option is None or name != option.name:
        takes = f"it takes {option.name}" if option else "it takes none"
        raise UnknownNameError(f"{wrapper} has no option {name!r}; {takes}, as in {_example(wrapper)}")
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not option.low <= value <= option.high or (option.whole and value != int(value)):
        kind = "a whole number" if option.whole else "a number"
        raise UnknownNameError(
            f"{wrapper}: {name}={text} is not {kind} from {option.low:g} to {option.high:g}, as in {_example(wrapper)}"
        )
    return value


def _example(wrapper: str) -> str:
    option: Any = WRAPPERS[wrapper]
    return str(MethodSpec("street", wrapper, MethodSpec("street"), option.default if option else None))
