"""The house keeps its shape: imports go one way, between files and between rooms, and no file or drawer overflows."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("app", "engine", "trainer")
FOLDERS = (*PACKAGES, "resources", "tests", "benchmarks", "docs")
MOST_LINES = 450
MOST_FILES_AT_THE_TOP = 14


def module_name(path: Path) -> str:
    """`engine/flow/__init__.py` → `engine.flow`; path: below the root."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(source: str, modules: Iterable[str]) -> set[str]:
    """Those of `modules` that `source` imports, anywhere in it: in functions and for types alone as well.

    `from a.b import c` counts as `a.b.c` where that is a module, else as `a.b`.
    """
    known, found = set(modules), set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are written in full"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in known else str(node.module) for name in names}
    return found & known


def room(module: str) -> str:
    """`engine.flow.dis` → `engine.flow`, `engine.pipeline` → itself."""
    return ".".join(module.split(".")[:2])


def circle(imports: Mapping[str, set[str]]) -> list[str]:
    """A way through `imports` that comes back to where it began, each importing the next; empty where there is none."""
    try:
        TopologicalSorter({name: others - {name} for name, others in imports.items()}).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))  # graphlib names who is imported before who imports it
    return []


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    """Which modules of ours each of them imports."""
    paths = [path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    modules = {module_name(path): ROOT / path for path in paths}
    return {name: imported(path.read_text("utf-8"), modules) for name, path in modules.items()}


def test_files_import_each_other_in_no_circle(imports: dict[str, set[str]]) -> None:
    assert len(imports) > 200
    found = circle(imports)
    assert not found, " → ".join(found)


def test_rooms_import_each_other_in_no_circle(imports: dict[str, set[str]]) -> None:
    rooms: dict[str, set[str]] = defaultdict(set)
    for module, others in imports.items():
        rooms[room(module)] |= {room(other) for other in others}
    assert {"app.views", "engine.flow", "engine.pipeline", "trainer.job"} <= set(rooms)
    found = circle(rooms)
    steps = [
        f"{module} imports {other}"
        for one, next_ in pairwise(found)
        for module, others in imports.items()
        for other in others
        if (room(module), room(other)) == (one, next_)
    ]
    assert not found, f"{' → '.join(found)}: {'; '.join(steps)}"


def test_a_circle_is_found_and_named() -> None:
    assert circle({"a": {"b"}, "b": {"c", "b"}, "c": set()}) == []
    found = circle({"a": {"b"}, "b": {"c"}, "c": {"b"}})
    assert found in (["b", "c", "b"], ["c", "b", "c"])
    three = circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})
    assert "".join(three) in ("abca", "bcab", "cabc"), "each imports the next"


def test_every_way_to_import_is_seen() -> None:
    source = """
import engine.errors
from engine.flow import warp, Motion
if TYPE_CHECKING:
    from app.main_window import MainWindow
def late():
    from engine import video
"""
    known = {"engine", "engine.errors", "engine.flow", "engine.flow.warp", "engine.video", "app.main_window", "app.log"}
    assert imported(source, known) == known - {"engine", "app.log"}


@pytest.mark.parametrize("package", PACKAGES)
def test_the_top_of_a_package_is_no_drawer(package: str) -> None:
    files = sorted(path.name for path in (ROOT / package).glob("*.py"))
    assert "__init__.py" in files
    assert len(files) <= MOST_FILES_AT_THE_TOP, f"{package}/ holds {len(files)}, find a room: {', '.join(files)}"


def test_no_file_is_too_long_to_read() -> None:
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_bytes().splitlines()) for path in files}
    assert "tests/test_imports.py" in lengths
    long = [f"{name} {lines}" for name, lines in sorted(lengths.items()) if lines > MOST_LINES]
    assert not long, f"more than {MOST_LINES} lines, split by matter: {', '.join(long)}"
