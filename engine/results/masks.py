"""Segment a whole clip into a folder: masks, overlay video, table and summary.

FOLDER/masks/000000.png …   indexed PNG at the source's size, pixel value = class id, palette = class colours
FOLDER/overlay.mp4          the masks over the frames, with the source's timestamps
FOLDER/frames.csv           index, pts_s, inference_ms, share of each class (0..1)
FOLDER/summary.json         what was done, written last; a run that was cut off has none and is taken up again
"""

import csv
import json
import time
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.atomic import write_text
from engine.errors import Cancelled, SteadymaskError
from engine.methods.base import Method, Wrapper
from engine.pipeline import run_every_frame
from engine.progress import CancelCheck, Progress, never
from engine.results.folder import BOTH, Drawing, Part, ResultsFolder
from engine.segmentation import Segmentation
from engine.storage.disk import foresee, require_space
from engine.video import VideoSource, open_video
from engine.video.clips import Clip
from engine.video.probe import probe_file
from engine.video.writer import CLOCK, export_error

MARKER = ".run.json"
"""Beside the results: what must be the same for them to be taken up again."""


@dataclass(frozen=True)
class Summary:
    """What came of one clip; `summary.json` holds these fields.

    frames: how many were written. size: (width, height) of the masks, pixels. fps: frames a second that this took, all
    included, or None when nothing ran. frame_rate: the source's own, as a fraction. note: something worth telling that
    is no failure. error: why the clip ended early or could not be opened, or None.
    """

    clip: str
    folder: str
    frames: int
    size: tuple[int, int] | None
    method: str
    provider: str
    fps: float | None
    frame_rate: str | None
    note: str | None
    error: str | None

    def as_json(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        return dict(vars(self))


def export_masks(
    clip: Clip,
    method: Method,
    folder: Path,
    *,
    fps: Fraction | None = None,
    drawing: Drawing | None = None,
    parts: tuple[Part, ...] = BOTH,
    range_: tuple[int, int] | None = None,
    progress: Progress | None = None,
    cancelled: CancelCheck = never,
) -> Summary:
    """Segment `clip` into `folder` and return the summary; a failure of this clip is told in its `error`.

    Resumable: a finished clip is left as it is, a run that was cut off goes on with the masks that are there, as long
    as clip, model and options are the same; otherwise the earlier results of this folder are replaced.
    fps: rate of a folder of images. drawing: how the overlay looks. parts: what to write beside the table.
    range_: (first, last) frame, both included; None for all. cancelled: asked before every frame; once it says so, a
    live source ends there, and for any other one Cancelled is raised, and the same call goes on from there later.
    Raises ExportError when not even the summary can be written.
    """
    drawing = drawing or Drawing()
    run = _run_of(clip, method, fps, drawing, parts, range_)
    earlier = _finished(folder, run, parts)
    if earlier is not None:
        return earlier
    export = _Export(method, folder, run, drawing, parts, range_, progress, cancelled)
    source: VideoSource | None = None
    failure: SteadymaskError | None = None
    begin = time.perf_counter()
    try:
        if clip.path is not None and clip.path.is_file():
            probe_file(clip.path)
        source = open_video(clip.what, fps=fps)
        with source:
            export.write(source)
        failure = source.error
    except SteadymaskError as error:
        failure = error
    seconds = time.perf_counter() - begin
    summary = Summary(
        clip=clip.what,
        folder=str(folder),
        frames=export.frames,
        size=source.size if source else None,
        method=method.name,
        provider=method.report.provider,
        fps=round(export.frames / seconds, 2) if export.frames else None,
        frame_rate=str(source.frame_rate) if source and source.frame_rate else None,
        note=source.note if source else None,
        error=str(failure) if failure else None,
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_text(folder / "summary.json", json.dumps(summary.as_json(), indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise export_error(folder / "summary.json", error) from error
    return summary


class _Export:
    """Everything in the folder but the summary. `frames` counts what is on disk, also after an error."""

    def __init__(
        self,
        method: Method,
        folder: Path,
        run: dict[str, Any],
        drawing: Drawing,
        parts: tuple[Part, ...],
        range_: tuple[int, int] | None,
        progress: Progress | None,
        cancelled: CancelCheck,
    ) -> None:
        self.frames = 0
        self._method = method
        self._folder = folder
        self._run = run
        self._drawing = drawing
        self._parts = parts
        self._first = 0 if range_ is None else range_[0]
        self._last = None if range_ is None else range_[1]
        self._progress = progress
        self._cancelled = cancelled

    def write(self, source: VideoSource) -> None:
        """Write every frame. Raises SteadymaskError; what was written before stays, and the video is finished.

        Raises Cancelled; then there is no video, and the masks so far wait for the next run.
        """
        promised = self._promised(source)
        if promised:
            require_space(foresee(self._folder, source.size, promised, self._parts))
        try:
            earlier = _prepare(self._folder, self._run, self._first)
        except OSError as error:
            raise export_error(self._folder, error) from error
        if "masks" not in self._parts or isinstance(self._method, Wrapper):
            earlier = []  # nothing to take up, or a method that must see the frames before
        reuse = _Reuse(self._method, self._folder / "masks", self._first, earlier)
        results_folder = ResultsFolder(
            self._folder,
            source.size,
            self._method.card.class_set,
            time_base=getattr(source, "time_base", None) or CLOCK,
            parts=self._parts,
            drawing=self._drawing,
        )
        try:
            with closing(run_every_frame(source, reuse, start=self._first)) as results:
                for result in results:
                    if self._last is not None and result.frame.index > self._last:
                        break
                    if self._cancelled():
                        if source.live:
                            break  # it has no other end, and cannot be taken up again
                        raise Cancelled
                    results_folder.write(result, mask_is_there=result.frame.index - self._first < len(earlier))
                    self.frames = results_folder.frames
                    if self._progress is not None:
                        self._progress(self.frames, promised)
        except SteadymaskError:
            # The runtime or the disk failed: the frames so far are kept, as a video too where it can still be written.
            results_folder.finish()
            raise
        except BaseException:
            results_folder.abort()
            raise
        results_folder.finish()

    def _promised(self, source: VideoSource) -> int | None:
        """How many frames there will be, as far as the header tells the truth."""
        if source.frame_count is None:
            return None if self._last is None else self._last - self._first + 1
        last = source.frame_count - 1 if self._last is None else min(self._last, source.frame_count - 1)
        return max(0, last - self._first + 1)


class _Reuse:
    """The method, with the masks that an earlier run left on disk in place of inference for the first frames."""

    def __init__(self, method: Method, masks: Path, first: int, rows: list[float]) -> None:
        self.name = method.name
        self._first = first
        self._method = method
        self._masks = masks
        self._rows = rows
        self._next = 0

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        index, self._next = self._next, self._next + 1
        if index < len(self._rows):
            mask = _read_mask(self._masks / f"{self._first + index:06d}.png")
            if mask is not None and mask.shape == rgb.shape[:2]:
                return Segmentation(mask, (rgb.shape[1], rgb.shape[0]), self._rows[index])
            del self._rows[index:]
        return self._method.segment(rgb, scores=scores)


def _read_mask(path: Path) -> NDArray[np.uint8] | None:
    """The mask in an indexed PNG, or None when it cannot be read."""
    try:
        with Image.open(path) as image:
            return np.asarray(image, np.uint8) if image.mode == "P" else None
    except (OSError, SyntaxError):
        return None


def _run_of(
    clip: Clip,
    method: Method,
    fps: Fraction | None,
    drawing: Drawing,
    parts: tuple[Part, ...],
    range_: tuple[int, int] | None,
) -> dict[str, Any]:
    """What must be the same for earlier results to be valid."""
    identity: dict[str, Any] = {
        "clip": str(clip.path.absolute()) if clip.path else clip.what,
        "method": method.name,
        "model": method.card.graph_hash,
        "fps": str(fps) if fps else None,
        "drawing": drawing.identity(),
        "parts": list(parts),
        "range": None if range_ is None else list(range_),
    }
    if clip.path is not None and clip.path.exists():
        status = clip.path.stat()
        identity |= {"bytes": status.st_size, "modified_ns": status.st_mtime_ns}
    return identity


def _finished(folder: Path, run: dict[str, Any], parts: tuple[Part, ...]) -> Summary | None:
    """The summary of an earlier run that did the same to the end, or None. A failed clip is tried again."""
    try:
        stored = Summary(**json.loads((folder / "summary.json").read_text(encoding="utf-8")))
        same = json.loads((folder / MARKER).read_text(encoding="utf-8")) == run
    except (OSError, ValueError, TypeError):
        return None
    whole = "overlay" not in parts or (folder / "overlay.mp4").exists()
    return stored if same and stored.error is None and whole else None


def _prepare(folder: Path, run: dict[str, Any], first: int) -> list[float]:
    """Make the folders; return inference_ms of the frames that an earlier, cut-off run of the same work left behind."""
    masks = folder / "masks"
    masks.mkdir(parents=True, exist_ok=True)
    marker = folder / MARKER
    rows: list[float] = []
    try:
        same = json.loads(marker.read_text(encoding="utf-8")) == run
    except (OSError, ValueError):
        same = False
    if same:
        rows = _earlier_rows(folder / "frames.csv", first)
    else:
        for old in [*masks.glob("*.png"), folder / "summary.json", folder / "overlay.mp4", folder / "frames.csv"]:
            if old.parent == folder or old.stem.isdigit():
                old.unlink(missing_ok=True)
        write_text(marker, json.dumps(run))
    (folder / "summary.json").unlink(missing_ok=True)
    return rows


def _earlier_rows(path: Path, first: int) -> list[float]:
    """inference_ms of the whole rows of a table, from frame `first` on without a gap."""
    rows: list[float] = []
    try:
        with path.open(newline="", encoding="utf-8") as table:
            for line in csv.DictReader(table):
                if int(line["index"]) != first + len(rows) or None in line.values():
                    break
                rows.append(float(line["inference_ms"]))
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return rows
    return rows
