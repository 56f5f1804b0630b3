"""Curves as a table (CSV) and as a picture (PNG), written whole or not at all. Everything here runs off the GUI thread,
but for `picture`.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QByteArray, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPixmap

from app.curves.parts import SLOT_COLOURS
from app.curves.snapshot import IN_PERCENT, SLOTS, read_curve
from app.style.theme import colours
from engine.atomic import atomic_write, write_bytes
from engine.errors import ExportError
from engine.live.counts import BY_CLASS, MEASURES, OF_MATTES, Measure
from engine.live.track import Curve, MeasureTrack

SCALE = 2.0
"""Pixels of a picture for each one of the screen."""
_ROWS = 4096  # that are put into text at a time
_NAMES: dict[Measure, str] = {
    "flicker": "flicker_percent",
    "soft_flicker": "soft_flicker_percent",
    "tc": "tc",
    "inference_ms": "inference_ms",
}
_HEAD = 30  # pixels, for the names above the plots


@dataclass(frozen=True, slots=True)
class TableRequest:
    """class_id, class_name: a class that gets columns of its own. span: (first, last) frame, both included. markers:
    names by frame, of which an empty one is written as `marker`; without any there is no column for them.
    """

    path: Path
    track: MeasureTrack
    class_id: int | None
    class_name: str
    span: tuple[int, int] | None
    markers: Mapping[int, str] = field(default_factory=dict)


def write_table(request: TableRequest) -> int:
    """Write one row a measured or marked frame: index, pts_s, every measure of A and of B; empty where there is none.

    flicker_percent is 0..100, as the curves show it, and so is soft_flicker_percent, of mattes alone; tc
    0..100, inference_ms in ms. Returns the number of rows. Raises ExportError.
    """
    columns = _columns(request)
    marked = np.array(sorted(request.markers), np.int64)
    index = np.unique(np.concatenate([marked, *(curve.index for curve in columns.values())]))
    if request.span is not None:
        index = index[(index >= request.span[0]) & (index <= request.span[1])]
    pts_s, values = np.full(len(index), np.nan), np.full((len(columns), len(index)), np.nan)
    for row, curve in zip(values, columns.values(), strict=True):
        kept = np.isin(curve.index, index, assume_unique=True)
        place = np.searchsorted(index, curve.index[kept])
        row[place], pts_s[place] = curve.values[kept], curve.pts_s[kept]
    try:
        with atomic_write(request.path) as path, path.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(["index", "pts_s", *columns, *(["marker"] if len(marked) else [])])
            for begin in range(0, len(index), _ROWS):
                part = slice(begin, begin + _ROWS)
                numbers = np.column_stack([pts_s[part], values[:, part].T])
                texts = _texts(index[part], numbers)
                if len(marked):
                    texts = [[*row, _marker(request, int(row[0]))] for row in texts]
                table.writerows(texts)
    except OSError as error:
        raise _failed(request.path, error) from error
    return len(index)


def write_picture(path: Path, image: QImage) -> None:
    """Write a PNG. Raises ExportError."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    try:
        write_bytes(path, bytes(data.data()))
    except OSError as error:
        raise _failed(path, error) from error


def picture(plots: QPixmap, names: tuple[str | None, ...], about: str, font: QFont) -> QImage:
    """The plots with the names of the methods above them. about: what is measured, on the right. GUI thread only."""
    theme, metrics = colours(), QFontMetrics(font)
    size = QSize(plots.width(), plots.height() + round(_HEAD * SCALE))
    image = QImage(size, QImage.Format.Format_RGB32)
    image.fill(QColor(theme.ground))
    painter = QPainter(image)
    painter.drawPixmap(0, round(_HEAD * SCALE), plots)
    painter.scale(SCALE, SCALE)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font)
    width, left = round(plots.width() / SCALE), 14
    for slot, name in enumerate(names):
        if name is None:
            continue
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(SLOT_COLOURS[slot]))
        painter.drawRoundedRect(left, _HEAD // 2, 14, 3, 1.5, 1.5)
        painter.setPen(QColor(theme.text))
        text = f"{'AB'[slot]}  {name}"
        painter.drawText(QRect(left + 22, 2, width, _HEAD), Qt.AlignmentFlag.AlignVCenter, text)
        left += 22 + metrics.horizontalAdvance(text) + 22
    painter.setPen(QColor(theme.muted))
    right = QRect(QPoint(left, 2), QSize(max(0, width - 14 - left), _HEAD))
    painter.drawText(right, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, about)
    painter.end()
    return image


def _columns(request: TableRequest) -> dict[str, Curve]:
    nothing = Curve(np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.float32))
    columns: dict[str, Curve] = {}
    for class_id in (None,) if request.class_id is None else (None, request.class_id):
        for measure in MEASURES if class_id is None else [each for each in MEASURES if each in BY_CLASS]:
            filled = [slot for slot in SLOTS if request.track.name(slot) is not None]
            curves = {slot: read_curve(request.track, slot, measure, class_id) for slot in filled}
            if measure in OF_MATTES and not any(curves.values()):
                continue
            for slot in SLOTS:
                name = f"{_NAMES[measure]}_{'ab'[slot]}" + ("" if class_id is None else f"_{request.class_name}")
                curve = curves.get(slot) or nothing
                columns[name] = _in_percent(curve) if measure in IN_PERCENT else curve
    return columns


def _in_percent(curve: Curve) -> Curve:
    return replace(curve, values=curve.values * np.float32(100))


def _texts(index: NDArray[np.int64], numbers: NDArray[np.float64]) -> list[list[str]]:
    return [
        [str(frame), *("" if np.isnan(value) else f"{value:.6f}" for value in row)]
        for frame, row in zip(index.tolist(), numbers, strict=True)
    ]


def _marker(request: TableRequest, frame: int) -> str:
    name = request.markers.get(frame)
    return "" if name is None else name or "marker"


def _failed(path: Path, error: OSError) -> ExportError:
    reason = error.strerror or str(error)
    return ExportError(f"{path} cannot be written: {reason}. Choose another folder, or make room there.")
