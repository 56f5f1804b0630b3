"""Opens the window and stays until it is closed."""

import sys

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from app.display import drop_cv2_plugin_path
from app.main_window import MainWindow
from app.player.clip import ClipOpener
from app.player.controller import Controller
from app.player.model import SharedSegmenter
from app.session import Sessions
from app.settings import read_settings, settings_folder
from app.theme import apply_theme
from engine.backends.base import Device
from engine.segmenter import load_model
from engine.video import open_video
from engine.video.probe import probe_file
from engine.video.sentinel import OpenSentinel
from resources import DEMO_CLIP


def make_application() -> QApplication:
    """The QApplication, in our look; an existing one is used again."""
    drop_cv2_plugin_path()
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(sys.argv[:1])
    application.setApplicationName("Steadymask")
    apply_theme(application)
    return application


def make_window(*, method: str = "street", device: Device = "auto") -> MainWindow:
    """A window that runs the model `method`, not shown yet. Needs a QApplication."""
    folder = settings_folder()
    opener = ClipOpener(OpenSentinel(folder), probe_file, open_video)
    controller = Controller(opener, lambda name: SharedSegmenter(load_model(name, device=device)), method)
    demo = DEMO_CLIP if DEMO_CLIP.is_file() else None
    return MainWindow(controller, read_settings(folder), Sessions.read(folder), folder, demo)


def open_window(clip: str | None, *, method: str = "street", device: Device = "auto") -> int:
    """Open the window with `clip` (a path, a URL or `camera:0`) and run until it is closed. Returns the exit code."""
    application = make_application()
    window = make_window(method=method, device=device)
    window.show()
    window.start(clip)
    code = application.exec()
    # Quit without a close (a signal, the session's end) must stop the threads as well. Deleting here, while the
    # application lives, keeps Qt from tearing the window down in whatever order Python ends in.
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)
    return code
