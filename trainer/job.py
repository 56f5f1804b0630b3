"""The job contract: what a run folder holds, and how a window or a command talks to the child that trains.

A job is a folder. `job.toml` says what to do and never changes; `events.jsonl` is the truth of what happened, one
JSON event a line, appended by the child only; `state.json` is its heartbeat; `control.json` is what others ask of it;
`log.txt` is its output; `lock` is held by the child while it lives. Lock free and status not final: interrupted, and
resumable. This module imports neither Qt nor torch.
"""

import json
import os
import re
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import psutil
from filelock import FileLock, Timeout
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from engine.atomic import write_text
from engine.errors import SteadymaskError, UnknownNameError
from engine.ownership.claim import Claim
from engine.ownership.survey import Ask, Contents, read_marker, survey
from trainer.data.clips import find_unlabelled
from trainer.recipe import parse_recipe, recipe_text
from trainer.teachers import find_teacher
from trainer.verbs import known_verb
from trainer.watch import Watch

SCHEMA = 1
HEARTBEAT_S = 2.0
_PATIENCE_S, _POLL_S = 2.0, 0.01
"""How long a child tries for its lock, which whoever asks for the status holds for a moment, and how often."""
_LOOK_S = 0.2

Status = Literal["created", "running", "paused", "stopped", "failed", "done", "interrupted"]
Command = Literal["run", "pause", "stop"]
EventType = Literal["progress", "metric", "log", "verdict", "error", "done"]
FINAL: tuple[Status, ...] = ("stopped", "failed", "done")

_GROWN = r"job\.toml|events\.jsonl|state\.json|control\.json|log\.txt|lock|preview\.png"
CONTENTS = Contents(
    "job",
    re.compile(_GROWN + r"|student\.(onnx|safetensors)|verdict\.json|checkpoints/(best|last)\.safetensors"),
    ("checkpoints", "tensorboard", "cache", "start"),
    re.compile(_GROWN + r"|(checkpoints|tensorboard|cache|start)/.*|\.part-[0-9a-f]{12}\.(json|png)"),
)
"""What a run folder holds. A killed child may leave a temporary file of its heartbeat."""


class JobError(SteadymaskError):
    """A run folder is missing, damaged, already in use, or cannot do what is asked."""


class JobStopped(SteadymaskError):
    """Raised inside the child when `control.json` asks it to stop."""


class JobSpec(BaseModel):
    """What a job does, frozen in `job.toml`.

    verb: one of `trainer.verbs`; making a spec with another raises UnknownNameError, which lists them.
    recipe: the recipe's TOML text, whole, so that the folder alone can repeat the run.
    root: the dataset's folder, absolute. start: the `.safetensors` to start from, absolute, or "" for none.
    threads: torch threads, 0 for all cores. device: `auto`, `cpu` or `cuda`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    verb: Annotated[str, AfterValidator(known_verb)] = "train"
    recipe: str
    root: str
    start: str = ""
    threads: int = 0
    device: Literal["auto", "cpu", "cuda"] = "auto"


def training_spec(
    recipe: str,
    root: Path,
    *,
    start: Path | None = None,
    threads: int = 0,
    device: Literal["auto", "cpu", "cuda"] = "auto",
) -> JobSpec:
    """The spec of a training by a bundled recipe's name, or by the path of a `.toml`, on the dataset at `root`.

    Raises UnknownNameError or RecipeError for the recipe, what `find_teacher` raises for its teacher and
    `find_unlabelled` for its clips, JobError when `root` is no folder or `start` no file.
    """
    text = recipe_text(recipe)
    parsed = parse_recipe(text, recipe)
    if not root.is_dir():
        raise JobError(f"expected the dataset's folder at {root}, found none; check --root")
    if parsed.data.unlabelled is not None:
        find_unlabelled(parsed.data.unlabelled, root, parsed.data.length, careful=True)
    if start is not None and not start.is_file():
        raise JobError(f"expected the .safetensors to start from at {start}, found none; check --start")
    if start is None and parsed.train.start_share:
        raise JobError(
            f"start_share under [train] is {parsed.train.start_share:g}, and there is nothing to start from; say what "
            "with --start, or leave start_share out"
        )
    begin = str(start.resolve()) if start is not None else ""
    if parsed.teacher is not None and parsed.teacher.bundle is not None:
        find_teacher(parsed.teacher, begin)
    return JobSpec(recipe=text, root=str(root.resolve()), start=begin, threads=threads, device=device)


class JobState(BaseModel):
    """`state.json`: status, the child's process id and start time (seconds since the epoch), and its last heartbeat."""

    status: Status
    pid: int
    started: float
    heartbeat: float


class Job:
    """A run folder seen from outside: create, launch, watch, control."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.events_path = self.folder / "events.jsonl"
        self.checkpoints = self.folder / "checkpoints"
        self.cache = self.folder / "cache"

    def exists(self) -> bool:
        """Whether the folder holds a job of ours already."""
        marker = read_marker(self.folder)
        return marker is not None and marker.kind == "job" and (self.folder / "job.toml").exists()

    @classmethod
    def create(cls, folder: Path, spec: JobSpec, ask: Ask | None = None) -> "Job":
        """Make the run folder. ask: whether files in the way that we did not write may be replaced; None for never.

        Raises JobError when there is a job in it already, OccupiedError where anything else is in the way.
        """
        job = cls(folder)
        if job.exists():
            raise JobError(f"{job.folder} already holds a job; resume it, or choose another folder with --out")
        root = Path(spec.root) if spec.root else None
        with Claim(job.folder, CONTENTS, spec.model_dump(), source=root, ask=ask) as claim:
            claim.begin()
            claim.make_room()
            job.checkpoints.mkdir(exist_ok=True)
            # A JSON string or number is a TOML value too.
            lines = [f"{key} = {json.dumps(value)}\n" for key, value in spec.model_dump().items()]
            write_text(job.folder / "job.toml", "".join(lines), placing=claim)
        return job

    def claim(self) -> Claim:
        """The right to place results into the run folder. Raises OccupiedError where somebody's have their names."""
        claim = Claim(self.folder, CONTENTS, self.spec().model_dump(), ask=lambda found: not found.replaceable)
        claim.begin()
        return claim

    def refuse_foreign(self, ask: Ask | None = None) -> None:
        """Raise OccupiedError where somebody's files have the names of results. ask: whether those may be removed."""
        found = survey(self.folder, CONTENTS)
        if found.problem is not None or found.replaceable:
            if found.problem is not None or ask is None or not ask(found):
                raise found.refusal()
            with Claim(self.folder, CONTENTS, self.spec().model_dump(), ask=lambda _: True) as claim:
                claim.make_room()

    def spec(self) -> JobSpec:
        """Read `job.toml`. Raises JobError that names the folder and the field."""
        path = self.folder / "job.toml"
        try:
            return JobSpec.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError as error:
            raise JobError(f"{self.folder} is no run folder: it has no job.toml") from error
        except UnknownNameError as error:
            raise JobError(f"{path} cannot be run: {error}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError) as error:
            raise JobError(f"{path} is damaged: {error}") from error

    def launch(self) -> "subprocess.Popen[bytes]":
        """Start the child in its own session, with its output in `log.txt`; it outlives this process."""
        command = [sys.executable, "-P", "-m", "trainer", self.spec().verb, str(self.folder)]
        self.control("run")
        with (self.folder / "log.txt").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def control(self, command: Command) -> None:
        """Ask the child to run, pause or stop; it reads this at every step."""
        write_text(self.folder / "control.json", json.dumps({"schema": SCHEMA, "command": command}))

    def requested(self) -> Command:
        """What is asked of the child now; `run` when nothing was asked. Raises JobError where the folder is gone."""
        try:
            command = json.loads((self.folder / "control.json").read_text(encoding="utf-8"))["command"]
        except FileNotFoundError as error:
            if not self.folder.is_dir():
                raise self.gone() from error
            return "run"
        if command not in ("run", "pause", "stop"):
            raise JobError(f"{self.folder / 'control.json'} asks for {command!r}; expected run, pause or stop")
        return command

    def status(self) -> Status:
        """The job's status; `interrupted` when its child is gone without having finished."""
        try:
            state = JobState.model_validate_json((self.folder / "state.json").read_bytes())
        except FileNotFoundError:
            return "created"
        if state.status in FINAL or self._locked():
            return state.status
        return "interrupted"

    def events(self, offset: int = 0) -> Iterator[tuple[dict[str, Any], int]]:
        """Yield (event, offset behind it) for every whole line of `events.jsonl` from byte `offset`."""
        if not self.events_path.exists():
            return
        with self.events_path.open("rb") as stream:
            stream.seek(offset)
            for line in stream:
                if not line.endswith(b"\n"):
                    return
                offset += len(line)
                yield json.loads(line), offset

    def events_end(self) -> int:
        """Size of `events.jsonl` in bytes: from there on, only what is new."""
        return self.events_path.stat().st_size if self.events_path.exists() else 0

    def gone(self) -> JobError:
        """What is wrong where there is no such folder any more."""
        return JobError(f"{self.folder} is gone: it was moved or deleted; put it back and resume")

    def said(self) -> str:
        """What its children printed; empty where that cannot be read."""
        try:
            return (self.folder / "log.txt").read_text("utf-8", "replace")
        except OSError:
            return ""

    def _locked(self) -> bool:
        lock = FileLock(self.folder / "lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        lock.release()
        return False


class JobOwner:
    """The child's side of a job: holds the lock, keeps the heartbeat, appends events, obeys `control.json`.

    Use as a context manager. The heartbeat runs in a thread of its own, so that a long step does not look like a death.
    breaks_off: whether a stop that the main thread does not obey in time ends the process: everything is then as after
    a kill, which leaves whole checkpoints, but told.
    """

    leads = True

    def __init__(self, job: Job, *, breaks_off: bool = False) -> None:
        self.job = job
        self._lock = FileLock(job.folder / "lock")
        self._status: Status = "running"
        self._telling, self._ending = threading.Lock(), threading.Lock()
        self._watch = Watch(
            beat=self._beat,
            beat_s=HEARTBEAT_S,
            asked=lambda: self.job.requested() == "stop",
            break_off=self._break_off if breaks_off else None,
        )

    def __enter__(self) -> "JobOwner":
        try:
            self._lock.acquire(timeout=_PATIENCE_S, poll_interval=_POLL_S)
        except Timeout as error:
            raise JobError(f"{self.job.folder} is in use by another process; wait for it or stop it") from error
        for left in self.job.checkpoints.glob(".[pt]*"):
            left.unlink(missing_ok=True)  # `.part-…` of ours, `.tmp…` of safetensors: by a child killed while it saved
        self._events = self.job.events_path.open("ab", buffering=0)
        _drop_half_line(self.job.events_path)
        self._set_status("running")
        self._watch.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: object) -> None:
        with self._ending:
            if value is None:
                self._end("done", "done")
            elif isinstance(value, JobStopped):
                self._end("stopped", "log", message="stopped on request")
            elif isinstance(value, SteadymaskError):
                self._end("failed", "error", message=str(value))
            else:
                self._end("failed", "error", message=f"{type(value).__name__}: {value}")

    def emit(self, type: EventType, **fields: Any) -> None:
        """Append one event, whole or, where it raises OSError, not at all."""
        event = {"schema": SCHEMA, "job": self.job.folder.name, "type": type, "time": round(time.time(), 3), **fields}
        line = json.dumps(event).encode() + b"\n"
        with self._telling:
            before = self._events.seek(0, os.SEEK_END)
            try:
                while line:
                    line = line[self._events.write(line) :]
            except OSError:
                self._events.truncate(before)
                raise

    def obey(self) -> None:
        """Return when the job should go on; wait while it is paused. Raises JobStopped when asked to stop."""
        self.heed()
        while self.job.requested() == "pause":
            if self._status != "paused":
                self._set_status("paused")
            time.sleep(_LOOK_S)
            self.heed()
        if self._status != "running":
            self._set_status("running")

    def heed(self) -> None:
        """Raise JobStopped when asked to stop, and from then on each time. For within long stages: it never waits."""
        if self._watch.stop_heard():
            raise JobStopped(f"{self.job.folder} was asked to stop")

    def _end(self, status: Status, type: EventType, **fields: Any) -> None:
        """Tell the last event and the state. On a full disk neither may find room: the job then is interrupted."""
        self._watch.end()
        try:
            self.emit(type, **fields)
            if status == "stopped":
                # It was obeyed: who resumes by another way than `launch` is not stopped too.
                self.job.control("run")
            self._set_status(status)
        except OSError as error:
            sys.stderr.write(f"{self.job.folder} cannot be written to: {error}; the last event was {type} {fields}\n")
        self._events.close()
        self._lock.release()

    def _break_off(self) -> None:
        if self._ending.acquire(blocking=False):
            self._end("stopped", "log", message="stopped on request, in the middle; a resume begins at the last save")
            os._exit(0)

    def _set_status(self, status: Status) -> None:
        self._status = status
        own = psutil.Process()
        state = JobState(status=status, pid=os.getpid(), started=own.create_time(), heartbeat=time.time())
        write_text(self.job.folder / "state.json", state.model_dump_json())

    def _beat(self) -> None:
        try:
            self._set_status(self._status)
        except OSError as error:  # a full disk may have room at the next beat
            sys.stderr.write(f"{self.job.folder / 'state.json'} cannot be written: {error}\n")


def _drop_half_line(path: Path) -> None:
    """Take away what a killed child wrote of its last line."""
    with path.open("rb+") as stream:
        whole = stream.read().rfind(b"\n") + 1
        stream.truncate(whole)
