"""What every test of the trainer may rely on."""

from collections.abc import Iterator

import pytest
import torch
import tqdm


@pytest.fixture(autouse=True)
def _threads_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One thread, since sums depend on how many share them; what a training sets, the next test finds as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    monkeypatch.setattr(tqdm.tqdm, "monitor_interval", 0)  # torch's exporter starts a watching thread for its bars
    yield
    torch.set_num_threads(before)
