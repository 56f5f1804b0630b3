"""Requests as they are written to the disk. No Qt."""

from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from app.session.store import written_spec
from engine.backends.base import Device
from engine.exporting.wanted import Graph, Precision
from engine.results.drawing import Drawing
from engine.results.folder import Part
from engine.results.matte import GREEN, Ground, GroundKind
from engine.results.overlay import Style
from engine.results.refine import Refine
from engine.work import CompareRequest, ModelExportRequest, Request, SegmentRequest

_IDS = 256
_Byte = Annotated[int, Field(ge=0, le=255)]


class _Written(BaseModel):
    """What every request says, see `engine.work.Request`. fps: as a fraction."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    spec: str
    folder: Path
    device: Device
    backend: str
    fps: Annotated[str, Field(pattern=r"^[1-9]\d*(/[1-9]\d*)?$")] | None
    replaces: tuple[str, ...] | None

    @property
    def common(self) -> dict[str, Any]:
        """The fields of every request, as it takes them."""
        return {
            "spec": self.spec,
            "folder": self.folder,
            "device": self.device,
            "backend": self.backend,
            "fps": None if self.fps is None else Fraction(self.fps),
            "replaces": None if self.replaces is None else frozenset(self.replaces),
        }


class WrittenSegment(_Written):
    """A SegmentRequest. palette, visible: of its drawing, a byte after the other in hexadecimal digits."""

    kind: Literal["segment"] = "segment"
    method: str
    parts: tuple[Part, ...]
    range_: tuple[int, int] | None
    opacity: Annotated[float, Field(ge=0, le=1)]
    style: Style
    palette: Annotated[str, Field(pattern=rf"^[0-9a-f]{{{_IDS * 6}}}$")] | None
    visible: Annotated[str, Field(pattern=rf"^(0[01]){{{_IDS}}}$")] | None
    ground: GroundKind = "overlay"
    ground_colour: tuple[_Byte, _Byte, _Byte] = GREEN
    ground_path: Path | None = None
    premultiplied: bool = False
    foreground_colours: bool = False
    refine: Refine | None = None

    def read(self) -> SegmentRequest:
        """The request that was written."""
        palette = None if self.palette is None else _bytes_of(self.palette).reshape(_IDS, 3)
        visible = None if self.visible is None else _bytes_of(self.visible).astype(np.bool_)
        ground = Ground(self.ground, self.ground_colour, self.ground_path)
        return SegmentRequest(
            **self.common,
            method=self.method,
            parts=self.parts,
            range_=self.range_,
            drawing=Drawing(
                self.opacity, self.style, palette, visible, ground, self.premultiplied, self.foreground_colours
            ),
            refine=self.refine,
        )


class WrittenCompare(_Written):
    """A CompareRequest."""

    kind: Literal["compare"] = "compare"
    a: str
    b: str
    flow: str
    verdict: bool
    matches: tuple[tuple[str, str], ...] = ()

    def read(self) -> CompareRequest:
        """The request that was written."""
        return CompareRequest(
            **self.common,
            a=self.a,
            b=self.b,
            flow=self.flow,
            verdict=self.verdict,
            matches=self.matches,
        )


class WrittenModelExport(_Written):
    """A ModelExportRequest."""

    kind: Literal["model"] = "model"
    model: str
    graph: Graph
    precision: Precision
    frames: Annotated[int, Field(ge=2)]

    def read(self) -> ModelExportRequest:
        """The request that was written."""
        return ModelExportRequest(
            **self.common, model=self.model, graph=self.graph, precision=self.precision, frames=self.frames
        )


AnyWritten = WrittenSegment | WrittenCompare | WrittenModelExport
Written = Annotated[AnyWritten, Field(discriminator="kind")]


def written(request: Request) -> AnyWritten:
    """The request, to be written; an address goes without its password. Raises TypeError for an unknown kind."""
    said = {
        "spec": written_spec(request.spec),
        "folder": request.folder,
        "device": request.device,
        "backend": request.backend,
        "fps": None if request.fps is None else str(request.fps),
        "replaces": None if request.replaces is None else sorted(request.replaces),
    }
    if isinstance(request, CompareRequest):
        own = {"a": request.a, "b": request.b, "flow": request.flow, "verdict": request.verdict}
        return WrittenCompare.model_validate(said | own | {"matches": request.matches})
    if isinstance(request, SegmentRequest):
        how = request.drawing
        return WrittenSegment.model_validate(
            said
            | {"method": request.method, "parts": request.parts, "range_": request.range_, "refine": request.refine}
            | {"opacity": how.opacity, "style": how.style, "premultiplied": how.premultiplied}
            | {"foreground_colours": how.foreground_colours}
            | {"ground": how.ground.kind, "ground_colour": how.ground.colour, "ground_path": how.ground.path}
            | {"palette": None if how.palette is None else how.palette.astype(np.uint8).tobytes().hex()}
            | {"visible": None if how.visible is None else how.visible.astype(np.uint8).tobytes().hex()}
        )
    if isinstance(request, ModelExportRequest):
        own = {name: getattr(request, name) for name in ("model", "graph", "precision", "frames")}
        return WrittenModelExport.model_validate(said | own)
    raise TypeError(f"{type(request).__name__} is no request that can be written")


def _bytes_of(digits: str) -> NDArray[np.uint8]:
    return np.frombuffer(bytes.fromhex(digits), np.uint8)
