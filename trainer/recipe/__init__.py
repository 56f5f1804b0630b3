"""The recipe: everything that decides what comes out of a training, typed and read from TOML."""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from engine.errors import SteadymaskError, UnknownNameError
from engine.models.card import InputPolicy
from engine.networks import FAMILIES
from engine.tasks import TaskName
from resources import RECIPES
from trainer.criterion import CRITERIA
from trainer.recipe.part import Above0, Part, Positive, Share, known_encoder
from trainer.recipe.samples import (
    AugmentPart,
    ColourPart,
    CompositesPart,
    DataPart,
    KeepAside,
    SyntheticPart,
    UnlabelledPart,
    VirtualPart,
)
from trainer.recipe.steady import SteadyPart
from trainer.recipe.teacher import OF_FEATURES, TAUGHT, TeacherPart

__all__ = [
    "AugmentPart",
    "ColourPart",
    "CompositesPart",
    "DataPart",
    "KeepAside",
    "LossPart",
    "ModelPart",
    "Recipe",
    "RecipeError",
    "SteadyPart",
    "SyntheticPart",
    "TeacherPart",
    "TrainPart",
    "UnlabelledPart",
    "VirtualPart",
    "parse_recipe",
    "recipe_text",
]

MOMENTUM = 0.9

BETWEEN_FRAMES = ("temporal", "alpha_change", "pair_wise_frames", "multi_frame")
"""Keys of `[loss]` whose terms compare neighbouring frames."""

FROM_MATTES = ("alpha_difference", "alpha_pyramid", "alpha_change")
"""Keys of `[loss]` whose terms learn from true mattes."""

FROM_LABELS = ("cross_entropy", "lovasz", "auxiliary")
"""Keys of `[loss]` whose terms learn from labels."""


class RecipeError(SteadymaskError):
    """A recipe is missing, is not TOML, or has a field that is unknown or out of range."""


class ModelPart(Part):
    """What is trained. `options` go to the network's constructor. task: a matte is the second of two classes, softly.

    summary, listed: of the student's card: what it is good for, in a sentence, and whether it is among the models to
    choose from.
    encoder: what its encoder's weights start from: one of PACKAGES, or the path of a file of published weights. Unused
    by a training that starts from a bundle.
    new_heads: whether of a bundle that a training starts from all is taken but what tells the classes apart, which
    starts untrained: the bundle's classes may then be others.
    weights: what the bundle stores them in; `float16` halves its files, the network computes in float32 all the same.
    """

    task: TaskName = "semantic"
    name: str
    version: str = "1"
    summary: str = ""
    listed: bool = True
    family: str
    options: dict[str, Any] = Field(default_factory=dict)
    encoder: str | None = None
    new_heads: bool = False
    weights: Literal["float32", "float16"] = "float32"
    licence: str
    input: InputPolicy

    @field_validator("encoder")
    @classmethod
    def _encoder_can_be_found(cls, encoder: str | None) -> str | None:
        return known_encoder(encoder)

    @model_validator(mode="after")
    def _input_fits_the_family(self) -> Self:
        step = FAMILIES[self.family].multiple if self.family in FAMILIES else 1
        if self.input.multiple % step:
            raise ValueError(f"input.multiple is {self.input.multiple}; {self.family} needs a multiple of {step}")
        return self


class TrainPart(Part):
    """How it is trained: `warmup` is linear, and after it the learning rate falls to zero by `schedule`.

    epoch_steps: steps of an epoch, whose samples are drawn; None where an epoch goes through the dataset once.
    schedule: `cosine`, or `poly`, which is (1 − progress) to the power of 0.9. momentum: of `sgd` alone.
    encoder_rate: the learning rate of an encoder that starts from published weights, as a share of the rest's.
    precision: `auto` is bf16 where the device computes with it and no where it only imitates it, which is slower.
    freeze_statistics: whether batch norm keeps the statistics that it starts with, and learns scale and shift alone.
    dropout: whether the network drops channels while it learns, as its family does.
    criterion: by what the best checkpoint is chosen, on what is held out; one of `trainer.criterion`. keep: the `best`,
    or the `last`, since a criterion of single frames prefers the weights that a term between frames has moved least.
    start_share: how much of the weights that a training starts from is in those that are judged and exported.
    """

    epochs: Positive
    epoch_steps: Positive | None = None
    batch: Positive
    learning_rate: Above0
    optimiser: Literal["adamw", "sgd"] = "adamw"
    momentum: Annotated[float, Field(ge=0, lt=1)] = MOMENTUM
    schedule: Literal["cosine", "poly"] = "cosine"
    encoder_rate: Above0 = 1.0
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    warmup: Share = 0.0
    precision: Literal["auto", "no", "bf16", "fp16"] = "no"
    ema_decay: Annotated[float, Field(ge=0, lt=1)] = 0.0
    freeze_statistics: bool = False
    dropout: bool = True
    evaluate_every: Positive = 1
    criterion: str = "miou"
    keep: Literal["best", "last"] = "best"
    start_share: Annotated[float, Field(ge=0, lt=1)] = 0.0

    @field_validator("criterion")
    @classmethod
    def _criterion_is_known(cls, name: str) -> str:
        if name not in CRITERIA:
            raise ValueError(f"there is no criterion {name!r}; known: {', '.join(CRITERIA)}")
        return name

    @model_validator(mode="after")
    def _momentum_is_of_sgd(self) -> Self:
        if self.optimiser == "adamw" and self.momentum != MOMENTUM:
            raise ValueError(
                f'momentum is {self.momentum:g}, which adamw does not look at; leave it out, or set optimiser = "sgd"'
            )
        return self


class LossPart(Part):
    """Weights of the terms, and every how many pixels the cross-entropy looks at the labels.

    `lovasz` looks at them at the output's own size.
    `class_weighting`: `log` is 1 / ln(1.1 + share of pixels), scaled to a mean of 1; or the weight of each class.
    `ohem`: pixels whose right class has this probability or more do not count in `cross_entropy`, 0 for all count; of
    the labelled ones at least a share of `ohem_least` does, the hardest.
    `temporal` compares each frame of a window with the one before it, by probabilities, by their overlap class by
    class, or as the `etc` code does. But for the last: `temporal_gradient`, whether the earlier frame learns from it
    too, and `temporal_photometric`, how fast a pixel weighs less where the frames differ in colour along an estimated
    flow (0: not at all).
    `alpha_difference`, `alpha_pyramid` and `alpha_change` learn true mattes: pixel by pixel, at every scale, and how
    they change from frame to frame.
    `single_frame`, `self_similarity`, `pair_wise_frames` and `multi_frame` learn from the teacher; `temperature`
    softens what both say in `single_frame`; `single_frame_balance`, of an offline teacher's alone, lets small things
    weigh more in it: by the area of the piece to the power of minus so much.
    """

    cross_entropy: Annotated[float, Field(ge=0)] = 1.0
    stride: Positive = 1
    lovasz: Annotated[float, Field(ge=0)] = 0.0
    auxiliary: Annotated[float, Field(ge=0)] = 0.0
    auxiliary_stride: Positive = 1
    class_weighting: Literal["none", "log"] | tuple[Above0, ...] = "none"
    ohem: Share = 0.0
    ohem_least: Annotated[float, Field(gt=0, le=1)] = 0.0625
    alpha_difference: Annotated[float, Field(ge=0)] = 0.0
    alpha_pyramid: Annotated[float, Field(ge=0)] = 0.0
    alpha_change: Annotated[float, Field(ge=0)] = 0.0
    temporal: Annotated[float, Field(ge=0)] = 0.0
    temporal_mode: Literal["probabilities", "overlap", "etc"] = "probabilities"
    temporal_gradient: Literal["later", "both"] = "later"
    temporal_photometric: Annotated[float, Field(ge=0)] = 10.0
    single_frame: Annotated[float, Field(ge=0)] = 0.0
    single_frame_balance: Share = 0.0
    temperature: Above0 = 1.0
    self_similarity: Annotated[float, Field(ge=0)] = 0.0
    pair_wise_frames: Annotated[float, Field(ge=0)] = 0.0
    multi_frame: Annotated[float, Field(ge=0)] = 0.0


class Recipe(Part):
    """A whole training, from labels or, without a dataset, from what a teacher says of clips."""

    seed: Annotated[int, Field(ge=0, lt=2**32)]
    model: ModelPart
    data: DataPart
    augment: AugmentPart = AugmentPart()
    train: TrainPart
    loss: LossPart = LossPart()
    teacher: TeacherPart | None = None
    steady: SteadyPart | None = None

    @model_validator(mode="after")
    def _whoever_is_taught_has_a_teacher(self) -> Self:
        taught = [name for name in TAUGHT if getattr(self.loss, name)]
        if taught and self.teacher is None:
            raise ValueError(
                f"{', '.join(taught)} under [loss] learns from a teacher and there is none; name one by bundle under "
                "[teacher], or leave it out"
            )
        if self.teacher is not None and not taught:
            raise ValueError(
                f"nothing under [loss] learns from the teacher; weigh {' or '.join(TAUGHT)}, or leave [teacher] out"
            )
        return self

    @model_validator(mode="after")
    def _its_teacher_can_teach_that(self) -> Self:
        if self.teacher is None:
            return self
        features = [name for name in OF_FEATURES if getattr(self.loss, name)]
        if features and not self.teacher.live:
            raise ValueError(
                f"{', '.join(features)} under [loss] needs the teacher's features, and of an offline teacher only what "
                'it says of each pixel is stored; set kind = "frozen" under [teacher], or leave it out'
            )
        if self.teacher.kind == "along" and not any(getattr(self.loss, name) for name in FROM_LABELS):
            raise ValueError(
                f"a teacher that learns along learns from labels, and nothing under [loss] does; weigh "
                f"{' or '.join(FROM_LABELS)}, or take a teacher of another kind"
            )
        return self

    @model_validator(mode="after")
    def _frames_can_be_compared(self) -> Self:
        between = [name for name in BETWEEN_FRAMES if getattr(self.loss, name)]
        if between and self.data.length == 1:
            raise ValueError(
                f"{', '.join(between)} under [loss] compares neighbouring frames and window is 1; under [data] set "
                "window = 2 or more to train on video, or add [data.virtual] to train on views of single images; or "
                "leave it out"
            )
        return self

    @model_validator(mode="after")
    def _without_labels_a_teacher_answers(self) -> Self:
        data, batch = self.data, self.train.batch
        if data.dataset is not None:
            if data.synthetic is not None and data.synthetic.replay and not self.taught_offline:
                raise ValueError(
                    'replay under [data.synthetic] learns what an offline teacher says; set kind = "offline" under '
                    "[teacher], or leave replay out"
                )
            return self
        if data.unlabelled is None:
            raise ValueError("there is neither a dataset nor [data.unlabelled]; give one of them under [data]")
        from_labels = [name for name in FROM_LABELS if getattr(self.loss, name)]
        if from_labels or self.loss.class_weighting == "log":
            names = ", ".join(from_labels or ["class_weighting"])
            raise ValueError(
                f"{names} under [loss] learns from labels and there is no dataset; set it to 0 or leave it out"
            )
        if not self.taught_offline:
            raise ValueError(
                'without a dataset an offline teacher says what is there; set kind = "offline" under [teacher]'
            )
        if data.virtual is not None and data.synthetic is None:
            raise ValueError("virtual has views of single images and there are none; leave it out")
        if data.synthetic is not None and not data.synthetic.replay:
            raise ValueError("without a dataset synthetic pictures are learnt by replay alone; set replay = true")
        if data.synthetic is not None and data.length > 1 and data.virtual is None:
            raise ValueError("pictures for replay are single ones and window is above 1; add [data.virtual]")
        if self.real_samples:
            raise ValueError(
                f"the shares leave {self.real_samples} of a batch of {batch} for a dataset and there is none; raise "
                "share under [data.unlabelled]"
            )
        if self.train.epoch_steps is None:
            raise ValueError("without a dataset nothing says how long an epoch is; give epoch_steps under [train]")
        return self

    @model_validator(mode="after")
    def _mattes_are_known(self) -> Self:
        wanted = [name for name in FROM_MATTES if getattr(self.loss, name)]
        if wanted and self.data.composites is None:
            raise ValueError(
                f"{', '.join(wanted)} under [loss] learns from true mattes, which composites alone have; add "
                "[data.composites], or leave it out"
            )
        if self.data.composites is None:
            return self
        if self.data.dataset is None:
            raise ValueError("composites are made of a dataset's people and there is none; give dataset under [data]")
        if not self.data.composites.samples(self.train.batch):
            raise ValueError(
                f"share = {self.data.composites.share:g} under [data.composites] is no sample of a batch of "
                f"{self.train.batch}; raise it, or leave [data.composites] out"
            )
        return self

    @model_validator(mode="after")
    def _mixed_are_pictures_and_labels_alone(self) -> Self:
        if self.augment.mix and (self.data.length > 1 or self.data.composites is not None or self.taught_offline):
            raise ValueError(
                "mix under [augment] puts pictures with their labels together, and here are windows of frames, mattes "
                "or stored answers beside them; leave it out, or train on single pictures, with a teacher of kind "
                '"frozen"'
            )
        return self

    @property
    def taught_offline(self) -> bool:
        """Whether what an offline teacher says is learnt."""
        return self.teacher is not None and not self.teacher.live and self.loss.single_frame > 0

    @model_validator(mode="after")
    def _every_batch_has_labels(self) -> Self:
        data, batch = self.data, self.train.batch
        if data.dataset is None:
            return self
        if self.real_samples < 1:
            raise ValueError(
                f"the shares of synthetic and unlabelled samples leave none of a batch of {batch} for the dataset's "
                "own; lower a share, or raise batch under [train]"
            )
        if data.unlabelled is None:
            return self
        if not data.unlabelled.samples(batch):
            raise ValueError(
                f"share = {data.unlabelled.share:g} under [data.unlabelled] is no sample of a batch of {batch}; raise "
                "it, or leave [data.unlabelled] out"
            )
        # Who says that temporal is 0 makes a control: the same batches, of which only the labels are learnt.
        is_control = "temporal" in self.loss.model_fields_set
        if not is_control and not any(getattr(self.loss, name) for name in ("temporal", *TAUGHT)):
            raise ValueError(
                "nothing under [loss] learns from frames without labels; weigh temporal or a term that a teacher "
                "teaches, leave [data.unlabelled] out, or say temporal = 0.0 to train a control"
            )
        return self

    @property
    def real_samples(self) -> int:
        """How many samples of a batch are the dataset's own."""
        parts = (self.data.synthetic, self.data.unlabelled, self.data.composites)
        return self.train.batch - sum(part.samples(self.train.batch) for part in parts if part is not None)


def recipe_text(name: str | Path) -> str:
    """The TOML text of a bundled recipe by name, or of a file by path.

    Raises UnknownNameError when there is none, RecipeError when it is not text.
    """
    path = Path(name) if Path(name).suffix == ".toml" else RECIPES / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in RECIPES.glob("*.toml")))
        raise UnknownNameError(f"there is no recipe {path}; bundled recipes: {known}, or give the path of a .toml file")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise RecipeError(f"{path} is not a recipe: {error}") from error


def parse_recipe(text: str, where: str) -> Recipe:
    """Parse TOML text that came from `where`. Raises RecipeError that names it and the field."""
    try:
        return Recipe.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{where} is not a recipe: {error}") from error
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise RecipeError(f"{where} is not a recipe: {'; '.join(wrong)}") from error
