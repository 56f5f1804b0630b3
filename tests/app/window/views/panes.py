"""Frames with masks in slots A and B, and what can be seen of them in the panes of a compare view."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QWidget

from app.views.compare_view import CompareView
from app.views.divider import Divider
from engine.frame_result import FrameResult, SlotResult
from engine.measures.pair import PairCounts
from engine.segmentation import Segmentation
from engine.video.frame import Frame

RED, GREEN, BLUE = (220, 20, 20), (20, 200, 20), (20, 20, 220)
GREY = (100, 100, 100)


def masks(left: int, right: int, *, size: tuple[int, int] = (160, 90)) -> NDArray[np.uint8]:
    """The left half of one class, the right half of another."""
    classes = np.full(size[::-1], left, np.uint8)
    classes[:, size[0] // 2 :] = right
    return classes


def pair(changed: NDArray[np.bool_]) -> PairCounts:
    return PairCounts(np.zeros((8, 4, 4), np.int64), changed)


def both(
    a: NDArray[np.uint8],
    b: NDArray[np.uint8] | None = None,
    *,
    index: int = 0,
    run: int = 1,
    pairs: tuple[PairCounts | None, ...] = (),
    grey: int = 100,
    size: tuple[int, int] = (320, 180),
) -> FrameResult:
    """A grey frame of 320 × 180 with these masks in slots A and B. run: shared by frames that follow one another."""
    made = [
        SlotResult("ab"[slot], Segmentation(each, size, 1.0), run=run, pair=pairs[slot] if slot < len(pairs) else None)
        for slot, each in enumerate((a, b))
        if each is not None
    ]
    frame = Frame(index, index / 25, np.full((size[1], size[0], 3), grey, np.uint8))
    return FrameResult(1, frame, tuple(made))


def colour(view: QWidget, x: float, y: float) -> tuple[int, int, int]:
    QApplication.processEvents()
    picture = view.grab().toImage()
    scale = picture.devicePixelRatio()
    seen = picture.pixelColor(int(x * scale), int(y * scale))
    return seen.red(), seen.green(), seen.blue()


def near(one: tuple[int, ...], other: tuple[int, ...], most: int = 4) -> bool:
    return all(abs(a - b) <= most for a, b in zip(one, other, strict=True))


def at(view: CompareView, slot: int, x: float, y: float) -> QPoint:
    """A point of the picture (shares 0..1 of it, fitted) in a pane, in pixels of the whole view."""
    pane = view.panes[slot]
    scale = min(pane.width() / 320, pane.height() / 180)
    left, top = (pane.width() - 320 * scale) / 2, (pane.height() - 180 * scale) / 2
    return pane.mapTo(view, QPoint(int(left + x * 320 * scale), int(top + y * 180 * scale)))


def seen_at(view: CompareView, slot: int, x: float, y: float) -> tuple[int, int, int]:
    point = at(view, slot, x, y)
    return colour(view, point.x(), point.y())


def said(view: CompareView) -> list[str]:
    return [pill.text for pill in view._pills if pill.isVisible()]


def divider_of(view: CompareView) -> Divider:
    divider = view.findChild(Divider)
    assert divider is not None
    return divider
