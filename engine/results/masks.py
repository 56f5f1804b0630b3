"""Segment a whole clip into a folder: masks, overlay video, table and summary.

FOLDER/masks/000000.png …   indexed PNG at the source's size, pixel value = class id, palette = class colours
FOLDER/alpha/000000.png …   of mattes, grey PNG of 16 bits at the source's size: 65535 for alpha 1
FOLDER/overlay.mp4          the masks over the frames, with the source's timestamps
FOLDER/trimap/000000.png …  of mattes, grey PNG: 0 background, 128 unknown, 255 person
FOLDER/matte.mov …          movies of mattes, see engine.results.movies
FOLDER/frames.csv           index, pts_s, inference_ms, share of each class (0..1)
FOLDER/summary.json         what was done, written last; a run that was cut off has none and is taken up again
FOLDER/.steadymask.jsonl    the marker: which of these files are ours, see engine.ownership.survey
"""

import json
import time
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from engine.atomic import write_text
from engine.errors import Cancelled, OccupiedError, SteadymaskError
from engine.methods.base import Method, Wrapper
from engine.ownership.claim import Claim
from engine.ownership.survey import Ask, read_marker
from engine.pipeline import run_every_frame
from engine.progress import CancelCheck, Progress, never
from engine.results.drawing import Drawing
from engine.results.folder import BOTH, FILES, WITH_ALPHA, Part, ResultsFolder, colours_of, contents_of, parts_of
from engine.results.refine import Refine, Refined, check_refinable
from engine.results.reuse import Reuse, earlier_times
from engine.storage.disk import foresee, require_space
from engine.video import VideoSource, open_video
from engine.video.clips import Clip
from engine.video.probe import probe_file
from engine.video.writer import CLOCK, export_error


@dataclass(frozen=True)
class Summary:
    """What came of one clip; `summary.json` holds these fields.

    frames: how many were written. size: (width, height) of the masks, pixels. fps: frames a second that this took, all
    included, or None when nothing ran. frame_rate: the source's own, as a fraction. note: something worth telling that
    is no failure. error: why the clip ended early or could not be opened, or None. alpha: how the colours of movies
    with alpha are stored, `straight` or `premultiplied`; None where none was written. colours: of the person in what is
    written of a matte, the `frame`'s own or estimated `foreground` ones; None where nothing shows them by themselves.
    refined: how alpha was, and what that took; None where it was not.
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
    alpha: str | None = None
    colours: str | None = None
    refined: str | None = None

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
    refine: Refine | None = None,
    ask: Ask | None = None,
    progress: Progress | None = None,
    cancelled: CancelCheck = never,
) -> Summary:
    """Segment `clip` into `folder` and return the summary; a failure of this clip is told in its `error`.

    Resumable: a finished clip is left as it is, a run that was cut off goes on with the masks that are there, as long
    as clip, model and options are the same; otherwise what we wrote into this folder before is replaced. Where anything
    else is in the way, `error` names it, and nothing is written, not even the summary.
    fps: rate of a folder of images. drawing: how the overlay looks. parts: what to write beside the table.
    range_: (first, last) frame, both included; None for all. refine: how alpha is refined. ask: whether what is in the
    way may be replaced; None for never. cancelled: asked before every frame; once it says so, a live source ends there,
    and for any other one Cancelled is raised, and the same call goes on from there later.
    Raises ExportError when not even the summary can be written, for what only a model of mattes can give, and where
    nothing here can refine.
    """
    drawing = drawing or Drawing()
    parts = parts_of(parts, method.card, drawing)
    check_refinable(refine, method.card)
    run = run_of(clip, method, fps, drawing, parts, range_, refine)
    earlier = _finished(folder, run, parts)
    if earlier is not None:
        return earlier
    try:
        claim = Claim(folder, contents_of("masks", parts), run, source=clip.path, ask=ask)
    except OccupiedError as error:
        return _summary(clip, folder, method, error=error)
    with claim:
        refining = None if refine is None else Refined(method)
        export = _Export(method, claim, drawing, parts, range_, refining, progress, cancelled)
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
        summary = _summary(clip, folder, method, source=source, frames=export.frames, seconds=seconds, error=failure)
        if any(part in WITH_ALPHA for part in parts):
            summary = replace(summary, alpha="premultiplied" if drawing.premultiplied else "straight")
        summary = replace(summary, colours=colours_of(parts, drawing))
        if refining is not None:
            summary = replace(summary, refined=refining.told)
        if export.begun or claim.resumed or not claim.ours:  # earlier results stay whole where none take their place
            export.begin()
            path = folder / "summary.json"
            try:
                write_text(path, json.dumps(summary.as_json(), indent=2, ensure_ascii=False) + "\n", placing=claim)
            except OSError as error:
                raise export_error(path, error) from error
    return summary


def _summary(
    clip: Clip,
    folder: Path,
    method: Method,
    *,
    source: VideoSource | None = None,
    frames: int = 0,
    seconds: float = 0.0,
    error: SteadymaskError | None,
) -> Summary:
    return Summary(
        clip=clip.what,
        folder=str(folder),
        frames=frames,
        size=source.size if source else None,
        method=method.name,
        provider=method.report.provider,
        fps=round(frames / seconds, 2) if frames else None,
        frame_rate=str(source.frame_rate) if source and source.frame_rate else None,
        note=source.note if source else None,
        error=str(error) if error else None,
    )


class _Export:
    """Everything in the folder but the summary.

    frames: what is on disk, also after an error. begun: whether the folder holds this run's results, and no others.
    """

    def __init__(
        self,
        method: Method,
        claim: Claim,
        drawing: Drawing,
        parts: tuple[Part, ...],
        range_: tuple[int, int] | None,
        refining: Refined | None,
        progress: Progress | None,
        cancelled: CancelCheck,
    ) -> None:
        self.frames = 0
        self.begun = False
        self._method = method
        self._claim = claim
        self._drawing = drawing
        self._parts = parts
        self._first = 0 if range_ is None else range_[0]
        self._last = None if range_ is None else range_[1]
        self._refining = refining
        self._progress = progress
        self._cancelled = cancelled

    def write(self, source: VideoSource) -> None:
        """Write every frame. Raises SteadymaskError; what was written before stays, and the video is finished.

        Raises Cancelled; then there is no video, and the masks so far wait for the next run.
        """
        promised = self._promised(source)
        folder = self._claim.folder
        if promised:
            require_space(foresee(folder, source.size, promised, self._parts))
        self.begin()
        times: list[float] = []
        if "masks" in self._parts and not isinstance(self._method, Wrapper):  # one that must see the frames before
            times = earlier_times(self._claim, self._first)
        alphas = folder / "alpha" if "alpha" in self._parts else None
        reuse = Reuse(self._refining or self._method, folder / "masks", self._first, times, alphas)
        results_folder = ResultsFolder(
            self._claim,
            source.size,
            self._method.card.class_set,
            time_base=source.time_base or CLOCK,
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
                    results_folder.write(result, mask_is_there=result.frame.index - self._first < len(times))
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
        try:
            self._claim.make_room()  # masks of frames that this clip has not, the marker of an earlier version
        except OSError as error:
            raise export_error(folder, error) from error

    def begin(self) -> None:
        """Take the folder for this run; its summary stands for another, or for an earlier end. Raises ExportError."""
        if self.begun:
            return
        self._claim.begin()
        try:
            self._claim.remove("summary.json")
        except OSError as error:
            raise export_error(self._claim.folder, error) from error
        self.begun = True

    def _promised(self, source: VideoSource) -> int | None:
        """How many frames there will be, as far as the header tells the truth."""
        if source.frame_count is None:
            return None if self._last is None else self._last - self._first + 1
        last = source.frame_count - 1 if self._last is None else min(self._last, source.frame_count - 1)
        return max(0, last - self._first + 1)


def run_of(
    clip: Clip,
    method: Method,
    fps: Fraction | None,
    drawing: Drawing,
    parts: tuple[Part, ...],
    range_: tuple[int, int] | None,
    refine: Refine | None = None,
) -> dict[str, Any]:
    """What must be the same for earlier results to be valid; what a marker holds as its `run`. Touches the disk."""
    identity: dict[str, Any] = {
        "clip": str(clip.path.absolute()) if clip.path else clip.what,
        "method": method.name,
        "model": method.card.graph_hash,
        "fps": str(fps) if fps else None,
        "drawing": drawing.identity(),
        "parts": list(parts_of(parts, method.card)),
        "range": None if range_ is None else list(range_),
        **({} if refine is None else {"refine": refine}),
    }
    if clip.path is not None and clip.path.exists():
        status = clip.path.stat()
        identity |= {"bytes": status.st_size, "modified_ns": status.st_mtime_ns}
    return identity


def _finished(folder: Path, run: dict[str, Any], parts: tuple[Part, ...]) -> Summary | None:
    """The summary of an earlier run that did the same to the end, or None. A failed clip is tried again."""
    marker = read_marker(folder)
    if marker is None or marker.kind != "masks" or marker.run != run or "summary.json" not in marker.listed:
        return None
    try:
        stored = Summary(**json.loads((folder / "summary.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    whole = all((folder / FILES[part]).exists() for part in parts if part in FILES)
    return stored if stored.error is None and whole else None
