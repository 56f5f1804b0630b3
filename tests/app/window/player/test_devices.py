"""What models run on: chosen in the preferences or asked for at the start, the same for playing and for exports."""

import threading
from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.export.sheet import ExportSheet
from app.main_window import MainWindow
from app.player.devices import RunsOn
from app.preferences.general_page import GeneralPage
from engine.backends.base import Device
from engine.methods import MethodPool
from engine.methods.base import Method
from engine.work import Request, SegmentRequest
from tests.app.window.conftest import LONG_MS, MakeWindow
from tests.app.window.fakes import FakeSegmenter
from tests.engine.fakes import FakeSource


class Machine:
    """Loads fakes and remembers where; one that is on its way waits for `go_on`."""

    def __init__(self) -> None:
        self.models: list[tuple[Device, FakeSegmenter]] = []
        self.go_on = threading.Event()
        self.go_on.set()

    def pool_on(self, runs_on: RunsOn) -> MethodPool:
        device = runs_on.device

        def load(name: str) -> FakeSegmenter:
            assert self.go_on.wait(LONG_MS / 1000)
            model = FakeSegmenter()
            model.report = replace(model.report, requested=device, provider=device, device=device.upper())
            self.models.append((device, model))
            return model

        return MethodPool(load)  # type: ignore[arg-type]

    @property
    def loaded_on(self) -> list[Device]:
        return [device for device, _ in self.models]


def general_page(window: MainWindow) -> GeneralPage:
    window.assistance.show_preferences()
    (page,) = window.findChildren(GeneralPage)
    return page


def choose(page: GeneralPage, device: Device) -> None:
    page.device.setCurrentIndex(page.device.findData(device))
    page.device.activated.emit(page.device.currentIndex())


def runs_on(window: MainWindow) -> list[str]:
    return [method.report.provider for method in window.controller.methods]


def test_another_device_loads_what_plays_anew_and_the_clip_stays_where_it_is(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    machine = Machine()
    window = make_window(open_source=lambda spec: FakeSource(50, rate=10), pool_on=machine.pool_on, measure_clip=True)
    window.open("/clips/drive.mp4")
    window.controller.b.use("hold(fake, n=2)")
    qtbot.waitUntil(lambda: len(window.controller.methods) == 2, timeout=LONG_MS)
    window.controller.playhead.pause()
    window.controller.playhead.seek(7)
    qtbot.waitUntil(lambda: window.controller.playhead.position == 7, timeout=LONG_MS)
    assert machine.loaded_on == ["auto"], "both slots share the model"
    track = window.measuring.track
    assert track is not None
    qtbot.waitUntil(lambda: track.analysed(1) == 50, timeout=LONG_MS)

    machine.go_on.clear()
    choose(general_page(window), "cpu")
    # The window goes on while the models load, with those that it has.
    window.controller.playhead.seek(8)
    qtbot.waitUntil(lambda: window.controller.playhead.position == 8, timeout=LONG_MS)
    assert runs_on(window) == ["auto", "auto"]
    machine.go_on.set()

    qtbot.waitUntil(lambda: runs_on(window) == ["cpu", "cpu"], timeout=LONG_MS)
    qtbot.waitUntil(lambda: machine.models[0][1].closed, timeout=LONG_MS)
    moved = [model for device, model in machine.models if device == "cpu"]
    qtbot.waitUntil(lambda: any(8 in model.calls for model in moved), timeout=LONG_MS)  # the frame that is shown, again
    qtbot.waitUntil(lambda: track.analysed(1) == 50 == max(len(set(model.calls)) for model in moved), timeout=LONG_MS)
    assert window.controller.playhead.position == 8
    assert window.controller.clip is not None
    assert not window.controller.playhead.playing
    assert "CPU" in window.status_line.badge.text()
    assert set(machine.loaded_on) == {"auto", "cpu"}
    assert window.store.settings.device == "cpu"


def test_the_setting_is_what_the_window_starts_on(make_window: MakeWindow, home: Path, qtbot: QtBot) -> None:
    (home / "settings.json").write_text('{"device": "cpu"}')
    machine = Machine()
    window = make_window(pool_on=machine.pool_on)
    qtbot.waitUntil(lambda: runs_on(window) == ["cpu"], timeout=LONG_MS)


def test_what_the_command_line_asks_for_holds_for_the_session(
    make_window: MakeWindow, clip: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    machine = Machine()
    window = make_window(str(clip), pool_on=machine.pool_on, device="cpu")
    qtbot.waitUntil(
        lambda: window.controller.playhead.position == 29 and not window.controller.playhead.playing, timeout=LONG_MS
    )
    page = general_page(window)
    assert "--device cpu" in page.device_note.text()
    choose(page, "cuda")
    assert window.store.settings.device == "cuda"
    started: list[Request] = []
    window.exporting.jobs.start = started.append  # type: ignore[method-assign, assignment]
    window.exporting.ask()
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, ExportSheet)
    sheet.folder.setText(str(tmp_path / "out"))
    qtbot.waitUntil(sheet.start_button.isEnabled, timeout=LONG_MS)
    sheet.start_button.click()
    (request,) = started
    assert isinstance(request, SegmentRequest)
    assert request.device == "cpu"
    assert set(machine.loaded_on) == {"cpu"}
    assert runs_on(window) == ["cpu"]


def test_a_model_that_could_not_be_loaded_is_tried_again_on_another_device(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    def pool_on(runs_on: RunsOn) -> MethodPool:
        def load(name: str) -> Method:
            if runs_on.device != "cpu":
                raise RuntimeError("no driver")
            return FakeSegmenter()

        return MethodPool(load)  # type: ignore[arg-type]

    window = make_window(pool_on=pool_on)
    qtbot.waitUntil(lambda: "model" in window.banners.messages, timeout=LONG_MS)
    choose(general_page(window), "cpu")
    qtbot.waitUntil(lambda: len(window.controller.methods) == 1, timeout=LONG_MS)
    assert "model" not in window.banners.messages
