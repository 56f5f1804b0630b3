"""What takes space, and that deleting it is whole, refused where it must be, and never leaves its folders."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from engine.errors import ModelError
from engine.models.holding import Holding
from engine.models.library import Library
from engine.ownership.survey import MARKER
from engine.progress import never
from engine.storage import places as storage
from engine.storage import size as storage_size
from engine.storage.places import Item, delete, is_busy, places
from engine.storage.size import Counter, free_space
from resources import MODELS
from tests.engine.homes import write_models, write_run
from trainer.job import Job, JobOwner

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs links and rights as POSIX has them")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_models(tmp_path_factory.mktemp("models"), "mine", "other")


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """What lies beside the home, and is the same after every test."""
    folder = tmp_path / "outside"
    (folder / "deep").mkdir(parents=True)
    (folder / "precious.txt").write_text("precious")
    (folder / "deep" / "job.toml").write_text("precious too")
    yield folder
    assert (folder / "precious.txt").read_text() == "precious"
    assert (folder / "deep" / "job.toml").read_text() == "precious too"


@pytest.fixture
def home(tmp_path: Path, bundle: Path, outside: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two models, two runs, a cache of two parts, three logs."""
    home = tmp_path / "home"
    monkeypatch.setenv("STEADYMASK_HOME", str(home))
    shutil.copytree(bundle, home / "models")
    for name in ("first", "second"):
        write_run(home, name, checkpoint="step-1", size=5000)
    (home / "cache" / "flow").mkdir(parents=True)
    (home / "cache" / "flow" / "a").write_bytes(bytes(300))
    (home / "cache" / "index").write_bytes(bytes(70))
    (home / "logs").mkdir()
    for name in ("steadymask.log", "steadymask.log.1", "steadymask.log.2"):
        (home / "logs" / name).write_bytes(bytes(10))
    (home / "settings.json").write_text("{}")
    return home


BUNDLED = sorted(f"model {path.stem}" for path in MODELS.glob("*.onnx"))


def named(items: list[Item]) -> dict[str, Item]:
    return {f"{item.kind} {item.name}": item for item in items}


def test_everything_is_listed_with_its_size(home: Path) -> None:
    items = named(places())
    assert list(items) == [
        *BUNDLED,
        "model mine",
        "model other",
        "run first",
        "run second",
        "cache flow",
        "cache index",
        "log steadymask.log",
        "log steadymask.log.1",
        "log steadymask.log.2",
    ]
    assert items["model street"].why_not == "it comes with Steadymask"
    assert items["model street"].bytes == sum(path.stat().st_size for path in MODELS.glob("street.*"))
    assert items["model mine"].bytes == sum(path.stat().st_size for path in (home / "models" / "mine").iterdir())
    toml = sum((home / "runs" / "first" / name).stat().st_size for name in ("job.toml", MARKER))
    assert (items["run first"].bytes, items["run first"].whole) == (5000 + toml, True)
    assert (items["cache flow"].bytes, items["cache index"].bytes) == (300, 70)
    assert items["log steadymask.log"].why_not == "it is being written"
    assert items["log steadymask.log.1"].deletable
    changed = items["run first"].changed
    assert changed is not None
    assert abs(changed - time.time()) < 600
    assert not (home / "runs" / ".lock").exists()  # looking makes nothing


def test_an_empty_home_holds_the_bundled_models_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEADYMASK_HOME", str(tmp_path / "new"))
    assert {item.kind for item in places()} == {"model"}
    assert not (tmp_path / "new").exists()
    free, total = free_space(tmp_path / "new" / "models")
    assert 0 < free <= total


def test_the_folders_of_the_system_are_used_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STEADYMASK_HOME", raising=False)
    for folder in (storage.runs_folder(), storage.cache_folder(), storage.log_folder()):
        assert folder.is_absolute()
        assert "steadymask" in str(folder)


def test_what_is_deleted_is_gone_and_nothing_else(home: Path) -> None:
    items = named(places())
    wanted = ["model mine", "run first", "cache flow", "cache index", "log steadymask.log.2"]
    assert delete([items[name] for name in wanted]) == []
    assert list(named(places())) == [name for name in items if name not in wanted]
    for folder in ("models", "runs", "cache", "logs"):
        assert not list((home / folder).glob(f"{Holding.PREFIX}*"))
    assert (home / "settings.json").exists()
    assert delete([items["run first"], items["cache index"], items["model mine"]]) == []  # gone already


def test_models_come_back_until_the_library_is_closed(home: Path) -> None:
    with Library() as library:
        items = named(places(library))
        assert delete([items["model mine"], items["model other"], items["run first"]], library) == []
        assert "model mine" not in named(places(library))
        assert library.undo_removal() == ["mine", "other"]
        assert {"model mine", "model other"} <= set(named(places(library)))
        assert delete([items["model mine"]], library) == []
    with Library() as library:
        assert library.undo_removal() == []
    assert "model mine" not in named(places())


def test_what_may_not_be_deleted_is_refused_with_the_reason(home: Path) -> None:
    (home / "runs" / "notes").mkdir()
    (home / "models" / "loose.onnx").write_bytes(b"")
    items = named(places(in_use=["other"]))
    expected = {
        **dict.fromkeys(BUNDLED, "comes with Steadymask"),
        "model other": "choose another model first",
        "model loose.onnx": "did not put it there",
        "run notes": "no job.toml",
        "log steadymask.log": "being written",
    }
    assert {name for name, item in items.items() if not item.deletable} == set(expected)
    refused = delete(items.values(), in_use=["other"])
    assert {f"{each.item.kind} {each.item.name}" for each in refused} == set(expected)
    for each in refused:
        assert expected[f"{each.item.kind} {each.item.name}"] in each.reason
    assert set(named(places())) == set(expected)


def test_a_damaged_model_can_be_deleted(home: Path) -> None:
    (home / "models" / "mine" / "mine.onnx").write_bytes(b"damaged")
    assert delete([named(places())["model mine"]]) == []
    assert not (home / "models" / "mine").exists()


def test_models_that_cannot_be_removed_stay_all(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(library: Library, *names: str) -> None:
        raise ModelError("the library is in use by another process")

    monkeypatch.setattr(Library, "remove", fail)
    items = named(places())
    refused = delete([items["model mine"], items["model other"], items["cache index"]])
    assert [(each.item.name, each.reason[:11]) for each in refused] == [
        ("mine", "the library"),
        ("other", "the library"),
    ]
    assert "cache index" not in named(places())


# ---- runs in progress


def test_a_run_in_progress_is_refused(home: Path) -> None:
    run = home / "runs" / "first"
    idle = named(places())["run first"]
    assert idle.deletable
    with JobOwner(Job(run)):
        assert is_busy(run)
        assert named(places())["run first"].why_not == "it is in progress; stop it first"
        (refusal,) = delete([idle])  # the list is older than the run
        assert "in progress" in refusal.reason
        assert (run / "job.toml").exists()
    assert delete([idle]) == []


def test_a_run_of_another_process_is_refused_until_that_dies(home: Path) -> None:
    run = home / "runs" / "first"
    code = (
        "import sys, time, filelock; x = filelock.FileLock(sys.argv[1]); x.acquire(); print(flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(run / "lock")], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert is_busy(run)
        assert len(delete([named(places())["run first"]])) == 1
        child.kill()
    assert delete([named(places())["run first"]]) == []


def test_whether_a_run_is_in_progress_can_be_asked_elsewhere(home: Path) -> None:
    items = named(places(busy=lambda path: path.name == "second"))
    assert (items["run first"].deletable, items["run second"].deletable) == (True, False)

    def broken(path: Path) -> bool:
        raise PermissionError("no rights")

    assert "cannot be told" in (named(places(busy=broken))["run first"].why_not or "")


# ---- links


@POSIX
def test_links_are_neither_followed_nor_deleted(home: Path, outside: Path) -> None:
    links = {
        "model linked": home / "models" / "linked",
        "run linked": home / "runs" / "linked",
        "cache linked": home / "cache" / "linked",
        "log linked.log.1": home / "logs" / "linked.log.1",
    }
    for link in links.values():
        link.symlink_to(outside / "deep" if link.name == "linked" else outside / "precious.txt")
    (outside / "deep" / "linked.onnx").write_bytes(b"x")
    items = named(places())
    for name in links:
        assert f"link to {outside}" in (items[name].why_not or "")
        assert items[name].bytes < 1000
    assert len(delete([items[name] for name in links])) == len(links)
    assert all(link.is_symlink() for link in links.values())


@POSIX
def test_links_inside_go_without_what_they_lead_to(home: Path, outside: Path) -> None:
    run = home / "runs" / "first"
    (run / "data").symlink_to(outside)
    (run / "lock").symlink_to(outside / "precious.txt")  # taking a lock would empty the file
    (run / "checkpoints" / "up").symlink_to("../../../..")
    (home / "cache" / "flow" / "out").symlink_to(outside / "precious.txt")
    before = named(places())["run first"].bytes
    assert before < 6000
    items = named(places())
    assert delete([items["run first"], items["cache flow"]]) == []
    assert not run.exists()


@POSIX
def test_nobody_is_locked_out_through_a_link(home: Path, outside: Path) -> None:
    (home / "runs" / ".lock").symlink_to(outside / "precious.txt")
    (refusal,) = delete([named(places())["run first"]])
    assert "is a link" in refusal.reason


def test_an_item_from_elsewhere_is_refused(home: Path, outside: Path) -> None:
    forged = [
        Item("run", "deep", outside / "deep", 1),
        Item("cache", "../../outside", home / "cache" / "../../outside", 1),
        Item("cache", "..", home / "cache" / "..", 1),
        Item("cache", ".", home / "cache", 1),
        Item("log", "settings.json", home / "settings.json", 1),
        Item("cache", str(outside), outside, 1),
    ]
    refused = delete(forged)
    assert [each.item for each in refused] == forged
    assert (home / "cache" / "flow" / "a").exists()
    assert (home / "settings.json").exists()


# ---- whole or not at all


def test_a_process_that_dies_in_between_leaves_a_run_whole_or_nothing(home: Path) -> None:
    code = """
import os, sys
from engine.progress import never
from engine.storage import places as storage
from engine.models.holding import Holding
real = getattr(Holding, sys.argv[1])
def die(self, *words):
    if sys.argv[2] == "after":
        real(self, *words)
    os._exit(9)
setattr(Holding, sys.argv[1], die)
storage.delete([item for item in storage.places() if item.kind == "run"][:1])
"""
    run = home / "runs" / "first"
    files = sorted(path.name for path in run.rglob("*"))
    for method, when, stays in (("finish", "before", True), ("finish", "after", False)):
        assert subprocess.run([sys.executable, "-c", code, method, when], check=False).returncode == 9
        assert not run.exists()  # it is aside at that moment
        assert ("run first" in named(places())) is stays
        if stays:
            assert sorted(path.name for path in run.rglob("*") if path.name != "lock") == files
        assert not list((home / "runs").glob(f"{Holding.PREFIX}*"))


@POSIX
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may delete everything")
def test_rights_that_are_missing_are_told(home: Path) -> None:
    (home / "runs").chmod(0o500)
    try:
        (refusal,) = delete([named(places())["run first"]])
    finally:
        (home / "runs").chmod(0o700)
    assert "check its rights" in refusal.reason
    assert (home / "runs" / "first" / "job.toml").exists()


def test_a_folder_that_is_held_by_another_process_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "_PATIENCE_S", 0.1)
    with FileLock(home / "runs" / ".lock"):
        (refusal,) = delete([named(places())["run first"]])
    assert "in use by another process" in refusal.reason
    assert (home / "runs" / "first" / "job.toml").exists()


def test_what_cannot_be_moved_aside_stays(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def fail(path: Path, target: Path) -> Path:
        if path.name == "first":
            raise OSError("it is open elsewhere")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail)
    items = named(places())
    (refusal,) = delete([items["run first"], items["run second"]])
    assert "open elsewhere" in refusal.reason
    assert set(named(places())) == set(items) - {"run second"}


def test_rests_that_cannot_be_deleted_are_told_and_tried_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.models.holding.shutil.rmtree", lambda path, ignore_errors: None)
    (refusal,) = delete([named(places())["run first"]])
    assert "parts of it cannot be deleted" in refusal.reason
    monkeypatch.undo()
    monkeypatch.setenv("STEADYMASK_HOME", str(home))
    assert "run first" not in named(places())
    assert not list((home / "runs").glob(f"{Holding.PREFIX}*"))


# ---- sizes


def test_sizes_are_counted_up_to_a_bound(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(50):
        (home / "cache" / "flow" / f"b{number}").write_bytes(bytes(10))
    monkeypatch.setattr(storage_size, "MOST_FILES", 20)
    item = named(places())["cache flow"]
    assert not item.whole
    assert 0 < item.bytes < 800
    monkeypatch.setattr(storage_size, "MOST_FILES", 100)
    monkeypatch.setattr(storage, "MOST_S", -1.0)
    assert not named(places())["cache flow"].whole
    monkeypatch.setattr(storage, "MOST_S", 10.0)
    assert named(places())["cache flow"].bytes == 800
    assert not named(places(cancelled=lambda: True))["cache flow"].whole


@POSIX
def test_a_file_with_two_names_counts_once(home: Path) -> None:
    os.link(home / "cache" / "index", home / "cache" / "flow" / "again")
    items = named(places())
    assert items["cache flow"].bytes + items["cache index"].bytes == 370


def test_what_is_gone_has_no_size(tmp_path: Path) -> None:
    size = Counter(time.monotonic() + 10, never).measure(tmp_path / "gone")
    assert (size.bytes, size.whole, size.changed) == (0, False, None)
