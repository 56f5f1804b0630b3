"""A shelf gives back exactly what was put there, leaves out what is damaged, and never takes more than it may."""

import os
import threading
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.errors import BackendError
from engine.methods import MethodPool
from engine.shelves import ClipShelves, Shelf, Shelves
from engine.shelves.chunk import FRAMES
from engine.shelves.keys import clip_key
from tests.engine.fakes import FakeMethod
from tests.engine.live.shaky import ShakyModel


def mask(index: int) -> NDArray[np.uint8]:
    return np.random.default_rng(index).integers(0, 256, (9, 17)).astype(np.uint8)


def fill(shelf: Shelf, frames: range) -> None:
    for index in frames:
        shelf.put(index, {"values": np.array([index, np.nan], np.float32), "follows": np.bool_(index > 0)}, mask(index))


def holds(shelf: Shelf, index: int) -> bool:
    """Whether the frame is there, and what was put."""
    kept = shelf.get(index)
    if kept is None or kept.mask is None:
        return False
    assert np.array_equal(kept.mask, mask(index))
    assert np.array_equal(kept.columns["values"], np.array([index, np.nan], np.float32), equal_nan=True)
    return True


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"some clip")
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "masks"


def opened(root: Path, clip: Path, text: str = "shaky", most: int = 10**9) -> tuple[ClipShelves, Shelf]:
    """As another program would, which has nothing in memory."""
    of_clip = Shelves(root, most).of_clip(clip)
    shelf = of_clip.of(MethodPool(lambda _: ShakyModel()).make(text))  # type: ignore[arg-type, return-value]
    assert shelf is not None
    return of_clip, shelf


def files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def size(root: Path) -> int:
    return sum(path.stat().st_size for path in files(root))


def test_what_is_put_comes_back_bit_for_bit(root: Path, clip: Path) -> None:
    frames = 2 * FRAMES + 10
    of_clip, shelf = opened(root, clip)
    fill(shelf, range(frames))
    assert all(holds(shelf, index) for index in range(frames)), "also what is not on the disk yet"
    of_clip.flush()
    _, again = opened(root, clip)
    assert all(holds(again, index) for index in range(frames))
    assert again.has_all(frames)
    assert not again.has_all(frames + 1)
    rows = again.rows()
    assert rows is not None
    assert rows[0].tolist() == list(range(frames))
    assert rows[1]["values"][:, 0].tolist() == list(range(frames))
    assert rows[1]["follows"].tolist() == [False] + [True] * (frames - 1)


def test_a_file_is_filled_up_later(root: Path, clip: Path) -> None:
    of_clip, shelf = opened(root, clip)
    fill(shelf, range(40))
    of_clip.flush()
    of_clip, shelf = opened(root, clip)
    fill(shelf, range(40, 70))
    of_clip.flush()
    _, again = opened(root, clip)
    assert again.has_all(70)
    assert all(holds(again, index) for index in range(70))


@pytest.mark.parametrize("damage", ["empty", "half", "other", "flipped", "folder"])
def test_damaged_files_are_not_there_and_are_replaced(root: Path, clip: Path, damage: str) -> None:
    of_clip, shelf = opened(root, clip)
    fill(shelf, range(2 * FRAMES))
    of_clip.flush()
    first = files(root)[0]
    data = bytearray(first.read_bytes())
    if damage == "flipped":
        data[len(data) // 2] ^= 0xFF
    first.unlink()
    if damage == "folder":
        first.mkdir()
    else:
        first.write_bytes({"empty": b"", "half": bytes(data[: len(data) // 2]), "other": b"PK other"}.get(damage, data))
    (first.parent / ".part-0123456789ab.npz").write_bytes(b"half")
    of_clip, again = opened(root, clip)
    assert not any(index in again for index in range(FRAMES))
    assert all(holds(again, index) for index in range(FRAMES, 2 * FRAMES))
    assert not again.has_all(2 * FRAMES)
    rows = again.rows()
    assert rows is not None
    # Masks may be what is damaged; then measures are whole all the same.
    assert set(range(FRAMES, 2 * FRAMES)) <= set(rows[0].tolist())
    if damage == "folder":
        return
    fill(again, range(FRAMES))
    of_clip.flush()
    _, whole = opened(root, clip)
    assert whole.has_all(2 * FRAMES)
    assert all(holds(whole, index) for index in range(2 * FRAMES))


def test_what_was_deleted_meanwhile_is_not_there(root: Path, clip: Path) -> None:
    of_clip, shelf = opened(root, clip)
    fill(shelf, range(FRAMES))
    _, again = opened(root, clip)
    for path in files(root):
        path.unlink()
    assert again.get(3) is None
    assert again.rows() is None
    fill(shelf, range(FRAMES, FRAMES + 3))
    of_clip.flush()
    assert len(files(root)) == 1


def test_clips_models_and_settings_are_told_apart(root: Path, clip: Path) -> None:
    of_clip, shelf = opened(root, clip)
    fill(shelf, range(3))
    of_clip.flush()
    assert opened(root, clip, "ema(shaky)")[1].get(0) is None
    assert opened(root, clip, "median(shaky)")[1].get(0) is None
    assert holds(opened(root, clip)[1], 0)
    other = ShakyModel()
    other.card = other.card.model_copy(update={"graph_hash": "sha256:" + 64 * "6"})
    changed = of_clip.of(other)
    assert changed is not None
    assert changed.get(0) is None
    other.card = other.card.model_copy(update={"graph_hash": None})
    assert of_clip.of(other) is None, "nobody can tell which model it is"
    os.utime(clip, ns=(1, 1))
    assert opened(root, clip)[1].get(0) is None, "the clip was written anew"
    assert Shelves(root).of_clip(clip.with_name("gone.mp4")).of(FakeMethod()) is None


def test_what_two_share_has_no_order(root: Path, clip: Path) -> None:
    pool = MethodPool(lambda _: ShakyModel())  # type: ignore[arg-type, return-value]
    a, b = pool.make("shaky"), pool.make("ema(shaky)")
    of_clip = Shelves(root).of_clip(clip)
    assert of_clip.of(a, b) is of_clip.of(b, a)
    assert of_clip.of(a, b) is not of_clip.of(a)


def test_the_budget_holds_and_the_oldest_goes_first(root: Path, clip: Path) -> None:
    methods = ["shaky", "ema(shaky)", "median(shaky)", "hold(shaky)"]
    _, shelf = opened(root, clip, methods[0])
    fill(shelf, range(FRAMES))
    one = size(root)
    most = 2 * one + one // 2
    (root / "somebody's").mkdir()
    (root / "somebody's" / "file").write_bytes(bytes(10))
    for age, text in enumerate(methods):
        _, shelf = opened(root, clip, text, most)
        fill(shelf, range(FRAMES))
        for path in root.iterdir():
            if path.name != "somebody's" and path.stat().st_mtime > 10_000:
                os.utime(path, (1000 + age, 1000 + age))
        assert size(root) <= most + 10
    left = [text for text in methods if holds(opened(root, clip, text)[1], 0)]
    assert left == methods[-2:]
    assert (root / "somebody's" / "file").exists()


def test_more_than_the_budget_is_not_written_at_all(root: Path, clip: Path) -> None:
    of_clip, shelf = opened(root, clip, most=1000)
    fill(shelf, range(3 * FRAMES))
    of_clip.flush()
    assert files(root) == []


def test_a_folder_that_cannot_be_written_is_told_once(root: Path, clip: Path, caplog: pytest.LogCaptureFixture) -> None:
    root.write_text("no folder")
    of_clip, shelf = opened(root, clip)
    fill(shelf, range(3 * FRAMES))
    of_clip.flush()
    assert len([record for record in caplog.records if "are not kept" in record.message]) == 1


def test_readers_and_a_writer_at_once(root: Path, clip: Path) -> None:
    _, shelf = opened(root, clip)
    done, wrong = threading.Event(), []

    def read() -> None:
        dice = np.random.default_rng()
        while not done.is_set():
            index = int(dice.integers(0, 3 * FRAMES))
            try:
                holds(shelf, index)
            except AssertionError as error:
                wrong.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    fill(shelf, range(3 * FRAMES))
    done.set()
    for reader in readers:
        reader.join()
    assert not wrong


def test_a_replay_gives_the_clip_once_and_says_when_it_is_gone(root: Path, clip: Path) -> None:
    of_clip, shelf = opened(root, clip)
    method = ShakyModel()
    frame = np.zeros((18, 34, 3), np.uint8)
    assert of_clip.replay(method, 5) is method
    for index in range(5):
        shelf.put(index, {"inference_ms": np.float32(index)}, mask(index))
    assert of_clip.replay(method, None) is method, "nobody knows where it ends"
    replay = of_clip.replay(method, 5)
    for index in range(5):
        made = replay.segment(frame)
        assert np.array_equal(made.classes, mask(index))
        assert (made.inference_ms, made.source_size) == (index, (34, 18))
    assert method.calls == []
    with pytest.raises(BackendError, match="deleted meanwhile"):
        replay.segment(frame)


def test_a_folder_at_another_rate_has_shelves_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "1.png").touch()
    usual = clip_key(tmp_path)
    assert usual == clip_key(tmp_path, Fraction(25))
    assert usual != clip_key(tmp_path, Fraction(10))
