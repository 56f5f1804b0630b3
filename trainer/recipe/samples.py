"""What a recipe says of its samples: where they come from, and how they vary."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from engine.datasets.synthetic import FIRST_RESERVED_SEED
from trainer.recipe.part import Above0, Byte, Part, Positive, Share

KeepAside = Literal["auto", "every", "span"]


class _BatchPart(Part):
    """What a share of every batch is drawn from."""

    share: Share

    def samples(self, batch: int) -> int:
        """How many of a batch's samples it gives."""
        return round(batch * self.share)


class UnlabelledPart(_BatchPart):
    """Windows of clips that nobody has labelled, `window` and `spacing` as of the labelled ones.

    clips: video files, folders of images, or folders of such; whole paths, or relative to the dataset's folder. share:
    of every batch, rounded to whole samples. ranges: of each clip, in their order, (first frame, frame after the last),
    all of it where there are none; then every clip is a single one. span: (from, to), as shares of each clip's frames,
    or of its range's: what is learnt from; nothing of the rest is kept. height: pixels of the shorter side that frames
    are scaled down to, never up; that of the model's input where it is left out. as_seen: frames are scaled to the very
    size that the model sees them at instead, so that a `crop` of that size holds all of a frame and nothing else.
    """

    clips: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]
    ranges: tuple[tuple[Annotated[int, Field(ge=0)], Positive], ...] = ()
    span: tuple[Share, Share] = (0.0, 1.0)
    height: Annotated[int, Field(ge=32)] | None = None
    as_seen: bool = False

    @model_validator(mode="after")
    def _something_is_learnt_from(self) -> Self:
        if self.span[0] >= self.span[1]:
            raise ValueError(f"span is {list(self.span)}; give where it begins and where it ends, in this order")
        if self.as_seen and self.height is not None:
            raise ValueError("as_seen is the model's own size and height another; leave one of them out")
        if self.ranges and len(self.ranges) != len(self.clips):
            raise ValueError(f"there are {len(self.ranges)} ranges and {len(self.clips)} clips; give one for each clip")
        return self

    def learnt(self, clip: int, count: int) -> range:
        """Which frames of a clip of `count` are learnt from. clip: its place among `clips`."""
        first, end = self.ranges[clip] if self.ranges else (0, count)
        first, end = min(first, count), min(end, count)
        return range(*(first + round(share * (end - first)) for share in self.span))


class SyntheticPart(_BatchPart):
    """Pictures of the synthetic street among the training images.

    streets: how many different ones are built, of seeds from `first_seed` up; frames: pictures of each, or windows of
    pictures with exact motion, two seconds apart, at `size` (width, height). share: of every batch, rounded to whole
    samples. Seeds from 1,000,000 up are refused: they judge. replay: whether an offline teacher's answers are learnt in
    place of the labels, so that a student keeps what it knew of other pictures than its clips', whatever its classes.
    """

    streets: Positive
    frames: Positive = 8
    size: tuple[Positive, Positive] = (480, 360)
    first_seed: Annotated[int, Field(ge=0)] = 1000
    replay: bool = False

    @model_validator(mode="after")
    def _seeds_that_judge_are_kept(self) -> Self:
        if self.first_seed + self.streets > FIRST_RESERVED_SEED:
            raise ValueError(
                f"streets {self.first_seed} to {self.first_seed + self.streets - 1} reach the seeds from "
                f"{FIRST_RESERVED_SEED} up, which are kept for judging; lower first_seed"
            )
        return self


class CompositesPart(_BatchPart):
    """The dataset's people, cut out, over moving backgrounds, with true mattes and exact motion; needs pymatting.

    share: of every batch, rounded to whole samples. backgrounds: clips without people; whole paths, or relative to the
    dataset's folder. streets: how many synthetic streets beside them, of seeds from `first_seed` up. size: (width,
    height) of the frames. gap: (least, most) frames from one of a window to the next. still: the share of windows whose
    background is a single picture, so that all motion is exact. closest: up to so many times enlarged a piece of the
    background is shown, in half of the windows; 1 for never. grain: the sensor's noise at most, a standard deviation of
    0..255.
    """

    backgrounds: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    streets: Annotated[int, Field(ge=0)] = 0
    first_seed: Annotated[int, Field(ge=0)] = 2000
    size: tuple[Positive, Positive] = (384, 384)
    gap: tuple[Positive, Positive] = (1, 3)
    still: Share = 0.5
    closest: Annotated[float, Field(ge=1, le=16)] = 1.0
    grain: Annotated[float, Field(ge=0, le=64)] = 3.0

    @model_validator(mode="after")
    def _there_is_a_background(self) -> Self:
        if not self.backgrounds and not self.streets:
            raise ValueError("composites have neither backgrounds nor streets to stand before; give one of them")
        if self.first_seed + self.streets > FIRST_RESERVED_SEED:
            raise ValueError(f"seeds from {FIRST_RESERVED_SEED} up are kept for judging; lower first_seed")
        return self


class ColourPart(Part):
    """How the light varies. `gamma` is (low, high), drawn log-uniformly; the rest are half-widths."""

    brightness: Share = 0.0
    contrast: Share = 0.0
    saturation: Share = 0.0
    hue: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    gamma: tuple[Above0, Above0] = (1.0, 1.0)


class VirtualPart(Part):
    """Views of one labelled image as a moving camera would see it, with exact motion, in place of a clip's frames.

    share: of the samples that are not synthetic. views: of each image. The most that the camera moves from one view to
    the next: shift, of the image's width; rotation, degrees; scale, and tilt (how much larger one edge becomes than
    the image's middle), as shares. light: drawn for each view by itself. noise: of each view, the standard deviation
    of its pixels, 0..255.
    """

    share: Share = 1.0
    views: Annotated[int, Field(ge=2)] = 2
    shift: Annotated[float, Field(ge=0, le=0.25)] = 0.02
    rotation: Annotated[float, Field(ge=0, le=30)] = 1.0
    scale: Annotated[float, Field(ge=0, le=0.25)] = 0.02
    tilt: Annotated[float, Field(ge=0, le=0.1)] = 0.0
    light: ColourPart = ColourPart()
    noise: Annotated[float, Field(ge=0, le=64)] = 0.0


class DataPart(Part):
    """What it is trained on.

    dataset: its layout; None for a training without labels, from clips and replay alone. window: how many frames of a
    clip make one sample, one of them labelled; 1 takes single images. height: pixels of the shorter side that labelled
    images are scaled down to, never up; as they are where it is left out. spacing: (least, most) frames from one of
    them to the next, drawn for each sample (of synthetic pictures, for each street) and less where the clip is short.
    labels_map: other meanings of values in the label files, from a value to a class id or 255 for void.
    virtual: samples that are views of single images. unlabelled: clips without labels.
    keep_aside: what chooses the checkpoint and is never trained on. `every`: of the labelled images every
    `keep_aside_every`-th; `span`: of each clip its last `keep_aside_every`-th part; `auto`: `span` of videos, `every`
    of single images. `crop` is (height, width) in pixels, both multiples of 32.
    """

    dataset: str | None = None
    split: str = "train"
    labels_map: dict[Byte, Byte] = Field(default_factory=dict)
    window: Positive = 1
    height: Annotated[int, Field(ge=32)] | None = None
    spacing: tuple[Positive, Positive] = (1, 1)
    keep_aside: KeepAside = "auto"
    keep_aside_every: Annotated[int, Field(ge=2)] = 10
    crop: tuple[Annotated[int, Field(ge=32, multiple_of=32)], Annotated[int, Field(ge=32, multiple_of=32)]]
    synthetic: SyntheticPart | None = None
    unlabelled: UnlabelledPart | None = None
    composites: CompositesPart | None = None
    virtual: VirtualPart | None = None

    @model_validator(mode="after")
    def _windows_can_be_made(self) -> Self:
        if self.spacing[0] > self.spacing[1]:
            raise ValueError(f"spacing is {list(self.spacing)}; give the least and the most frames, in this order")
        if self.virtual is not None and self.window == 1 and self.virtual.share < 1:
            raise ValueError(
                f"virtual has {self.virtual.views} views of a share of {self.virtual.share:g} and window is 1, but all "
                f"samples must be of one length; set share = 1, or window = {self.virtual.views} on video"
            )
        if self.virtual is not None and self.window not in (1, self.virtual.views):
            raise ValueError(
                f"virtual has {self.virtual.views} views and window is {self.window}, but all samples must be of one "
                "length; make them equal"
            )
        return self

    @property
    def length(self) -> int:
        """Frames of a sample."""
        return self.virtual.views if self.virtual else self.window


class AugmentPart(ColourPart):
    """How samples vary, all frames of one alike. `scale` is (low, high), drawn log-uniformly; `flip` a share.

    rotation: at most so many degrees either way, about the middle, of a `rotation_share` of the samples. blur: the
    share that is seen through a Gaussian of 5 × 5 pixels. padding: what frames hold beyond the picture, mid-grey or the
    colour that normalisation makes zero. mix: the share of samples that hold a rectangle of another one; of single
    pictures alone, without what was said or made of each before.
    """

    scale: tuple[Above0, Above0] = (1.0, 1.0)
    flip: Share = 0.0
    rotation: Annotated[float, Field(ge=0, le=45)] = 0.0
    rotation_share: Share = 0.5
    blur: Share = 0.0
    mix: Share = 0.0
    padding: Literal["grey", "mean"] = "grey"
