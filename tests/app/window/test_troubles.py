"""What the window says and does when something goes wrong: files, models, sources, crashes."""

import threading
from pathlib import Path

from pytestqt.qtbot import QtBot

from engine.errors import BackendError, ModelError, VideoError
from engine.video.sentinel import OpenSentinel
from tests.app.window.conftest import LONG_MS, MakeWindow
from tests.app.window.fakes import FakeSegmenter, fakes
from tests.app.window.hands import played_to_end, until
from tests.engine.fakes import FakeSource


def test_a_missing_file_is_told_in_the_banner(make_window: MakeWindow, tmp_path: Path, qtbot: QtBot) -> None:
    window = make_window(str(tmp_path / "nothing.mp4"))
    until(qtbot, lambda: window.empty.failure)
    assert "nothing.mp4" in window.empty.failure
    assert window.empty.retry_button.isVisible()
    assert window.stage.currentWidget() is window.empty
    assert window.empty.open_button.isVisible()


def test_an_error_goes_away_when_something_opens(
    make_window: MakeWindow, clip: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    window = make_window(str(tmp_path / "nothing.mp4"))
    until(qtbot, lambda: window.empty.failure)
    window.open(str(clip))
    played_to_end(qtbot, window, 29)
    assert not window.banners.messages


def test_the_end_of_a_damaged_clip_is_told_and_its_masks_stay(make_window: MakeWindow, qtbot: QtBot) -> None:
    source = FakeSource(5, rate=1000, error=VideoError("x.mp4: damaged behind frame 4. Convert it again.", frame=5))
    window = make_window("x.mp4", open_source=fakes(source))
    until(qtbot, lambda: "clip" in window.banners.messages)
    assert "damaged behind frame 4" in window.banners.messages["clip"].text
    assert window.stage.currentWidget() is window.view
    assert window.controller.playhead.position == 4


def test_a_failing_runtime_gives_one_banner_and_pauses(make_window: MakeWindow, qtbot: QtBot) -> None:
    def fail(value: int) -> None:
        raise BackendError("out of memory. Use a smaller model.")

    window = make_window("x", segmenter=FakeSegmenter(before=fail), open_source=fakes(FakeSource(1000)))
    until(qtbot, lambda: "frame" in window.banners.messages)
    until(qtbot, lambda: not window.controller.playhead.playing)
    assert list(window.banners.messages) == ["frame"]
    assert "out of memory" in window.banners.messages["frame"].text
    assert window.stage.currentWidget() is window.view, "the picture is shown all the same"


def test_without_a_model_the_clip_still_plays(make_window: MakeWindow, clip: Path, qtbot: QtBot) -> None:
    window = make_window(str(clip), segmenter=ModelError("there is no model 'street'"))
    played_to_end(qtbot, window, 29)
    assert "there is no model 'street'" in window.banners.messages["model"].text
    assert window.view.panes[0].masks.image is None


def test_the_wrong_provider_is_plain_to_see(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(
        segmenter=FakeSegmenter(warning="CUDA was asked for, but there is no driver: runs on the CPU.")
    )
    until(qtbot, lambda: "provider" in window.banners.messages)
    badge = window.status_line.badge
    assert badge.isVisible()
    assert badge.property("level") == "warning"
    assert "no driver" in badge.toolTip()
    window.banners.remove("provider")
    badge.click()
    assert "provider" in window.banners.messages


def test_a_live_source_tells_its_stalls_and_offers_no_seeking(make_window: MakeWindow, qtbot: QtBot) -> None:
    go = threading.Semaphore(1)
    source = FakeSource(1000, live=True, before=lambda _: go.acquire(timeout=LONG_MS / 1000))
    window = make_window("camera:0", open_source=fakes(source))
    until(qtbot, lambda: window.controller.playhead.position == 0)
    assert not window.transport.timeline.isEnabled()
    assert window.transport._time.text() == "Live"
    source.status = "no picture for 2 s; trying again"
    until(qtbot, lambda: "live" in window.banners.messages)
    assert "camera 0: no picture for 2 s" in window.banners.messages["live"].text
    source.status = None
    until(qtbot, lambda: "live" not in window.banners.messages)
    window.controller.close_clip()
    go.release(1000)


def test_a_crash_is_remembered_and_the_clip_offered(
    make_window: MakeWindow, clip: Path, home: Path, qtbot: QtBot
) -> None:
    left_by_a_crash(home, clip)
    window = make_window(str(clip))
    until(qtbot, lambda: "sentinel" in window.banners.messages)
    message = window.banners.messages["sentinel"]
    assert str(clip) in message.text
    assert [action.label for action in message.actions] == ["Open it anyway", "Start without it"]
    assert window.controller.clip is None
    assert window.stage.currentWidget() is window.empty
    window.banners.act("sentinel", message.actions[0].run)
    played_to_end(qtbot, window, 29)


def test_starting_without_the_left_over_file_forgets_it(
    make_window: MakeWindow, clip: Path, home: Path, qtbot: QtBot
) -> None:
    left_by_a_crash(home, clip)
    window = make_window()
    until(qtbot, lambda: "sentinel" in window.banners.messages)
    window.banners.act("sentinel", window.banners.messages["sentinel"].actions[1].run)
    until(qtbot, lambda: OpenSentinel(home).left_over() is None)
    assert not window.banners.messages


def test_another_clip_than_the_left_over_one_just_opens(
    make_window: MakeWindow, clip: Path, home: Path, qtbot: QtBot
) -> None:
    left_by_a_crash(home, clip.with_name("other.mp4"))
    window = make_window(str(clip))
    played_to_end(qtbot, window, 29)


def test_a_clean_close_leaves_no_mark(make_window: MakeWindow, clip: Path, home: Path, qtbot: QtBot) -> None:
    window = make_window(str(clip))
    played_to_end(qtbot, window, 29)
    assert list(home.glob("open-*.json"))
    window.close()
    assert not list(home.glob("open-*.json"))


def test_a_file_is_probed_before_it_is_marked_or_opened(
    make_window: MakeWindow, clip: Path, home: Path, qtbot: QtBot
) -> None:
    def refuse(path: Path) -> None:
        raise VideoError(f"{path}: the decoder crashed on it (SIGSEGV). It stays closed; convert it again.")

    opened: list[str] = []
    window = make_window(str(clip), probe=refuse, open_source=lambda spec: opened.append(spec) or FakeSource())
    until(qtbot, lambda: window.empty.failure)
    assert "SIGSEGV" in window.empty.failure
    assert not opened
    assert not list(home.glob("open-*.json"))


def test_damaged_settings_are_no_obstacle(make_window: MakeWindow, home: Path) -> None:
    (home / "settings.json").write_text("{ not json")
    assert make_window().classes.opacity.value() == 55


def left_by_a_crash(home: Path, path: Path) -> None:
    """The mark of a process that is gone."""
    OpenSentinel(home).mark(path)
    (mark,) = home.glob("open-*.json")
    mark.rename(home / "open-999999999.json")


def test_a_length_that_was_wrongly_promised_is_corrected_at_the_end(make_window: MakeWindow, qtbot: QtBot) -> None:
    source = FakeSource(5, rate=1000)

    def found(index: int) -> None:
        source.frame_count = 5 if index == 4 else 9

    source.frame_count, source._before = 9, found
    window = make_window("x.mp4", open_source=fakes(source))
    until(qtbot, lambda: window.controller.playhead.position == 4 and not window.controller.playhead.playing)
    assert window.transport.frame_button.text() == "4 / 4"


def test_what_nobody_caught_is_told_once(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    thread = threading.Thread(target=lambda: window.failed.emit(ValueError("a slip")))
    thread.start()
    thread.join()
    until(qtbot, lambda: "unexpected" in window.banners.messages)
    assert "ValueError: a slip" in window.banners.messages["unexpected"].text
