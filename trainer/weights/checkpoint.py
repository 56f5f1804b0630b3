"""Resumable training state in one safetensors file, replaced atomically.

Tensors carry everything that training reads: weights, averaged weights, what terms learn themselves, a teacher that
changes, optimiser moments and the random state of torch. The header's metadata carries the counters. Nothing is
pickled.
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from engine.atomic import atomic_write
from engine.errors import SteadymaskError
from engine.models.bundle import read_weights
from engine.networks.base import HEADS
from engine.networks.blocks import SeparableResidual


class CheckpointError(SteadymaskError):
    """A checkpoint cannot be read, or belongs to another network."""


def save_checkpoint(
    path: Path,
    *,
    network: nn.Module,
    average: nn.Module | None,
    optimiser: Optimizer,
    counters: dict[str, Any],
    objective: nn.Module | None = None,
    teacher: nn.Module | None = None,
) -> None:
    """Write the whole training state; an earlier file at `path` stays whole until the new one is on disk.

    Raises OSError, or CheckpointError, where there is no room for it or it cannot be written otherwise.
    """
    tensors = {f"network/{key}": value for key, value in network.state_dict().items()}
    if average is not None:
        tensors |= {f"average/{key}": value for key, value in average.state_dict().items()}
    if objective is not None:
        tensors |= {f"objective/{key}": value for key, value in objective.state_dict().items()}
    if teacher is not None:
        tensors |= {f"teacher/{key}": value for key, value in teacher.state_dict().items()}
    for index, moments in optimiser.state_dict()["state"].items():
        tensors |= {
            f"optimiser/{index}/{key}": value
            for key, value in moments.items()
            if value is not None  # SGD's where it has no momentum, or has not moved yet
        }
    tensors["random/torch"] = torch.get_rng_state()
    if torch.cuda.is_available():
        tensors["random/cuda"] = torch.cuda.get_rng_state()
    whole = {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
    with atomic_write(path) as temporary:
        try:
            save_file(whole, temporary, metadata={"counters": json.dumps(counters)})
        except SafetensorError as error:
            raise CheckpointError(
                f"{path} cannot be written: {error}; free some room on the disk and resume: the checkpoints are whole"
            ) from error


def load_checkpoint(
    path: Path,
    *,
    network: nn.Module,
    average: nn.Module | None,
    optimiser: Optimizer,
    objective: nn.Module | None = None,
    teacher: nn.Module | None = None,
) -> dict[str, Any]:
    """Restore everything that `save_checkpoint` wrote and return the counters.

    Raises CheckpointError that names the file when it is damaged or was made by another network.
    """
    tensors, counters = _read(path)
    try:
        network.load_state_dict(_part(tensors, "network/"))
        if average is not None:
            average.load_state_dict(_part(tensors, "average/"))
        if objective is not None:
            objective.load_state_dict(_part(tensors, "objective/"))
        if teacher is not None:
            teacher.load_state_dict(_part(tensors, "teacher/"))
        moments: dict[int, dict[str, Tensor]] = {}
        for key, value in _part(tensors, "optimiser/").items():
            index, name = key.split("/")
            moments.setdefault(int(index), {})[name] = value
        groups = optimiser.state_dict()["param_groups"]
        optimiser.load_state_dict({"state": moments, "param_groups": groups})
        torch.set_rng_state(tensors["random/torch"])
        if torch.cuda.is_available() and "random/cuda" in tensors:
            torch.cuda.set_rng_state(tensors["random/cuda"])
    except (KeyError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{path} does not fit this network: {error}") from error
    return counters


def read_counters(path: Path) -> dict[str, Any] | None:
    """The counters of a checkpoint, None where there is none. Raises CheckpointError that names a damaged file."""
    return _read(path)[1] if path.exists() else None


def load_weights(path: Path, network: nn.Module, *, averaged: bool) -> dict[str, Any]:
    """Load only the weights, the averaged ones if asked for, and return the counters.

    Raises CheckpointError as `load_checkpoint` does.
    """
    tensors, counters = _read(path)
    try:
        network.load_state_dict(_part(tensors, "average/module." if averaged else "network/"))
    except RuntimeError as error:
        raise CheckpointError(f"{path} does not fit this network: {error}") from error
    return counters


def start_from(path: Path, network: nn.Module, *, new_heads: bool = False) -> None:
    """Load the weights of a bundle's `.safetensors`.

    Residual blocks that the network has and the bundle has not stay as they were built: they start as the identity.
    new_heads: whether what tells the classes apart stays as it was built as well; the bundle's classes may be others.
    Raises ModelError, or CheckpointError for another network's weights.
    """
    heads = HEADS if new_heads else ()
    weights = {key: value for key, value in read_weights(path).items() if not key.startswith(heads)}
    tensors = {key: torch.from_numpy(value) for key, value in weights.items()}
    residuals = [name for name, module in network.named_modules() if isinstance(module, SeparableResidual)]
    try:
        missing, unexpected = network.load_state_dict(tensors, strict=False)
        built = (*heads, *(f"{name}." for name in residuals))
        strange = [key for key in missing if not key.startswith(built)]
        if strange or unexpected:
            raise RuntimeError(f"it lacks {strange or 'nothing'} and has {unexpected or 'nothing'} besides")
    except RuntimeError as error:
        raise CheckpointError(f"{path} does not fit this network: {error}") from error


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    try:
        with safe_open(path, framework="pt") as stored:
            tensors = {key: stored.get_tensor(key) for key in stored.keys()}  # noqa: SIM118 - not a dict
            return tensors, json.loads(stored.metadata()["counters"])
    except (SafetensorError, OSError, KeyError, ValueError, TypeError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}") from error


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
