"""From a bundle to other files: the graph is made, judged beside what it was made from, and only then written."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from engine.atomic import Placing, write_text
from engine.backends.onnxruntime import OnnxRuntimeSession
from engine.errors import Cancelled, ExportError, ModelError, VideoError
from engine.exporting.half import to_half
from engine.exporting.int8 import Quantiser
from engine.exporting.parity import Calibration, Judge, Parity, at_network
from engine.exporting.plain import as_ours, contract_of, contract_text, describe, plain
from engine.exporting.wanted import CARD_PRECISION, Wanted, card_name, files_of, name_of, onnx_of
from engine.models.bundle import Tensors, read_graph, read_weights, write_bundle
from engine.models.card import ModelCard
from engine.models.library import find_model
from engine.ownership.claim import placing_of
from engine.ownership.survey import Survey
from engine.progress import CancelCheck, Progress, never
from engine.segmenter import Segmenter
from engine.video import VideoSource, open_video
from engine.video.writer import export_error

CALIBRATION = 16
"""Frames that the ranges of int8 are taken from."""

_IN_FLOAT = ((1, 1), (3, 1), (8, 6))
"""How many of the first and the last layers stay in float; more where fewer do not keep the masks."""
_ENOUGH = 99.7
"""Share of pixels of the calibration's frames, in percent, that is kept well enough to try no more."""

Told = Callable[[Survey], object]
"""Told which files will be replaced, before they are."""


def export_model(
    wanted: Wanted,
    *,
    told: Told = lambda found: None,
    progress: Progress | None = None,
    cancelled: CancelCheck = never,
) -> Parity:
    """Make it, judge it on the clip beside what it was made from, and write it with its report. Returns the report.

    What is written, see `files_of`, is whole or not there at all, whatever the report says. progress: of frames,
    those of the calibration included. cancelled: asked after each; Cancelled is raised then.
    Raises UnknownNameError and ModelError for a model that there is not or that cannot be exported so, VideoError for
    the clip, OccupiedError for files in the way, ExportError where nothing can be written, BackendError.
    """
    path = find_model(wanted.model)
    model, card = read_graph(path)
    target = onnx_of(wanted, card.name)
    peer = path.with_suffix(".safetensors")
    tensors = read_weights(peer) if wanted.graph == "own" and card.weights_hash and peer.exists() else None
    files = files_of(target, weights=tensors is not None)
    placings = [_placing(file, wanted, path, told) for file in files]
    _refuse(model, card, wanted)
    with _working(target.parent) as folder, open_video(wanted.clip) as source:
        if source.live:
            raise VideoError(f"{wanted.clip} has no end to be judged on; record it, and give the recording")
        steps = _Steps(wanted, source, progress, cancelled)
        graph, calibration = _converted(model, card, wanted, source, steps)
        usual = name_of(card.name, wanted.graph, wanted.precision)
        new = _card(card, card_name(target, usual), wanted, calibration)
        is_plain = wanted.graph == "plain"
        if is_plain:
            graph = describe(plain(graph, card), new)
        report = _judged(path, card, graph, new, wanted, source, steps)
        report = report.model_copy(
            update={
                "calibration": calibration,
                "files": tuple(str(file) for file in files),
                **({"contract": contract_of(card), "contract_text": contract_text(card)} if is_plain else {}),
            }
        )
        _write(folder, files, placings, graph, tensors, new, report)
    return report


def _refuse(model: onnx.ModelProto, card: ModelCard, wanted: Wanted) -> None:
    """Raise ModelError for what cannot be made of a model, before any work."""
    if card.has_memory:
        raise ModelError(
            f"{card.name} hands a memory on from frame to frame, and no other form of it can be judged frame by frame; "
            "export it anew where it was made, and import that"
        )
    if wanted.graph == "plain":
        plain(model, card)
    if card.precision == CARD_PRECISION[wanted.precision]:
        return
    if card.precision != "float32":
        short = next(short for short, name in CARD_PRECISION.items() if name == card.precision)
        raise ModelError(
            f"{card.name} is {card.precision} itself; export {card.parent or 'the model that it was made from'}, or "
            f"this one with --precision {short}"
        )
    if wanted.precision == "int8":
        Quantiser(model, card.name, [])


class _Steps:
    """Counts frames of the whole work, and hears of its end."""

    def __init__(self, wanted: Wanted, source: VideoSource, progress: Progress | None, cancelled: CancelCheck) -> None:
        self._done, self._total = 0, min(wanted.frames, source.frame_count or wanted.frames)
        self._progress, self._cancelled = progress, cancelled

    def more(self, frames: int) -> None:
        """There is more to do than was known."""
        self._total += frames

    def look(self) -> None:
        """Raise Cancelled where somebody wants no more of it."""
        if self._cancelled():
            raise Cancelled

    def step(self) -> None:
        """One frame is done."""
        self.look()
        self._done += 1
        if self._progress is not None:
            self._progress(min(self._done, self._total), self._total)


def _converted(
    model: onnx.ModelProto, card: ModelCard, wanted: Wanted, source: VideoSource, steps: _Steps
) -> tuple[onnx.ModelProto, Calibration | None]:
    """The inference graph in the precision that is wanted; with what it was calibrated on."""
    if card.precision == CARD_PRECISION[wanted.precision]:
        return model, None
    if wanted.precision == "fp16":
        return to_half(model), None
    drawn, frames = _drawn(source, card, wanted, steps)
    steps.more(len(frames))
    quantiser = Quantiser(model, card.name, frames, steps.step)
    masks = _classes(model, frames, wanted, steps)
    best: tuple[float, onnx.ModelProto, tuple[str, ...]] | None = None
    for first, last in [rung for rung in _IN_FLOAT if sum(rung) < len(quantiser)] or [(0, 0)]:
        graph, left = quantiser.quantised(first, last)
        pairs = zip(masks, _classes(graph, frames, wanted, steps), strict=True)
        same = 100 * float(np.mean([np.mean(before == after) for before, after in pairs]))
        if best is None or same > best[0]:
            best = same, graph, left
        if same >= _ENOUGH:
            break
    assert best is not None
    return best[1], Calibration(frames=drawn, seed=wanted.seed, in_float=best[2])


def _drawn(
    source: VideoSource, card: ModelCard, wanted: Wanted, steps: _Steps
) -> tuple[tuple[int, ...], list[NDArray[np.uint8]]]:
    """Frames to calibrate on, drawn from the whole clip, at the network's size. Raises VideoError."""
    count = source.count() or 0
    if count < 1:
        raise VideoError(f"{wanted.clip} has no frame to calibrate on; give another clip")
    drawn = sorted(np.random.default_rng(wanted.seed).choice(count, min(CALIBRATION, count), replace=False).tolist())

    def read() -> Iterator[NDArray[np.uint8]]:
        for index in drawn:
            steps.look()
            yield source.read(index).rgb

    return tuple(drawn), at_network(read(), card.input)


def _classes(
    graph: onnx.ModelProto, frames: list[NDArray[np.uint8]], wanted: Wanted, steps: _Steps
) -> list[NDArray[np.uint8]]:
    session = OnnxRuntimeSession(graph.SerializeToString(), device="cpu", threads=wanted.threads)
    try:
        made = []
        for frame in frames:
            steps.look()
            made.append(session.run(frame).classes)
        return made
    finally:
        session.close()


def _judged(
    path: Path,
    card: ModelCard,
    graph: onnx.ModelProto,
    new: ModelCard,
    wanted: Wanted,
    source: VideoSource,
    steps: _Steps,
) -> Parity:
    """The report, without what was written. Raises VideoError where the clip has fewer than two frames."""
    exported = as_ours(graph, card) if wanted.graph == "plain" else graph
    data = graph.SerializeToString()
    running = data if exported is graph else exported.SerializeToString()
    sides = []
    for each, bytes_, precision in ((card, path.read_bytes(), card.precision), (new, running, new.precision)):
        session = OnnxRuntimeSession(bytes_, device=wanted.device, precision=precision, threads=wanted.threads)
        sides.append(Segmenter(path, each, session))
    judge = Judge(sides[0], sides[1], scores=card.gives_scores)
    try:
        for frame in islice(source.frames(), wanted.frames):
            judge.update(frame.rgb)
            steps.step()
    finally:
        for side in sides:
            side.close()
    if judge.frames < 2:
        raise source.error or VideoError(
            f"{wanted.clip} has {judge.frames} frames, and flicker takes two; give another"
        )
    return Parity(
        model=card.name,
        name=new.name,
        graph=wanted.graph,
        precision=wanted.precision,
        clip=Path(wanted.clip).name,
        provider=sides[1].report.provider,
        device=sides[1].report.device,
        before=judge.measured(0, path.stat().st_size),
        after=judge.measured(1, len(data)),
        **judge.values(),
    )


def _card(card: ModelCard, name: str, wanted: Wanted, calibration: Calibration | None) -> ModelCard:
    """The card of an export: what it was made from, and no measures, which were of that."""
    how = "" if calibration is None else f", calibrated on {len(calibration.frames)} frames of {Path(wanted.clip).name}"
    return card.model_copy(
        update={
            "name": name,
            "summary": f"{card.name} in {CARD_PRECISION[wanted.precision]}{how}.",
            "parent": f"{card.name} {card.weights_hash or card.graph_hash}",
            "precision": CARD_PRECISION[wanted.precision],
            "graph_hash": None,
            "curve": (),
            "measurements": (),
        }
    )


def _placing(file: Path, wanted: Wanted, source: Path, told: Told) -> Placing:
    def ask(found: Survey) -> bool:
        allowed = wanted.replaces is None or file.name in wanted.replaces
        if allowed:
            told(found)
        return allowed

    return placing_of(file, option="--to", ask=ask, sources=(source, source.with_suffix(".safetensors")))


@contextmanager
def _working(folder: Path) -> Iterator[Path]:
    """A folder to work in, beside where the files will stand. What was made for nothing goes. Raises ExportError."""
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".part-", dir=folder))
    except OSError as error:
        _remove(made)
        raise ExportError(f"{folder} cannot be written to: {error}; choose another folder with --to") from error
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        _remove(made)


def _remove(folders: list[Path]) -> None:
    """Remove folders as far as they hold nothing."""
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:
            return  # it holds something, or is not there


def _write(
    work: Path,
    files: tuple[Path, ...],
    placings: list[Placing],
    graph: onnx.ModelProto,
    tensors: Tensors | None,
    card: ModelCard,
    report: Parity,
) -> None:
    """Write everything in `work`, where a full disk harms nothing, and then let it stand. Raises ExportError."""
    stem = work / files[0].stem
    try:
        if report.graph == "plain":
            onnx.save(graph, f"{stem}.onnx")
        else:
            write_bundle(stem, graph, tensors, card)
        write_text(f"{stem}.parity.json", report.text())
        new: list[Path] = []
        try:
            for file, placing in zip(files, placings, strict=True):
                there = file.exists()
                placing.place(work / file.name, file)
                if not there:
                    new.append(file)
        except OSError:
            for file in new:
                file.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise export_error(files[0].parent, error) from error
