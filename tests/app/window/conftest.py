"""Fixtures for the window: offscreen, settings in a folder of their own, nothing of Qt left behind."""

import gc
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from app.main_window import MainWindow
from app.player.clip import ClipOpener
from app.player.controller import Controller
from app.player.devices import DevicePools, RunsOn
from app.player.image_rates import ImageRates
from app.session.store import Sessions
from app.settings import read_settings
from app.settings.store import SettingsStore
from app.style.theme import apply_theme
from engine.backends.base import Device
from engine.methods import MethodPool
from engine.shelves import Shelves
from engine.video import VideoSource, open_video
from engine.video.sentinel import OpenSentinel
from tests.app.window.clips import write_clip
from tests.app.window.fakes import FakeSegmenter

LONG_MS = 60_000


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings and sentinel of this test alone."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("STEADYMASK_HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def _no_virtual_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of a test is seen in somebody's call."""
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)


@pytest.fixture(scope="session", autouse=True)
def _only_what_tests_make() -> None:
    """What was imported stays out of every later collection: it is most of what there is, and never garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    return QApplication


@pytest.fixture
def no_qt_left(qapp: QApplication) -> Iterator[None]:
    """Fail a test that leaves a top-level widget or a running timer behind, and say which."""
    apply_theme(qapp)
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    widgets = [f"{type(widget).__name__} {widget.windowTitle()!r}" for widget in qapp.topLevelWidgets()]
    assert not widgets, f"widgets left behind by this test: {', '.join(widgets)}"
    # By type: asking an object for its class wakes the lazy modules of other libraries.
    timers = [thing for thing in gc.get_objects() if issubclass(type(thing), QTimer)]
    timers = [timer for timer in timers if isValid(timer) and timer.isActive()]
    assert not timers, f"timers left running by this test: {timers}"


MakeWindow = Callable[..., MainWindow]


@pytest.fixture
def make_window(home: Path, no_qt_left: None, qtbot: QtBot) -> Iterator[MakeWindow]:
    """Makes a window on fakes or on real sources; it is closed and deleted after the test."""
    made: list[MainWindow] = []

    def make(
        clip: str | None = None,
        *,
        segmenter: FakeSegmenter | Exception | None = None,
        open_source: Callable[[str], VideoSource] = open_video,
        probe: Callable[[Path], object] = lambda path: None,
        load: Callable[[], None] = lambda: None,
        demo: Path | None = None,
        measure_clip: bool = False,
        device: Device = "auto",
        pool_on: Callable[[RunsOn], MethodPool] | None = None,
    ) -> MainWindow:
        model = FakeSegmenter() if segmenter is None else segmenter

        def load_model(name: str) -> FakeSegmenter:
            load()
            if isinstance(model, Exception):
                raise model
            return model

        # A second reader of the clip would be in the way of tests that count what is decoded.
        store = SettingsStore(home, read_settings(home).with_changes(measure_clip=measure_clip))
        devices = DevicePools(
            pool_on or (lambda _: MethodPool(load_model)), RunsOn(store.settings.device), RunsOn(device)
        )
        opener = ClipOpener(OpenSentinel(home), probe, ImageRates(store).opening(open_source))
        controller = Controller(opener, devices.make, "fake", shelves=Shelves())
        window = MainWindow(controller, devices, store, Sessions.read(home), demo)
        made.append(window)
        window.show()
        window.start(clip)
        return window

    yield make
    for window in made:
        window.leave()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 frames at 100 per second, each of one grey: 8 × its index."""
    return write_clip(tmp_path_factory.mktemp("clips") / "grey ä.mp4", frames=30)
