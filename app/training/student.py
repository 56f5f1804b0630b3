"""Whether what stands in slot A can be made steady, and what else can. No Qt; touches the disk."""

from dataclasses import dataclass
from pathlib import Path

from app.messages import shorten
from app.settings import DEFAULT_METHOD
from engine.errors import ModelError, SteadymaskError
from engine.methods import parse_method
from engine.models.bundle import read_card
from engine.models.card import ModelCard
from engine.models.library import Entry, Library
from resources import PRESETS
from trainer.steady import PRESET_NAMES, begin, trainable

_SO_FAR = (
    ". So far the bundled models can be made steady, those that were trained here, those from Hugging Face, and any "
    "that is only an ONNX."
)


@dataclass(frozen=True, slots=True)
class Student:
    """A model that can learn.

    name: in the library, or the path of its `.onnx`. start: its `.safetensors`, which is not there where a new student
    learns in its place (`is_new`). inside: the method that it was taken out of; "" where it stood by itself. teachers:
    other models of the same classes. suggested: a free name for what comes of it. presets: those that there are.
    """

    name: str
    start: Path
    card: ModelCard
    inside: str
    teachers: tuple[str, ...]
    suggested: str
    presets: tuple[str, ...]
    is_new: bool = False

    @property
    def what_happens(self) -> str:
        """In a sentence or two."""
        name = self.card.name
        if self.is_new:
            return (
                f"{name} is an ONNX graph alone, which cannot be trained. A new small student learns what it says, and "
                "to flicker less; then the two are compared."
            )
        return f"{name} learns from your clips, without labels, to flicker less. It stays as fast as it is."

    @property
    def who_learns(self) -> str:
        """The student, in words."""
        inside = f", the model inside {shorten(self.inside, 40)}" if self.inside else ""
        if self.is_new:
            return f"A new one, with the {len(self.card.class_set)} classes of {self.card.name}{inside}"
        return f"{self.card.name}{inside}"

    @property
    def usual_teacher(self) -> str:
        """Who teaches it where nobody else is chosen, in words."""
        return self.card.name if self.is_new else f"{self.card.name} itself, as it is now"


@dataclass(frozen=True, slots=True)
class Unable:
    """A method that cannot learn. why: a sentence or two. instead: the name of a model that can; None without one."""

    why: str
    instead: str | None


def find_student(method: str | None) -> Student | Unable:
    """The model in `method`, as a person wrote it, or why it cannot learn. method: None for an empty slot."""
    with Library() as library:
        entries = [entry for entry in library.entries() if entry.listed]
        able = tuple(entry.name for entry in entries if _can_learn(entry))
        usual = DEFAULT_METHOD if DEFAULT_METHOD in able else next(iter(able), None)
        if method is None:
            return Unable("There is no model in slot A.", usual)
        spec = parse_method(method)
        try:
            start = library.find(spec.model).with_suffix(".safetensors")
            beginning = begin(start)
            is_new = beginning.teacher is not None
            card = beginning.card if beginning.teacher is None else read_card(beginning.teacher)
        except SteadymaskError as error:
            return Unable(f"{error}{_SO_FAR}", usual)
        alike = [entry for entry in entries if entry.card is not None and entry.card.class_set == card.class_set]
        teachers = tuple(entry.name for entry in alike if _can_learn(entry) and entry.name != spec.model)
        inside = "" if spec.wrapper is None else method
        return Student(spec.model, start, card, inside, teachers, _free_name(library, card.name), _presets(), is_new)


def refuse_name(name: str) -> None:
    """Raise ModelError unless a new model can be called `name`."""
    with Library() as library:
        try:
            library.refuse_name(name)
        except ModelError as error:
            raise ModelError(str(error).replace("--name", "name")) from error


def _can_learn(entry: Entry) -> bool:
    try:
        return entry.broken is None and bool(trainable(entry.path.with_suffix(".safetensors")))
    except SteadymaskError:
        return False


def _free_name(library: Library, student: str) -> str:
    stem = f"{student[:50]}-steady"
    for number in range(1, 1000):
        name = stem if number == 1 else f"{stem}-{number}"
        try:
            library.refuse_name(name)
        except ModelError:
            continue
        return name
    return stem


def _presets() -> tuple[str, ...]:
    return tuple(name for name in PRESET_NAMES if (PRESETS / f"{name}.toml").is_file())
