"""The real way in: `open_window` with the bundled model, in this process and in one of its own."""

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.settings import read_settings
from app.window import open_window
from resources import DEMO_CLIP
from tests.app.window.clips import write_clip
from tests.app.window.conftest import LONG_MS

CHILD = """
import sys
{before}
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app.main_window import MainWindow
from app.window import open_window

def look():
    for window in QApplication.topLevelWidgets():
        if not isinstance(window, MainWindow):
            continue
        if window.controller.playhead.position == 9 and not window.controller.playhead.playing:
            assert window.view.panes[0].masks.image is not None
            assert not window.banners.messages, window.banners.messages
            window.close()
            return
    QTimer.singleShot(20, look)

QTimer.singleShot(0, look)
code = open_window(sys.argv[1], device="cpu")
assert "torch" not in sys.modules
sys.exit(code)
"""


def run_child(before: str, clip: Path, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "STEADYMASK_HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-P", "-c", CHILD.format(before=before), str(clip)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=LONG_MS / 1000 * 2,
        check=False,
    )


@pytest.fixture(scope="module")
def short_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clips") / "short.mp4", frames=10, rate=25, size=(160, 96))


@pytest.mark.parametrize("before", ["", "import cv2"], ids=["plain", "cv2 first"])
def test_the_window_opens_plays_and_exits_cleanly(short_clip: Path, home: Path, before: str) -> None:
    child = run_child(before, short_clip, home)
    assert child.returncode == 0, child.stderr
    assert child.stderr == ""
    assert not list(home.glob("open-*.json"))


def test_open_window_returns_when_it_is_closed(short_clip: Path, home: Path, no_qt_left: None, qtbot: QtBot) -> None:
    seen: list[str] = []

    def look() -> None:
        (window,) = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow)]
        qtbot.waitUntil(
            lambda: window.controller.playhead.position == 9 and not window.controller.playhead.playing, timeout=LONG_MS
        )
        qtbot.waitUntil(lambda: " ms" in window.status_line.inference.text(), timeout=LONG_MS)
        seen.append(window.status_line.badge.text())
        window.close()

    QTimer.singleShot(0, look)
    assert open_window(str(short_clip), device="cpu") == 0
    assert seen == ["CPU · float32"]


def test_a_folder_of_images_opens_at_the_rate_that_was_asked_for(
    tmp_path: Path, home: Path, no_qt_left: None, qtbot: QtBot
) -> None:
    folder = tmp_path / "walk"
    folder.mkdir()
    for index in range(3):
        cv2.imwrite(str(folder / f"{index}.png"), np.full((64, 96, 3), 20 * index, np.uint8))
    seen: list[Fraction | None] = []

    def look() -> None:
        (window,) = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow)]
        qtbot.waitUntil(lambda: window.controller.clip is not None, timeout=LONG_MS)
        assert window.controller.clip is not None
        seen.append(window.controller.clip.frame_rate)
        window.close()

    QTimer.singleShot(0, look)
    assert open_window(str(folder), device="cpu", fps=Fraction(10)) == 0
    assert seen == [10]
    assert read_settings(home).image_rates == {str(folder): "10"}


@pytest.mark.skipif(not DEMO_CLIP.is_file(), reason="the bundled clip is not there yet")
def test_the_bundled_clip_plays_from_the_empty_state(home: Path, no_qt_left: None, qtbot: QtBot) -> None:
    shown: list[int] = []

    def look() -> None:
        (window,) = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow)]
        window.empty.demo_button.click()
        qtbot.waitUntil(lambda: (window.controller.playhead.position or 0) > 5, timeout=LONG_MS)
        shown.append(window.classes.model.rowCount())
        window.close()

    QTimer.singleShot(0, look)
    assert open_window(None, device="cpu") == 0
    assert shown == [11]
