"""The recipe's `[teacher]`: who teaches, and how."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from engine.networks import FAMILIES
from trainer.recipe.part import Part, known_encoder

TeacherKind = Literal["frozen", "offline", "ema", "along"]

TAUGHT = ("single_frame", "self_similarity", "pair_wise_frames", "multi_frame")
"""Keys of `[loss]` whose terms learn from a teacher."""

OF_FEATURES = TAUGHT[1:]
"""Those that need the teacher's features, which only a teacher that runs along with the training has."""

START = "start"
"""As `bundle` of an offline teacher: what the training starts from."""

_KINDS: dict[str, tuple[TeacherKind, ...]] = {
    "bundle": ("frozen", "offline", "along"),
    "decay": ("ema",),
    "family": ("along",),
    "options": ("along",),
    "encoder": ("along",),
    "rate": ("along",),
    "reach": ("offline",),
    "hold": ("offline",),
    "views": ("offline",),
    "limit_mb": ("offline",),
}
"""Which teachers a key is for."""


class ViewsPart(Part):
    """Other views of a frame that an offline teacher is asked about too: its answers are averaged.

    flip: mirrored as well. scales: at these sizes as well, as shares of the teacher's own input size. shifts: moved
    right and down as well by these shares of width and height; what comes in at the edges is mirrored.
    """

    flip: bool = False
    scales: tuple[Annotated[float, Field(ge=0.25, le=4)], ...] = ()
    shifts: tuple[
        tuple[Annotated[float, Field(ge=-0.25, le=0.25)], Annotated[float, Field(ge=-0.25, le=0.25)]], ...
    ] = ()

    @property
    def all(self) -> tuple[tuple[bool, float, float, float], ...]:
        """(mirrored, scale, shift to the right, shift down) of every view, the plain one first."""
        plain = (
            (1.0, 0.0, 0.0),
            *((scale, 0.0, 0.0) for scale in self.scales),
            *((1.0, *each) for each in self.shifts),
        )
        return tuple((flip, *each) for each in plain for flip in ((False, True) if self.flip else (False,)))


class TeacherPart(Part):
    """Who teaches. Each key is for some kinds only.

    kind: `frozen` runs a bundle along with the training; `offline` runs one before it, once, and stores what it says;
    `ema` is a moving average of the student; `along` is another network that learns from the labels meanwhile.
    bundle: the name of a model of the library, the path of a bundle's `.safetensors` or `.onnx`, or, offline, `start`,
    what the training starts from. It must know the classes that are learnt. decay: of the average, for each step.
    family, options, encoder: of the network that learns along, as under [model], unless it goes on from a bundle;
    rate: its learning rate, as a share of the student's. reach: over so many frames of a clip before and after one is
    averaged along their motion what is said of it. hold: what is said alike of three frames in a row is not. views:
    other views of each frame. limit_mb: megabytes of the disk that may be taken by what is stored.
    """

    kind: TeacherKind = "frozen"
    bundle: Annotated[str, Field(min_length=1)] | None = None
    decay: Annotated[float, Field(gt=0, lt=1)] = 0.999
    family: str | None = None
    options: dict[str, Any] = Field(default_factory=dict)
    encoder: str | None = None
    rate: Annotated[float, Field(gt=0)] = 1.0
    reach: Annotated[int, Field(ge=0, le=8)] = 0
    hold: bool = False
    views: ViewsPart = ViewsPart()
    limit_mb: Annotated[int, Field(ge=1)] = 4096

    @field_validator("bundle")
    @classmethod
    def _bundle_can_be_found(cls, bundle: str | None) -> str | None:
        if bundle is None:
            return None
        path = Path(bundle).expanduser()
        is_file = path.suffix in (".safetensors", ".onnx")
        if not is_file and len(path.parts) == 1:
            return bundle
        # A job's working directory is its run folder, so that nobody's relative path would be found from there.
        if not is_file or not path.is_absolute():
            raise ValueError(f"{bundle!r} is neither a model's name nor the whole path of a .safetensors or .onnx file")
        return str(path)

    @field_validator("encoder")
    @classmethod
    def _encoder_can_be_found(cls, encoder: str | None) -> str | None:
        return known_encoder(encoder)

    @model_validator(mode="after")
    def _keys_are_of_its_kind(self) -> Self:
        for key, kinds in _KINDS.items():
            unset = type(self).model_fields[key].get_default(call_default_factory=True)
            if self.kind not in kinds and getattr(self, key) != unset:
                raise ValueError(
                    f"{key} is for a teacher of kind {' or '.join(kinds)} and this one is of kind {self.kind}; leave "
                    "it out, or set another kind"
                )
        return self

    @model_validator(mode="after")
    def _it_is_somebody(self) -> Self:
        if self.bundle is None and self.kind in ("frozen", "offline"):
            raise ValueError(f"a teacher of kind {self.kind} is a bundle and there is none; name one by bundle")
        if self.bundle == START and self.kind != "offline":
            raise ValueError(
                f'bundle = "{START}" is for a teacher of kind offline; give the path of the bundle, or set kind = '
                '"offline"'
            )
        if self.kind == "along":
            self._check_along()
        return self

    def _check_along(self) -> None:
        if (self.bundle is None) == (self.family is None):
            raise ValueError(
                "a teacher that learns along is a new network or goes on from a bundle; give one of family and bundle"
            )
        if self.bundle is not None and (self.options or self.encoder):
            raise ValueError("options and encoder are for a new network, and bundle names one; leave them out")
        if self.family is not None and self.family not in FAMILIES:
            raise ValueError(f"there is no network family {self.family!r}; known: {', '.join(FAMILIES)}")

    @property
    def live(self) -> bool:
        """Whether it is asked while the training runs."""
        return self.kind != "offline"
