"""Live sources through the window's controller, with the stand-in camera: lost, found again, given up, cancelled."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.messages import Message
from app.player.clip import ClipOpener
from app.player.controller import Controller
from engine.frame_result import FrameResult
from engine.methods import MethodPool
from engine.video import VideoSource
from engine.video.sentinel import OpenSentinel
from engine.video.standin import StandInSource, Troubles
from tests.app.window.conftest import LONG_MS
from tests.app.window.fakes import FakeSegmenter
from tests.engine.fakes import FakeSource

SMALL = (160, 90)

OpenSource = Callable[[str], VideoSource]


class Desk:
    """A controller, and what it said."""

    def __init__(self, home: Path, open_source: OpenSource) -> None:
        opener = ClipOpener(OpenSentinel(home), lambda path: None, open_source)
        self.controller = Controller(opener, MethodPool(lambda name: FakeSegmenter()).make, "fake")
        self.messages: dict[str, Message] = {}
        self.shown: list[FrameResult] = []
        self.controller.message.connect(self._said)
        self.controller.message_gone.connect(lambda key: self.messages.pop(key, None))
        self.controller.shown.connect(self.shown.append)

    def _said(self, message: Message) -> None:
        self.messages[message.key] = message

    def text(self, key: str) -> str:
        return self.messages[key].text if key in self.messages else ""


@pytest.fixture
def make_desk(home: Path, no_qt_left: None) -> Iterator[Callable[[OpenSource], Desk]]:
    made: list[Desk] = []

    def make(open_source: OpenSource) -> Desk:
        made.append(Desk(home, open_source))
        return made[-1]

    yield make
    for desk in made:
        desk.controller.shutdown()
        desk.controller.deleteLater()


MakeDesk = Callable[[OpenSource], Desk]


def until(qtbot: QtBot, condition: Callable[[], bool]) -> None:
    qtbot.waitUntil(condition, timeout=LONG_MS)


def test_the_stand_in_plays_with_masks(make_desk: MakeDesk, qtbot: QtBot) -> None:
    desk = make_desk(lambda spec: StandInSource(size=SMALL))
    desk.controller.start("camera:demo")
    until(qtbot, lambda: len(desk.shown) > 5 and bool(desk.shown[-1].slots))
    clip = desk.controller.clip
    assert clip is not None
    assert (clip.name, clip.live, clip.size) == ("demo camera", True, SMALL)


def test_a_camera_that_vanishes_is_told_and_comes_back_by_itself(make_desk: MakeDesk, qtbot: QtBot) -> None:
    troubles = Troubles()
    desk = make_desk(lambda spec: StandInSource(size=SMALL, troubles=troubles))
    desk.controller.start("camera:demo")
    until(qtbot, lambda: len(desk.shown) > 2)
    troubles.vanish()
    until(qtbot, lambda: "unplugged" in desk.text("live"))
    troubles.come_back(size=(320, 200))
    until(qtbot, lambda: "live" not in desk.messages)
    count = len(desk.shown)
    until(qtbot, lambda: len(desk.shown) > count + 2)
    assert desk.shown[-1].frame.rgb.shape == (90, 160, 3)


def test_after_giving_up_reconnect_is_offered_and_works(make_desk: MakeDesk, qtbot: QtBot) -> None:
    troubles = Troubles()
    desk = make_desk(lambda spec: StandInSource(size=SMALL, troubles=troubles, give_up_s=0.5))
    desk.controller.start("camera:demo")
    until(qtbot, lambda: len(desk.shown) > 2)
    troubles.vanish()
    until(qtbot, lambda: "has not come back" in desk.text("clip"))
    (reconnect,) = desk.messages["clip"].actions
    assert reconnect.label == "Reconnect"
    reconnect.run()  # too early: it is still away
    until(qtbot, lambda: "unplugged" in desk.text("open"))
    troubles.come_back()
    count = len(desk.shown)
    desk.controller.reopen()
    until(qtbot, lambda: len(desk.shown) > count + 2)
    assert "open" not in desk.messages
    assert "clip" not in desk.messages


@pytest.mark.parametrize("how", ["cancel", "another", "exit"])
def test_what_was_cancelled_while_it_opened_is_closed_when_it_arrives(
    how: str, make_desk: MakeDesk, qtbot: QtBot
) -> None:
    arrive, asked = threading.Event(), threading.Event()
    late = FakeSource(live=True)

    def open_source(spec: str) -> VideoSource:
        if spec != "camera:0":
            return StandInSource(size=SMALL)
        asked.set()
        arrive.wait(LONG_MS / 1000)
        return late

    desk = make_desk(open_source)
    desk.controller.start("camera:0")
    until(qtbot, asked.is_set)
    began = time.monotonic()
    if how == "exit":
        desk.controller.shutdown()
        assert time.monotonic() - began < 3
    elif how == "cancel":
        desk.controller.close_clip()
        assert time.monotonic() - began < 0.5
    else:
        desk.controller.open("camera:demo")
        assert time.monotonic() - began < 0.5
        until(qtbot, lambda: len(desk.shown) > 2)  # the hanging one holds nothing up
    arrive.set()
    until(qtbot, late.closed.is_set)
    clip = desk.controller.clip
    assert (clip.name if clip else None) == ("demo camera" if how == "another" else None)
    assert late.decoded == []
