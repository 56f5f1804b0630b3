"""Two methods in the window: both slots on the same frame, and what is measured of them where it is looked for."""

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from engine.frame_result import FrameResult
from engine.video.standin import StandInSource
from tests.app.window.conftest import LONG_MS, MakeWindow
from tests.engine.fakes import FakeSource

HOLD = "hold(fake, n=3)"
FRAMES = 90


def opened(make_window: MakeWindow, qtbot: QtBot, *, measure_clip: bool = False, b: str | None = HOLD) -> MainWindow:
    window = make_window(open_source=lambda spec: FakeSource(FRAMES, rate=30, size=(64, 48)), measure_clip=measure_clip)
    qtbot.waitUntil(lambda: len(window.controller.methods) == 1, timeout=LONG_MS)
    window.controller.b.use(b)
    qtbot.waitUntil(lambda: len(window.controller.methods) == (1 if b is None else 2), timeout=LONG_MS)
    window.open("/clips/drive.mp4")
    qtbot.waitUntil(lambda: window.controller.playhead.position is not None, timeout=LONG_MS)
    return window


def wait_for_methods(window: MainWindow, qtbot: QtBot, *names: str) -> None:
    qtbot.waitUntil(lambda: tuple(each.name for each in window.controller.methods) == names, timeout=LONG_MS)


def test_both_slots_show_the_same_frame(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window, qtbot)
    results: list[FrameResult] = []
    window.controller.shown.connect(results.append)
    qtbot.waitUntil(lambda: len(results) > 5, timeout=LONG_MS)
    assert all([made.method for made in result.slots] == ["fake", HOLD] for result in results)
    assert all([made.unsmoothed is None for made in result.slots] == [True, False] for result in results)


def test_a_mode_that_compares_fills_slot_b(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window, qtbot, b=None)
    window.actions_["view-flicker"].trigger()
    assert window.controller.b.name is None, "A alone has a flicker map too"
    window.actions_["view-wipe"].trigger()
    assert window.controller.b.name == "ema(fake)"
    assert window.view.mode == "wipe"
    checked = [each for each in window.actions_.ids if each.startswith("view-") and window.actions_[each].isChecked()]
    assert checked == ["view-wipe"]
    before = window.view.divider
    window.actions_["wipe-left"].trigger()
    assert window.view.divider < before
    window.actions_["clear-b"].trigger()
    assert window.controller.b.name is None


def test_one_method_asked_for_again_is_the_other(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window, qtbot)
    assert (window.view.mode, window.view.single_slot) == ("single", 0)
    for slot in (1, 0):
        window.actions_["view-single"].trigger()
        assert (window.view.mode, window.view.single_slot) == ("single", slot)
        assert window.actions_["view-single"].isChecked()


def test_the_panel_shows_and_changes_both_slots(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window, qtbot)
    panel = window.compare_panel
    assert panel.a.method == "fake"
    assert panel.b.method == HOLD
    panel.b_chosen.emit("median(fake, n=7)")
    qtbot.waitUntil(
        lambda: [m.name for m in window.controller.methods] == ["fake", "median(fake, n=7)"], timeout=LONG_MS
    )
    panel.swap_asked.emit()
    qtbot.waitUntil(
        lambda: [m.name for m in window.controller.methods] == ["median(fake, n=7)", "fake"], timeout=LONG_MS
    )
    assert panel.a.method == "median(fake, n=7)"
    assert panel.b.method == "fake"
    panel.b_chosen.emit(None)
    qtbot.waitUntil(lambda: len(window.controller.methods) == 1, timeout=LONG_MS)


def test_the_whole_clip_is_measured_behind_the_back(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window, qtbot, measure_clip=True)
    window.controller.playhead.pause()
    track = window.measuring.track
    assert track is not None
    qtbot.waitUntil(lambda: track.analysed(0) == track.analysed(1) == FRAMES, timeout=LONG_MS)
    readout = window.compare_panel.readout
    qtbot.waitUntil(lambda: readout.span.text() == "Whole clip", timeout=LONG_MS)
    assert "B flickers" in readout.sentence.text()
    assert "less than A" in readout.sentence.text()
    curve = track.curve(1, "flicker")
    # Held for three frames: every third pair flips, and no other.
    flips = curve.values[1:] > 0.5
    assert flips.tolist() == [index % 3 == 0 for index in range(1, FRAMES)]


def test_from_one_worst_moment_to_the_next(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(open_source=lambda spec: Restless(FRAMES, rate=30, size=(64, 48)), measure_clip=True)
    window.open("/clips/drive.mp4")
    qtbot.waitUntil(lambda: window.controller.playhead.position is not None, timeout=LONG_MS)
    window.controller.playhead.pause()
    track = window.measuring.track
    assert track is not None
    qtbot.waitUntil(lambda: track.analysed(0) == FRAMES, timeout=LONG_MS)
    qtbot.waitUntil(lambda: sorted(window.measuring._moments) == [30, 70], timeout=LONG_MS)
    window.controller.playhead.seek(0)
    qtbot.waitUntil(lambda: window.controller.playhead.position == 0, timeout=LONG_MS)
    for frame in (30, 70, 30):
        window.actions_["next-moment"].trigger()
        qtbot.waitUntil(lambda frame=frame: window.controller.playhead.position == frame, timeout=LONG_MS)
    window.actions_["previous-moment"].trigger()
    qtbot.waitUntil(lambda: window.controller.playhead.position == 70, timeout=LONG_MS)


class Restless(FakeSource):
    """Still, but for another class in two frames."""

    def _frame(self, index: int):  # type: ignore[no-untyped-def]
        frame = super()._frame(0)
        rgb = np.full_like(frame.rgb, 5 if index in (30, 70) else 3)
        return type(frame)(index, index / 30, rgb)


def test_a_pinned_span_is_what_the_readout_looks_at(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window, qtbot, measure_clip=True)
    window.controller.playhead.pause()
    track = window.measuring.track
    assert track is not None
    qtbot.waitUntil(lambda: track.analysed(1) == FRAMES, timeout=LONG_MS)
    window.actions_["pin-span"].trigger()
    assert window.actions_["pin-span"].isChecked()
    readout = window.compare_panel.readout
    qtbot.waitUntil(lambda: readout.span.text().startswith("Frames "), timeout=LONG_MS)
    window.actions_["pin-span"].trigger()
    qtbot.waitUntil(lambda: readout.span.text() == "Whole clip", timeout=LONG_MS)


def test_measuring_the_clip_rests_when_told_and_is_remembered(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window, qtbot)
    track = window.measuring.track
    assert track is not None
    qtbot.wait(200)
    assert track.analysed(0) == 0
    assert not window.actions_["measure-clip"].isChecked()
    window.actions_["measure-clip"].trigger()
    assert window.store.settings.measure_clip
    qtbot.waitUntil(lambda: track.analysed(1) == FRAMES, timeout=LONG_MS)


def test_measuring_the_clip_rests_while_somebody_waits_for_something_else(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(open_source=lambda spec: FakeSource(FRAMES, rate=30, size=(64, 48)), measure_clip=True)
    window.measuring.rest(True)
    window.open("/clips/drive.mp4")
    qtbot.waitUntil(lambda: window.controller.playhead.position is not None, timeout=LONG_MS)
    window.controller.playhead.pause()
    qtbot.wait(200)
    track = window.measuring.track
    assert track is not None
    assert track.analysed(0) == 0
    window.measuring.rest(False)
    qtbot.waitUntil(lambda: track.analysed(0) == FRAMES, timeout=LONG_MS)


def test_a_clip_opens_with_the_methods_and_the_mode_that_it_had(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window, qtbot)
    window.actions_["view-side"].trigger()
    window.close()
    again = make_window(open_source=lambda spec: FakeSource(FRAMES, rate=30, size=(64, 48)))
    assert again.view.mode == "single"
    again.open("/clips/drive.mp4")
    qtbot.waitUntil(lambda: len(again.controller.methods) == 2, timeout=LONG_MS)
    assert again.controller.b.name == HOLD
    assert again.view.mode == "side"


def test_a_method_that_cannot_be_loaded_leaves_the_other_slot_alone(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window, qtbot)
    window.controller.b.use("ema(fake, alpha=7)")
    qtbot.waitUntil(lambda: "model-b" in window.banners.messages, timeout=LONG_MS)
    assert "alpha=7" in window.banners.messages["model-b"].text
    assert [method.name for method in window.controller.methods] == ["fake", HOLD]
    assert window.compare_panel.b.method == HOLD


def test_a_camera_is_measured_too(make_window: MakeWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window = make_window(open_source=lambda spec: StandInSource(size=(160, 90)), measure_clip=True)
    window.controller.b.use(HOLD)
    window.open("camera:demo")
    readout = window.compare_panel.readout
    qtbot.waitUntil(lambda: readout.span.text().startswith("Last minute"), timeout=LONG_MS)
    track = window.measuring.track
    assert track is not None
    qtbot.waitUntil(lambda: len(track.curve(1, "flicker").index) > 20, timeout=LONG_MS)
    assert track.analysed(0) == 0, "there is no whole of it to measure"


@pytest.mark.parametrize("mode", ["single", "side", "wipe", "difference", "flicker"])
def test_closing_while_all_of_it_runs(make_window: MakeWindow, qtbot: QtBot, mode: str) -> None:
    window = opened(make_window, qtbot, measure_clip=True)
    window.comparing.set_mode(mode)  # type: ignore[arg-type]
    window.controller.playhead.play()
    qtbot.wait(60)
    window.close()
    assert not window.isVisible()
