"""Nobody loses their place: a clip opens where it was left, also after the program was killed."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.session.store import ClipState, Sessions
from tests.app.window.conftest import LONG_MS, MakeWindow
from tests.engine.fakes import FakeSource
from tests.sweep import sweep_count

KILLS = sweep_count(sample=10, full=100)

CHILD = """
import sys, time
from pathlib import Path
from app.session.store import ClipState, Sessions
folder = Path(sys.argv[1])
sessions = Sessions.read(folder)
for frame in range(100_000):
    sessions.remember("/clips/drive.mp4", ClipState(frame=frame, seen=time.time()))
    sessions.copy().write()
    print(frame, flush=True)
"""


def test_a_clip_opens_where_it_was_left(make_window: MakeWindow, home: Path, qtbot: QtBot) -> None:
    def opened() -> FakeSource:
        return FakeSource(500, rate=1, size=(64, 48))

    window = make_window(open_source=lambda spec: opened())
    window.open("/clips/drive.mp4")
    qtbot.waitUntil(
        lambda: bool(window.controller.playhead.position is not None and window.classes.model.names), timeout=LONG_MS
    )
    window.controller.playhead.pause()
    window.controller.playhead.seek(123)
    qtbot.waitUntil(lambda: window.controller.playhead.position == 123, timeout=LONG_MS)
    window.controller.playhead.set_range((100, 200))
    window.controller.playhead.set_loop(True)
    window.controller.playhead.set_speed(2.0)
    window.classes.set_hidden(("car", "sky"))
    window.view.zoom(3)
    seen = window.view.view_state()
    window.close()

    again = make_window(open_source=lambda spec: opened())
    assert again.sessions.last() is not None
    again.open("/clips/drive.mp4")
    qtbot.waitUntil(
        lambda: bool(again.controller.playhead.position == 123 and again.classes.model.names), timeout=LONG_MS
    )
    assert not again.controller.playhead.playing
    assert again.controller.playhead.range == (100, 200)
    assert again.controller.playhead.loop
    assert again.controller.playhead.speed == 2.0
    qtbot.waitUntil(lambda: set(again.classes.hidden) == {"car", "sky"}, timeout=LONG_MS)
    assert again.view.view_state() == pytest.approx(seen, rel=0.05)


def test_a_clip_that_was_seen_to_its_end_begins_at_its_start(make_window: MakeWindow, clip: Path, qtbot: QtBot) -> None:
    window = make_window(str(clip))
    qtbot.waitUntil(
        lambda: window.controller.playhead.position == 29 and not window.controller.playhead.playing, timeout=LONG_MS
    )
    window.close()
    state = Sessions.read(window.store.folder).state_of(str(clip))
    assert state is not None
    assert state.frame == 0


def test_the_last_clip_is_offered_at_the_start(make_window: MakeWindow, home: Path, qtbot: QtBot) -> None:
    sessions = Sessions(home)
    sessions.remember("/clips/drive.mp4", ClipState(frame=41, seen=time.time()))
    sessions.write()
    window = make_window(open_source=lambda spec: FakeSource(500, rate=1))
    window.empty.recent_chosen.emit("/clips/drive.mp4")
    qtbot.waitUntil(lambda: window.controller.playhead.position == 41, timeout=LONG_MS)
    window.forget_recent()
    assert not window.sessions.recent()


def test_two_windows_do_not_lose_each_others_clips(tmp_path: Path) -> None:
    first, second = Sessions.read(tmp_path), Sessions.read(tmp_path)
    first.remember("/a.mp4", ClipState(frame=1, seen=10))
    second.remember("/b.mp4", ClipState(frame=2, seen=20))
    second.remember("/a.mp4", ClipState(frame=9, seen=5))
    first.write()
    second.write()
    both = Sessions.read(tmp_path)
    assert [(spec, state.frame) for spec, state in both.recent()] == [("/b.mp4", 2), ("/a.mp4", 1)]
    both.forget("/b.mp4")
    both.write()
    assert [spec for spec, _ in Sessions.read(tmp_path).recent()] == ["/a.mp4"]


def test_a_damaged_file_is_put_aside(tmp_path: Path) -> None:
    (tmp_path / "sessions.json").write_text('{"clips": {"a": {"frame": "x"')
    sessions = Sessions.read(tmp_path)
    assert not sessions.recent()
    assert len(list(tmp_path.glob("sessions.damaged-*.json"))) == 1


def test_passwords_are_never_written(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path)
    sessions.remember("rtsp://me:secret@host/stream", ClipState(seen=1))
    sessions.write()
    assert "secret" not in (tmp_path / "sessions.json").read_text()
    assert sessions.state_of("rtsp://me:secret@host/stream") is not None


def test_only_the_newest_200_clips_are_kept(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path)
    for number in range(250):
        sessions.remember(f"/{number}.mp4", ClipState(seen=number))
    sessions.write()
    kept = Sessions.read(tmp_path)
    assert len(kept.recent(1000)) == 200
    assert kept.state_of("/0.mp4") is None


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(KILLS))
def test_killed_at_any_moment_the_place_is_whole(tmp_path: Path, seed: int) -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    told = [int(child.stdout.readline()) for _ in range(1 + seed * 7 % 23)]
    time.sleep(seed % 10 * 0.0013)
    child.send_signal(signal.SIGKILL)
    child.wait()
    state = Sessions.read(tmp_path).state_of("/clips/drive.mp4")
    child.stdout.close()
    assert state is not None
    assert state.frame >= told[-1]
    assert not list(tmp_path.glob("*damaged*"))
