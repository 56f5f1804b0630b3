"""Exports and recordings from the window, with the bundled model."""

import json
from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.export.jobs import ExportJobs
from app.export.sheet import ExportSheet
from app.player.background import Background
from app.settings import read_settings
from engine.work import SegmentRequest
from tests.app.window.clips import write_clip
from tests.app.window.conftest import LONG_MS, MakeWindow
from tests.engine.fakes import FakeSource


def test_a_span_is_exported_while_the_window_is_used(
    make_window: MakeWindow, clip: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    window = make_window(str(clip))
    qtbot.waitUntil(
        lambda: window.controller.playhead.position == 29 and not window.controller.playhead.playing, timeout=LONG_MS
    )
    # A fake, called like the bundled model, which the export itself loads.
    window.controller.a.use("street")
    window.controller.playhead.set_range((5, 9))
    window.exporting.ask()
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, ExportSheet)
    assert sheet.part.isChecked()
    sheet.folder.setText(str(tmp_path / "out"))
    qtbot.waitUntil(lambda: "free" in sheet._takes.text(), timeout=LONG_MS)
    sheet.start_button.click()
    bar = window.exporting.bar
    qtbot.waitUntil(lambda: any("5 frames written" in row.text for row in bar.rows.values()), timeout=LONG_MS)
    (folder,) = (tmp_path / "out").iterdir()
    assert folder.name == f"{clip.stem} 5-9 street"
    assert len(list((folder / "masks").iterdir())) == 5
    assert json.loads((folder / "summary.json").read_text())["method"] == "street"
    window.close()
    assert read_settings(window.store.folder).export_folder == str(tmp_path / "out")


def test_nothing_to_write_or_no_folder_cannot_be_started(make_window: MakeWindow, clip: Path, qtbot: QtBot) -> None:
    window = make_window(str(clip))
    qtbot.waitUntil(lambda: window.controller.playhead.position == 29, timeout=LONG_MS)
    qtbot.waitUntil(lambda: window.exporting.card is not None, timeout=LONG_MS)
    window.exporting.ask()
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, ExportSheet)
    sheet.masks.setChecked(False)
    sheet.overlay.setChecked(False)
    assert not sheet.start_button.isEnabled()
    sheet.masks.setChecked(True)
    sheet.folder.setText("not/absolute")
    assert not sheet.start_button.isEnabled()
    sheet.reject()
    qtbot.wait(20)


def test_a_camera_is_recorded_and_not_exported(make_window: MakeWindow, tmp_path: Path, qtbot: QtBot) -> None:
    window = make_window(
        "camera:0", open_source=lambda spec: FakeSource(2000, live=True, rate=25, size=(64, 48), before=pause)
    )
    window.store.change(export_folder=str(tmp_path))
    qtbot.waitUntil(
        lambda: window.controller.playhead.position is not None and window.exporting.card is not None, timeout=LONG_MS
    )
    window.exporting.ask()
    assert "recorded" in window.banners.messages["export"].text
    window.actions_["record"].trigger()
    qtbot.waitUntil(lambda: window.exporting.recording._recorder is not None, timeout=LONG_MS)
    recorder = window.exporting.recording._recorder
    assert recorder is not None
    qtbot.waitUntil(lambda: recorder.state.frames > 5, timeout=LONG_MS)
    window.actions_["record"].trigger()
    qtbot.waitUntil((recorder.folder / "summary.json").exists, timeout=LONG_MS)
    assert not window.actions_["record"].isChecked()
    summary = json.loads((recorder.folder / "summary.json").read_text())
    assert summary["frames"] > 5
    assert (recorder.folder / "overlay.mp4").stat().st_size > 0


def pause(_: int) -> None:
    """A camera takes its time."""
    import time

    time.sleep(0.02)


def test_exports_wait_for_each_other_and_can_be_cancelled(tmp_path: Path, qtbot: QtBot, no_qt_left: None) -> None:
    clip = write_clip(tmp_path / "long.mp4", frames=300, size=(320, 240))
    background = Background()
    jobs = ExportJobs(background)
    first = jobs.start(SegmentRequest(spec=str(clip), method="street", device="cpu", folder=tmp_path / "a"))
    second = jobs.start(SegmentRequest(spec=str(clip), method="street", device="cpu", folder=tmp_path / "b"))
    assert (first.status, second.status) == ("running", "waiting")
    qtbot.waitUntil(lambda: first.done > 3, timeout=LONG_MS)
    assert first.rate is not None
    assert first.left_s is not None
    jobs.cancel(second)
    jobs.cancel(first)
    qtbot.waitUntil(lambda: first.status == "cancelled", timeout=LONG_MS)
    assert second.status == "cancelled"
    assert not (tmp_path / "a" / "summary.json").exists()
    third = jobs.start(SegmentRequest(spec=str(clip), method="no such model", device="cpu", folder=tmp_path / "c"))
    qtbot.waitUntil(lambda: third.status == "failed", timeout=LONG_MS)
    assert "no such model" in third.text
    background.close()
