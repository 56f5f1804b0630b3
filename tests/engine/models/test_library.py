"""The library: what it lists, and that removing is all or nothing and can be undone."""

import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.errors import ModelError, UnknownNameError
from engine.models.bundle import read_card, read_graph
from engine.models.classes import bundled_class_set
from engine.models.holding import Holding
from engine.models.library import Entry, Library, consistent_of, find_model, library_folder, list_models, trained_on
from resources import MODELS
from tests.engine.homes import write_models
from tests.sweep import sweep_count

PREFIX = Holding.PREFIX


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with models `a`, `b` and `c` as the library keeps them."""
    return write_models(tmp_path_factory.mktemp("models"), *"abc")


@pytest.fixture
def library(bundle: Path, tmp_path: Path) -> Iterator[Library]:
    shutil.copytree(bundle, tmp_path / "library")
    with Library(tmp_path / "library") as library:
        yield library


def names(library: Library) -> list[str]:
    return [entry.name for entry in library.entries() if entry.origin == "own"]


def test_the_library_lists_and_finds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STEADYMASK_HOME", str(tmp_path))
    assert library_folder() == tmp_path / "models"
    assert [entry.name for entry in list_models()] == sorted(path.stem for path in MODELS.glob("*.onnx"))
    assert find_model("street") == MODELS / "street.onnx"
    with pytest.raises(UnknownNameError, match=r"known models:.*street"):
        find_model("nothing")
    with pytest.raises(ModelError, match="no model file"):
        find_model(Path("/nowhere/x.onnx"))
    assert not (tmp_path / "models").exists()  # looking makes nothing


def test_own_models_stand_behind_the_bundled(library: Library) -> None:
    entries = library.entries()
    bundled = sorted(path.stem for path in MODELS.glob("*.onnx"))
    assert [entry.name for entry in entries] == [*bundled, "a", "b", "c"]
    assert all(entry.broken is None and entry.card is not None for entry in entries)
    assert library.find("b") == library.folder / "b" / "b.onnx"


def test_damaged_models_are_listed_with_the_reason(library: Library) -> None:
    folder = library.folder
    (folder / "b" / "b.onnx").write_bytes((folder / "b" / "b.onnx").read_bytes()[:1000])
    (folder / "c" / "c.onnx").unlink()
    (folder / "loose.onnx").write_bytes(b"")
    (folder / "street").mkdir()
    shutil.copytree(folder / "a", folder / "d")
    (folder / "d" / "a.onnx").rename(folder / "d" / "d.onnx")
    if os.name == "posix":
        (folder / "pipe").mkdir()
        os.mkfifo(folder / "pipe" / "pipe.onnx")
    broken = {entry.name: entry.broken for entry in library.entries() if entry.broken is not None}
    assert "cut short" in (broken.pop("b") or "")
    assert "there is no model file" in (broken.pop("c") or "")
    assert "says that it is 'a'" in (broken.pop("d") or "")
    assert "was not put there by Steadymask" in (broken.pop("loose.onnx") or "")
    assert "the name of a bundled model" in (broken.pop("street") or "")
    if os.name == "posix":
        assert "is a pipe" in (broken.pop("pipe") or "")
    assert broken == {}
    assert library.find("street") == MODELS / "street.onnx"
    with pytest.raises(ModelError, match="cut short"):
        library.find("b")
    library.remove("b", "street")
    assert names(library) == ["a", "c", "d", "loose.onnx", *(["pipe"] if os.name == "posix" else [])]


def test_what_somebody_put_there_is_not_removed(library: Library) -> None:
    (library.folder / "loose.onnx").write_bytes(b"mine")
    (library.folder / "a" / "notes.txt").write_text("mine")
    (library.folder / "b" / ".DS_Store").write_bytes(b"")
    with pytest.raises(ModelError, match=r"loose\.onnx was not put there by Steadymask"):
        library.remove("b", "loose.onnx")
    with pytest.raises(ModelError, match=r"holds notes\.txt"):
        library.remove("a")
    library.remove("b")
    assert names(library) == ["a", "c", "loose.onnx"]
    assert (library.folder / "a" / "notes.txt").read_text() == "mine"


def test_removing_can_be_undone_until_the_end(library: Library) -> None:
    library.remove("a", "b", "a")
    assert names(library) == ["c"]
    library.remove("c")
    assert names(library) == []
    assert library.undo_removal() == ["c"]
    assert library.undo_removal() == ["a", "b"]
    assert library.undo_removal() == []
    assert names(library) == ["a", "b", "c"]
    read_graph(library.find("a"))
    library.remove("b")
    library.close()
    assert library.undo_removal() == []
    assert {place.name for place in library.folder.iterdir()} == {".lock", "a", "c"}


def test_what_waits_to_be_undone_holds_up_no_other_removal(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    library.remove("a")
    asked: list[float] = []
    monkeypatch.setattr("time.sleep", asked.append)
    library.remove("b")
    with pytest.raises(UnknownNameError):
        library.remove("x")
    assert not asked, "it waited for a lock"


def test_another_library_sees_the_removal_and_leaves_it_undoable(library: Library) -> None:
    library.remove("a")
    with Library(library.folder) as other:
        assert names(other) == ["b", "c"]
        other.remove("b")
        assert names(library) == ["c"]
    assert library.undo_removal() == ["a"]
    assert names(library) == ["a", "c"]


def test_an_undo_does_not_overwrite(library: Library) -> None:
    library.remove("a")
    shutil.copytree(library.folder / "b", library.folder / "a")
    with pytest.raises(ModelError, match="there is a model 'a' already"):
        library.undo_removal()
    shutil.rmtree(library.folder / "a")
    assert library.undo_removal() == ["a"]


def test_all_or_none(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownNameError, match=r"no model 'x'; known models: portrait, street, .*, a, b, c"):
        library.remove("a", "x")
    with pytest.raises(ModelError, match="'street' is bundled"):
        library.remove("a", "street")
    with pytest.raises(UnknownNameError):
        library.remove("a", "../library/b")
    assert names(library) == ["a", "b", "c"]
    rename, calls = Path.rename, []

    def stopped_half_way(self: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", stopped_half_way)
    with pytest.raises(KeyboardInterrupt):
        library.remove("a", "b", "c")
    assert names(library) == ["a", "b", "c"]
    assert {place.name for place in library.folder.iterdir()} == {".lock", "a", "b", "c"}


REMOVE = """
import os, sys, time
from pathlib import Path
from engine.models.library import Library
rename, left = Path.rename, [int(sys.argv[2])]
def slow(self, target):
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), 9)
    return rename(self, target)
Path.rename = slow
library = Library(Path(sys.argv[1]))
library.remove("a", "b")
if left[0] == 0:
    os.kill(os.getpid(), 9)
library.undo_removal()
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
@pytest.mark.parametrize(("renames", "expected"), [(0, "abc"), (1, "abc"), (2, "c"), (3, "abc"), (9, "abc")])
def test_killed_at_a_certain_point(renames: int, expected: str, library: Library) -> None:
    """Before the mark nothing is removed, behind it both are; an undo that has begun is done."""
    subprocess.run([sys.executable, "-c", REMOVE, str(library.folder), str(renames)], check=False)
    assert names(library) == list(expected)
    with library._locked():
        pass
    assert {place.name for place in library.folder.iterdir()} == {".lock", *expected}


@pytest.mark.soak
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_killed_at_any_moment(library: Library, record_property: Callable[[str, object], None]) -> None:
    code = "import sys\nfrom pathlib import Path\nfrom engine.models.library import Library\n"
    code += "print(flush=True)\nwhile True:\n    with Library(Path(sys.argv[1])) as library:\n"
    code += "        library.remove('a', 'b')\n        library.undo_removal()\n"
    count = sweep_count(sample=10, full=100)
    random_ = random.Random(5)
    for _ in range(count):
        remover = subprocess.Popen([sys.executable, "-c", code, str(library.folder)], stdout=subprocess.PIPE)
        assert remover.stdout is not None
        remover.stdout.read(1)
        time.sleep(random_.uniform(0, 0.05))
        remover.kill()
        remover.wait()
        remover.stdout.close()
        found = names(library)
        assert found in (["a", "b", "c"], ["c"])
        for name in {"a", "b"} - set(found):
            shutil.copytree(library.folder / "c", library.folder / name)
            (library.folder / name / "c.onnx").rename(library.folder / name / f"{name}.onnx")
    record_property("count", count)


def test_a_folder_that_cannot_be_changed_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    library = Library(tmp_path / "file" / "models")
    with pytest.raises(ModelError, match=r"cannot be (read|changed)"):
        library.hold()


def test_many_threads_share_a_folder(library: Library) -> None:
    failures: list[BaseException] = []

    def work(name: str) -> None:
        try:
            with Library(library.folder) as own:
                for _ in range(10):
                    own.remove(name)
                    own.undo_removal()
        except BaseException as error:  # noqa: BLE001 - told by the test
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert names(library) == ["a", "b", "c"]


def test_what_was_trained_from_a_model_to_be_consistent_is_found() -> None:
    card = read_card(MODELS / "street.onnx")
    temporal = {"cross_entropy": 1.0, "temporal": 3.0}
    child = {"parent": f"street {card.weights_hash}", "losses": temporal, "weights_hash": "sha256:child"}
    changes: dict[str, dict[str, Any]] = {
        "other": {**child, "parent": "street sha256:another"},
        "tuned": {**child, "losses": {"cross_entropy": 1.0, "temporal": 0.0}},
        "exported": {**child, "weights_hash": card.weights_hash},
        "unlisted": {**child, "listed": False},
        "steady": child,
        "steadier": child,
    }
    entries = [Entry(name, "own", Path(name), card.model_copy(update=change)) for name, change in changes.items()]
    broken = Entry("broken", "own", Path("broken"), None, "is damaged")
    assert consistent_of(card, [broken, *entries]) == "steady"
    assert consistent_of(card, entries[:4]) is None
    assert not trained_on(card, card.model_copy(update={**child, "class_set": bundled_class_set("foreground")}))
    lone = card.model_copy(update={"weights_hash": None, "name": "theirs"})
    taught = {"parent": "street sha256:0", "teacher": f"theirs {card.graph_hash}", "losses": {"temporal": 0.5}}
    assert trained_on(lone, card.model_copy(update=taught)), "a new student of a model that has no weights"
    assert not trained_on(lone, card.model_copy(update=child))
