"""curves.png, the flicker maps and worst.png. Drawn by Matplotlib without a display."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from app.report.rolling import rolling_mean, window_starts
from app.style import slot_colours
from engine.atomic import atomic_write
from engine.comparison import Comparison
from engine.measures.flicker_map import FlickerMap

_INK, _QUIET = "#1d2430", "#6c7686"


@dataclass(frozen=True, slots=True)
class Curves:
    """One value a frame of both methods. times: seconds. a, b: by measure; nan where there is none."""

    times: NDArray[np.float64]
    a: dict[str, NDArray[np.float64]]
    b: dict[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """A frame that flickered much, as pictures uint8 (h, w, 3): A before and at it, B before and at it."""

    index: int
    time_s: float
    flicker: tuple[float | None, float | None]
    pictures: tuple[NDArray[np.uint8], ...]


def draw_curves(path: Path, curves: Curves, names: tuple[str, str]) -> None:
    """tc, flicker and inference ms over time, both methods, raw and as a rolling mean of a second."""
    figure = Figure(figsize=(11, 7.2), dpi=110, layout="constrained")
    axes = figure.subplots(3, 1, sharex=True)
    starts = window_starts(curves.times)
    slots = ((curves.a, slot_colours.A, f"A  {names[0]}"), (curves.b, slot_colours.B, f"B  {names[1]}"))
    for axis, (measure, title) in zip(
        axes,
        (("flicker", "flicker, % of visible pixels"), ("tc", "tc, 0–100"), ("inference_ms", "inference, ms")),
        strict=True,
    ):
        for values, colour, name in slots:
            line = values[measure] * (100 if measure == "flicker" else 1)
            axis.plot(curves.times, line, color=colour, linewidth=0.6, alpha=0.35)
            axis.plot(curves.times, rolling_mean(line, starts), color=colour, linewidth=1.8, label=name)
        _dress(axis, title)
    if len(curves.times) and np.isfinite(curves.a["inference_ms"]).any():
        both = np.concatenate([curves.a["inference_ms"], curves.b["inference_ms"]])
        axes[2].set_ylim(0, 1.15 * float(np.nanpercentile(both, 99.5)))
    axes[0].set_ylim(bottom=0)
    axes[2].set_xlabel("seconds", color=_QUIET)
    axes[0].legend(loc="upper right", frameon=False, ncols=2)
    _save(figure, path)


def draw_map(path: Path, flips: FlickerMap, background: NDArray[np.uint8] | None, title: str) -> None:
    """Where a method flickers, over a grey frame of the clip, uint8 (h, w, 3)."""
    share = flips.share
    figure = Figure(figsize=(8.4, 5.2), dpi=110, layout="constrained")
    axis = figure.subplots()
    if share is None or background is None:
        axis.text(0.5, 0.5, "No pair of frames was measured", ha="center", color=_QUIET)
        axis.set_axis_off()
        _save(figure, path)
        return
    height, width = share.shape
    grey = cv2.cvtColor(cv2.resize(background, (width, height), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    axis.imshow(grey, cmap="gray", vmin=-90, vmax=330)
    smooth = cv2.GaussianBlur(share, (0, 0), max(1.0, width / 400))
    top = max(0.05, float(np.percentile(smooth, 99.8)))
    drawn = axis.imshow(
        100 * smooth, cmap="inferno", vmin=0, vmax=100 * top, alpha=np.clip(smooth / top * 1.6, 0, 0.95)
    )
    bar = figure.colorbar(drawn, ax=axis, shrink=0.82, pad=0.015)
    bar.set_label("% of frame pairs in which the class flips", color=_QUIET)
    bar.outline.set_visible(False)
    axis.set_title(title, loc="left", color=_INK, fontsize=12)
    axis.set_axis_off()
    _save(figure, path)


def draw_worst(path: Path, moments: Sequence[Moment], names: tuple[str, str]) -> None:
    """The worst moments, a row each: A before and at it, B before and at it."""
    rows = max(1, len(moments))
    figure = Figure(figsize=(13, 0.4 + 1.98 * rows), dpi=100, layout="constrained")
    axes = figure.subplots(rows, 4, squeeze=False)
    for axis in axes.ravel():
        axis.set_axis_off()
    if not moments:
        axes[0, 0].text(0, 0.5, "Nothing flickered", color=_QUIET)
    for row, moment in zip(axes, moments, strict=False):
        for place, (axis, picture) in enumerate(zip(row, moment.pictures, strict=True)):
            axis.imshow(picture)
            slot = place // 2
            flicker = moment.flicker[slot]
            if place % 2:
                told = "–" if flicker is None else f"{100 * flicker:.1f} % flips"
                text = f"frame {moment.index}, {moment.time_s:.2f} s: {told}"
            else:
                text = f"{'AB'[slot]}  {names[slot]}, one frame before"
            axis.set_title(text, loc="left", fontsize=8.5, color=_INK if place % 2 else _QUIET)
    _save(figure, path)


def title_of(comparison: Comparison, slot: int) -> str:
    """What a map says above itself."""
    name, values = (comparison.b, comparison.measures_b) if slot else (comparison.a, comparison.measures_a)
    flicker = values["flicker"]
    return f"{'AB'[slot]}  {name}" + ("" if flicker is None else f"   flicker {100 * flicker:.2f} %")


def _dress(axis: Axes, title: str) -> None:
    axis.set_title(title, loc="left", fontsize=11, color=_INK)
    axis.grid(axis="y", color="#e6e9ee", linewidth=0.8)
    axis.set_axisbelow(True)
    axis.tick_params(colors=_QUIET, labelsize=9)
    for side in ("top", "right", "left"):
        axis.spines[side].set_visible(False)
    axis.spines["bottom"].set_color("#c9ced8")
    axis.margins(x=0)


def _save(figure: Figure, path: Path) -> None:
    with atomic_write(path) as temporary:
        figure.savefig(temporary, format="png")
