"""Imports many files in one process of its own, so that what it and its children take and leave can be measured.

Its children are forked from it, where a system can: each has its own memory and may crash as it likes, and none has to
import what all of them need.

python -m tests.engine.importing.import_runner FOLDER        reads FOLDER/jobs.json, writes FOLDER/results.json
"""

import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from engine.errors import ModelError
from engine.importing import child, prepare
from engine.importing.plan import Stated
from engine.importing.prepare import prepare_import
from engine.models.library import Library

Tree = dict[str, list[int]]


@dataclass(frozen=True)
class Job:
    """One import. folder: all that belongs to it; file: path of the model. seconds: how long it may take."""

    name: str
    folder: str
    file: str
    output: str | None = None
    seconds: float = 120.0


@dataclass(frozen=True)
class Result:
    """error: of the refusal, None for an import. classes: of the imported model. left: what is in the library then.

    before, after: everything in the job's folder but the library, with size, time of change and mode.
    """

    error: str | None
    classes: list[str]
    left: list[str]
    before: Tree
    after: Tree


def run_jobs(folder: Path, jobs: list[Job]) -> tuple[dict[str, Result], int]:
    """Run `jobs` in another process; return their results by name and the most memory of any child, in kB."""
    (folder / "jobs.json").write_text(json.dumps([asdict(job) for job in jobs]), encoding="utf-8")
    command = [sys.executable, "-m", "tests.engine.importing.import_runner", str(folder)]
    environment = {**os.environ, **prepare._ENVIRONMENT}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return {name: Result(**fields) for name, fields in found["results"].items()}, found["peak_kb"]


def _run(job: Job) -> tuple[str, Result]:
    folder = Path(job.folder)
    before = _tree(folder)
    error, classes = None, []
    with Library(folder / "library") as library:
        try:
            stated = Stated() if job.output is None else Stated(output=job.output)  # type: ignore[arg-type]
            frame = np.zeros((48, 64, 3), np.uint8)
            with prepare_import(
                job.file, name="imported", library=library, stated=stated, frame=frame, seconds=job.seconds
            ) as prepared:
                classes = list(prepared.add().card.class_set.names)  # type: ignore[union-attr]
        except ModelError as failure:
            error = str(failure)
        left = sorted(str(path.relative_to(library.folder)) for path in library.folder.rglob("*"))
    return job.name, Result(error, classes, left, before, _tree(folder))


def _tree(folder: Path) -> Tree:
    return {
        str(path.relative_to(folder)): [found.st_size, found.st_mtime_ns, found.st_mode, found.st_ino]
        for path in sorted(folder.rglob("*"))
        if path.relative_to(folder).parts[0] != "library"
        for found in [path.lstat()]
    }


class _Forked:
    """A forked child, as `subprocess.Popen` shows one."""

    stdout = stderr = None

    def __init__(self, process: "multiprocessing.process.BaseProcess") -> None:
        self._process = process
        self.pid = process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> None:
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("child", timeout or 0.0)


@contextmanager
def _forked(command: list[str], *, folder: Path, stderr: IO[bytes], **_: Any) -> Iterator[_Forked]:
    """In the place of `engine.children.running`."""
    asked, ask = os.pipe()
    process = multiprocessing.get_context("fork").Process(target=_look, args=(command[-1], folder, asked, stderr))
    process.start()
    try:
        yield _Forked(process)
    finally:
        process.kill()
        process.join()
        os.close(asked)
        os.close(ask)


def _look(file: str, folder: Path, asked: int, log: IO[bytes]) -> None:
    os.chdir(folder)
    os.dup2(asked, 0)
    os.dup2(log.fileno(), 2)
    sys.argv = ["child", file]
    child.main()
    os._exit(0)


def main() -> None:
    """Run the jobs of the folder that is named on the command line."""
    import resource

    folder = Path(sys.argv[1])
    jobs = [Job(**fields) for fields in json.loads((folder / "jobs.json").read_text(encoding="utf-8"))]
    if hasattr(os, "fork"):
        prepare.running = _forked  # type: ignore[assignment]
    results = {name: asdict(result) for name, result in map(_run, jobs)}
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    document = {"results": results, "peak_kb": peak if sys.platform == "linux" else peak // 1024}
    (folder / "results.json").write_text(json.dumps(document), encoding="utf-8")


if __name__ == "__main__":
    main()
