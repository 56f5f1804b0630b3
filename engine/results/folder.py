"""The files that masks become: indexed PNG, an overlay video and a table, one row a frame."""

import csv
import re
from fractions import Fraction
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Literal

import numpy as np

from engine.errors import ExportError
from engine.frame_result import FrameResult
from engine.models.card import ModelCard
from engine.models.classes import ClassSet
from engine.ownership.claim import Claim
from engine.ownership.survey import Contents, Kind
from engine.results.alpha import write_alpha, write_grey
from engine.results.drawing import Drawing, Tint
from engine.results.foreground import foreground_colours
from engine.results.matte import OVERLAID, Compositor, Ground
from engine.results.movies import MatteMovies
from engine.results.trimap import trimap_of
from engine.tasks import task_of
from engine.video.matte import CODECS
from engine.video.writer import OverlayWriter, export_error, write_mask

Part = Literal["masks", "overlay", "alpha", "prores", "vp9", "ffv1", "png", "h264", "trimap"]
BOTH: tuple[Part, ...] = ("masks", "overlay")
WITH_ALPHA: tuple[Part, ...] = ("prores", "vp9", "ffv1", "png")
MOVIES: tuple[Part, ...] = (*WITH_ALPHA, "h264")
OF_MATTES: tuple[Part, ...] = (*MOVIES, "trimap")
"""Of mattes alone, where they are asked for."""
OVERLAY = "overlay.mp4"

FILES: dict[Part, str] = {
    "overlay": OVERLAY,
    "h264": "matte.mp4",
    **{form: f"matte{codec.suffix}" for form, codec in CODECS.items()},
}
"""Parts that are one file each."""
_FOLDERS: dict[Part, str] = {"masks": "masks", "alpha": "alpha", "png": "rgba", "trimap": "trimap"}
"""Parts that are a PNG a frame, and where."""
_NAMES: dict[Part, str] = {part: re.escape(file) for part, file in FILES.items()} | {
    part: rf"{folder}/[0-9]{{6,}}\.png" for part, folder in _FOLDERS.items()
}


_OLD_MARKER = r"\.run\.json"
"""The marker of version 0.1, which listed no files: what is there is not known to be ours, but it goes with them."""


def contents_of(kind: Kind, parts: tuple[Part, ...]) -> Contents:
    """What results with these `parts` are made of, beside their table and summary."""
    names = [*(_NAMES[part] for part in parts), r"frames\.csv", r"summary\.json", _OLD_MARKER]
    return Contents(kind, re.compile("|".join(names)), tuple(_FOLDERS[part] for part in parts if part in _FOLDERS))


def parts_of(parts: tuple[Part, ...], card: ModelCard, drawing: Drawing | None = None) -> tuple[Part, ...]:
    """What is written of a model where `parts` are asked for: beside the masks of a matte its alpha.

    Raises ExportError for what only a matte has.
    """
    if task_of(card.task).soft:
        return (*parts, "alpha") if "masks" in parts and "alpha" not in parts else parts
    wanted = [f"--matte {part}" for part in parts if part in OF_MATTES]
    if drawing is not None and drawing.ground != OVERLAID:
        wanted.append(f"--background {drawing.ground.identity()}")
    if drawing is not None and drawing.foreground_colours:
        wanted.append("--foreground-colours")
    if wanted:
        raise ExportError(
            f"{card.name} gives classes and no matte, which {', '.join(wanted)} needs; take a model of mattes, see "
            "`steadymask models import --task matting`"
        )
    return parts


def colours_of(parts: tuple[Part, ...], drawing: Drawing) -> Literal["frame", "foreground"] | None:
    """Whose colours a person has in `parts`: the frame's own, or estimated ones; None where nothing of them shows or
    stores a person apart from the frame's background.
    """
    if not any(part in MOVIES for part in parts) and not ("overlay" in parts and drawing.ground.mixes):
        return None
    return "foreground" if drawing.foreground_colours else "frame"


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
        self._tint = Tint(class_set, self._drawing)
        self._masks, self._alpha, self._trimap = ("masks" in parts, "alpha" in parts, "trimap" in parts)
        self._front = colours_of(parts, self._drawing) == "foreground"
        self._growing = growing
        self._table_path = folder / "frames.csv"
        table = self._table_path if growing else claim.temporary(self._table_path)
        try:
            for part in parts:
                if part in _FOLDERS:
                    (folder / _FOLDERS[part]).mkdir(exist_ok=True)
            self._table: TextIOWrapper = table.open("x", newline="", encoding="utf-8")
        except OSError as error:
            raise export_error(folder, error) from error
        self._video: OverlayWriter | None = None
        self._over: Compositor | None = None
        try:
            self._over = _compositor(parts, self._drawing.ground)
            self._row(["index", "pts_s", "inference_ms", *self._names])
            if "overlay" in parts:
                self._video = OverlayWriter(folder / OVERLAY, size, time_base=time_base, growing=growing, placing=claim)
            self._movies = MatteMovies(claim, size, parts, time_base, premultiplied=self._drawing.premultiplied)
        except ExportError:
            self._drop_table()
            self._close_ground()
            if self._video is not None:
                self._video.abort()
            raise

    def write(self, result: FrameResult, *, mask_is_there: bool = False) -> None:
        """Add a frame with slot A's masks. mask_is_there: an earlier run wrote its PNG. Raises ExportError."""
        frame, segmentation = result.frame, result.segmentation
        mask, alpha = segmentation.mask, segmentation.soft_mask
        if self._alpha and alpha is not None and not mask_is_there:  # before the mask, which tells that both are there
            write_alpha(self._folder / "alpha" / f"{frame.index:06d}.png", alpha, placing=self._claim)
        if self._trimap and alpha is not None:
            write_grey(self._folder / "trimap" / f"{frame.index:06d}.png", trimap_of(alpha), placing=self._claim)
        if self._masks and not mask_is_there:
            path = self._folder / "masks" / f"{frame.index:06d}.png"
            write_mask(path, mask, self._tint.palette, placing=_Noting(self._claim, segmentation.inference_ms))
        shares = np.bincount(mask.ravel(), minlength=256)[: len(self._names)] / mask.size
        times = [frame.index, f"{frame.pts_s:.6f}", f"{segmentation.inference_ms:.3f}"]
        self._row([*times, *(f"{share:.6f}" for share in shares)])
        over = None
        if alpha is not None:
            front = foreground_colours(frame.rgb, alpha) if self._front else frame.rgb
            if self._over is not None:
                over = self._over.over(frame.rgb, alpha, at_s=frame.pts_s, front=front)
            self._movies.write(frame, alpha, front, over)
        if self._video is not None:
            drawn = over if self._drawing.ground != OVERLAID else None
            self._video.write(self._tint.tinted(frame.rgb, mask, alpha) if drawn is None else drawn, frame.pts_s)
        self.frames += 1

    def finish(self) -> None:
        """Put table and video in their places; without a frame there is no video. Raises ExportError."""
        self._close_ground()
        try:
            self._table.close()
            if self._growing:
                self._claim.adopt(self._table_path)
            else:
                self._claim.place(Path(self._table.name), self._table_path)
        except OSError as error:
            self.abort()
            raise export_error(self._table_path, error) from error
        try:
            self._movies.finish()
        except ExportError:
            self.abort()
            raise
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
        self._close_ground()
        self._drop_table()
        self._movies.abort()
        if self._video is not None:
            self._video.abort()

    def _close_ground(self) -> None:
        if self._over is not None:
            self._over.close()

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


def _compositor(parts: tuple[Part, ...], ground: Ground) -> Compositor | None:
    """What puts mattes over the ground, where something of `parts` shows them so. Raises ExportError."""
    if ground == OVERLAID:
        # A colour is what a movie without alpha is for; nothing else was asked for.
        return Compositor(Ground("colour")) if "h264" in parts else None
    return Compositor(ground) if "overlay" in parts or "h264" in parts else None


class _Noting:
    """Places a mask, and notes in the marker how long its inference took, in ms, for whoever takes the run up again."""

    def __init__(self, claim: Claim, inference_ms: float) -> None:
        self._claim = claim
        self._inference_ms = inference_ms
        self.temporary = claim.temporary

    def place(self, temporary: Path, target: Path) -> None:
        self._claim.place(temporary, target, ms=round(self._inference_ms, 3))
