"""Fixtures for single views: shown at a size of their own, gone after the test."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.views.compare_view import CompareView
from engine.frame_result import FrameResult, SlotResult
from engine.segmentation import Segmentation
from engine.video.frame import Frame
from tests.app.window.views.panes import BLUE, GREEN, RED, both, masks

W = TypeVar("W", bound=QWidget)


@pytest.fixture
def show(no_qt_left: None, qtbot: QtBot) -> Iterator[Callable[[W, int, int], W]]:
    """Shows a widget at (width, height) pixels, and deletes it after the test."""
    shown: list[QWidget] = []

    def at(widget: W, width: int, height: int) -> W:
        shown.append(widget)
        widget.resize(width, height)
        with qtbot.waitExposed(widget):
            widget.show()
        return widget

    yield at
    for widget in shown:
        widget.close()
        widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def view(show: Callable[[CompareView, int, int], CompareView]) -> CompareView:
    """642 × 360 pixels; A sees class 1 (red) left and 2 (blue) right, B sees class 1 left and 3 (green) right."""
    view = show(CompareView(), 642, 360)
    palette = np.zeros((256, 3), np.uint8)
    palette[1:4] = RED, BLUE, GREEN
    view.set_palette(palette)
    view.set_names("street", "ema(street)")
    view.show_result(both(masks(1, 2), masks(1, 3)))
    return view


def within(widget: QWidget) -> QWidget:
    """A window that holds nothing but `widget`."""
    window = QWidget()
    column = QVBoxLayout(window)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(widget)
    return window


def result(width: int = 320, height: int = 180, *, shrunk: int = 2, masks: bool = True) -> FrameResult:
    """A grey frame whose left half is class 1 and whose right half is class 2, with masks `shrunk` times smaller."""
    rgb = np.full((height, width, 3), 100, np.uint8)
    classes = np.full((height // shrunk, width // shrunk), 1, np.uint8)
    classes[:, classes.shape[1] // 2 :] = 2
    slots = (SlotResult("street", Segmentation(classes, (width, height), 5.0, None)),) if masks else ()
    return FrameResult(1, Frame(0, 0.0, rgb), slots)
