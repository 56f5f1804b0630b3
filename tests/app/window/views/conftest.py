"""Fixtures for single views: shown at a size of their own, gone after the test."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from engine.pipeline import FrameResult
from engine.segmentation import Segmentation
from engine.video.frame import Frame

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
    segmentations = (Segmentation(classes, (width, height), 5.0, None),) if masks else ()
    return FrameResult(1, Frame(0, 0.0, rgb), segmentations)
