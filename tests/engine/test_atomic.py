"""A file is replaced whole or not at all."""

from pathlib import Path

import pytest

from engine.atomic import atomic_write, write_bytes, write_text


def test_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "Ünïcode 視頻 🎬.json"
    write_text(path, "one")
    write_bytes(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("durable", [True, False])
def test_failure_keeps_the_old_file(durable: bool, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), atomic_write(path, durable=durable) as temporary:  # noqa: PT012  # fails inside
        temporary.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_temporary_lies_beside_and_keeps_the_suffix(tmp_path: Path) -> None:
    long_name = tmp_path / ("n" * 250 + ".mp4")
    with atomic_write(long_name) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".mp4"
        temporary.write_bytes(b"video")
    assert long_name.read_bytes() == b"video"


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_text(tmp_path / "nowhere" / "file", "text")


def test_block_that_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_write(tmp_path / "file"):
        pass
