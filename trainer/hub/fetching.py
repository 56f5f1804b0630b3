"""Fetching a model from Hugging Face by its name, in a child: what it needs alone, each file held to its hash."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import ModelError
from trainer.hub.checkpoint import INDEX, PROCESSOR, README, REMEDY, WEIGHTS
from trainer.hub.origin import CONFIG

_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """folder: with the model's files. commit: of its repository, as they are."""

    folder: Path
    commit: str


@dataclass(frozen=True, slots=True)
class _File:
    """A file of a repository: its size in bytes, and its SHA-256, or the SHA-1 that git gives it."""

    name: str
    size: int
    sha256: str | None
    git: str | None


def fetch(name: str, folder: Path, tell: Callable[[str, int], None]) -> Fetched:
    """Fetch the model `name`, `owner/model` or `owner/model@revision`, into `folder`.

    tell: called with what is fetched, and the bytes of all files together. Raises ModelError where there is no such
    model, no way to it, or where it has no safetensors.
    """
    # Read when the package is imported. Plain requests write into the folder as they go, so that it shows how far.
    os.environ["HF_HUB_DISABLE_XET"] = "1"
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

    repository, _, revision = name.partition("@")
    where = f"{constants.ENDPOINT}/{repository}"
    try:
        api = HfApi()
        info = api.model_info(repository, revision=revision or None, files_metadata=True, timeout=_TIMEOUT_S)
        files = _wanted([_file(each) for each in info.siblings or ()], name)
        tell(name, sum(file.size for file in files))
        for file in files:
            path = Path(api.hf_hub_download(repository, file.name, revision=info.sha, local_dir=folder))
            _check(path, file, where)
        return Fetched(folder, str(info.sha))
    except ModelError:
        raise
    except GatedRepoError as error:
        raise ModelError(
            f"{name} is given out on conditions; accept them at {where}, and log in with `hf auth login`"
        ) from error
    except RevisionNotFoundError as error:
        raise ModelError(f"{repository} has no revision {revision!r}; see {where}") from error
    except RepositoryNotFoundError as error:
        raise ModelError(
            f"there is no model {name!r} on Hugging Face, or it is private; check the name at {where}, or give the "
            "path of a folder"
        ) from error
    except Exception as error:
        # What the network raises differs from release to release of the package, and means the same for all.
        raise ModelError(
            f"{name} cannot be fetched from {where} ({type(error).__name__}: {str(error)[:200]}); check the internet "
            "connection and try again, or give the path of a folder with the model's files"
        ) from error


def _file(sibling: Any) -> _File:
    lfs = sibling.lfs
    return _File(sibling.rfilename, sibling.size or 0, None if lfs is None else lfs.sha256, sibling.blob_id)


def _wanted(files: list[_File], name: str) -> list[_File]:
    """Those of a repository's files that say what the model is, and its weights. Raises ModelError."""
    by_name = {file.name: file for file in files}
    for needed in (CONFIG, PROCESSOR):
        if needed not in by_name:
            raise ModelError(
                f"{name} has no {needed} on Hugging Face, so it cannot be told how it is run; take another model"
            )
    if WEIGHTS in by_name:
        weights = [WEIGHTS]
    elif INDEX in by_name:
        weights = [
            INDEX,
            *sorted(each for each in by_name if each.startswith("model-") and each.endswith(".safetensors")),
        ]
    else:
        raise ModelError(f"{name} has no {WEIGHTS} on Hugging Face: {REMEDY}")
    return [by_name[each] for each in (CONFIG, PROCESSOR, README, *weights) if each in by_name]


def _check(path: Path, file: _File, where: str) -> None:
    """Raise ModelError unless `path` holds what the hub says that it should."""
    size = path.stat().st_size
    if file.sha256 is not None:
        digest, expected = hashlib.sha256(), file.sha256
    else:
        digest, expected = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False), file.git or ""
    with path.open("rb") as stream:
        while chunk := stream.read(2**20):
            digest.update(chunk)
    if digest.hexdigest() != expected:
        raise ModelError(
            f"{file.name} of {where} did not come as it is there (its hash is {digest.hexdigest()[:12]}…, expected "
            f"{expected[:12]}…); try again"
        )
