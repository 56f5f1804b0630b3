"""Who makes batches."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from trainer.data.reading import READERS
from trainer.data.workers import can_fork
from trainer.stepping.acceleration import readers_for


@pytest.mark.parametrize(
    ("device", "cores", "processes", "expected"),
    [("cpu", 16, None, READERS), ("cuda", 16, None, 15), ("cuda", 16, "4", 3), ("cuda", 2, None, READERS)],
)
def test_where_a_gpu_trains_the_cores_make_batches(
    monkeypatch: pytest.MonkeyPatch, device: str, cores: int, processes: str | None, expected: int
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    monkeypatch.delenv("LOCAL_WORLD_SIZE", raising=False)
    if processes is not None:
        monkeypatch.setenv("LOCAL_WORLD_SIZE", processes)
    accelerator: Any = SimpleNamespace(device=torch.device(device))
    assert readers_for(accelerator) == (expected, device == "cuda" and can_fork())
