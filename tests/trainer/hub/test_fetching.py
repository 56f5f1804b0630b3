"""Fetching by name, from a hub on this machine: what comes, what is checked, what is said where it does not come."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from safetensors.numpy import save

from engine.errors import ModelError
from tests.trainer.hub.checkpoints import PROCESSOR, README
from tests.trainer.hub.fake_hub import COMMIT, FakeHub, serving
from trainer.hub.fetching import fetch

NAME = "someone/tiny"
FILES = {
    "config.json": b'{"model_type": "segformer"}',
    "preprocessor_config.json": json.dumps(PROCESSOR).encode(),
    "README.md": README.encode(),
    "model.safetensors": save({}, {"format": "pt"}) + b" " * 300_000,
    "pytorch_model.bin": b"\x80\x02 a pickle",
    "training_args.bin": b"\x80\x02 another",
}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeHub]:
    import huggingface_hub

    found = FakeHub(NAME, dict(FILES))
    with serving(found) as address:
        point_at(monkeypatch, address)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        yield found


def point_at(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """In this process, as HF_ENDPOINT does in a new one."""
    import huggingface_hub
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}")
    made = huggingface_hub.HfApi
    monkeypatch.setattr(huggingface_hub, "HfApi", lambda: made(endpoint=address))


def told(folder: Path, name: str = NAME) -> tuple[list[tuple[str, int]], Path, str]:
    said: list[tuple[str, int]] = []
    found = fetch(name, folder, lambda what, total: said.append((what, total)))
    return said, found.folder, found.commit


def test_only_what_is_needed_is_fetched_and_the_commit_is_known(hub: FakeHub, tmp_path: Path) -> None:
    said, folder, commit = told(tmp_path / "here")
    needed = {name for name in FILES if not name.endswith(".bin")}
    assert set(hub.asked) == needed
    assert {name: (folder / name).read_bytes() for name in needed} == {name: FILES[name] for name in needed}
    assert commit == COMMIT
    assert said == [(NAME, sum(len(FILES[name]) for name in needed))]


def test_a_new_process_fetches_from_where_the_environment_says(hub: FakeHub, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from trainer.hub.fetching import fetch;"
        "print(fetch(sys.argv[1], Path(sys.argv[2]), lambda name, total: None).commit)"
    )
    command = [sys.executable, "-c", program, NAME, str(tmp_path / "here")]
    environment = {**os.environ, "HF_ENDPOINT": hub.address, "HF_HOME": str(tmp_path / "home")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == COMMIT, done.stderr[-2000:]
    assert (tmp_path / "here" / "model.safetensors").read_bytes() == FILES["model.safetensors"]


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_file_that_comes_otherwise_is_refused(hub: FakeHub, tmp_path: Path, name: str) -> None:
    hub.lies = name
    with pytest.raises(ModelError, match=rf"{name} of .* did not come as it is there"):
        told(tmp_path / "here")


def test_a_pickle_alone_is_not_even_fetched(hub: FakeHub, tmp_path: Path) -> None:
    del hub.files["model.safetensors"]
    with pytest.raises(ModelError, match=r"no model\.safetensors on Hugging Face: only safetensors are read"):
        told(tmp_path / "here")
    assert hub.asked == []


def test_a_model_without_a_processor_is_refused(hub: FakeHub, tmp_path: Path) -> None:
    del hub.files["preprocessor_config.json"]
    with pytest.raises(ModelError, match=r"has no preprocessor_config\.json on Hugging Face"):
        told(tmp_path / "here")


def test_an_unknown_name_says_so(hub: FakeHub, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model 'someone/other' on Hugging Face"):
        told(tmp_path / "here", "someone/other")


def test_without_a_way_to_it_the_folder_is_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    point_at(monkeypatch, "http://127.0.0.1:9")
    with pytest.raises(ModelError, match=r"cannot be fetched from http://127\.0\.0\.1:9.*give the path of a folder"):
        told(tmp_path / "here")


def test_a_sending_that_breaks_off_is_an_error(hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import file_download

    monkeypatch.setattr(file_download.time, "sleep", lambda seconds: None)
    hub.broken = "model.safetensors"
    with pytest.raises(ModelError, match=r"cannot be fetched|did not come"):
        told(tmp_path / "here")
    assert not (tmp_path / "here" / "model.safetensors").exists()
