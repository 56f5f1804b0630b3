"""Nothing that we did not write is ever deleted or overwritten: any tree of files, any of our writers, any folder."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.report import folder as report
from app.report.contents import COMPARISON
from app.report.folder import write_comparison
from engine.atomic import write_text
from engine.errors import Cancelled, SteadymaskError
from engine.models.classes import bundled_class_set
from engine.ownership.claim import placing_of
from engine.ownership.survey import LOCK, MARKER, Survey
from engine.results.folder import BOTH, Part, contents_of
from engine.results.masks import export_masks
from engine.results.recording import Recorder
from engine.video.clips import Clip
from tests.engine.fakes import FakeMethod, picture
from tests.engine.results.test_recording import result
from tests.sweep import sweep_count
from trainer.job import CONTENTS as JOB
from trainer.job import Job, JobSpec

Files = dict[str, tuple[bytes, int]]
"""By path: contents (of a link, where it leads to) and time."""

NAMES = (
    *("masks", "overlay.mp4", "frames.csv", "summary.json", "compare.mp4", "report.html", "worst.png", "job.toml"),
    *("events.jsonl", "log.txt", "checkpoints", "student.onnx", "000000.png", "000001.png", "000007.png", "notes.txt"),
    *(".run.json", MARKER, LOCK, ".part-0123456789ab.png", ".DS_Store", "clip", "out", "table.csv", "Frames.CSV"),
)
COUNT = sweep_count(sample=200, full=2000)
KILLS = sweep_count(sample=10, full=200)


def everything(root: Path) -> Files:
    found: Files = {}
    for place, folders, files in os.walk(root):
        for name in (*files, *(each for each in folders if (Path(place) / each).is_symlink())):
            path = Path(place) / name
            data = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
            found[path.relative_to(root).as_posix()] = (data, path.lstat().st_mtime_ns)
    return found


def grow(place: Path, dice: random.Random, depth: int = 0) -> None:
    """Put files, folders and links of somebody's into a folder."""
    for name in dice.sample(NAMES, dice.choice((0, 1, 2, 4))):
        path = place / name
        if os.path.lexists(path):
            continue
        kind = dice.random()
        if depth < 2 and (kind < 0.35 or name in ("masks", "clip", "out")):
            path.mkdir()
            grow(path, dice, depth + 1)
        elif kind < 0.45:
            path.symlink_to(dice.choice((place, place.parent / "clip", place / "nowhere", place / "notes.txt")))
        else:
            # A lock without contents is one that a killed run left.
            path.write_bytes(bytes(dice.randrange(256) for _ in range(dice.randrange(1, 9))))


def shots(folder: Path) -> Path:
    """A clip as a folder of three images."""
    folder.mkdir(parents=True)
    for index in range(3):
        Image.fromarray(picture(20 * index)).save(folder / f"s{index}.png")
    return folder


class World:
    """A tree of somebody's files, what we wrote into it, and the writers that are tried on it."""

    def __init__(self, root: Path, dice: random.Random) -> None:
        self.root, self.dice = root, dice
        grow(root, dice)
        place = root / dice.choice(("clip", "a/clip", "masks"))
        if os.path.lexists(place) or (root / "a").is_symlink():
            place = root / "clip 0"
        self.source = shots(place)
        grow(self.source, dice, 1)
        self.theirs = set(everything(root))

    def folder(self) -> Path:
        """Any that there is, or a new one in it."""
        dice = self.dice
        folders = [self.root, *(path for path in self.root.rglob("*") if path.is_dir())]
        return dice.choice(folders) / dice.choice(("", "out", "out", "clip", "masks", "new/deep"))

    def edit(self) -> None:
        """Somebody changes, adds or deletes files, ours too."""
        before = everything(self.root)
        for name in self.dice.sample(sorted(before), min(2, len(before))):
            path = self.root / name
            if path.name in (MARKER, LOCK) or path.is_symlink():
                continue
            if self.dice.random() < 0.3:
                path.unlink()
                self.theirs.discard(name)
            else:
                path.write_bytes(path.read_bytes() + b"!")
                self.theirs.add(name)

    def act(self, write: Callable[[Path, bool], None], names: Callable[[str], bool], overwrite: bool) -> None:
        folder = self.folder()
        before = everything(self.root)
        real = folder.resolve()
        with suppress(SteadymaskError, Cancelled):
            write(folder, overwrite)
        after = everything(self.root)
        inside = self.source.relative_to(self.root).as_posix() + "/"
        for name in self.theirs:
            path = self.root.resolve() / name
            may = overwrite and path.is_relative_to(real) and names(path.relative_to(real).as_posix())
            if may and not name.startswith(inside) and after.get(name) != before[name]:
                continue
            assert after.get(name) == before[name], f"{name} was touched by {write.__name__} into {folder}"
        changed = {name for name, state in after.items() if before.get(name) != state}
        self.theirs = (self.theirs & set(after)) - changed


def asked(overwrite: bool) -> Callable[[Survey], bool] | None:
    return (lambda _: True) if overwrite else None


def writers(world: World) -> list[tuple[Callable[[Path, bool], None], Callable[[str], bool]]]:
    dice = world.dice
    clip = Clip(str(world.source), "clip")
    parts: tuple[Part, ...] = dice.choice((BOTH, ("masks",), ("overlay",)))
    stop = dice.choice((0, 1, 2, 9))

    def segment(folder: Path, overwrite: bool) -> None:
        method = FakeMethod(dice.choice("ab"))
        calls = iter(range(stop))
        stopped = (lambda: next(calls, None) is None) if stop < 9 else (lambda: False)
        export_masks(clip, method, folder, fps=Fraction(25), parts=parts, ask=asked(overwrite), cancelled=stopped)

    def compare(folder: Path, overwrite: bool) -> None:
        write_comparison(clip, FakeMethod("a"), FakeMethod("b"), folder, ask=asked(overwrite))

    def record(folder: Path, _: bool) -> None:
        recorder = Recorder(folder, "camera", "street", (64, 48), bundled_class_set("camvid"))
        recorder.put(result(0))
        recorder.stop()

    def train(folder: Path, overwrite: bool) -> None:
        job = Job(folder)
        if not job.exists():
            job = Job.create(folder, JobSpec(recipe="", root=str(world.source)), asked(overwrite))
        job.refuse_foreign(asked(overwrite))
        with job.claim() as claim:
            write_text(job.folder / "student.onnx", "made", placing=claim)

    def table(folder: Path, overwrite: bool) -> None:
        path = folder / "table.csv"
        placing = placing_of(path, option="--out", ask=asked(overwrite), sources=(world.source,))
        try:
            write_text(path, "a table", placing=placing)
        except OSError:
            return  # there is no such folder

    def matches(pattern: Callable[[str], object]) -> Callable[[str], bool]:
        return lambda path: pattern(path) is not None

    return [
        (segment, matches(contents_of("masks", parts).names.fullmatch)),
        (compare, matches(COMPARISON.names.fullmatch)),
        (record, lambda _: False),
        (train, matches(JOB.names.fullmatch)),
        (table, lambda path: path == "table.csv"),
    ]


@pytest.fixture(autouse=True)
def _quick_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plots take a second each, and are drawn where nobody's files are."""
    for name in ("draw_curves", "draw_map", "draw_worst"):
        monkeypatch.setattr(report, name, lambda path, *_: path.write_bytes(b"a picture"))
    monkeypatch.setattr(report, "write_page", lambda *_: "a page")


@pytest.mark.soak
def test_no_writer_touches_what_somebody_else_wrote(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    for seed in range(COUNT):
        dice = random.Random(seed)
        root = tmp_path / str(seed)
        root.mkdir()
        world = World(root, dice)
        for _ in range(dice.choice((1, 2, 3))):
            write, names = dice.choices(writers(world), (5, 2, 1, 2, 1))[0]
            try:
                world.act(write, names, dice.random() < 0.3)
            except AssertionError as error:
                raise AssertionError(f"tree {seed}: {error}") from error
            if dice.random() < 0.5:
                world.edit()
        shutil.rmtree(root)
    record_property("count", COUNT)


FORKING = """
import os, sys
from pathlib import Path
from engine.video.clips import Clip
from engine.results.masks import export_masks
from tests.engine.fakes import FakeMethod
for line in sys.stdin:
    source, folder, name = line.rstrip("\\n").split("\\t")
    child = os.fork()
    if not child:
        export_masks(Clip(source, "clip"), FakeMethod(name), Path(folder))
        os._exit(0)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("ended", flush=True)
"""


@pytest.mark.soak
@pytest.mark.skipif(os.name != "posix", reason="kills forked processes")
def test_a_killed_run_leaves_nothing_that_is_taken_for_somebodys(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    source = shots(tmp_path / "clip")
    folder = tmp_path / "out"
    dice = random.Random(4)
    with subprocess.Popen(
        [sys.executable, "-c", FORKING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as children:
        assert children.stdin is not None
        assert children.stdout is not None

        def run(name: str, kill_after_s: float | None = None) -> None:
            children.stdin.write(f"{source}\t{folder}\t{name}\n")
            children.stdin.flush()
            child = int(children.stdout.readline())
            if kill_after_s is not None:
                time.sleep(kill_after_s)
                with suppress(ProcessLookupError):  # it was done before, and its parent has waited for it
                    os.kill(child, signal.SIGKILL)
            assert children.stdout.readline() == "ended\n"

        for kill in range(KILLS):
            run(f"m{kill % 3}", dice.uniform(0, 0.12))
        run("last")
        children.stdin.close()
    assert (folder / "summary.json").exists(), "what a killed run left was in the way"
    left = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    masks = [f"masks/{index:06d}.png" for index in range(3)]
    assert left == [MARKER, "frames.csv", *masks, "overlay.mp4", "summary.json"]
    again = export_masks(Clip(str(source), "clip"), FakeMethod("last"), folder)
    assert (again.frames, again.error) == (3, None)
    record_property("count", KILLS)


def test_a_corrected_mask_survives_every_later_run(tmp_path: Path) -> None:
    clip, folder = Clip(str(shots(tmp_path / "clip")), "clip"), tmp_path / "out"
    assert export_masks(clip, FakeMethod("a"), folder).error is None
    mask = folder / "masks" / "000001.png"
    Image.fromarray(np.full((24, 32), 5, np.uint8)).save(mask)
    before = everything(folder)
    assert export_masks(clip, FakeMethod("a"), folder).error is None, "a finished run is left as it is"
    refused = export_masks(clip, FakeMethod("b"), folder, parts=("overlay",)).error or ""
    assert "masks/000001.png" in refused
    assert "nothing was changed" in refused
    assert everything(folder) == before
    told: list[str] = []
    allowed = export_masks(
        clip, FakeMethod("b"), folder, ask=lambda found: bool(told.append(found.promise) or found.replaceable)
    )
    assert (allowed.error, allowed.frames) == (None, 3)
    assert "masks/000001.png" in told[0]
    assert mask.read_bytes() != before["masks/000001.png"][0]


def test_two_runs_into_one_folder(tmp_path: Path) -> None:
    clip, folder = Clip(str(shots(tmp_path / "clip")), "clip"), tmp_path / "out"
    errors: list[str | None] = []

    def second(_: int) -> None:
        errors.append(export_masks(clip, FakeMethod("b"), folder).error)

    assert export_masks(clip, FakeMethod("a", before=second), folder).error is None
    assert len(errors) == 3
    assert all("another run" in (error or "") for error in errors)
