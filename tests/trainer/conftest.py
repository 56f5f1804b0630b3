"""What every test of the trainer may rely on."""

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import pytest
import torch
import tqdm

from tests.streets import built_once
from tests.trainer.tiny_network import know_tiny

if TYPE_CHECKING:
    from trainer.job import Job


@pytest.fixture(autouse=True)
def _threads_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One thread, since sums depend on how many share them; what a training sets, the next test finds as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    monkeypatch.setattr(tqdm.tqdm, "monitor_interval", 0)  # torch's exporter starts a watching thread for its bars
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session", autouse=True)
def _streets_built_once() -> Iterator[None]:
    """Many small trainings draw the same street, which takes seconds to build."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.datasets.street.drive.build_street", built_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def _tiny_network_known() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        know_tiny(patch)
        yield


@pytest.fixture(scope="session")
def operators_read_once() -> Iterator[None]:
    """torch's exporter reads the source of all that it can translate at each export, which takes half of its time."""
    from torch.onnx._internal.exporter._registration import ONNXRegistry

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ONNXRegistry, "from_torchlib", staticmethod(cache(ONNXRegistry.from_torchlib)))
        yield


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> "Job":
    """A `tiny_job` that was trained without an interruption, to hold others to; nobody changes it."""
    from tests.trainer.tiny import run, tiny_job

    job = tiny_job(tmp_path_factory.mktemp("whole"))
    run(job)
    return job
