"""How a method is written: a model's name, or one of the wrappers around a method, as in `ema(street, alpha=0.7)`."""

import re
from dataclasses import dataclass

from engine.errors import UnknownNameError
from engine.methods.wrappers import WRAPPERS, Option


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
        option = WRAPPERS[self.wrapper].option
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
            raise UnknownNameError(f"a method is a model's name, or a wrapper such as {example(next(iter(WRAPPERS)))}")
        return MethodSpec(text)
    wrapper, inside = found.groups()
    option = WRAPPERS[wrapper].option
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
        raise UnknownNameError(f"{wrapper} has no option {name!r}; {takes}, as in {example(wrapper)}")
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not option.low <= value <= option.high or (option.whole and value != int(value)):
        kind = "a whole number" if option.whole else "a number"
        raise UnknownNameError(
            f"{wrapper}: {name}={text} is not {kind} from {option.low:g} to {option.high:g}, as in {example(wrapper)}"
        )
    return value


def example(wrapper: str, model: str = "street") -> str:
    """How a wrapper is written, with its default."""
    option = WRAPPERS[wrapper].option
    return str(MethodSpec(model, wrapper, MethodSpec(model), option.default if option else None))
