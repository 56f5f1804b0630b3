"""The one place that has the settings: who is told what, and what reaches the disk, from which thread."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.settings import Settings, read_settings, store, write_settings
from app.settings.store import SettingsStore
from app.style import theme
from app.window import make_window
from tests.app.window.conftest import LONG_MS


@pytest.fixture
def kept(home: Path, no_qt_left: None, qtbot: QtBot) -> Iterator[SettingsStore]:
    """A store on the folder of this test, which comes to its end after it."""
    made = SettingsStore(home)
    yield made
    made.finish()()


def told(kept: SettingsStore) -> list[set[str]]:
    """What the store says from now on."""
    heard: list[set[str]] = []
    kept.changed.connect(lambda fields: heard.append(set(fields)))
    return heard


def test_it_begins_with_what_was_kept_and_tells_what_changes(home: Path, kept: SettingsStore) -> None:
    write_settings(home, Settings(opacity=0.25))
    again = SettingsStore(home)
    assert again.settings == Settings(opacity=0.25)
    heard = told(again)
    seen: list[Settings] = []
    again.changed.connect(lambda _: seen.append(again.settings))
    again.change(theme="dark", opacity=0.25)
    assert heard == [{"theme"}], "the opacity is what it was"
    assert seen == [Settings(theme="dark", opacity=0.25)], "who is told can ask at once"
    again.finish()()


def test_what_makes_no_sense_is_refused_and_changes_nothing(kept: SettingsStore) -> None:
    heard = told(kept)
    for wrong in ({"theme": "pink"}, {"no_such": 1}, {"opacity": 0.1, "style": "dots"}):
        with pytest.raises(ValueError, match=r"theme|no_such|style"):
            kept.change(**wrong)
    assert not heard
    assert kept.settings == Settings()


def test_several_changes_are_written_once_soon_and_never_in_the_thread_of_the_window(
    home: Path, kept: SettingsStore, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []

    def write(folder: Path, settings: Settings) -> None:
        threads.append(threading.current_thread())
        write_settings(folder, settings)

    monkeypatch.setattr(store, "write_settings", write)
    for percent in range(100):
        kept.change(opacity=percent / 100)
    assert not threads
    qtbot.waitUntil(lambda: read_settings(home).opacity == 0.99, timeout=LONG_MS)
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()
    kept.finish()()
    assert len(threads) == 1, "there is nothing new to write"


def test_the_end_writes_what_has_not_been_written(home: Path, kept: SettingsStore) -> None:
    kept.change(reopen=True)
    assert not read_settings(home).reopen
    kept.finish()()
    assert read_settings(home).reopen


def test_older_settings_never_come_back_over_newer_ones(
    home: Path, kept: SettingsStore, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is slow with the first write, and the window closes meanwhile."""
    entered, go = threading.Event(), threading.Event()

    def slow(folder: Path, settings: Settings) -> None:
        if settings.folder == "/older":
            entered.set()
            go.wait(LONG_MS / 1000)
        write_settings(folder, settings)

    monkeypatch.setattr(store, "write_settings", slow)
    kept.change(folder="/older")
    qtbot.waitUntil(entered.is_set, timeout=LONG_MS)
    kept.change(folder="/newer")
    closing = threading.Thread(target=kept.finish())
    closing.start()
    go.set()
    closing.join(LONG_MS / 1000)
    assert read_settings(home).folder == "/newer"


def test_a_disk_that_refuses_is_tried_again_at_the_next_change(
    home: Path, kept: SettingsStore, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path, settings: Settings) -> None:
        raise OSError("the disk is full")

    kept.change(theme="dark")
    with monkeypatch.context() as full:
        full.setattr(store, "write_settings", refuse)
        kept.finish()()
    assert "settings were not kept: the disk is full" in caplog.text
    kept.finish()()
    assert read_settings(home).theme == "dark"


def test_another_look_is_shown_at_once(home: Path, no_qt_left: None, qtbot: QtBot) -> None:
    window = make_window(device="cpu")
    try:
        for look, colours in (("light", theme.LIGHT), ("dark", theme.DARK)):
            window.store.change(theme=look)
            assert theme.colours() is colours
    finally:
        window.close()
        window.deleteLater()
