"""Every command of the table, through its own action, in a real window; and that the table holds together."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog
from pytestqt.qtbot import QtBot

from app.shortcuts import COMMANDS, ShortcutConflict, Shortcuts, command
from resources import ICONS
from tests.app.window.conftest import LONG_MS, MakeWindow
from tests.engine.fakes import FakeSource

IDS = [each.id for each in COMMANDS]
LEFT_OUT = ("quit", "guide", "measures", "show-log")  # the last three ask the desktop for another program


def test_no_key_starts_two_commands_and_every_icon_is_there() -> None:
    keys = [key.casefold() for each in COMMANDS for key in each.keys]
    assert len(keys) == len(set(keys))
    assert len(IDS) == len(set(IDS))
    assert all(each.icon is None or (ICONS / f"{each.icon}.svg").is_file() for each in COMMANDS)


def test_the_window_binds_every_command(make_window: MakeWindow, clip: Path) -> None:
    assert make_window(demo=clip).actions_.ids == tuple(IDS)


@pytest.mark.parametrize("menu", dict.fromkeys(each.menu for each in COMMANDS))
def test_every_action_runs_without_and_with_a_clip(
    make_window: MakeWindow, clip: Path, qtbot: QtBot, menu: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One after another, so that each finds what the others of its menu left."""
    monkeypatch.setattr("app.assistance.make_report", lambda folder, clips: "a report")
    window = make_window(demo=clip, open_source=lambda spec: FakeSource(500, rate=50))
    for command_id in [each.id for each in COMMANDS if each.menu == menu and each.id not in LEFT_OUT]:
        print(command_id)  # the last one that a failure shows is the one
        window.actions_[command_id].trigger()
        close_sheets(qtbot)
        window.open("x")
        qtbot.waitUntil(lambda: window.controller.playhead.position is not None, timeout=LONG_MS)
        window.actions_[command_id].trigger()
        qtbot.wait(30)
        close_sheets(qtbot)
        window.controller.close_clip()
        window.exporting.recording.stop()
        qtbot.wait(30)


def close_sheets(qtbot: QtBot) -> None:
    """Close every dialog that is open."""
    qtbot.wait(10)
    for dialog in [top for top in QApplication.topLevelWidgets() if isinstance(top, QDialog | QFileDialog)]:
        dialog.reject()
    qtbot.wait(10)


def test_keys_can_change_hands() -> None:
    shortcuts = Shortcuts()
    with pytest.raises(ShortcutConflict, match="Ctrl\\+O already starts “Open a video”") as conflict:
        shortcuts.rebind("export", ("Ctrl+O",))
    assert conflict.value.other.id == "open-file"
    assert shortcuts.keys("export") == command("export").keys
    shortcuts.rebind("open-file", ("F12",))
    shortcuts.rebind("export", ("ctrl+o",))
    swapped = Shortcuts(shortcuts.overrides)
    assert swapped.keys("export") == ("ctrl+o",)
    assert swapped.keys("open-file") == ("F12",)
    with pytest.raises(ShortcutConflict):
        swapped.reset("open-file")
    swapped.reset()
    assert not swapped.overrides


def test_kept_keys_that_make_no_sense_any_more_are_left_out() -> None:
    shortcuts = Shortcuts({"no such command": ("X",), "export": ("Ctrl+O", "Ctrl+F8")})
    assert shortcuts.keys("export") == ("Ctrl+F8",)


def test_the_keys_to_know_first_are_those_that_somebody_has() -> None:
    shortcuts = Shortcuts({"play": ("F12", "Space"), "next": ()})
    assert shortcuts.first_steps() == "F12 plays and pauses · I sets in · F1 shows all keys"


def test_a_changed_key_works_and_is_remembered(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    window.assistance.show_preferences("Shortcuts")
    page = window.assistance._preferences._stack.widget(1)
    page.choose("loop")
    page.keys.setKeySequence("Ctrl+O")
    page.set_button.click()
    assert page.take_button.isVisibleTo(page)
    page.take_button.click()
    assert window.actions_["loop"].shortcut().toString() == "Ctrl+O"
    assert not window.actions_["open-file"].shortcuts()
    assert window.store.settings.shortcuts == {"open-file": (), "loop": ("Ctrl+O",)}
    page.reset_all_button.click()
    assert window.store.settings.shortcuts == {}
    window.assistance._preferences.reject()
    qtbot.wait(20)
