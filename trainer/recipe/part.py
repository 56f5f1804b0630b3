"""What all parts of a recipe share: their base, the kinds of numbers in them, and paths that a job can follow."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from trainer.weights.encoder import PACKAGES, SUFFIXES

Share = Annotated[float, Field(ge=0, le=1)]
Above0 = Annotated[float, Field(gt=0)]
Positive = Annotated[int, Field(ge=1)]
Byte = Annotated[int, Field(ge=0, le=255)]


class Part(BaseModel):
    """A part of a recipe: frozen, and without keys that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def laid_over(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`base` with `changes`, table by table; neither is changed."""
    out = dict(base)
    for key, value in changes.items():
        out[key] = laid_over(out.get(key, {}), value) if isinstance(value, dict) else value
    return out


def known_encoder(encoder: str | None) -> str | None:
    """The name or the whole path of an encoder's weights. Raises ValueError for what is neither."""
    if encoder is None or encoder in PACKAGES:
        return encoder
    # A job's working directory is its run folder, so that nobody's relative path would be found from there.
    path = Path(encoder).expanduser()
    if path.suffix not in SUFFIXES or not path.is_absolute():
        raise ValueError(
            f"{encoder!r} is none of {', '.join(PACKAGES)}, nor the whole path of a file {', '.join(SUFFIXES)}"
        )
    return str(path)
