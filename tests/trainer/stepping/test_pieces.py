"""A step that memory is too short for is done in pieces, with the same result."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.trainer.tiny import FROZEN, TEMPORAL, assert_same, logged, run, stored, tiny_job
from trainer.data.window import Batch
from trainer.job import Job, JobError, JobStopped
from trainer.objective import Objective
from trainer.stepping.pieces import in_pieces
from trainer.stepping.trouble import is_out_of_memory

ERRORS = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 3 GiB"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:121] . DefaultCPUAllocator: can't allocate memory: you tried to"),
    MemoryError(),
]


@pytest.fixture
def memory_for(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets the objective raise for more windows at once."""
    forward = Objective.forward

    def limit(windows: int, error: BaseException = ERRORS[0]) -> None:
        def limited(self: Objective, predictions: Any, batch: Batch, shares: Any = None) -> Any:
            if len(batch.frames) > windows:
                raise error
            return forward(self, predictions, batch, shares)

        monkeypatch.setattr(Objective, "forward", limited)

    return limit


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_it_is_told_from_other_errors(error: BaseException) -> None:
    assert is_out_of_memory(error)
    assert not is_out_of_memory(RuntimeError("The size of tensor a (3) must match the size of tensor b (4)"))


@pytest.mark.parametrize("changes", [FROZEN, FROZEN | TEMPORAL], ids=["images", "temporal"])
def test_pieces_learn_what_the_whole_batch_learns(tmp_path: Path, memory_for: Any, changes: dict[str, str]) -> None:
    changes = {**changes, "batch = 2": "batch = 4", "epochs = 3": "epochs = 4"}
    whole, pieces = tiny_job(tmp_path, changes), tiny_job(tmp_path, changes)
    run(whole)
    memory_for(1)
    with pytest.raises(JobStopped):
        run(pieces, lambda step: pieces.control("stop") if step == 2 else None)
    assert stored(pieces)[1]["pieces"] == 4
    told = [message for message in logged(pieces) if "out of memory" in message]
    assert [re.findall(r"(\d) at a time\.", message) for message in told] == [["2"], ["1"]]
    assert all("batch norm" in message for message in told)
    run(pieces)
    assert sum("out of memory" in message for message in logged(pieces)) == 2  # a resume remembers
    (expected, counters), (actual, others) = stored(whole), stored(pieces)
    assert others["step"] == counters["step"] == 4
    for key, value in expected.items():
        if key.startswith(("network/", "average/")):
            assert torch.allclose(value.double(), actual[key].double(), rtol=0, atol=1e-5), key


def test_too_little_for_one_window_is_told_and_can_be_resumed(tmp_path: Path, whole: Job, memory_for: Any) -> None:
    job = tiny_job(tmp_path)
    with pytest.raises(JobError, match="not enough memory for a single sample"):
        run(job, lambda step: memory_for(0) if step == 3 else None)
    assert job.status() == "failed"
    assert "\n" not in logged(job)[-1]
    assert stored(job)[1]["step"] == 2
    memory_for(9)
    run(job)
    assert_same(whole, job)


def test_a_batch_is_cut_evenly_with_all_that_it_holds() -> None:
    frames = torch.arange(5).view(5, 1, 1, 1, 1)
    batch = Batch(frames, frames.double().flatten(1), frames[:, :, 0], None)
    for pieces, sizes in ((1, [5]), (2, [2, 3]), (4, [1, 1, 2, 1]), (8, [1] * 5)):
        cut = in_pieces(batch, pieces)
        assert sorted(len(piece.frames) for piece in cut) == sorted(sizes)
        for name in ("frames", "pts_s", "labels"):
            assert torch.equal(torch.cat([getattr(piece, name) for piece in cut]), getattr(batch, name))
