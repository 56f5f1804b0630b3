"""Work that takes as long as a test wants, in place of exports."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.export.running import MANNERS, Manner, Outcome
from app.main_window import MainWindow
from engine.errors import Cancelled
from engine.progress import CancelCheck, Progress
from engine.work import Request, SegmentRequest
from tests.app.window.conftest import MakeWindow
from tests.app.window.hands import until
from tests.engine.fakes import FakeSource

_TOTAL = 1000


@dataclass
class SlowWork:
    """What exports do until `go` is set. ran: what was begun."""

    go: threading.Event = field(default_factory=threading.Event)
    ran: list[Request] = field(default_factory=list)

    def run(self, request: Request, progress: Progress, cancelled: CancelCheck) -> Outcome:
        self.ran.append(request)
        done = 0
        while not self.go.wait(0.02):
            if cancelled():
                raise Cancelled
            done = min(done + 1, _TOTAL // 2)
            progress(done, _TOTAL)
        return Outcome(f"{_TOTAL} frames written", _TOTAL, video=request.folder / "overlay.mp4")


@pytest.fixture
def slow_work(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowWork]:
    work = SlowWork()
    monkeypatch.setitem(MANNERS, SegmentRequest, Manner("export", "the same export goes on from there", work.run))
    yield work
    work.go.set()


@pytest.fixture
def asked(tmp_path: Path) -> SegmentRequest:
    """An export of a clip that need not be there."""
    return SegmentRequest(spec=str(tmp_path / "walk.mp4"), folder=tmp_path / "out", method="street")


def recording(make_window: MakeWindow, folder: Path, qtbot: QtBot) -> MainWindow:
    """A window that has begun to record a camera into `folder`."""
    window = make_window(
        "camera:0",
        open_source=lambda spec: FakeSource(2000, live=True, size=(64, 48), before=lambda _: time.sleep(0.02)),
    )
    window.store.change(export_folder=str(folder))
    until(qtbot, lambda: window.controller.playhead.position is not None and window.exporting.card)
    window.actions_["record"].trigger()
    until(qtbot, lambda: "frames" in window.exporting.bar.text.text())
    return window
