"""Segment a whole clip into a folder: masks, overlay video, table and summary.

FOLDER/masks/000000.png …   indexed PNG at the source's size, pixel value = class id, palette = class colours
FOLDER/overlay.mp4          the masks over the frames, with the source's timestamps
FOLDER/frames.csv           index, pts_s, inference_ms, share of each class (0..1)
FOLDER/summary.json         what was done, written last; a run that was cut off has none and is taken up again
"""

import csv
import json
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.atomic import write_text
from engine.clips import Clip
from engine.errors import SteadymaskError
from engine.overlay import blend
from engine.pipeline import FrameResult, run_every_frame
from engine.segmentation import Segmentation
from engine.segmenter import Segmenter
from engine.video import VideoSource, open_video
from engine.video.probe import probe_file
from engine.video.writer import CLOCK, OverlayWriter, export_error, write_mask

MARKER = ".run.json"
"""Beside the results: what must be the same for them to be taken up again."""

Progress = Callable[[int, int | None], None]
"""Called after every frame with (frames done, frames promised or None)."""


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
    method: Segmenter,
    folder: Path,
    *,
    fps: Fraction | None = None,
    opacity: float = 0.5,
    progress: Progress | None = None,
) -> Summary:
    """Segment `clip` into `folder` and return the summary; a failure of this clip is told in its `error`.

    Resumable: a finished clip is left as it is, a run that was cut off goes on with the masks that are there, as long
    as clip, model and options are the same; otherwise the earlier results of this folder are replaced.
    fps: rate of a folder of images. opacity: of the overlay, 0..1. Raises ExportError when not even the summary can be
    written.
    """
    run = _run_of(clip, method, fps, opacity)
    earlier = _finished(folder, run)
    if earlier is not None:
        return earlier
    export = _Export(method, folder, run, opacity, progress)
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
        self, method: Segmenter, folder: Path, run: dict[str, Any], opacity: float, progress: Progress | None
    ) -> None:
        self.frames = 0
        self._method = method
        self._folder = folder
        self._run = run
        self._opacity = opacity
        self._progress = progress
        self._names = method.card.class_set.names
        self._palette = method.card.class_set.palette()

    def write(self, source: VideoSource) -> None:
        """Write every frame. Raises SteadymaskError; what was written before stays, and the video is finished."""
        folder = self._folder
        try:
            earlier = _prepare(folder, self._run)
            table = (folder / "frames.csv").open("w", newline="", encoding="utf-8")
        except OSError as error:
            raise export_error(folder, error) from error
        reuse = _Reuse(self._method, folder / "masks", earlier)
        time_base = getattr(source, "time_base", None) or CLOCK
        writer = OverlayWriter(folder / "overlay.mp4", source.size, time_base=time_base)
        try:
            with table, closing(run_every_frame(source, reuse)) as results:
                _write_row(table, ["index", "pts_s", "inference_ms", *self._names])
                for result in results:
                    self._write_frame(result, table, writer, is_new=result.frame.index >= len(earlier))
                    self.frames += 1
                    if self._progress is not None:
                        self._progress(self.frames, source.frame_count)
        except SteadymaskError:
            # The runtime or the disk failed: the frames so far are kept, as a video too where it can still be written.
            _finish(writer)
            raise
        except BaseException:
            writer.abort()
            raise
        _finish(writer)

    def _write_frame(self, result: FrameResult, table: TextIOWrapper, writer: OverlayWriter, *, is_new: bool) -> None:
        frame, segmentation = result.frame, result.segmentation
        mask = segmentation.mask
        if is_new:
            write_mask(self._folder / "masks" / f"{frame.index:06d}.png", mask, self._palette)
        shares = np.bincount(mask.ravel(), minlength=256)[: len(self._names)] / mask.size
        times = [frame.index, f"{frame.pts_s:.6f}", f"{segmentation.inference_ms:.3f}"]
        _write_row(table, [*times, *(f"{share:.6f}" for share in shares)])
        writer.write(blend(frame.rgb, mask, self._palette, self._opacity), frame.pts_s)


def _finish(writer: OverlayWriter) -> None:
    if writer.frames:
        writer.close()
    else:
        writer.abort()


class _Reuse:
    """The method, with the masks that an earlier run left on disk in place of inference for the first frames."""

    def __init__(self, method: Segmenter, masks: Path, rows: list[float]) -> None:
        self.name = method.name
        self._method = method
        self._masks = masks
        self._rows = rows
        self._next = 0

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        index, self._next = self._next, self._next + 1
        if index < len(self._rows):
            mask = _read_mask(self._masks / f"{index:06d}.png")
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


def _run_of(clip: Clip, method: Segmenter, fps: Fraction | None, opacity: float) -> dict[str, Any]:
    """What must be the same for earlier results to be valid."""
    identity: dict[str, Any] = {
        "clip": str(clip.path.absolute()) if clip.path else clip.what,
        "model": method.card.graph_hash,
        "fps": str(fps) if fps else None,
        "opacity": opacity,
    }
    if clip.path is not None and clip.path.exists():
        status = clip.path.stat()
        identity |= {"bytes": status.st_size, "modified_ns": status.st_mtime_ns}
    return identity


def _finished(folder: Path, run: dict[str, Any]) -> Summary | None:
    """The summary of an earlier run that did the same to the end, or None. A failed clip is tried again."""
    try:
        stored = Summary(**json.loads((folder / "summary.json").read_text(encoding="utf-8")))
        same = json.loads((folder / MARKER).read_text(encoding="utf-8")) == run
    except (OSError, ValueError, TypeError):
        return None
    return stored if same and stored.error is None and (folder / "overlay.mp4").exists() else None


def _prepare(folder: Path, run: dict[str, Any]) -> list[float]:
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
        rows = _earlier_rows(folder / "frames.csv")
    else:
        for old in [*masks.glob("*.png"), folder / "summary.json", folder / "overlay.mp4", folder / "frames.csv"]:
            if old.parent == folder or old.stem.isdigit():
                old.unlink(missing_ok=True)
        write_text(marker, json.dumps(run))
    (folder / "summary.json").unlink(missing_ok=True)
    return rows


def _earlier_rows(path: Path) -> list[float]:
    """inference_ms of the whole rows of a table, from frame 0 on without a gap."""
    rows: list[float] = []
    try:
        with path.open(newline="", encoding="utf-8") as table:
            for line in csv.DictReader(table):
                if int(line["index"]) != len(rows) or None in line.values():
                    break
                rows.append(float(line["inference_ms"]))
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return rows
    return rows


def _write_row(table: TextIOWrapper, values: list[Any]) -> None:
    """Write one row and hand it to the system, so that a killed run can be taken up behind it."""
    try:
        csv.writer(table, lineterminator="\n").writerow(values)
        table.flush()
    except OSError as error:
        raise export_error(Path(table.name), error) from error
