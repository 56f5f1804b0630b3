"""A slot: what comes into it, what stays when that fails, and what is said of it for A and for B."""

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.messages import Message
from app.player.background import Background
from app.player.slot import TOLD_OF_A, TOLD_OF_B, Slot, Told
from engine.errors import ModelError
from tests.app.window.conftest import LONG_MS
from tests.app.window.fakes import FakeSegmenter

BOTH = pytest.mark.parametrize("told", [TOLD_OF_A, TOLD_OF_B], ids=["A", "B"])


class Heard:
    """A slot, the methods that were made for it, and all that it said, in order."""

    def __init__(self, told: Told) -> None:
        self.background = Background()
        self.made: dict[str, FakeSegmenter] = {}
        self.said: list[tuple[str, object]] = []
        self.slot = Slot(self._load, self.background, told)
        self.slot.loading.connect(lambda name: self.said.append(("loading", name)))
        self.slot.changed.connect(lambda method: self.said.append(("changed", method)))
        self.slot.failed.connect(lambda: self.said.append(("failed", None)))
        self.slot.message.connect(lambda message: self.said.append(("message", message)))
        self.slot.settled.connect(lambda new: self.said.append(("settled", new)))

    def _load(self, name: str) -> FakeSegmenter:
        if name == "broken":
            raise ModelError("broken.onnx is no model")
        self.made[name] = FakeSegmenter(warning="the GPU is not used" if name == "slow" else None)
        return self.made[name]

    def use(self, name: str | None, qtbot: QtBot) -> list[tuple[str, object]]:
        """What is said until the slot has settled."""
        self.said.clear()
        with qtbot.waitSignal(self.slot.settled, timeout=LONG_MS):
            self.slot.use(name)
        return list(self.said)


@pytest.fixture
def heard(told: Told, qtbot: QtBot) -> Iterator[Heard]:
    heard = Heard(told)
    yield heard
    heard.background.close()
    heard.slot.deleteLater()
    heard.background.deleteLater()


@BOTH
def test_a_method_comes_and_another_takes_its_place(heard: Heard, qtbot: QtBot) -> None:
    said = heard.use("first", qtbot)
    first = heard.made["first"]
    assert said == [("loading", "first"), ("changed", first), ("settled", True)]
    assert (heard.slot.name, heard.slot.method, heard.slot.model_name) == ("first", first, "fake")
    heard.use("second", qtbot)
    assert heard.slot.method is heard.made["second"]
    qtbot.waitUntil(lambda: first.closed, timeout=LONG_MS)
    assert not heard.made["second"].closed
    assert heard.use(None, qtbot) == [("changed", None), ("settled", True)]
    assert (heard.slot.name, heard.slot.method, heard.slot.model_name) == (None, None, None)
    qtbot.waitUntil(lambda: heard.made["second"].closed, timeout=LONG_MS)


@pytest.mark.parametrize(
    ("told", "key", "empty", "kept"),
    [
        (TOLD_OF_A, "model", "No masks are shown: ", "broken was not loaded, fake is still at work: "),
        (TOLD_OF_B, "model-b", "B: broken was not loaded: ", "B: broken was not loaded: "),
    ],
    ids=["A", "B"],
)
def test_what_fails_is_told_and_what_stands_there_stays(
    heard: Heard, key: str, empty: str, kept: str, qtbot: QtBot
) -> None:
    outcome, (_, message), settled = heard.use("broken", qtbot)[1:]
    assert outcome == ("failed", None)
    assert settled == ("settled", False)
    assert isinstance(message, Message)
    assert (message.key, message.level) == (key, "error")
    assert message.text.startswith(empty + "broken.onnx is no model")
    heard.use("first", qtbot)
    outcome, (_, message), settled = heard.use("broken", qtbot)[1:]
    assert outcome == ("changed", heard.made["first"]), "whoever shows the wish shows what is"
    assert settled == ("settled", False)
    assert isinstance(message, Message)
    assert message.text.startswith(kept + "broken.onnx is no model")
    assert heard.slot.name == "first"


@pytest.mark.parametrize(("told", "warnings"), [(TOLD_OF_A, ["provider"]), (TOLD_OF_B, [])], ids=["A", "B"])
def test_what_a_model_runs_on_is_told_of_a_alone(heard: Heard, warnings: list[str], qtbot: QtBot) -> None:
    gone: list[str] = []
    heard.slot.message_gone.connect(gone.append)
    said = heard.use("slow", qtbot)
    assert [message.key for _, message in said if isinstance(message, Message)] == warnings
    assert ("provider" in gone) == bool(warnings)
    assert said[-1] == ("settled", True), "after all is told"


@BOTH
def test_once_it_has_ended_nothing_comes_any_more(heard: Heard, qtbot: QtBot) -> None:
    heard.use("first", qtbot)
    heard.said.clear()
    heard.slot.end()
    heard.slot.use("second")
    heard.slot.use(None)
    assert heard.said == []
    assert heard.slot.name == "first"
    assert heard.slot.close(1.0)
    assert heard.made["first"].closed
