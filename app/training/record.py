"""What the window knows of one steadying, read from its run folder. No Qt; reading is for background threads."""

import tomllib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from engine.errors import SteadymaskError
from trainer.job import FINAL, Job, JobError, JobSpec, Status
from trainer.steady import read_verdict

STEPS = "training"
"""The stage of events that name none."""

CHOOSING = "choosing"
"""What follows the last step."""

_NOT_METRICS = ("schema", "job", "type", "time", "step")


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What is new in a run folder: the whole of it that `Record.take` needs. offset: behind the last event. befell: as
    of Record.
    """

    status: Status
    events: tuple[dict[str, Any], ...]
    offset: int
    has_student: bool
    spec: JobSpec | None
    verdict: dict[str, Any] | None
    befell: str = ""


@dataclass(slots=True, eq=False)
class Record:
    """One job.

    student: the model that is steadied, by name; name: what the new one is called; clips: that it learns from; preset.
    status: as of Job. stage: `targets`, `training`, `choosing` or `judging`; step of total of it; left_s: seconds that
    it will take yet, None where that is not known. series: by the metric's name (`loss`, `temporal`, `flicker_aside`,
    `agreement_aside`, …) its (step, value) so far. verdict: what `verdict.json` holds, None before. message: the last
    thing that was said, or what went wrong. has_student: whether there is a model to look at. asked: what its child was
    asked for and has not done yet, "" for nothing. befell: how the process of one that was interrupted ended, as a
    sentence goes on behind `its process`; "" where nobody saw it.
    """

    folder: Path
    student: str = ""
    name: str = ""
    clips: tuple[Path, ...] = ()
    preset: str = ""
    status: Status = "created"
    stage: str = ""
    step: int = 0
    total: int = 0
    left_s: float | None = None
    series: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    verdict: dict[str, Any] | None = None
    message: str = ""
    has_student: bool = False
    asked: Literal["", "run", "pause", "stop"] = ""
    befell: str = ""
    offset: int = 0

    @property
    def job(self) -> Job:
        """The run folder."""
        return Job(self.folder)

    @property
    def over(self) -> bool:
        """Whether it has ended: done, stopped or failed."""
        return self.status in FINAL

    @property
    def works(self) -> bool:
        """Whether its child lives."""
        return self.status in ("running", "paused")

    @property
    def preview(self) -> Path:
        """A picture of the worst moment that chooses: before above, now below. It may not be there yet."""
        return self.folder / "preview.png"

    def look(self) -> Seen:
        """Read what is new, and change nothing. Raises OSError and JobError of a folder that is gone or damaged."""
        job = self.job
        spec = None if self.student else job.spec()
        status = job.status()  # before the events, so that the last ones are not missed
        events, offset = [], self.offset
        for event, end in job.events(offset):
            events.append(event)
            offset = end
        verdict = None
        if status == "done" and self.verdict is None:
            with suppress(JobError):  # somebody has taken it away: all else is as true as before
                verdict = read_verdict(self.folder)
        has_student = (self.folder / "student.onnx").is_file()
        return Seen(status, tuple(events), offset, has_student, spec, verdict)

    def take(self, seen: Seen) -> bool:
        """Know what was seen. Returns whether it is anything new. Raises KeyError of what is no steadying."""
        before = (self.status, self.offset, self.has_student)
        if seen.spec is not None:
            self._take_spec(seen.spec)
        self.status, self.offset, self.has_student = seen.status, seen.offset, seen.has_student
        self.verdict, self.befell = self.verdict or seen.verdict, seen.befell
        for event in seen.events:
            self._take(event)
        if self.status != before[0]:
            self.asked = ""
        return (self.status, self.offset, self.has_student) != before

    def read_on(self) -> bool:
        """Both at once, where nobody else uses it: look, and take what was seen."""
        return self.take(self.look())

    def _take_spec(self, spec: JobSpec) -> None:
        recipe = tomllib.loads(spec.recipe)
        self.student = Path(recipe["steady"].get("baseline") or spec.start).stem
        self.name = recipe["model"]["name"]
        self.preset = recipe["steady"]["preset"]
        self.clips = tuple(dict.fromkeys(map(Path, recipe["data"]["unlabelled"]["clips"])))

    def _take(self, event: dict[str, Any]) -> None:
        kind = event["type"]
        if kind == "progress":
            self.stage = event.get("stage", STEPS)
            self.step, self.total, self.left_s = event["step"], event["total"], event["left_s"]
        elif kind == "metric" and "step" in event:
            for name, value in event.items():
                if name not in _NOT_METRICS:
                    self._add(name, event["step"], float(value))
        elif "message" in event:
            self.message = str(event["message"])
            if kind == "log" and self.stage == STEPS and self.step == self.total:
                self.stage, self.step, self.total, self.left_s = CHOOSING, 0, 0, None

    def _add(self, name: str, step: int, value: float) -> None:
        """What is told again after a resume takes the place of what was told before."""
        points = self.series.setdefault(name, [])
        while points and points[-1][0] >= step:
            points.pop()
        points.append((step, value))


def found_in(folder: Path) -> list[Record]:
    """The steadyings in a folder of run folders, the newest first; what is damaged is left out."""
    records = []
    for place in sorted(_folders(folder), key=_made, reverse=True):
        record = Record(place)
        try:
            if record.job.exists() and record.job.spec().verb == "steady":
                record.read_on()
                records.append(record)
        except (OSError, KeyError, ValueError, SteadymaskError):
            continue
    return records


def _folders(folder: Path) -> Iterable[Path]:
    return [place for place in folder.iterdir() if place.is_dir()] if folder.is_dir() else []


def _made(folder: Path) -> float:
    """When the job was made, seconds since 1970; 0 where it is none."""
    try:
        return (folder / "job.toml").stat().st_mtime
    except OSError:
        return 0.0
