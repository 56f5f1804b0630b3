"""Imports: what is refused, what is taken in, and what is left behind."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
import psutil
import pytest

from engine.errors import ModelError
from engine.importing import prepare as importing
from engine.importing.plan import Stated
from engine.importing.prepare import prepare_import
from engine.models.bundle import read_card, read_graph
from engine.models.library import Library
from engine.segmenter import load_model
from resources import MODELS
from tests.engine.importing.foreign_models import foreign
from tests.engine.importing.import_runner import Job, Result, run_jobs
from tests.engine.models.hostile_models import ENDLESS, HOSTILE, Hostile, external, saved
from tests.sweep import sweep_count

FRAME = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
LOGITS = Stated(output="logits")
ALL = [*HOSTILE, ENDLESS]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path / "library") as library:
        yield library


@pytest.fixture(scope="module")
def refusals(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Result], int]:
    """What became of every hostile file that is asked for here, and the most memory that any child took, in kB."""
    calls = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    names = {params["hostile"].name for params in calls if "hostile" in params}
    jobs = []
    for index, hostile in enumerate(h for h in ALL if h.name in names or not names):
        folder = tmp_path_factory.mktemp(f"hostile{index}")
        (folder / "in").mkdir()
        file = hostile.build(folder / "in")
        output = None if file.name == "street.onnx" else "logits"
        jobs.append(Job(hostile.name, str(folder), str(file), output, 3 if hostile is ENDLESS else 60))
    return run_jobs(tmp_path_factory.mktemp("runner"), jobs)


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param(h, id=h.name, marks=pytest.mark.skipif(h.posix and os.name != "posix", reason="POSIX only"))
        for h in ALL
    ],
)
def test_hostile_files_are_refused(hostile: Hostile, refusals: tuple[dict[str, Result], int]) -> None:
    result = refusals[0][hostile.name]
    assert result.error is not None, f"{hostile.name} was imported with {result.classes}"
    assert re.search(hostile.says, result.error, re.DOTALL), result.error
    assert "Traceback" not in result.error
    assert re.search(r"model|net|street|\.onnx|safetensors", result.error)
    assert result.after == result.before
    assert set(result.left) <= {".lock"}


def test_no_hostile_file_takes_a_gigabyte(refusals: tuple[dict[str, Result], int]) -> None:
    assert refusals[1] * 1024 < 1e9


@pytest.mark.soak
def test_damaged_files_crash_nothing(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    count = sweep_count(sample=20, full=500)
    random_ = random.Random(7)
    good = foreign(classes=5, weights_as_inputs=True, before=[("Mul", 0.01)]).SerializeToString()
    jobs = []
    for index in range(count):
        folder = tmp_path / str(index)
        (folder / "in").mkdir(parents=True)
        file = folder / "in" / "model.onnx"
        file.write_bytes(_damaged(good, random_))
        jobs.append(Job(str(index), str(folder), str(file), "logits"))
    results, peak = run_jobs(tmp_path, jobs)
    assert len(results) == count
    assert peak * 1024 < 1e9
    for index, result in results.items():
        assert result.after == result.before
        if result.error is not None:
            assert set(result.left) <= {".lock"}
            assert "model.onnx" in result.error
        else:
            model = load_model(tmp_path / index / "library" / "imported" / "imported.onnx", device="cpu")
            assert model.segment(FRAME).mask.shape == FRAME.shape[:2]
            model.close()
    record_property("count", count)


def _damaged(good: bytes, random_: random.Random) -> bytes:
    """One of: bytes flipped, cut short, two blocks swapped, one byte of a length changed."""
    data = bytearray(good)
    kind = random_.randrange(4)
    if kind == 0:
        for _ in range(random_.choice((1, 3, 20))):
            data[random_.randrange(len(data))] ^= 1 << random_.randrange(8)
    elif kind == 1:
        del data[random_.randrange(1, len(data)) :]
    elif kind == 2:
        size = random_.randrange(1, len(data) // 4)
        a, b = sorted(random_.sample(range(len(data) - size), 2))
        data[a : a + size], data[b : b + size] = data[b : b + size], data[a : a + size]
    else:  # a tag of bytes is followed by their length
        places = [place + 1 for place in range(len(data) - 1) if data[place] & 7 == 2]
        data[random_.choice(places)] = random_.randrange(256)
    return bytes(data)


def test_a_foreign_model_is_shown_before_it_is_added(tmp_path: Path, library: Library) -> None:
    path = saved(foreign(layout="nhwc", classes=4, metadata={"names": "{0: 'a', 1: 'b', 2: 'c', 3: 'd'}"}))(tmp_path)
    stated = Stated(mean=(10, 20, 30), std=(255, 255, 255), output="logits")
    with prepare_import(path, name="mine", library=library, stated=stated, licence="MIT", frame=FRAME) as prepared:
        assert [entry.name for entry in library.entries() if entry.origin == "own"] == []
        assert sum(prepared.shares().values()) == pytest.approx(1)
        assert prepared.preview.mask.shape == FRAME.shape[:2]
        assert prepared.notes["mean"] == "stated"
        entry = prepared.add()
    card = read_card(library.find("mine"))
    assert entry.card == card == prepared.card
    assert (card.name, card.licence, card.normalisation.mean) == ("mine", "MIT", (10, 20, 30))
    assert card.foreign is not None
    assert (card.foreign.layout, card.foreign.output, card.foreign.file) == ("nhwc", "logits", "model.onnx")
    assert {"layout", "channels", "classes"} <= set(card.foreign.guessed)
    assert not {"mean", "std", "output"} & set(card.foreign.guessed)
    model = load_model(library.find("mine"), device="cpu")
    assert np.array_equal(model.segment(FRAME).classes, prepared.preview.classes)
    with pytest.raises(ModelError, match="added or discarded already"):
        prepared.add()


def test_what_is_not_added_leaves_nothing(tmp_path: Path, library: Library) -> None:
    path = saved(foreign())(tmp_path)
    with prepare_import(path, name="mine", library=library, stated=LOGITS, frame=FRAME):
        assert any(library.folder.iterdir())
    assert [place.name for place in library.folder.iterdir()] == [".lock"]
    assert [entry.name for entry in library.entries() if entry.origin == "own"] == []


def test_external_data_in_its_folder_is_taken_in(tmp_path: Path, library: Library) -> None:
    (tmp_path / "in" / "sub").mkdir(parents=True)

    def prepare(folder: Path) -> None:
        (folder / "sub" / "data").write_bytes(bytes(8) + (folder / "good.bin").read_bytes())

    path = external("sub/data", prepare, offset=8, length=36)(tmp_path / "in")
    model = foreign()
    big = np.random.default_rng(0).normal(size=(3, 3, 99, 99)).astype(np.float32)  # too large to stay in the graph
    with prepare_import(path, name="a", library=library, stated=LOGITS, frame=FRAME) as prepared:
        prepared.add()
    inside = saved(model, "inside.onnx")(tmp_path)
    with prepare_import(inside, name="b", library=library, stated=LOGITS, frame=FRAME) as prepared:
        prepared.add()
    assert read_card(library.find("a")).graph_hash == read_card(library.find("b")).graph_hash
    model.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(big, "kernel"))
    node = next(node for node in model.graph.node if node.op_type == "Conv")
    del node.attribute[:]
    node.attribute.append(onnx.helper.make_attribute("pads", [49] * 4))
    onnx.save(model, tmp_path / "big.onnx", save_as_external_data=True, location="big.data")
    assert (tmp_path / "big.data").stat().st_size > 300_000
    with prepare_import(tmp_path / "big.onnx", name="c", library=library, stated=LOGITS, frame=FRAME) as prepared:
        prepared.add()
    kernels = {t.name: t for t in read_graph(library.find("c"))[0].graph.initializer}
    assert np.array_equal(onnx.numpy_helper.to_array(kernels["net/kernel"]), big)


def test_our_bundle_imports_with_a_name_alone(tmp_path: Path, library: Library) -> None:
    for suffix in (".onnx", ".safetensors"):
        shutil.copy(MODELS / f"street{suffix}", tmp_path / f"old{suffix}")
    with prepare_import(tmp_path / "old.onnx", name="mine.v2", library=library, frame=FRAME) as prepared:
        entry = prepared.add()
    old, new = read_card(MODELS / "street.onnx"), read_graph(entry.path)[1]
    assert new == old.model_copy(update={"name": "mine.v2"})
    assert [path.name for path in entry.files()] == ["mine.v2.onnx", "mine.v2.safetensors"]
    with pytest.raises(ModelError, match="give --name alone"):
        prepare_import(tmp_path / "old.onnx", name="other", library=library, stated=LOGITS, frame=FRAME)
    (tmp_path / "old.safetensors").write_bytes((tmp_path / "old.safetensors").read_bytes()[:-8] + bytes(8))
    with pytest.raises(ModelError, match=r"old\.safetensors was changed|old\.safetensors cannot be read"):
        prepare_import(tmp_path / "old.onnx", name="other", library=library, frame=FRAME)


@pytest.mark.parametrize("name", ["", "Large", "a/b", "../a", "a.onnx", "con", "a" * 65, "-a", "a\n", "street"])
def test_names_that_cannot_be_are_refused_at_once(name: str, library: Library) -> None:
    with pytest.raises(ModelError, match="--name"):
        prepare_import("nothing.onnx", name=name, library=library)


def test_a_child_that_crashes_is_a_refusal(tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(foreign())(tmp_path)

    def kill(child: "subprocess.Popen[str]", *_: object) -> None:
        child.send_signal(signal.SIGSEGV if os.name == "posix" else signal.SIGTERM)
        child.wait()

    monkeypatch.setattr(importing, "_watch", kill)
    with pytest.raises(ModelError, match=r"model\.onnx was not imported: .* crashed \("):
        prepare_import(path, name="mine", library=library, frame=FRAME)
    assert {place.name for place in library.folder.iterdir()} == {".lock"}


def test_a_model_too_large_for_the_memory_is_refused_at_once(tmp_path: Path, library: Library) -> None:
    path = saved(foreign())(tmp_path)
    with path.open("r+b") as stream:
        stream.truncate(80 * 10**6)
    with pytest.raises(ModelError, match=r"is 80\.0 MB, at most .* --memory"):
        prepare_import(path, name="mine", library=library, memory_mb=500)


IMPORT = """
import sys
from pathlib import Path
import numpy as np
from engine.importing.plan import Stated
from engine.importing.prepare import prepare_import
from engine.models.library import Library
with Library(Path(sys.argv[2])) as library:
    frame = np.zeros((48, 64, 3), np.uint8)
    with prepare_import(sys.argv[1], name="mine", library=library, stated=Stated(output="logits"), frame=frame) as it:
        it.add()
"""


@pytest.mark.soak
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_killed_imports_leave_the_old_or_the_new(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    path = saved(foreign())(tmp_path)
    count = sweep_count(sample=10, full=60)
    random_ = random.Random(3)
    took = 2.0
    for index in range(count):
        folder = tmp_path / f"library{index}"
        began = time.monotonic()
        importer = subprocess.Popen([sys.executable, "-c", IMPORT, str(path), str(folder)])
        if index == 0:
            assert importer.wait() == 0
            took = time.monotonic() - began
        else:
            time.sleep(random_.uniform(0.2, 1.1) * took)
            importer.kill()
            importer.wait()
        with Library(folder) as library:
            names = [entry.name for entry in library.entries() if entry.origin == "own" and entry.broken is None]
            assert names in ([], ["mine"])
            assert all(entry.broken is None for entry in library.entries())
            if "mine" in names:
                load_model(library.find("mine"), device="cpu").close()
        assert _orphans(folder) == []
        with Library(folder):
            pass  # whoever comes next clears away what a child held a moment ago
        left = {place.name for place in folder.iterdir()} if folder.exists() else set()
        assert left <= {".lock", "mine"}
    record_property("count", count)


def _orphans(folder: Path) -> list[int]:
    """Children that look at models in `folder`, after a moment in which they notice that their parent is gone."""
    deadline = time.monotonic() + 10
    while True:
        found = [p.pid for p in psutil.process_iter(["cwd"]) if str(p.info["cwd"]).startswith(str(folder))]
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.05)
