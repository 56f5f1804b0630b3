"""What is asked for of an export, and what its files are called."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.backends.base import Device
from engine.models.card import NAME_PATTERN
from resources import DEMO_CLIP

Graph = Literal["own", "plain"]
"""`own`: the inference graph, which Steadymask runs. `plain`: a picture in, logits out, for other tools."""

Precision = Literal["fp32", "fp16", "int8"]

CARD_PRECISION: dict[Precision, Literal["float32", "float16", "int8"]] = {
    "fp32": "float32",
    "fp16": "float16",
    "int8": "int8",
}
"""How a card names them."""

FRAMES = 100
"""Frames of the clip that the report is about, unless another number is asked for."""


class Wanted(BaseModel):
    """One export.

    model: by its name in the library, or the path of its `.onnx`. to: a folder, or the `.onnx` to write. clip: what it
    is calibrated and judged on. frames: how many of its first ones are judged. replaces: names of files that may be
    replaced, None for all that are in the way. seed: draws the frames of the calibration. threads: of the CPU while it
    is judged, None for all.
    """

    model_config = ConfigDict(frozen=True)

    model: str
    to: Path
    graph: Graph = "own"
    precision: Precision = "fp32"
    clip: str = str(DEMO_CLIP)
    frames: Annotated[int, Field(ge=2)] = FRAMES
    device: Device = "auto"
    threads: int | None = None
    seed: int = 0
    replaces: frozenset[str] | None = frozenset()


def name_of(model: str, graph: Graph, precision: Precision) -> str:
    """What an export of `model` is called unless a person says so: `street-int8`, `street-plain-fp16`."""
    end = f"{'-plain' if graph == 'plain' else ''}-{precision}"
    return f"{model[: 64 - len(end)]}{end}"


def onnx_of(wanted: Wanted, model: str) -> Path:
    """The `.onnx` that is meant. model: the name on the card of what is exported."""
    if wanted.to.suffix.lower() == ".onnx":
        return wanted.to
    return wanted.to / f"{name_of(model, wanted.graph, wanted.precision)}.onnx"


def files_of(onnx: Path, *, weights: bool) -> tuple[Path, ...]:
    """Every file that an export writes. weights: whether there is a `.safetensors` among them."""
    peers = (".onnx", ".safetensors", ".parity.json") if weights else (".onnx", ".parity.json")
    return tuple(onnx.with_name(f"{onnx.stem}{suffix}") for suffix in peers)


def card_name(onnx: Path, usual: str) -> str:
    """What the card calls an export: as its file, where a model can be called so."""
    return onnx.stem if re.match(NAME_PATTERN, onnx.stem) else usual
