"""Preferences → General, on a store of its own."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from app.preferences.general_page import GeneralPage
from app.settings import Settings, read_settings
from app.settings.store import SettingsStore


def test_it_shows_what_is_set_and_sets_what_is_chosen(home: Path, no_qt_left: None, qtbot: QtBot) -> None:
    store = SettingsStore(home, Settings(theme="dark", device="cpu", opacity=0.3))
    page = GeneralPage(store, {"Settings": home})
    assert (page.theme.currentData(), page.device.currentData(), page.reopen.isChecked()) == ("dark", "cpu", False)
    page.theme.setCurrentIndex(page.theme.findData("light"))
    page.theme.activated.emit(page.theme.currentIndex())
    page.device.setCurrentIndex(page.device.findData("auto"))
    page.device.activated.emit(page.device.currentIndex())
    page.reopen.click()
    assert store.settings == Settings(theme="light", device="auto", opacity=0.3, reopen=True)
    store.finish()()
    assert read_settings(home) == store.settings
    page.deleteLater()


def test_every_choice_is_one_that_the_settings_take(home: Path, no_qt_left: None, qtbot: QtBot) -> None:
    page = GeneralPage(SettingsStore(home), {})
    for name, box in (("theme", page.theme), ("device", page.device)):
        choices = [box.itemData(index) for index in range(box.count())]
        assert len(choices) > 2
        assert [getattr(Settings().with_changes(**{name: each}), name) for each in choices] == choices
    page.deleteLater()
