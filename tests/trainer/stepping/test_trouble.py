"""What breaks a job from outside is one plain sentence, and the job goes on once it is gone."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import trainer.loop
from tests.trainer.tiny import assert_same, logged, stored, tiny_job
from trainer.__main__ import main
from trainer.job import Job, JobOwner
from trainer.verbs import VERBS


@pytest.fixture(autouse=True)
def _no_export(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VERBS, "train", "tests.trainer.tiny:train_only")


def failed(job: Job, capsys: pytest.CaptureFixture[str]) -> str:
    """Run the job as the child does; returns the one sentence that it fails with."""
    assert main(["train", str(job.folder)]) == 1
    assert job.status() == "failed"
    (message,) = [event["message"] for event, _ in job.events() if event["type"] == "error"][-1:]
    assert "\n" not in message
    assert capsys.readouterr().err.strip() == message
    return str(message)


def test_a_full_disk_leaves_whole_checkpoints(
    tmp_path: Path, whole: Job, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    job = tiny_job(tmp_path)
    with monkeypatch.context() as full:
        full.setattr("trainer.weights.checkpoint.save_file", full_after(4))
        message = failed(job, capsys)
    assert "no room left" in message
    assert "last.safetensors" in message or str(job.folder) in message
    assert stored(job)[1]["step"] in (2, 4)
    assert not list(job.checkpoints.glob(".part*"))
    assert main(["train", str(job.folder)]) == 0
    assert_same(whole, job)


def full_after(saves: int) -> Callable[..., None]:
    from trainer.weights.checkpoint import save_file

    done = iter(range(100))

    def save(tensors: Any, path: Path, **named: Any) -> None:
        if next(done) >= saves:
            path.write_bytes(b"half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        save_file(tensors, path, **named)

    return save


@pytest.mark.skipif(os.name != "posix", reason="Windows has no limit of a file's size")
def test_a_file_that_may_not_grow_so_large_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import resource

    job = tiny_job(tmp_path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        message = failed(job, capsys)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "cannot be written" in message
    assert "free some" in message
    assert not list(job.checkpoints.iterdir())
    assert main(["train", str(job.folder)]) == 0


def test_an_event_is_told_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = tiny_job(tmp_path)

    class Full:
        def __init__(self, stream: Any) -> None:
            self.stream, self.left = stream, 30

        def write(self, line: bytes) -> int:
            if not self.left:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            written, self.left = self.stream.write(line[: self.left]), 0
            return int(written)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.stream, name)

    def tell() -> None:
        with JobOwner(job) as owner:
            owner.emit("log", message="whole")
            owner._events = Full(owner._events)  # type: ignore[assignment]
            owner.emit("log", message="does not fit")

    with pytest.raises(OSError, match="No space"):
        tell()
    assert logged(job) == ["whole"]
    assert job.status() == "interrupted"
    with JobOwner(job) as owner:
        owner.emit("log", message="fits again")
    assert logged(job) == ["whole", "fits again"]


@pytest.mark.parametrize("damage", ["gone", "damaged"])
def test_an_image_that_breaks_in_the_middle_is_named(
    tmp_path: Path, whole: Job, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    job = tiny_job(tmp_path)
    image = tmp_path / "data" / "train" / "images" / "0004.png"
    good = image.read_bytes()
    build = trainer.loop.build_network

    def breaking(*given: Any, **named: Any) -> Any:
        image.unlink() if damage == "gone" else image.write_bytes(good[:100])
        return build(*given, **named)

    with monkeypatch.context() as breaks:
        breaks.setattr(trainer.loop, "build_network", breaking)
        assert str(image) in failed(job, capsys)
    image.write_bytes(good)
    assert main(["train", str(job.folder)]) == 0
    assert_same(whole, job)


def test_a_bad_recipe_is_an_event_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job = tiny_job(tmp_path, {"epochs = 3": "epochs = 0\nbatches = 1"})
    message = failed(job, capsys)
    assert "train.epochs: Input should be greater than or equal to 1" in message
    assert "train.batches: Extra inputs are not permitted" in message
