"""Work that takes as long as a test wants, in place of exports."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.export.running import MANNERS, Manner, Outcome
from engine.errors import Cancelled
from engine.progress import CancelCheck, Progress
from engine.work import Request, SegmentRequest

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
