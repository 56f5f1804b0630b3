"""The command line without Qt, in processes forked from one that has imported it: starting Python is paid for once."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
QT = ("PySide6", "pyqtgraph", "shiboken6")
Run = Callable[..., subprocess.CompletedProcess[str]]


class Server:
    """Runs one command at a time. It starts no thread and opens nothing, so that what it forks is as if just begun."""

    def __init__(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        self._process = process
        self._folder = folder

    def run(self, *words: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run `steadymask WORDS` with this process's environment as it is now."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        out, err = self._folder / "out", self._folder / "err"
        command = [str(word) for word in words]
        asked = {"words": command, "cwd": str(cwd or Path.cwd()), "out": str(out), "err": str(err)}
        self._process.stdin.write(json.dumps({**asked, "environment": dict(os.environ)}) + "\n")
        self._process.stdin.flush()
        status = int(self._process.stdout.readline())
        return subprocess.CompletedProcess(command, status, *(path.read_text("utf-8") for path in (out, err)))


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    """A server that keeps in `folder` what its commands print."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.app.cli.serving"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        yield Server(process, folder)
        assert process.stdin is not None
        process.stdin.close()


class _NoQt:
    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name.split(".")[0] in QT:
            raise ImportError(f"{name} is blocked")


def _serve() -> None:
    sys.meta_path.insert(0, _NoQt())  # type: ignore[arg-type]
    # Not onnxruntime: importing it starts a thread, which would be missing in what is forked.
    # The first two are imported by the commands, when they are needed.
    import app.report.folder  # noqa: F401
    import engine.work  # noqa: F401
    from app.cli import main

    for line in sys.stdin:
        child = os.fork()
        if not child:
            _become(json.loads(line))
            main()  # what it raises ends this child as it would end a process of its own
            return
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _become(asked: dict[str, Any]) -> None:
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for number, path, how in ((0, os.devnull, os.O_RDONLY), (1, asked["out"], flags), (2, asked["err"], flags)):
        opened = os.open(path, how)
        os.dup2(opened, number)
        os.close(opened)
    sys.argv = ["steadymask", *asked["words"]]


if __name__ == "__main__":
    _serve()
