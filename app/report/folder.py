"""Comparing two methods on a clip, with everything that comes of it in one folder.

FOLDER/compare.mp4              both methods side by side, flicker strip below
FOLDER/curves.png               flicker, tc and inference time over the clip
FOLDER/flicker_map_a.png, _b    where each of them flickers
FOLDER/worst.png                the worst moments
FOLDER/frames.csv               one row a frame
FOLDER/summary.json             every measure of both, their difference and its interval; written last but one
FOLDER/report.html              all of it on a page
FOLDER/.steadymask.jsonl        the marker: which of these files are ours, see engine.ownership.survey
"""

import csv
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.report.contents import COMPARISON, PLACED_FIRST, PLACED_LAST
from app.report.page import write_page
from app.report.pictures import Curves, Moment, draw_curves, draw_map, draw_worst, title_of
from app.report.video import CompareVideo, space_of
from engine.atomic import atomic_write, flush_folder, write_text
from engine.comparison import ComparedFrame, Comparison, compare
from engine.errors import Cancelled
from engine.flow import SCORING_FLOW
from engine.measures.moments import WorstMoments
from engine.methods import Method, MethodPool
from engine.models.mapping import Answers
from engine.ownership.claim import Claim
from engine.ownership.survey import Ask
from engine.progress import CancelCheck, Progress, never
from engine.results.overlay import blend
from engine.shelves import ClipShelves, Shelves
from engine.storage.disk import require_space
from engine.video import open_video
from engine.video.clips import Clip
from engine.video.probe import probe_file
from engine.video.writer import export_error
from engine.work import CompareRequest, Told, opened

_WORST = 4
_APART_S = 1.0
_SMALL = 420  # pixels wide, of the pictures of worst moments
_USUAL_RATE = 25

_COLUMNS = ("flicker", "tc", "inference_ms")


def run_comparison(
    request: CompareRequest,
    pool: MethodPool | None = None,
    *,
    shelves: Shelves | None = None,
    told: Told = lambda found: None,
    progress: Progress | None = None,
    cancelled: CancelCheck = never,
) -> Comparison:
    """Run it, see `write_comparison`. pool: where models come from, so that several requests share them; None for one
    of its own. shelves: where masks may be that were made before.

    Raises ModelError, BackendError or UnknownNameError where there is no such method, and as `write_comparison` does.
    """
    with opened(request, pool or request.make_pool()) as (a, b):
        return write_comparison(
            request.clip,
            a,
            b,
            request.folder,
            fps=request.fps,
            flow=request.flow,
            verdict=request.verdict,
            matches=request.matches,
            shelves=shelves,
            ask=request.allows(told),
            progress=progress,
            cancelled=cancelled,
        )


def write_comparison(
    clip: Clip,
    a: Method,
    b: Method,
    folder: Path,
    *,
    fps: Fraction | None = None,
    flow: str = SCORING_FLOW,
    verdict: bool = False,
    matches: Answers = (),
    shelves: Shelves | None = None,
    ask: Ask | None = None,
    progress: Progress | None = None,
    cancelled: CancelCheck = never,
) -> Comparison:
    """Compare A and B on `clip` and write the folder. An earlier comparison in it is replaced by the whole new one.

    fps: rate of a folder of images. flow: what is measured along. ask: whether what we did not write may be replaced;
    None for never. shelves: where masks may be that were made before. verdict, matches, progress, cancelled: as in
    `engine.comparison`; of what was cancelled, or failed, nothing is left, and an earlier comparison stays.
    Raises OccupiedError before anything is done where something is in the way, VideoError when the clip does not open,
    ExportError, and what `engine.comparison.compare` raises.
    """
    with Claim(folder, COMPARISON, {}, source=clip.path, ask=ask) as claim:
        if clip.path is not None and clip.path.is_file():
            probe_file(clip.path)
        kept = None if shelves is None or clip.path is None else shelves.of_clip(clip.path, fps)
        return _write(claim, clip, a, b, fps, flow, verdict, matches, kept, progress, cancelled)


def _write(
    claim: Claim,
    clip: Clip,
    a: Method,
    b: Method,
    fps: Fraction | None,
    flow: str,
    verdict: bool,
    matches: Answers,
    shelves: ClipShelves | None,
    progress: Progress | None,
    cancelled: CancelCheck,
) -> Comparison:
    folder = claim.folder
    with open_video(clip.what, fps=fps) as source:
        require_space(space_of(folder, source.size, source.frame_count or 0))
        with _staged(claim) as place:
            names = (a.name, b.name)
            palettes = (a.card.class_set.palette(), b.card.class_set.palette())
            video = CompareVideo(
                place / "compare.mp4",
                source.size,
                names,
                palettes,
                frames=source.frame_count,
                time_base=source.time_base,
            )
            rate = float(source.frame_rate or _USUAL_RATE)
            notes = _Notes(palettes, max(1, round(_APART_S * rate)))

            def each(frame: ComparedFrame) -> None:
                video.write(frame)
                notes.add(frame)

            try:
                comparison = compare(
                    source,
                    clip.what,
                    a,
                    b,
                    flow=flow,
                    verdict=verdict,
                    matches=matches,
                    shelves=shelves,
                    each=each,
                    progress=progress,
                    cancelled=cancelled,
                )
            except BaseException:
                video.abort()
                raise
            video.close()
            # A live source was stopped to get here; nobody has asked to stop what follows.
            stop = never if source.live else cancelled
            try:
                for write in _writers(place, comparison, notes, names):
                    if stop():
                        raise Cancelled
                    write()
            except OSError as error:
                raise export_error(folder, error) from error
    return comparison


@contextmanager
def _staged(claim: Claim) -> Iterator[Path]:
    """A place for a comparison, which takes the place of the earlier one on a clean exit; else nothing of it is left.

    Raises ExportError.
    """
    claim.begin()
    place = claim.temporary(claim.folder / "stage")
    try:
        place.mkdir()
    except OSError as error:
        raise export_error(claim.folder, error) from error
    try:
        yield place
        try:
            _move(place, claim)
        except OSError as error:
            raise export_error(claim.folder, error) from error
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _move(place: Path, claim: Claim) -> None:
    """Put what is in `place` into the folder, so that no page ever stands beside the pictures of another comparison."""
    _replace(place, claim, PLACED_FIRST[0])
    for name in PLACED_LAST:
        claim.remove(name)
    for name in (*PLACED_FIRST[1:], *PLACED_LAST):
        _replace(place, claim, name)
    flush_folder(claim.folder)


def _replace(place: Path, claim: Claim, name: str) -> None:
    if (place / name).exists():
        claim.place(place / name, claim.folder / name)
    else:
        claim.remove(name)


def _writers(
    folder: Path, comparison: Comparison, notes: "_Notes", names: tuple[str, str]
) -> Iterator[Callable[[], object]]:
    """What writes everything but the video, one after the other; the page holds the pictures before it."""
    yield lambda: draw_curves(folder / "curves.png", notes.curves(), names)
    for letter, flips in (("a", comparison.map_a), ("b", comparison.map_b)):
        title = title_of(comparison, "ab".index(letter))
        yield partial(draw_map, folder / f"flicker_map_{letter}.png", flips, notes.background, title)
    yield lambda: draw_worst(folder / "worst.png", notes.moments(), names)
    yield lambda: _write_table(folder / "frames.csv", notes)
    yield lambda: write_text(folder / "summary.json", comparison.text())
    yield lambda: write_text(folder / "report.html", write_page(folder, comparison))


def _write_table(path: Path, notes: "_Notes") -> None:
    with atomic_write(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["index", "pts_s", *(f"{name}_{slot}" for name in _COLUMNS for slot in "ab")])
        table.writerows(notes.rows())


class _Notes:
    """What is kept of the frames: three numbers a method, the worst moments as small pictures, one background."""

    def __init__(self, palettes: tuple[NDArray[np.uint8], NDArray[np.uint8]], apart: int) -> None:
        self.background: NDArray[np.uint8] | None = None
        self._palettes = palettes
        self._worst: WorstMoments[Moment] = WorstMoments(_WORST, apart)
        self._before: ComparedFrame | None = None
        self._indices: list[tuple[int, float]] = []
        self._values: list[tuple[float, ...]] = []

    def add(self, frame: ComparedFrame) -> None:
        """Take down a frame."""
        result, flicker = frame.result, frame.flicker
        values = (*flicker, *frame.tc, *(made.latency_ms for made in result.slots))
        self._indices.append((result.frame.index, result.frame.pts_s))
        self._values.append(tuple(float("nan") if value is None else value for value in values))
        known = [value for value in flicker if value is not None]
        if known and self._before is not None and self._worst.offer(max(known), result.frame.index):
            before = self._before.result
            pictures = tuple(
                _small(each.frame.rgb, each.slots[slot].segmentation.classes, self._palettes[slot])
                for slot in range(2)
                for each in (before, result)
            )
            moment = Moment(result.frame.index, result.frame.pts_s, flicker, pictures)
            self._worst.keep(max(known), result.frame.index, moment)
        if self.background is None or len(self._indices) % 50 == 0:
            self.background = result.frame.rgb
        self._before = frame

    def curves(self) -> Curves:
        """The values by frame."""
        times = np.asarray([time_s for _, time_s in self._indices], np.float64)
        table = np.asarray(self._values, np.float64).reshape(-1, 2 * len(_COLUMNS))
        a, b = ({name: table[:, 2 * place + slot] for place, name in enumerate(_COLUMNS)} for slot in range(2))
        return Curves(times, a, b)

    def rows(self) -> list[list[str]]:
        """The lines of `frames.csv`; nothing stands where there is no value."""
        return [
            [str(index), f"{time_s:.6f}", *("" if np.isnan(value) else f"{value:.6f}" for value in values)]
            for (index, time_s), values in zip(self._indices, self._values, strict=True)
        ]

    def moments(self) -> list[Moment]:
        """The worst ones, in the clip's order."""
        return sorted((moment for _, _, moment in self._worst.moments), key=lambda moment: moment.index)


def _small(rgb: NDArray[np.uint8], classes: NDArray[np.uint8], palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
    drawn = blend(rgb, classes, palette, 0.55)
    scale = min(1.0, _SMALL / drawn.shape[1])
    size = (round(drawn.shape[1] * scale), round(drawn.shape[0] * scale))
    return np.asarray(cv2.resize(drawn, size, interpolation=cv2.INTER_AREA), np.uint8)
