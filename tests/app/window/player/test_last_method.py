"""The model that was chosen last is what the next start begins with, unless the command line names another."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from typer.testing import CliRunner

import app.display
import app.window
from app.cli.program import app as command_line
from app.main_window import MainWindow
from app.session.store import ClipState, Sessions
from app.settings import read_settings
from resources import DEMO_CLIP
from tests.app.window.clips import write_clip
from tests.app.window.conftest import LONG_MS, MakeWindow
from tests.engine.fakes import FakeSource

HOLD = "hold(street, n=2)"


@pytest.fixture
def real_window(home: Path, no_qt_left: None, qtbot: QtBot) -> Iterator[Callable[..., MainWindow]]:
    """Makes the window as the program does, with the bundled model, and starts it."""
    made: list[MainWindow] = []

    def make(**options: Any) -> MainWindow:
        made.append(app.window.make_window(device="cpu", **options))
        made[-1].start(None)
        return made[-1]

    yield make
    for window in made:
        window.close()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def at_work(window: MainWindow) -> str | None:
    return window.controller.a.name if window.controller.methods else None


def test_what_was_chosen_is_remembered_once_it_is_at_work(make_window: MakeWindow, home: Path, qtbot: QtBot) -> None:
    fails: list[bool] = []

    def load() -> None:
        if fails:
            raise RuntimeError("no room")

    window = make_window(load=load, open_source=lambda spec: FakeSource(500, rate=1))
    qtbot.waitUntil(lambda: at_work(window) == "fake", timeout=LONG_MS)
    assert window.store.settings.method == "street", "what the start put there is no choice"
    window.model_panel.method_chosen.emit("other")
    qtbot.waitUntil(lambda: window.store.settings.method == "other", timeout=LONG_MS)
    fails.append(True)
    window.model_panel.method_chosen.emit("broken")
    qtbot.waitUntil(lambda: "model" in window.banners.messages, timeout=LONG_MS)
    assert window.store.settings.method == "other"
    fails.clear()
    # A clip brings the method that it was watched with.
    window.sessions.remember("/clips/drive.mp4", ClipState(frame=4, method="its own", seen=time.time()))
    window.open("/clips/drive.mp4")
    qtbot.waitUntil(lambda: at_work(window) == "its own" and window.controller.playhead.position == 4, timeout=LONG_MS)
    window.close()
    assert read_settings(home).method == "other"


def test_a_start_begins_with_what_was_chosen_last(
    real_window: Callable[..., MainWindow], home: Path, qtbot: QtBot
) -> None:
    (home / "settings.json").write_text(f'{{"method": "{HOLD}", "gone_by_now": 1}}')
    last, named = real_window(), real_window(method="street")
    qtbot.waitUntil(lambda: at_work(last) == HOLD and at_work(named) == "street", timeout=LONG_MS)
    assert named.store.settings.method == HOLD


def test_a_model_that_is_gone_gives_way_to_the_bundled_one(
    real_window: Callable[..., MainWindow], home: Path, qtbot: QtBot
) -> None:
    (home / "settings.json").write_text('{"method": "removed"}')
    window = real_window()
    qtbot.waitUntil(lambda: at_work(window) == "street", timeout=LONG_MS)
    told = window.banners.messages["fallback"]
    assert "removed was not loaded, street takes its place" in told.text
    assert window.store.settings.method == "removed", "it may come back"
    (keep,) = told.actions
    keep.run()
    assert window.store.settings.method == "street"
    assert "fallback" not in window.banners.messages


def test_a_model_that_was_asked_for_by_name_does_not_give_way(
    real_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = real_window(method="removed")
    qtbot.waitUntil(lambda: "model" in window.banners.messages, timeout=LONG_MS)
    assert window.controller.methods == ()


@pytest.mark.parametrize(("method", "expected"), [("street", "street"), (None, HOLD)])
def test_what_is_asked_for_by_name_holds_for_a_clip_that_was_seen_with_another(
    home: Path, tmp_path: Path, no_qt_left: None, qtbot: QtBot, method: str | None, expected: str
) -> None:
    clip = str(write_clip(tmp_path / "short.mp4", frames=10, rate=25, size=(160, 96)))
    sessions = Sessions(home)
    sessions.remember(clip, ClipState(frame=3, method=HOLD, seen=time.time()))
    sessions.write()
    seen: list[str | None] = []

    def look() -> None:
        (window,) = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow)]
        qtbot.waitUntil(
            lambda: window.controller.playhead.position == 3 and at_work(window) == expected, timeout=LONG_MS
        )
        seen.append(at_work(window))
        window.close()

    QTimer.singleShot(0, look)
    assert app.window.open_window(clip, method=method, device="cpu") == 0
    assert seen == [expected]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["open"], (None, None, None)),
        (["open", "--method", HOLD], (None, HOLD, None)),
        (["open", "--demo"], (str(DEMO_CLIP), "street", "street-consistent")),
        (["open", "--demo", "--method", HOLD], (str(DEMO_CLIP), HOLD, f"ema({HOLD})")),
    ],
)
def test_what_the_command_line_hands_over(
    monkeypatch: pytest.MonkeyPatch, words: list[str], expected: tuple[str | None, ...]
) -> None:
    asked: list[tuple[str | None, ...]] = []

    def open_window(clip: str | None, *, method: str | None, method_b: str | None, **runs_on: str) -> int:
        asked.append((clip, method, method_b))
        return 0

    monkeypatch.setattr(app.window, "open_window", open_window)
    monkeypatch.setattr(app.display, "display_problem", lambda: None)
    result = CliRunner().invoke(command_line, words)
    assert result.exit_code == 0, result.output
    assert asked == [expected]
