"""Importing a model that nobody trusts: a child process looks at it, wraps it and runs it, the library takes it in.

Whatever a file does to its reader (crash it, hang it, eat its memory), it does to the child, which has a time limit and
a memory limit and writes into one folder of the library's. Nothing of the file itself is parsed here.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import psutil
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from engine.atomic import flush_folder, write_text
from engine.children import NoAnswer, TooSlow, how_ended, python, running, wait
from engine.errors import Cancelled, ModelError
from engine.importing.plan import Stated
from engine.models.card import ModelCard
from engine.models.holding import Holding
from engine.models.library import Entry, Library
from engine.models.vetting import PROTOBUF_MAX, open_model
from engine.progress import CancelCheck, never
from engine.segmentation import Segmentation
from engine.tasks import task_of
from engine.video import open_video
from resources import DEMO_CLIP

MEMORY_MB = 1000
"""Memory, in units of 1,000,000 bytes, that looking at a model may take unless more is allowed."""
SECONDS = 300.0
"""How long looking at a model may take."""

_FIXED_MB, _TIMES = 260, 3.4  # what the child itself takes, and how much of a model it holds at its fullest
_POLL_S = 0.05
_ENVIRONMENT = {
    # Numpy's buffers for every core would count as the model's memory.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # glibc gives back at once what was freed of large blocks, instead of learning to keep it.
    "MALLOC_MMAP_THRESHOLD_": "262144",
    "MALLOC_ARENA_MAX": "2",
}
_ANSWER_MAX = 16 * 2**20
_LOG_END, _WORDS_MAX = 2000, 310  # bytes of the child's output with its last words; characters that are told of them

REQUEST, ANSWER, FRAME, CLASSES, LOG = "request.json", "answer.json", "frame.raw", "classes.raw", "log.txt"
"""Names in the child's working folder: what is asked, what is answered, pixels in and class ids out, its output."""
FINISHED = "model"
"""Folder in the child's working folder that becomes the model's folder in the library."""


class Asked(BaseModel):
    """What every such child is asked: to bring a model in as `name`. licence: for its card, None for what the model
    itself says. frame: (height, width) of `frame.raw`, RGB.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    licence: str | None
    frame: tuple[int, int]


class Request(Asked):
    """What the child of `prepare_import` is asked. bytes_max: of the file and its weights."""

    stated: Stated
    memory_mb: int
    bytes_max: int


@dataclass(frozen=True, slots=True)
class Child:
    """A process that looks at a model, in a working folder of its own.

    words: what Python is started with. what: it looks at, for messages. memory_mb, seconds: what it may take.
    """

    words: tuple[str, ...]
    what: str
    memory_mb: int
    seconds: float
    environment: Mapping[str, str]


class Answer(BaseModel):
    """What the child found: `error` alone, or all else. notes: why each field of the card is what it is.

    size: (height, width) of `classes.raw`, one byte a pixel, packed as the card's task does. elapsed_ms: how long the
    preview took to run.
    """

    model_config = ConfigDict(frozen=True)

    error: str | None = None
    card: ModelCard | None = None
    notes: dict[str, str] = {}
    size: tuple[int, int] = (0, 0)
    elapsed_ms: float = 0.0


class PreparedImport:
    """A model that was understood, wrapped and run, and waits to be added. A context manager: leaving it discards.

    card: what it will be. notes: why each of the card's fields is what it is, one sentence each; `stated` where it was.
    frame: the picture of the preview, uint8 (H, W, 3) RGB. preview: what the model made of it.
    """

    def __init__(
        self,
        library: Library,
        holding: Holding,
        card: ModelCard,
        notes: Mapping[str, str],
        frame: NDArray[np.uint8],
        preview: Segmentation,
    ) -> None:
        self.card = card
        self.notes = notes
        self.frame = frame
        self.preview = preview
        self._library = library
        self._holding: Holding | None = holding

    def shares(self) -> dict[str, float]:
        """The share of each class in the preview, 0..1, by name; what is no class of the set is not counted."""
        counts = np.bincount(self.preview.classes.ravel(), minlength=256)
        return {name: float(counts[i] / self.preview.classes.size) for i, name in enumerate(self.card.class_set.names)}

    def add(self) -> Entry:
        """Add the model to the library. Raises ModelError; the library is then as it was."""
        if self._holding is None:
            raise ModelError(f"the import of {self.card.name!r} was added or discarded already; prepare it again")
        entry = self._library.admit(self._holding.contents / FINISHED, self.card.name)
        self.discard()
        return entry

    @property
    def bundle(self) -> Path:
        """Its `.onnx`, until it is added, moved or discarded."""
        assert self._holding is not None
        return self._holding.contents / FINISHED / f"{self.card.name}.onnx"

    def move_to(self, folder: Path) -> None:
        """Put its files into `folder`, which is there, instead of the library. Raises ModelError."""
        try:
            for path in self.bundle.parent.iterdir():
                shutil.move(path, folder / path.name)
        except OSError as error:
            raise ModelError(f"{folder} cannot be written: {error}; free some space or check its rights") from error
        self.discard()

    def discard(self) -> None:
        """Delete what was prepared and not added. May be called twice."""
        if self._holding is not None:
            self._holding.release()
            self._holding = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()


def preview_frame(clip: str | Path = DEMO_CLIP) -> NDArray[np.uint8]:
    """The picture in the middle of `clip`, the first one of a camera or stream; uint8 (H, W, 3). Raises VideoError."""
    with open_video(clip) as source:
        if source.frame_count:
            return source.read(source.frame_count // 2).rgb
        for frame in source:
            return frame.rgb
        raise source.error or ModelError(f"{clip} has no picture to try the model on; choose another clip")


def prepare_import(
    file: str | Path,
    *,
    name: str,
    library: Library,
    stated: Stated | None = None,
    licence: str | None = None,
    frame: NDArray[np.uint8] | None = None,
    memory_mb: int = MEMORY_MB,
    seconds: float = SECONDS,
    cancelled: CancelCheck = never,
) -> PreparedImport:
    """Look at an `.onnx` in a child process, wrap it under `name`, and run it; nothing is in the library before `add`.

    stated: what is known of a third-party model; the rest is guessed. A bundle of our own knows all of it itself.
    licence: for the card. frame: picture of the preview, uint8 (H, W, 3); None for one of the bundled clip.
    memory_mb: what the child may take, in 1,000,000 bytes. seconds: how long it may run. cancelled: asked often; once
    it says so, the child is killed and Cancelled is raised.

    May be called in any thread. Raises ModelError that names the file, the reason and what to do; nothing is left in
    the library then, and nothing outside it was touched.
    """
    path = Path(file).absolute()
    library.refuse_name(name)
    bytes_max = min(PROTOBUF_MAX, int(max(0, memory_mb - _FIXED_MB) / _TIMES * 1e6))
    with open_model(path, bytes_max=bytes_max):
        pass  # what is no model is refused at once, without a child
    picture = np.ascontiguousarray(preview_frame() if frame is None else frame)
    request = Request(
        name=name,
        stated=stated or Stated(),
        licence=licence,
        memory_mb=memory_mb,
        bytes_max=bytes_max,
        frame=(picture.shape[0], picture.shape[1]),
    )
    child = Child(("-m", "engine.importing.child", str(path)), str(path), memory_mb, seconds, _ENVIRONMENT)
    return prepared_by(child, request, library, picture, cancelled)


def prepared_by(
    child: Child,
    request: Asked,
    library: Library,
    picture: NDArray[np.uint8],
    cancelled: CancelCheck,
    look: Callable[[Path], None] = lambda folder: None,
) -> PreparedImport:
    """What a child process makes of a model, as `request` asks for; see `prepare_import`.

    look: called often with the child's working folder. Raises ModelError, Cancelled, and what `look` raises.
    """
    holding = library.hold()
    try:
        answer = _ask(holding.contents, child, request, picture, cancelled, look)
        if answer.error is not None or answer.card is None:
            raise ModelError(answer.error or f"{child.what}: the process that looks at models gave no card; try again")
        classes = np.frombuffer((holding.contents / CLASSES).read_bytes(), np.uint8).reshape(answer.size)
        made = task_of(answer.card.task).unpacked(classes)
        preview = Segmentation.of(made, (picture.shape[1], picture.shape[0]), answer.elapsed_ms)
        _check_finished(holding.contents / FINISHED, request.name, answer.card, child.what)
    except OSError as error:
        holding.release()
        raise ModelError(f"{library.folder} cannot be written: {error}; free some space or check its rights") from error
    except BaseException:
        holding.release()
        raise
    return PreparedImport(library, holding, answer.card, answer.notes, picture, preview)


def _ask(
    folder: Path,
    by: Child,
    request: Asked,
    picture: NDArray[np.uint8],
    cancelled: CancelCheck,
    look: Callable[[Path], None],
) -> Answer:
    """Run the child in `folder` and read its answer. Raises ModelError when it dies, hangs or takes too much."""
    write_text(folder / REQUEST, request.model_dump_json(), durable=False)
    (folder / FRAME).write_bytes(picture.tobytes())
    with (
        (folder / LOG).open("wb") as log,
        running(
            python(*by.words),
            folder=folder,
            environment={**os.environ, **by.environment},
            stdin=subprocess.PIPE,  # closed when this process dies: then the child ends too
            stdout=subprocess.DEVNULL,
            stderr=log,
            own_session=True,
        ) as child,
    ):
        trouble = _watch(child, by, cancelled, lambda: look(folder))
    if trouble is None and child.returncode != 0:
        notes = (folder / LOG).read_bytes()[-_LOG_END:].decode("utf-8", "replace")
        trouble = f"the process that looked at it crashed ({how_ended(child.returncode, notes)[:_WORDS_MAX]})"
    if trouble is not None:
        raise ModelError(f"{by.what} was not imported: {trouble}; get the model from where it was made, or another one")
    try:
        with (folder / ANSWER).open("rb") as stream:
            return Answer.model_validate_json(stream.read(_ANSWER_MAX))
    except (OSError, ValidationError) as error:
        raise ModelError(
            f"{by.what} was not imported: the process that looked at it gave no answer; try again"
        ) from error


def _watch(child: "subprocess.Popen[str]", by: Child, cancelled: CancelCheck, also: Callable[[], None]) -> str | None:
    """Wait for the child's end; return why it has to be killed, or None. Raises Cancelled."""
    process = psutil.Process(child.pid)

    def look() -> None:
        if cancelled():
            raise Cancelled
        also()
        try:
            resident = process.memory_info().rss
        except psutil.Error:
            return  # it has just ended
        if resident > by.memory_mb * 1e6:
            raise NoAnswer(f"it takes more than {by.memory_mb} MB of memory (--memory allows more)")

    try:
        wait(child, timeout_s=by.seconds, look=look, every_s=_POLL_S)
    except TooSlow:
        return f"looking at it took longer than {by.seconds:.0f} s"
    except NoAnswer as error:
        return str(error)
    return None


def _check_finished(folder: Path, name: str, card: ModelCard, what: str) -> None:
    """Raise ModelError unless the child left what it should, and bring it to the disk."""
    found = {place.name for place in folder.iterdir()}
    if card.name != name or f"{name}.onnx" not in found or not found <= {f"{name}.onnx", f"{name}.safetensors"}:
        raise ModelError(f"{what} was not imported: the process that looked at it left {sorted(found)}; try again")
    flush_folder(folder)
