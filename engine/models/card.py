"""The model card: what a model is, what it was made from, and what was measured of it.

The same JSON stands in the ONNX metadata under `steadymask.card` and in the `.safetensors` header.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.models.classes import ClassSet

CARD_KEY = "steadymask.card"

_FROZEN = ConfigDict(frozen=True, extra="forbid")


class InputPolicy(BaseModel):
    """How a frame's size becomes the network's input size.

    short_side: pixels of the shorter side at the network's input; the longer side follows the frame's aspect.
    multiple: both sides are rounded to the nearest multiple of this.
    fixed: (width, height) when the network takes one size only; the two fields above are then unused.
    """

    model_config = _FROZEN

    short_side: Annotated[int, Field(ge=32, le=4096)] = 360
    multiple: Annotated[int, Field(ge=1, le=256)] = 8
    fixed: tuple[int, int] | None = None

    def size_for(self, width: int, height: int) -> tuple[int, int]:
        """Return the network's (width, height) for a frame of `width` × `height` pixels."""
        if self.fixed is not None:
            return self.fixed
        scale = self.short_side / min(width, height)
        return self._rounded(width * scale), self._rounded(height * scale)

    def _rounded(self, pixels: float) -> int:
        return max(1, int(pixels / self.multiple + 0.5)) * self.multiple


class Measurement(BaseModel):
    """One measured value with everything it was measured on."""

    model_config = _FROZEN

    measure: str
    value: float
    unit: str
    data: str
    command: str
    content_hash: str
    by_class: dict[str, float | None] = {}


class ModelCard(BaseModel):
    """Everything that is known of one model."""

    model_config = _FROZEN

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
    version: str
    task: Literal["semantic"]
    class_set: ClassSet
    input: InputPolicy
    family: str
    parameters: int
    training_data: tuple[str, ...] = ()
    teacher: str | None = None
    losses: dict[str, float] = {}
    seeds: tuple[int, ...] = ()
    licence: str
    parent: str | None = None
    precision: Literal["float32", "float16"] = "float32"
    peer: str | None = None
    """File name of the bundle's other half's content hash (`sha256:…`); see engine.models.bundle."""
    measurements: tuple[Measurement, ...] = ()
