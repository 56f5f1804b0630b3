"""The pages of the preferences in a small window: rows in line, nothing cut, labels tied to their fields."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.preferences.dialog import PreferencesDialog
from app.preferences.storage_page import StoragePage
from app.style.theme import apply_theme
from app.views.elided import Elided
from tests.app.window.conftest import MakeWindow
from tests.app.window.hands import until

NOTE = 3


@pytest.fixture(params=["dark", "light"])
def dialog(
    request: pytest.FixtureRequest, make_window: MakeWindow, qapp: QApplication, home: Path
) -> Iterator[PreferencesDialog]:
    apply_theme(qapp, request.param)
    (home / "models" / "a-model-of-my-own-with-a-name-that-is-longer-than-most").mkdir(parents=True)
    window = make_window()
    window.assistance.show_preferences()
    dialog = window.assistance._preferences
    assert dialog is not None
    assert dialog.minimumSizeHint().width() <= 900
    assert dialog.minimumSizeHint().height() <= 600
    dialog.resize(900, 600)
    yield dialog
    apply_theme(qapp)


def test_every_row_is_as_high_as_what_it_shows(dialog: PreferencesDialog) -> None:
    heights = {dialog.list.visualItemRect(dialog.list.item(row)).height() for row in range(dialog.list.count())}
    assert min(heights) >= 30
    dialog.show_page("Shortcuts")
    table = dialog._stack.currentWidget().table
    assert table.visualItemRect(table.topLevelItem(0)).height() >= 24


def test_general_is_in_line_and_its_labels_belong_to_fields(dialog: PreferencesDialog) -> None:
    page = dialog._stack.currentWidget()
    labels = [label for label in page.findChildren(QLabel) if label.buddy() is not None]
    assert [label.text() for label in labels] == ["Look", "Models run on", "At the start", "Settings", "Logs", "Models"]
    for label in labels:
        assert label.width() >= label.sizeHint().width(), f"{label.text()} is cut"
        field = label.buddy()
        assert field is not None
        middle = field.geometry().center().y() - label.geometry().center().y()
        assert abs(middle) <= 2, f"{label.text()} stands beside its field"
    assert len({label.x() for label in labels}) == 1
    paths = page.findChildren(Elided)
    assert len({path.x() for path in paths}) == 1
    assert len({each.x() for each in page.findChildren(QPushButton) if each.text() == "Show in folder"}) == 1


def test_notes_of_the_storage_are_whole(dialog: PreferencesDialog, qtbot: QtBot) -> None:
    dialog.show_page("Storage")
    page = dialog._stack.currentWidget()
    assert isinstance(page, StoragePage)
    table = page.table
    until(qtbot, lambda: table.topLevelItemCount() > 0 and page.refresh_button.isEnabled())
    assert table.columnWidth(NOTE) >= table.sizeHintForColumn(NOTE)
    assert table.horizontalScrollBar().maximum() == 0
