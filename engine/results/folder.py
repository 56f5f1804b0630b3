"""The files that masks become: indexed PNG, an overlay video and a table, one row a frame."""

import csv
import re
from dataclasses import dataclass
from fractions import Fraction
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.errors import ExportError
from engine.frame_result import FrameResult
from engine.models.background import drawn_at_first
from engine.models.classes import ClassSet
from engine.ownership.claim import Claim
from engine.ownership.survey import Contents, Kind
from engine.results.overlay import Style, blend
from engine.video.writer import OverlayWriter, export_error, write_mask

Part = Literal["masks", "overlay"]
BOTH: tuple[Part, ...] = ("masks", "overlay")
OVERLAY = "overlay.mp4"

_NAMES = {"masks": r"masks/[0-9]{6,}\.png", "overlay": r"overlay\.mp4"}


_OLD_MARKER = r"\.run\.json"
"""The marker of version 0.1, which listed no files: what is there is not known to be ours, but it goes with them."""


def contents_of(kind: Kind, parts: tuple[Part, ...]) -> Contents:
    """What results with these `parts` are made of, beside their table and summary."""
    names = [*(_NAMES[part] for part in parts), r"frames\.csv", r"summary\.json", _OLD_MARKER]
    return Contents(kind, re.compile("|".join(names)), ("masks",) if "masks" in parts else ())


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """How masks are drawn over frames (`engine.results.overlay`). palette, visible: None for the set's own, for
    all but the background."""

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
        claim: Claim,
        size: tuple[int, int],
        class_set: ClassSet,
        *,
        time_base: Fraction,
        parts: tuple[Part, ...] = BOTH,
        drawing: Drawing | None = None,
        growing: bool = False,
    ) -> None:
        """Start the files in the folder of `claim`, which has begun. Raises ExportError.

        size: (width, height) in pixels. growing: video and table are new, stand under their names from the first frame
        on, and can be read up to their last second or so after any end of the program.
        """
        self.frames = 0
        self._claim = claim
        self._folder = folder = claim.folder
        self._names = class_set.names
        self._drawing = drawing or Drawing()
        self._palette = class_set.palette() if self._drawing.palette is None else self._drawing.palette
        how = self._drawing.visible
        self._visible = drawn_at_first(class_set) if how is None else how
        self._masks = "masks" in parts
        self._growing = growing
        self._table_path = folder / "frames.csv"
        table = self._table_path if growing else claim.temporary(self._table_path)
        try:
            if self._masks:
                (folder / "masks").mkdir(exist_ok=True)
            self._table: TextIOWrapper = table.open("x", newline="", encoding="utf-8")
        except OSError as error:
            raise export_error(folder, error) from error
        try:
            self._row(["index", "pts_s", "inference_ms", *self._names])
            self._video = None
            if "overlay" in parts:
                self._video = OverlayWriter(folder / OVERLAY, size, time_base=time_base, growing=growing, placing=claim)
        except ExportError:
            self._drop_table()
            raise

    def write(self, result: FrameResult, *, mask_is_there: bool = False) -> None:
        """Add a frame with slot A's masks. mask_is_there: an earlier run wrote its PNG. Raises ExportError."""
        frame, segmentation = result.frame, result.segmentation
        mask = segmentation.mask
        if self._masks and not mask_is_there:
            path = self._folder / "masks" / f"{frame.index:06d}.png"
            write_mask(path, mask, self._palette, placing=_Noting(self._claim, segmentation.inference_ms))
        shares = np.bincount(mask.ravel(), minlength=256)[: len(self._names)] / mask.size
        times = [frame.index, f"{frame.pts_s:.6f}", f"{segmentation.inference_ms:.3f}"]
        self._row([*times, *(f"{share:.6f}" for share in shares)])
        if self._video is not None:
            how = self._drawing
            drawn = blend(frame.rgb, mask, self._palette, how.opacity, style=how.style, visible=self._visible)
            self._video.write(drawn, frame.pts_s)
        self.frames += 1

    def finish(self) -> None:
        """Put table and video in their places; without a frame there is no video. Raises ExportError."""
        try:
            self._table.close()
            if self._growing:
                self._claim.adopt(self._table_path)
            else:
                self._claim.place(Path(self._table.name), self._table_path)
        except OSError as error:
            self.abort()
            raise export_error(self._table_path, error) from error
        if self._video is None:
            return
        if not self._video.frames:
            self._video.abort()
            return
        self._video.close()
        if self._growing:
            try:
                self._claim.adopt(self._video.path)
            except OSError as error:
                raise export_error(self._video.path, error) from error

    def abort(self) -> None:
        """Leave the masks that are there, but no table and no video; of what grows, leave all."""
        self._drop_table()
        if self._video is not None:
            self._video.abort()

    def _drop_table(self) -> None:
        self._table.close()
        if not self._growing:
            Path(self._table.name).unlink(missing_ok=True)

    def _row(self, values: list[Any]) -> None:
        """Write one row and hand it to the system, so that a growing table has it after any end of the program."""
        try:
            csv.writer(self._table, lineterminator="\n").writerow(values)
            self._table.flush()
        except OSError as error:
            raise export_error(Path(self._table.name), error) from error


class _Noting:
    """Places a mask, and notes in the marker how long its inference took, in ms, for whoever takes the run up again."""

    def __init__(self, claim: Claim, inference_ms: float) -> None:
        self._claim = claim
        self._inference_ms = inference_ms
        self.temporary = claim.temporary

    def place(self, temporary: Path, target: Path) -> None:
        self._claim.place(temporary, target, ms=round(self._inference_ms, 3))
