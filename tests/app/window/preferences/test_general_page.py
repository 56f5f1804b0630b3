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
    store = SettingsStore(home)
    page = GeneralPage(store, {})
    themes, places = [], []
    for box, seen in ((page.theme, themes), (page.device, places)):
        for index in range(box.count()):
            box.setCurrentIndex(index)
            box.activated.emit(index)
            seen.append(store.settings)
            again = GeneralPage(store, {})
            assert (again.theme.currentData(), again.device.currentData()) == (
                page.theme.currentData(),
                page.device.currentData(),
            )
            again.deleteLater()
    assert [each.theme for each in themes] == ["system", "dark", "light"]
    assert [(each.device, each.backend) for each in places] == [
        *((device, "onnxruntime") for device in ("auto", "cpu", "cuda")),
        ("auto", "tensorrt"),
    ]
    store.finish()()
    page.deleteLater()
