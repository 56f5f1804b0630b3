"""Makes the pictures of the documentation: the real window on the bundled clip, grabbed from the screen.

xvfb-run -s "-screen 0 1600x1000x24" python docs/screenshots.py docs/images

The picture of the report needs Chromium; without it that one is left as it is.
"""

import os
import shutil
import subprocess
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
    window.store.change(theme=theme)
    grab(window, folder / f"empty-{theme}.png")
    window.open(str(DEMO_CLIP))
    until(lambda: (window.controller.playhead.position or 0) >= 100)
    go_to(window, 104)
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
        window.steadying.open_sheet()
        sheet = QApplication.activeModalWidget()
        until(lambda: sheet.start_button.isEnabled())  # type: ignore[attr-defined]
        wait(4000)  # how long it will take is told by then
        grab(sheet, folder / "steady.png")
        sheet.reject()
        window.assistance.show_keys()
        sheet = QApplication.activeModalWidget()
        grab(sheet, folder / "keys.png")
        sheet.reject()
    compare(window, theme, folder)
    window.controller.b.use(None)
    window.comparing.set_mode("single")
    window.controller.close_clip()
    window.forget_recent()
    wait(200)


def compare(window: MainWindow, theme: str, folder: Path) -> None:
    """Both slots, once the whole clip is measured."""
    window.comparing.set_mode("side")
    track = window.measuring.track
    assert track is not None
    frames = window.transport.timeline.maximum() + 1
    until(lambda: track.analysed(1) == frames)
    go_to(window, 104)
    wait(2500)
    grab(window, folder / f"side-{theme}.png")
    if theme == "light":
        return
    window.comparing.set_mode("wipe")
    grab(window, folder / "wipe.png")
    window.comparing.set_mode("flicker")
    window.controller.playhead.play()
    until(lambda: (window.controller.playhead.position or 0) >= 200)
    window.controller.playhead.pause()
    wait(600)
    grab(window, folder / "flicker.png")
    dock = window.docks["Curves"]
    dock.setFloating(True)
    dock.resize(1180, 420)
    dock.move(100, 100)
    window.curves.bar.pin_button.click()
    wait(1500)
    grab(dock, folder / "curves.png")
    window.curves.bar.pin_button.click()
    dock.setFloating(False)
    window.docks.reset()


def go_to(window: MainWindow, frame: int) -> None:
    window.controller.playhead.pause()
    window.controller.playhead.seek(frame)
    until(lambda: window.controller.playhead.position == frame)


def picture_report(folder: Path) -> None:
    """The page of a comparison, as a browser shows it."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        sys.stderr.write("no Chromium: the picture of the report stays as it is\n")
        return
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "app", "compare", str(DEMO_CLIP), "--out", out, "--device", "cpu"]
        subprocess.run(command, check=True)
        page = Path(out) / DEMO_CLIP.stem / "report.html"
        options = ["--headless", "--no-sandbox", "--hide-scrollbars", "--window-size=1060,1500"]
        subprocess.run([browser, *options, f"--screenshot={folder / 'report.png'}", page.as_uri()], check=True)


def new_window() -> MainWindow:
    """The window as it first opens for somebody."""
    os.environ["STEADYMASK_HOME"] = tempfile.mkdtemp()
    make_application()
    window = make_window(device="cpu")
    window.resize(1360, 860)
    window.show()
    window.start(None)
    until(lambda: bool(window.classes.model.names))
    return window


def main() -> int:
    folder = Path(sys.argv[1]).absolute()
    window = new_window()
    for theme in ("dark", "light"):
        show(window, theme, folder)
    window.close()
    picture_report(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
