"""Makes the pictures of the documentation: the real window on the bundled clip, grabbed from the screen.

xvfb-run -s "-screen 0 1600x1000x24" python docs/screenshots.py docs/images
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from app.main_window import MainWindow
from app.window import make_application, make_window
from resources import DEMO_CLIP, MODELS


def wait(ms: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def grab(widget: QWidget, path: Path) -> None:
    """Take what the screen shows of a window."""
    wait(300)
    screen = widget.screen()
    screen.grabWindow(int(widget.winId())).save(str(path))


def until(condition: Callable[[], bool]) -> None:
    while not condition():
        wait(50)


def show(window: MainWindow, theme: str, folder: Path) -> None:
    window.keep_settings(window.settings.model_copy(update={"theme": theme}))
    grab(window, folder / f"empty-{theme}.png")
    window.open(str(DEMO_CLIP))
    until(lambda: (window.controller.position or 0) >= 100)
    window.controller.pause()
    window.controller.seek(104)
    until(lambda: window.controller.position == 104)
    wait(400)
    grab(window, folder / f"playing-{theme}.png")
    if theme == "dark":
        window.modelling.show_card()
        until(lambda: QApplication.activeModalWidget() is not None)
        sheet = QApplication.activeModalWidget()
        grab(sheet, folder / "card.png")
        sheet.reject()
        os.chdir(MODELS)  # so that the picture shows a name and no place of this machine
        window.modelling.ask_import("street.onnx")
        sheet = QApplication.activeModalWidget()
        sheet.name.setText("my-street")  # type: ignore[attr-defined]
        until(lambda: sheet.add_button.isEnabled())  # type: ignore[attr-defined]
        grab(sheet, folder / "import.png")
        sheet.reject()
        window.assistance.show_keys()
        sheet = QApplication.activeModalWidget()
        grab(sheet, folder / "keys.png")
        sheet.reject()
    window.controller.close_clip()
    window.forget_recent()
    wait(200)


def main() -> int:
    os.environ["STEADYMASK_HOME"] = tempfile.mkdtemp()
    folder = Path(sys.argv[1]).absolute()
    make_application()
    window = make_window(device="cpu")
    window.resize(1360, 860)
    window.show()
    window.start(None)
    until(lambda: bool(window.classes.model.names))
    for theme in ("dark", "light"):
        show(window, theme, folder)
    window.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
