"""Settings as a value, and their file. No Qt."""

import json
from pathlib import Path

import pytest

from app.settings import Settings, read_settings, write_settings


def test_a_change_makes_a_copy_and_leaves_the_rest() -> None:
    before = Settings(theme="dark", opacity=0.3)
    after = before.with_changes(opacity=0.5, shortcuts={"loop": ("L",)})
    assert (before.opacity, before.shortcuts) == (0.3, {})
    assert after == Settings(theme="dark", opacity=0.5, shortcuts={"loop": ("L",)})


def test_a_setting_that_there_is_not_is_named_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match=r"no such setting: colour; there are theme, opacity"):
        Settings().with_changes(colour="red")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("theme", "pink"),
        ("opacity", 1.5),
        ("device", "abacus"),
        ("masks_shown", "perhaps"),
        ("class_colours", {"sky": {"sky": "blue"}}),
    ],
)
def test_a_value_that_a_setting_cannot_have_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field):
        Settings().with_changes(**{field: value})


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    kept = Settings(
        theme="light", folder="/clips/ä", shortcuts={"open-file": ()}, class_colours={"a,b": {"a": "#010203"}}
    )
    write_settings(tmp_path / "new", kept)
    assert read_settings(tmp_path / "new") == kept
    assert read_settings(tmp_path / "nowhere") == Settings()


def test_a_setting_of_another_version_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text(json.dumps({"opacity": 0.2, "hologram": True}))
    assert read_settings(tmp_path) == Settings(opacity=0.2)


def test_a_folder_that_no_text_can_hold_costs_nothing_else(tmp_path: Path) -> None:
    write_settings(tmp_path, Settings(folder="/clips/\udcff", export_folder="/out", theme="dark"))
    assert read_settings(tmp_path) == Settings(export_folder="/out", theme="dark")
