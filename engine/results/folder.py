"""The files that masks become: indexed PNG, an overlay video and a table, one row a frame."""

import csv
from dataclasses import dataclass
from fractions import Fraction
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.errors import ExportError
from engine.frame_result import FrameResult
from engine.models.classes import ClassSet
from engine.results.overlay import Style, blend
from engine.video.writer import OverlayWriter, export_error, write_mask

Part = Literal["masks", "overlay"]
BOTH: tuple[Part, ...] = ("masks", "overlay")


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """How masks are drawn over frames (`engine.results.overlay`). palette, visible: None for the set's own, for all."""

    opacity: float = 0.5
    style: Style = "fill"
    palette: NDArray[np.uint8] | None = None
    visible: NDArray[np.bool_] | None = None

    def identity(self) -> dict[str, Any]:
        """Everything about it, as plain JSON values."""
        hidden = [] if self.visible is None else np.flatnonzero(~self.visible).tolist()
        palette = None if self.palette is None else self.palette.tobytes().hex()
        return {"opacity": self.opacity, "style": self.style, "palette": palette, "hidden": hidden}


class ResultsFolder:
    """Writes results frame by frame. Use it from one thread.

    frames: how many are on the disk, also after an error.
    """

    def __init__(
        self,
        folder: Path,
        size: tuple[int, int],
        class_set: ClassSet,
        *,
        time_base: Fraction,
        parts: tuple[Part, ...] = BOTH,
        drawing: Drawing | None = None,
        growing: bool = False,
    ) -> None:
        """Start the files in `folder`, which exists. Raises ExportError.

        size: (width, height) in pixels. growing: the video stands under its name from the first frame on, and can be
        played up to its last second or so after any end of the program.
        """
        self.frames = 0
        self._folder = folder
        self._names = class_set.names
        self._drawing = drawing or Drawing()
        self._palette = class_set.palette() if self._drawing.palette is None else self._drawing.palette
        self._masks = "masks" in parts
        try:
            if self._masks:
                (folder / "masks").mkdir(exist_ok=True)
            self._table: TextIOWrapper = (folder / "frames.csv").open("w", newline="", encoding="utf-8")
        except OSError as error:
            raise export_error(folder, error) from error
        try:
            self._row(["index", "pts_s", "inference_ms", *self._names])
            self._video = None
            if "overlay" in parts:
                self._video = OverlayWriter(folder / "overlay.mp4", size, time_base=time_base, growing=growing)
        except ExportError:
            self._table.close()
            raise

    def write(self, result: FrameResult, *, mask_is_there: bool = False) -> None:
        """Add a frame with slot A's masks. mask_is_there: an earlier run wrote its PNG. Raises ExportError."""
        frame, segmentation = result.frame, result.segmentation
        mask = segmentation.mask
        if self._masks and not mask_is_there:
            write_mask(self._folder / "masks" / f"{frame.index:06d}.png", mask, self._palette)
        shares = np.bincount(mask.ravel(), minlength=256)[: len(self._names)] / mask.size
        times = [frame.index, f"{frame.pts_s:.6f}", f"{segmentation.inference_ms:.3f}"]
        self._row([*times, *(f"{share:.6f}" for share in shares)])
        if self._video is not None:
            how = self._drawing
            drawn = blend(frame.rgb, mask, self._palette, how.opacity, style=how.style, visible=how.visible)
            self._video.write(drawn, frame.pts_s)
        self.frames += 1

    def finish(self) -> None:
        """Put the video in its place; without a frame there is none. Raises ExportError."""
        self._table.close()
        if self._video is None:
            return
        if self._video.frames:
            self._video.close()
        else:
            self._video.abort()

    def abort(self) -> None:
        """Leave what is there, but no video."""
        self._table.close()
        if self._video is not None:
            self._video.abort()

    def _row(self, values: list[Any]) -> None:
        """Write one row and hand it to the system, so that a killed run can be taken up behind it."""
        try:
            csv.writer(self._table, lineterminator="\n").writerow(values)
            self._table.flush()
        except OSError as error:
            raise export_error(Path(self._table.name), error) from error
