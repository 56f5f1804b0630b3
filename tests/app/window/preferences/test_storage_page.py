"""Settings → Storage, on a home of its own."""

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from app import desktop
from app.player.background import Background
from app.preferences import storage_work
from app.preferences.storage_page import StoragePage
from app.style.theme import apply_theme
from engine.errors import ModelError
from engine.models.holding import Holding
from engine.progress import CancelCheck
from tests.app.window.conftest import LONG_MS
from tests.engine.homes import write_models, write_run
from trainer.job import Job, JobOwner


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_models(tmp_path_factory.mktemp("models"), "mine", "other")


@pytest.fixture
def full_home(home: Path, bundle: Path) -> Path:
    shutil.copytree(bundle, home / "models")
    for name, size in (("small", 100), ("large", 9000)):
        write_run(home, name, checkpoint="a", size=size)
    (home / "cache").mkdir()
    (home / "cache" / "index").write_bytes(bytes(2000))
    return home


@pytest.fixture
def page(full_home: Path, no_qt_left: None, qtbot: QtBot) -> Iterator[StoragePage]:
    background = Background()
    page = StoragePage(background, in_use=lambda: ["other"])
    page.show()
    settle(qtbot, page)
    yield page
    if isValid(page):
        delete_now(page)
    background.close()


def delete_now(page: StoragePage) -> None:
    page.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def until(qtbot: QtBot, condition: Callable[[], bool]) -> None:
    qtbot.waitUntil(condition, timeout=LONG_MS)


def settle(qtbot: QtBot, page: StoragePage) -> None:
    until(qtbot, lambda: not page._busy)


def delete(qtbot: QtBot, page: StoragePage, *keys: tuple[str, str]) -> None:
    page.table.select(*keys)
    page.delete_button.click()
    assert page.notice.asks
    page.notice.buttons[0].click()
    settle(qtbot, page)


def test_everything_is_shown_with_size_and_free_space(page: StoragePage) -> None:
    groups = [page.table.topLevelItem(row) for row in range(4)]
    assert [group.text(0) for group in groups if group] == ["Models", "Runs", "Caches", "Logs"]
    runs, logs = groups[1], groups[3]
    assert runs is not None
    assert logs is not None
    assert [runs.child(row).text(0) for row in range(2)] == ["large", "small"]  # the largest first
    assert runs.text(1).endswith("kB")
    assert (logs.text(1), logs.text(3)) == ("none", "what a report is made of")
    assert page.used.text().startswith("Steadymask uses ")
    assert page.used.text().endswith("MB")
    assert "free on its disk" in page.free.text()
    assert page.table.note("model", "street") == "it comes with Steadymask"
    assert page.table.note("model", "other") == "it is at work; choose another model first"


def test_only_what_can_be_deleted_offers_it(page: StoragePage) -> None:
    assert not page.delete_button.isEnabled()
    assert not page.show_button.isEnabled()
    for key, deletable in ((("model", "street"), False), (("model", "other"), False), (("run", "small"), True)):
        page.table.select(key)
        assert page.delete_button.isEnabled() is deletable
        assert page.show_button.isEnabled()
    page.table.select(("model", "street"))
    page.ask_delete()
    assert not page.notice.isVisible()


def test_it_asks_once_and_keeps_by_default(page: StoragePage, full_home: Path, qtbot: QtBot) -> None:
    page.table.select(("run", "small"), ("cache", "index"))
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    assert page.notice.isVisible()
    assert page.notice.label.text().startswith("Delete 2 items, 2.")
    assert page.notice.label.text().endswith("This cannot be undone.")
    page.notice.buttons[1].click()  # Keep
    assert not page.notice.isVisible()
    page.ask_delete()
    page.table.select(("run", "large"))  # the question was about something else
    assert not page.notice.isVisible()
    assert (full_home / "runs" / "small").exists()


def test_escape_answers_no_and_closes_nothing(page: StoragePage, full_home: Path, qtbot: QtBot) -> None:
    page.table.select(("run", "small"))
    page.ask_delete()
    keep = page.notice.buttons[1]
    page.activateWindow()
    keep.setFocus()
    qtbot.keyClick(keep, Qt.Key.Key_Escape)
    assert not page.notice.asks
    assert page.isVisible()
    assert (full_home / "runs" / "small").exists()


def test_runs_and_caches_go_at_once(page: StoragePage, full_home: Path, qtbot: QtBot) -> None:
    delete(qtbot, page, ("run", "small"), ("cache", "index"))
    assert not (full_home / "runs" / "small").exists()
    assert not (full_home / "cache" / "index").exists()
    assert (full_home / "runs" / "large" / "job.toml").exists()
    assert page.notice.label.text().startswith("Deleted 2 items; 2.")
    assert page.notice.buttons == []  # no undo
    assert not page.delete_button.isEnabled()


def test_models_come_back_by_undo(page: StoragePage, full_home: Path, qtbot: QtBot) -> None:
    changes: list[int] = []
    page.models_changed.connect(lambda: changes.append(1))
    delete(qtbot, page, ("model", "mine"), ("run", "small"))
    assert page.notice.label.text().startswith("Removed mine. Deleted “small”;")
    assert not (full_home / "models" / "mine").exists()
    (undo,) = page.notice.buttons
    undo.click()
    settle(qtbot, page)
    assert (full_home / "models" / "mine" / "mine.onnx").exists()
    assert page.notice.label.text() == "Brought back mine."
    assert page.notice.buttons == []
    assert len(changes) == 2
    assert page.table.note("model", "mine") == ""


def test_models_are_gone_for_good_with_the_page(page: StoragePage, full_home: Path, qtbot: QtBot) -> None:
    delete(qtbot, page, ("model", "mine"))
    assert list((full_home / "models").glob(f"{Holding.PREFIX}*"))  # aside, to come back
    delete_now(page)
    until(qtbot, lambda: not list((full_home / "models").glob(f"{Holding.PREFIX}*")))
    assert not (full_home / "models" / "mine").exists()


def test_a_run_that_began_meanwhile_is_refused(page: StoragePage, full_home: Path, qtbot: QtBot) -> None:
    with JobOwner(Job(full_home / "runs" / "small")):
        delete(qtbot, page, ("run", "small"), ("run", "large"))
        text = page.notice.label.text()
        assert "“small” was not deleted: it is in progress; stop it first." in text
        assert "Deleted “large”" in text
        assert page.notice.property("level") == "warning"
        assert page.table.note("run", "small") == "it is in progress; stop it first"
    page.refresh_button.click()
    settle(qtbot, page)
    assert page.table.note("run", "small") == ""


def test_undo_that_fails_is_told_and_can_be_tried_again(page: StoragePage, full_home: Path, qtbot: QtBot) -> None:
    delete(qtbot, page, ("model", "mine"))
    (full_home / "models" / "mine").mkdir()  # somebody took the name
    page.notice.buttons[0].click()
    settle(qtbot, page)
    assert "Nothing was brought back: there is a model 'mine' already" in page.notice.label.text()
    (full_home / "models" / "mine").rmdir()
    page.notice.buttons[0].click()
    settle(qtbot, page)
    assert page.notice.label.text() == "Brought back mine."


def test_a_listing_that_fails_is_told(page: StoragePage, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    def fail(*words: object, **named: object) -> None:
        raise ModelError("the models cannot be read; check the rights")

    monkeypatch.setattr(storage_work, "places", fail)
    page.refresh()
    settle(qtbot, page)
    assert page.notice.label.text() == "the models cannot be read; check the rights"
    assert page.refresh_button.isEnabled()


def test_one_thing_at_a_time_and_selection_stays(
    page: StoragePage, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    gate = threading.Event()
    real = storage_work.places

    def slow(*words: object, **named: object) -> object:
        gate.wait(30)
        return real(*words, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(storage_work, "places", slow)
    page.table.select(("run", "small"))
    page.table.topLevelItem(2).setExpanded(False)  # type: ignore[union-attr]
    page.refresh()
    assert page.used.text() == "Counting…"
    assert not page.refresh_button.isEnabled()
    assert not page.delete_button.isEnabled()
    page.ask_delete()
    assert not page.notice.asks
    gate.set()
    settle(qtbot, page)
    assert [item.name for item in page.table.selected()] == ["small"]
    assert not page.table.topLevelItem(2).isExpanded()  # type: ignore[union-attr]
    assert page.delete_button.isEnabled()


def test_a_page_that_goes_while_it_counts_leaves_nothing(
    page: StoragePage, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    stopped = threading.Event()

    def until_stopped(*words: object, cancelled: CancelCheck, **named: object) -> list[object]:
        while not cancelled():
            stopped.wait(0.01)
        stopped.set()
        return []

    monkeypatch.setattr(storage_work, "places", until_stopped)
    page.refresh()
    delete_now(page)
    until(qtbot, stopped.is_set)


def test_show_in_folder(page: StoragePage, full_home: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    opened: list[Path] = []
    fake = SimpleNamespace(openUrl=lambda url: opened.append(Path(url.toLocalFile())))
    monkeypatch.setattr(desktop, "QDesktopServices", fake)
    for key in (("run", "small"), ("cache", "index"), ("model", "mine")):
        page.table.select(key)
        page.show_button.click()
    assert opened == [full_home / "runs" / "small", full_home / "cache", full_home / "models"]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_control_has_a_name_and_the_keyboard_reaches_it(
    theme: str, page: StoragePage, qapp: QApplication, qtbot: QtBot
) -> None:
    page.table.select(("run", "small"))
    page.ask_delete()
    apply_theme(qapp, "light" if theme == "light" else "dark")
    for control in page.findChildren(QAbstractButton):
        if control.isVisible():
            assert control.accessibleName() or control.text()
            assert control.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert page.table.accessibleName()
    assert not page.grab().isNull()
