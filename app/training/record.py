"""What the window knows of one steadying, read from its run folder. No Qt; reading is for background threads."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import SteadymaskError
from trainer.job import FINAL, Job, Status
from trainer.steady import read_verdict

STEPS = "training"
"""The stage of events that name none."""

_NOT_METRICS = ("schema", "job", "type", "time", "step")


@dataclass(slots=True, eq=False)
class Record:
    """One job.

    student: the model that is steadied, by name; name: what the new one is called; clips: that it learns from; preset.
    status: as of Job. stage: `targets`, `training`, `choosing` or `judging`; step of total of it; left_s: seconds that
    it will take yet, None where that is not known. series: by the metric's name (`loss`, `temporal`, `flicker_aside`,
    `agreement_aside`, …) its (step, value) so far. verdict: what `verdict.json` holds, None before. message: the last
    thing that was said, or what went wrong.
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
    def has_student(self) -> bool:
        """Whether there is a model to look at."""
        return (self.folder / "student.onnx").is_file()

    @property
    def preview(self) -> Path:
        """A picture of the worst moment that chooses: before above, now below. It may not be there yet."""
        return self.folder / "preview.png"

    def read_on(self) -> bool:
        """Read what is new. Returns whether anything was. Raises OSError and JobError of a folder that is gone."""
        job = self.job
        before = (self.status, self.offset)
        if not self.student:
            self._read_spec(job)
        self.status = job.status()
        for event, end in job.events(self.offset):
            self.offset = end
            self._take(event)
        if self.status == "done" and self.verdict is None:
            self.verdict = read_verdict(self.folder)
        return (self.status, self.offset) != before

    def _read_spec(self, job: Job) -> None:
        spec = job.spec()
        recipe = tomllib.loads(spec.recipe)
        self.student = Path(spec.start).stem
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
                    self.series.setdefault(name, []).append((event["step"], float(value)))
        elif "message" in event:
            self.message = str(event["message"])


def found_in(folder: Path) -> list[Record]:
    """The steadyings in a folder of run folders, the newest first; what is damaged is left out."""
    places = sorted(_folders(folder), key=lambda place: place.stat().st_mtime, reverse=True)
    records = []
    for place in places:
        record = Record(place)
        try:
            if record.job.exists() and record.job.spec().verb == "steady":
                record.read_on()
                records.append(record)
        except (OSError, KeyError, SteadymaskError):
            continue
    return records


def _folders(folder: Path) -> Iterable[Path]:
    return [place for place in folder.iterdir() if place.is_dir()] if folder.is_dir() else []
