"""An export in a process of its own, so that nobody waits for it: the window plays on, and can end it.

    python -P -m engine.exporting.child     in a working folder with request.json

Writes progress.txt, `done total`, and at the end answer.json. It ends, and leaves nothing, once its standard input is
closed.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from engine.atomic import write_text
from engine.children import how_ended, python, running, wait
from engine.errors import Cancelled, ModelError, SteadymaskError
from engine.exporting.export import export_model
from engine.exporting.parity import Parity
from engine.exporting.wanted import Wanted
from engine.progress import CancelCheck, Progress, never

REQUEST, ANSWER, PROGRESS, LOG = "request.json", "answer.json", "progress.txt", "log.txt"

_PATIENCE_S = 5.0  # for the child to clear up what it was at
_LOG_END = 2000


class Answer(BaseModel):
    """What came of it: the report, or what went wrong."""

    model_config = ConfigDict(frozen=True)

    report: Parity | None = None
    error: str | None = None


def export_in_child(wanted: Wanted, *, progress: Progress | None = None, cancelled: CancelCheck = never) -> Parity:
    """As `export_model`, in a child process. `wanted` has whole paths. Any thread may call it.

    Raises Cancelled, and ModelError with what the child said went wrong.
    """
    with tempfile.TemporaryDirectory(prefix="steadymask-export-") as place:
        folder = Path(place)
        write_text(folder / REQUEST, wanted.model_dump_json(), durable=False)
        ended = _run(folder, progress, cancelled)
        if cancelled():
            raise Cancelled
        try:
            answer = Answer.model_validate_json((folder / ANSWER).read_bytes())
        except (OSError, ValidationError) as error:
            notes = (folder / LOG).read_bytes()[-_LOG_END:].decode("utf-8", "replace")
            raise ModelError(
                f"the export of {wanted.model} ended early ({how_ended(ended, notes)}); nothing was written. Try again"
            ) from error
    if answer.report is None:
        raise ModelError(answer.error or f"the export of {wanted.model} gave no report; try again")
    return answer.report


def _run(folder: Path, progress: Progress | None, cancelled: CancelCheck) -> int:
    """Run the child to its end, or until it does not heed a person's wish. Returns its status."""
    asked: list[float] = []
    with (
        (folder / LOG).open("wb") as log,
        running(
            python("-m", "engine.exporting.child"),
            folder=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=log,
            own_session=True,
        ) as child,
    ):

        def look() -> None:
            if progress is not None and (told := _progress(folder)) is not None:
                progress(*told)
            if not cancelled():
                return
            if not asked and child.stdin is not None:
                child.stdin.close()
                asked.append(time.monotonic())
            elif time.monotonic() > asked[0] + _PATIENCE_S:
                raise Cancelled

        wait(child, look=look)
        return child.returncode


def _progress(folder: Path) -> tuple[int, int] | None:
    try:
        done, total = (folder / PROGRESS).read_text().split()
        return int(done), int(total)
    except (OSError, ValueError):
        return None  # not begun yet


def main() -> None:
    """Do what the request in the working folder asks for."""
    stop = threading.Event()

    def listen() -> None:
        os.read(0, 1)  # nobody writes: it ends when the parent closes it, or is gone
        stop.set()

    threading.Thread(target=listen, daemon=True).start()

    def tell(done: int, total: int | None) -> None:
        write_text(PROGRESS, f"{done} {total}", durable=False)

    wanted = Wanted.model_validate_json(Path(REQUEST).read_bytes())
    try:
        answer = Answer(report=export_model(wanted, progress=tell, cancelled=stop.is_set))
    except SteadymaskError as error:
        answer = Answer(error=str(error))
    except Cancelled:
        sys.exit(1)
    write_text(ANSWER, answer.model_dump_json(), durable=False)


if __name__ == "__main__":
    main()
