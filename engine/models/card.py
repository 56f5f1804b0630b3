"""The model card: what a model is, what it was made from, and what was measured of it.

The same JSON stands in the ONNX metadata under `steadymask.card` and in the `.safetensors` header.
"""

import re
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.models.classes import ClassSet
from engine.tasks import TaskName, task_of

CARD_KEY = "steadymask.card"
NAME_PATTERN = r"^[a-z0-9][a-z0-9_.-]{0,63}$"


def cleaned_name(text: str) -> str:
    """A name that a model can have, as close to `text` as can be; "" where nothing of it can be used."""
    return re.sub(r"[^a-z0-9_.-]+", "-", text.lower()).strip("-_.")[:64].rstrip("-_.")


_FROZEN = ConfigDict(frozen=True, extra="forbid")


class InputPolicy(BaseModel):
    """How a frame's size becomes the network's input size.

    short_side: pixels of the shorter side at the network's input; the longer side follows the frame's aspect.
    multiple: both sides are rounded to the nearest multiple of this; the shorter side must be one, so that the size
    for a frame of the network's size is that size.
    fixed: (width, height) when the network takes one size only; the two fields above are then unused.
    """

    model_config = _FROZEN

    short_side: Annotated[int, Field(ge=32, le=4096)] = 360
    multiple: Annotated[int, Field(ge=1, le=256)] = 8
    fixed: tuple[int, int] | None = None

    @model_validator(mode="after")
    def _keeps_its_own_size(self) -> Self:
        if self.short_side % self.multiple:
            raise ValueError(f"short_side {self.short_side} must be a multiple of multiple {self.multiple}")
        return self

    def size_for(self, width: int, height: int) -> tuple[int, int]:
        """Return the network's (width, height) for a frame of `width` × `height` pixels."""
        if self.fixed is not None:
            return self.fixed
        scale = self.short_side / min(width, height)
        return self._rounded(width * scale), self._rounded(height * scale)

    def _rounded(self, pixels: float) -> int:
        return max(1, int(pixels / self.multiple + 0.5)) * self.multiple


class Normalisation(BaseModel):
    """Network input = (pixel 0..255 − mean) / std × scale; mean and std in the network's own channel order."""

    model_config = _FROZEN

    mean: tuple[float, float, float]
    std: tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]]
    scale: Annotated[float, Field(gt=0)] = 1.0


class Recurrence(BaseModel):
    """How a network goes on from frame to frame.

    states: names of the inputs that take what the frame before gave (`r1i`, …), whose outputs end in `o` instead.
    downsample_ratio: what it is told under this name: a number, `auto` for what its frame's size demands, None where
    it takes none.
    """

    model_config = _FROZEN

    states: tuple[str, ...]
    downsample_ratio: Annotated[float, Field(gt=0, le=1)] | Literal["auto"] | None = None


class Foreign(BaseModel):
    """What a third-party network takes and gives, and the file that it was imported from.

    layout, channels: order of its input's axes and colours. output: what its output holds: logits or softmax
    probabilities of C classes, one sigmoid channel (two classes), or class ids.
    guessed: names of the fields of this, of the class set and of the normalisation that nobody stated.
    recurrence: of a network with a memory of earlier frames.
    """

    model_config = _FROZEN

    file: str
    file_hash: str
    layout: Literal["nchw", "nhwc"]
    channels: Literal["rgb", "bgr"]
    output: Literal["logits", "softmax", "sigmoid", "classes"]
    guessed: tuple[str, ...] = ()
    recurrence: Recurrence | None = None


class Measurement(BaseModel):
    """One measured value with what it was measured on, and the hash of the graph that it was measured of."""

    model_config = _FROZEN

    measure: str
    value: float
    unit: str
    data: str
    command: str
    graph_hash: str
    by_class: dict[str, float | None] = {}


class ModelCard(BaseModel):
    """Everything that is known of one model.

    graph_hash, weights_hash: `sha256:…` of the `.onnx` (metadata left out) and of the tensors in the `.safetensors`;
    a bundle whose files do not match them is refused. weights_hash is None for a model that has no `.safetensors`.
    summary: what it is good for, in a sentence. listed: whether it is among the models to choose from; one that is not
    is found by its name.
    parameters: how many numbers the network was trained to, at inference.
    precision: what the graph computes in; its layers with weights, where that is less than float32. weights: what
    those of more than one axis are stored in, in both files; whatever loads them widens them first. Beside a graph of
    less than float32 the `.safetensors` holds what it was made from.
    foreign: how a model that was not trained here was taken over; None for one of ours.
    recipe: the TOML text that it was trained with. curve: (step, miou on the held-out images), as it was trained.
    """

    model_config = _FROZEN

    name: Annotated[str, Field(pattern=NAME_PATTERN)]
    version: str
    summary: str = ""
    listed: bool = True
    task: TaskName
    class_set: ClassSet
    input: InputPolicy
    normalisation: Normalisation
    family: str
    options: dict[str, int | float | str | bool] = {}
    parameters: int
    training_data: tuple[str, ...] = ()
    teacher: str | None = None
    losses: dict[str, float] = {}
    seeds: tuple[int, ...] = ()
    licence: str
    parent: str | None = None
    precision: Literal["float32", "float16", "int8"] = "float32"
    weights: Literal["float32", "float16"] = "float32"
    graph_hash: str | None = None
    weights_hash: str | None = None
    foreign: Foreign | None = None
    recipe: str | None = None
    curve: tuple[tuple[int, float], ...] = ()
    measurements: tuple[Measurement, ...] = ()

    @property
    def gives_scores(self) -> bool:
        """Whether the model has scores, and not class ids or alpha alone."""
        return task_of(self.task).gives_scores and (self.foreign is None or self.foreign.output != "classes")

    @property
    def has_memory(self) -> bool:
        """Whether what the model makes of a frame depends on those before it."""
        return self.foreign is not None and self.foreign.recurrence is not None

    def measured(self, new: Measurement) -> "ModelCard":
        """A card with `new` in place of an older value of the same measure on the same data."""
        kept = (m for m in self.current_measurements() if (m.measure, m.data) != (new.measure, new.data))
        return self.model_copy(update={"measurements": (*kept, new)})

    def current_measurements(self) -> tuple[Measurement, ...]:
        """The measured values that were measured on exactly this graph and these weights."""
        return tuple(m for m in self.measurements if m.graph_hash == self.graph_hash)
