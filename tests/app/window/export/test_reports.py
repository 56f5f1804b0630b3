"""Comparisons written from the window."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.export.activity import ActivityBar
from app.export.comparison_sheet import ComparisonSheet
from app.export.jobs import ExportJob, ExportJobs
from app.export.rows import progress_text
from app.export.running import MANNERS, Manner, Outcome
from app.export.sheet import ExportSheet
from app.main_window import MainWindow
from app.player.background import Background
from app.player.clip import ClipInfo
from engine.work import CompareRequest, Request
from tests.app.window.clips import write_clip
from tests.app.window.conftest import LONG_MS, MakeWindow
from tests.app.window.fakes import FakeSegmenter
from tests.engine.fakes import FakeSource


@pytest.fixture
def short(tmp_path: Path) -> Path:
    """Six frames: a verdict takes as long as the clip."""
    return write_clip(tmp_path / "short ä.mp4", frames=6, rate=25)


def named_street(make_window: MakeWindow, clip: Path, qtbot: QtBot) -> MainWindow:
    """A window whose slot A holds, by its name, the bundled model that a comparison loads anew."""
    window = make_window(str(clip), segmenter=FakeSegmenter())
    qtbot.waitUntil(
        lambda: window.controller.playhead.position is not None and bool(window.controller.methods), timeout=LONG_MS
    )
    window.controller.a.use("street")
    qtbot.waitUntil(lambda: window.controller.a.name == "street", timeout=LONG_MS)
    return window


def the_sheet(window: MainWindow) -> ComparisonSheet:
    window.actions_["report"].trigger()
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, ComparisonSheet)
    return sheet


def buttons(bar: ActivityBar) -> dict[str, QPushButton]:
    """Of every row of the queue."""
    found = [button for line in bar.queue.lines.values() for button in line.findChildren(QPushButton)]
    return {button.text(): button for button in found if not button.isHidden()}


def test_a_comparison_is_written_while_the_window_is_used(
    make_window: MakeWindow, short: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = named_street(make_window, short, qtbot)
    window.controller.b.use("hold(street, n=2)")
    sheet = the_sheet(window)
    assert (sheet.a, sheet.b) == ("street", "hold(street, n=2)")
    assert not sheet.fill_button.isVisibleTo(sheet)
    sheet.folder.setText(str(tmp_path / "out"))
    qtbot.waitUntil(lambda: "free" in sheet._takes.text(), timeout=LONG_MS)
    assert "short ä-compare street and hold(street, n=2)" in sheet._takes.text()
    sheet.start_button.click()
    bar = window.exporting.bar
    qtbot.waitUntil(lambda: "Open the report" in buttons(bar), timeout=LONG_MS)
    folder = tmp_path / "out" / "short ä-compare street and hold(street, n=2)"
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert (summary["a"]["method"], summary["b"]["method"]) == ("street", "hold(street, n=2)")
    assert summary["frames"] == 6
    (line,) = bar.queue.lines.values()
    assert "licker" in line.text.text()
    assert line.text.text() == line.text.toolTip()
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    buttons(bar)["Open the report"].click()
    buttons(bar)["Show in folder"].click()
    assert opened == [str(folder / "report.html"), str(folder)]
    buttons(bar)["Open the video"].click()
    qtbot.waitUntil(
        lambda: window.controller.clip is not None and window.controller.clip.name == "compare.mp4", timeout=LONG_MS
    )
    assert window.store.settings.export_folder == str(tmp_path / "out")


def test_slot_b_takes_what_was_trained_from_a_to_be_consistent(
    make_window: MakeWindow, short: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = named_street(make_window, short, qtbot)
    asked: list[str] = []
    monkeypatch.setattr(
        "app.compare.comparing.consistent_of", lambda card, entries: asked.append(card.name) or "street-large"
    )
    window.comparing.set_mode("side")
    assert window.controller.b.name == "street-large"
    assert len(asked) == 1


def test_an_empty_slot_b_is_filled_from_the_sheet(make_window: MakeWindow, short: Path, qtbot: QtBot) -> None:
    window = named_street(make_window, short, qtbot)
    sheet = the_sheet(window)
    assert sheet.b is None
    assert not sheet.start_button.isEnabled()
    sheet.fill_button.click()
    assert sheet.b == window.controller.b.name == "ema(street)"
    qtbot.waitUntil(sheet.start_button.isEnabled, timeout=LONG_MS)
    assert not sheet.fill_button.isVisibleTo(sheet)
    sheet.folder.setText("not/absolute")
    assert not sheet.start_button.isEnabled()
    sheet.reject()


def test_what_is_in_the_way_is_named_and_a_free_name_offered(tmp_path: Path, qtbot: QtBot, no_qt_left: None) -> None:
    background = Background()
    clip = ClipInfo("a.mp4", "a.mp4", (96, 64), None, 10, False)
    there = tmp_path / "a-compare street and ema(street)"
    there.mkdir()
    (there / "report.html").write_text("mine")
    (there / "notes.txt").write_text("mine")
    sheet = ComparisonSheet(clip, "street", "ema(street)", background, folder=str(tmp_path))
    qtbot.waitUntil(lambda: "notes.txt and 1 more" in sheet._takes.text(), timeout=LONG_MS)
    assert "will be replaced: report.html" in sheet._takes.text()
    assert not sheet.start_button.isEnabled()
    assert sheet.replaces(there) == frozenset()
    sheet.replace.setChecked(True)
    assert sheet.start_button.isEnabled()
    assert sheet.replaces(there) == {"report.html", "notes.txt"}
    sheet.use_free.click()
    qtbot.waitUntil(lambda: "free" in sheet._takes.text(), timeout=LONG_MS)
    assert sheet.results == there.with_name(f"{there.name} 2")
    assert sheet.start_button.isEnabled()
    assert sheet.replaces(sheet.results) == frozenset()
    assert not sheet.replace.isVisibleTo(sheet)
    sheet.folder.setText(str(tmp_path / "other"))
    assert sheet.results == tmp_path / "other" / there.name
    sheet.reject()
    background.close()


def test_a_camera_is_recorded_before_it_is_compared(make_window: MakeWindow, tmp_path: Path, qtbot: QtBot) -> None:
    window = make_window(
        "camera:0",
        open_source=lambda spec: FakeSource(2000, live=True, size=(64, 48), before=lambda _: time.sleep(0.02)),
    )
    window.store.change(export_folder=str(tmp_path))
    assert not window.actions_["report"].isEnabled()
    qtbot.waitUntil(
        lambda: window.controller.playhead.position is not None and window.exporting.card is not None, timeout=LONG_MS
    )
    window.actions_["report"].trigger()
    message = window.banners.messages["export"]
    assert "Record it" in message.text
    (record,) = message.actions
    window.banners.act("export", record.run)
    qtbot.waitUntil(lambda: window.actions_["record"].isChecked(), timeout=LONG_MS)
    window.actions_["report"].trigger()
    assert not window.banners.messages["export"].actions
    window.actions_["record"].trigger()
    qtbot.waitUntil(lambda: bool(list(tmp_path.glob("*/summary.json"))), timeout=LONG_MS)


def test_a_cancelled_comparison_leaves_nothing(tmp_path: Path, qtbot: QtBot, no_qt_left: None) -> None:
    clip = write_clip(tmp_path / "long.mp4", frames=300, size=(320, 240))
    background = Background()
    jobs = ExportJobs(background)
    job = jobs.start(
        CompareRequest(spec=str(clip), a="street", b="hold(street)", device="cpu", folder=tmp_path / "out")
    )
    qtbot.waitUntil(lambda: job.done > 3, timeout=LONG_MS)
    assert list((tmp_path / "out").iterdir())
    jobs.cancel(job)
    qtbot.waitUntil(lambda: job.status == "cancelled", timeout=LONG_MS)
    assert "nothing of it is left" in job.text
    assert not (tmp_path / "out").exists()
    wrong = jobs.start(
        CompareRequest(spec=str(clip), a="street", b="no such model", device="cpu", folder=tmp_path / "out")
    )
    qtbot.waitUntil(lambda: wrong.status == "failed", timeout=LONG_MS)
    assert "no such model" in wrong.text
    background.close()


class Asked(Request):
    """A request that comes to something without a video."""

    @property
    def methods(self) -> tuple[str, ...]:
        return ("street",)


def test_without_a_video_none_is_offered(qtbot: QtBot, no_qt_left: None, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = Outcome("Too few frames to measure flicker.", 0, page=Path("/nowhere/report.html"))
    monkeypatch.setitem(MANNERS, Asked, Manner("report", "", lambda request, progress, cancelled: outcome))
    host = QWidget()
    qtbot.addWidget(host)
    background, bar = Background(), ActivityBar(host)
    bar.setParent(host)
    jobs = ExportJobs(background)
    jobs.changed.connect(bar.show_job)
    jobs.start(Asked(spec="a.mp4", folder=Path("/nowhere")))
    qtbot.waitUntil(lambda: "Cancel" not in buttons(bar) and bool(buttons(bar)), timeout=LONG_MS)
    assert set(buttons(bar)) == {"Open the report", "Show in folder"}
    background.close()


def test_the_last_frame_is_not_the_end_of_the_work() -> None:
    job = ExportJob(
        Asked(spec="a.mp4", folder=Path("/nowhere")), "running", done=50, total=100, began=time.monotonic() - 1
    )
    assert "50 / 100" in progress_text(job)
    job.done = 100
    assert "finishing" in progress_text(job)


def test_an_export_takes_the_method_as_it_is_written(
    make_window: MakeWindow, short: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    window = named_street(make_window, short, qtbot)
    window.controller.a.use("hold(street, n=4)")
    qtbot.waitUntil(lambda: window.controller.methods[0].name.startswith("hold"), timeout=LONG_MS)
    window.exporting.ask()
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, ExportSheet)
    assert "hold(street, n=4)" in sheet.sentence.text()
    sheet.folder.setText(str(tmp_path / "out"))
    qtbot.waitUntil(sheet.start_button.isEnabled, timeout=LONG_MS)
    sheet.start_button.click()
    summary = tmp_path / "out" / f"{short.stem} hold(street, n=4)" / "summary.json"
    qtbot.waitUntil(summary.exists, timeout=LONG_MS)
    assert json.loads(summary.read_text(encoding="utf-8"))["method"] == "hold(street, n=4)"


def test_the_window_starts_without_matplotlib() -> None:
    code = "import sys, app.main_window, app.window; print('matplotlib' in sys.modules, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
