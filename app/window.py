"""Opens the window and stays until it is closed."""

import logging
import sys
from dataclasses import asdict
from fractions import Fraction

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from app.display import drop_cv2_plugin_path
from app.log import Log, log_qt_messages
from app.main_window import MainWindow
from app.player.clip import ClipOpener
from app.player.controller import Controller
from app.player.devices import DevicePools, RunsOn
from app.player.image_rates import ImageRates
from app.session.signals import EndSignals
from app.session.store import Sessions
from app.settings import DEFAULT_METHOD, settings_folder
from app.settings.store import SettingsStore
from app.style.theme import Choice, apply_theme
from engine.backends.base import DEFAULT_BACKEND, Device
from engine.methods import make_pool
from engine.shelves import Shelves
from engine.storage.places import log_folder
from engine.video import open_video
from engine.video.probe import probe_file
from engine.video.sentinel import OpenSentinel
from resources import DEMO_CLIP

_SWITCH_S = 0.001

_LOG = logging.getLogger(__name__)


def make_application() -> QApplication:
    """The QApplication, in our look; an existing one is used again."""
    drop_cv2_plugin_path()
    # Threads that compute hand the interpreter over five times as often as by default, so that the window answers.
    sys.setswitchinterval(_SWITCH_S)
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(sys.argv[:1])
    application.setApplicationName("Steadymask")
    apply_theme(application)
    return application


def make_window(
    *,
    method: str | None = None,
    method_b: str | None = None,
    device: Device = "auto",
    backend: str = DEFAULT_BACKEND,
) -> MainWindow:
    """A window with `method` in slot A and `method_b` in B, not shown yet. Needs a QApplication.

    method: None for the one chosen last, or the bundled one where that cannot be loaded. device, backend: what models
    run on; left as they are, the settings say.
    """
    folder = settings_folder()
    store = SettingsStore(folder)
    chosen = RunsOn(store.settings.device, store.settings.backend)
    devices = DevicePools(lambda runs_on: make_pool(**asdict(runs_on)), chosen, RunsOn(device, backend))
    opener = ClipOpener(OpenSentinel(folder), probe_file, ImageRates(store).opening(open_video))
    fallback = DEFAULT_METHOD if method is None else None
    first = method or store.settings.method
    controller = Controller(opener, devices.make, first, method_b, fallback=fallback, shelves=Shelves())
    demo = DEMO_CLIP if DEMO_CLIP.is_file() else None
    store.changed.connect(lambda fields: _show_theme(store.settings.theme) if "theme" in fields else None)
    if store.settings.theme != "system":  # which is what the application has begun with
        _show_theme(store.settings.theme)
    return MainWindow(controller, devices, store, Sessions.read(folder), demo)


def _show_theme(theme: Choice) -> None:
    application = QApplication.instance()
    if isinstance(application, QApplication):
        apply_theme(application, theme)


def open_window(
    clip: str | None,
    *,
    method: str | None = None,
    method_b: str | None = None,
    device: Device = "auto",
    backend: str = DEFAULT_BACKEND,
    fps: Fraction | None = None,
) -> int:
    """Open the window with `clip` (a path, a URL or `camera:0`) and run until it is closed. Returns the exit code.

    method, method_b: for slots A and B; with a B both are shown side by side. method, device: as
    `make_window` has them. fps: how many images of the folder `clip` make a second; None for what was said before.
    """
    application = make_application()
    log = _start_log()
    window = make_window(method=method, method_b=method_b, device=device, backend=backend)
    if fps is not None and clip is not None:
        ImageRates(window.store).set(clip, fps)
    if log is not None:
        log.catch(window.failed.emit)
    with EndSignals() as signals:
        signals.received.connect(lambda _: _leave(window))
        window.show()
        if method_b is not None:
            window.comparing.set_mode("side")
        window.start(clip, keep_methods=method is not None or method_b is not None)
        code = application.exec()
        # Quit without a close (the session's end) must stop the threads as well. Deleting here, while the application
        # lives, keeps Qt from tearing the window down in whatever order Python ends in.
        window.leave()
    if log is not None:
        log.catch()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)
    if log is not None:
        log.close()
    return code


def _leave(window: MainWindow) -> None:
    """Close the window; where it had gone and its work went on, no closing window ends the program any more."""
    hidden = window.leaving.hidden
    window.leave()
    if hidden:
        QCoreApplication.quit()


def _start_log() -> Log | None:
    """Start the log file; a folder that cannot be written is no reason not to open the window."""
    try:
        log = Log(log_folder())
    except OSError as error:
        _LOG.warning("there will be no log file: %s", error)
        return None
    log_qt_messages()
    return log
