"""Third-party networks: what one takes and gives, guessed where nobody states it, and the network wrapped.

    cleaned = clean(model)              # weights out of the inputs, opset raised where needed
    plan = plan(cleaned, Stated())      # what it takes and gives; a note says why
    graph = wrap_foreign(cleaned, plan) # our inference graph

`clean` (for old opsets) and `plan` run the network on the CPU: call them where a file that nobody trusts may fail.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import checker, shape_inference

from engine.errors import ModelError
from engine.importing.adapt import is_made_grey
from engine.importing.clean import clean, prune
from engine.importing.guess import channels_of_input, layout_of, maker_of
from engine.importing.kinds import refuse_families, refuse_pictures, refuse_task
from engine.importing.names import (
    BACKGROUND,
    FOREGROUND,
    class_set_of,
    default_names,
    stated_in,
    with_background,
)
from engine.importing.normalisation import Triple, mean_taken, normalisation_of
from engine.importing.output import SemanticOutput, count_of, find_output, kind_of, refuse_no_matte
from engine.importing.recurrent import ALPHA, recurrence_of, told
from engine.importing.trial import NetworkInput, SizeError, Trial, fed, read_input, sample_picture
from engine.models.card import InputPolicy, Normalisation, Recurrence
from engine.models.classes import ClassSet
from engine.models.wrap import Axes, Channels, Layout, NetworkForm, Output, wrap
from engine.tasks import TaskName, task_of

__all__ = ["ForeignPlan", "Stated", "clean", "plan", "wrap_foreign"]

_ANY_SIZE = InputPolicy(short_side=352, multiple=32)
_SHRINKS_ITSELF = InputPolicy(short_side=720, multiple=16)
"""Of a network that takes a ratio: it finds its way on a smaller picture, and edges on this one."""
_TRIED_SIZES = ((640, 352), (352, 480))
"""(width, height), one wide and one tall, that a network for any size must run at."""
_COARSER = (
    (InputPolicy(short_side=384, multiple=64), ((704, 384), (384, 512))),
    (InputPolicy(short_side=384, multiple=128), ((640, 384), (384, 512))),
)
"""The same of networks that halve a picture more often."""
_TRIED_SIDES = (512, 256, 224, 320, 384, 640)
"""Sides of a square for a network that runs at one size and does not say at which."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What the user states of a network; None is guessed. task: never guessed, one channel can be either; one with a
    memory gives a matte, whatever is stated. downsample_ratio: of one that takes it, None for what a frame's size asks.

    classes: names in the order of their ids. mean, std: of pixels 0..255, in the file's own order of channels.
    output_name: of the output to take, whatever else the network gives. input_size: (width, height) to give it, of one
    that does not say.
    """

    classes: tuple[str, ...] | None = None
    layout: Layout | None = None
    channels: Channels | None = None
    mean: Triple | None = None
    std: Triple | None = None
    scale: float | None = None
    output: Output | None = None
    task: TaskName = "semantic"
    downsample_ratio: float | None = None
    output_name: str | None = None
    input_size: tuple[int, int] | None = None

    @property
    def settles_the_output(self) -> bool:
        """Whether it says which output tells the classes, or how."""
        return self.output is not None or self.output_name is not None


@dataclass(frozen=True, slots=True)
class ForeignPlan:
    """Everything that wrapping a network needs.

    task: as it was stated, or as its form has it. class_set: called `imported`. layout, channels, output, recurrence:
    see engine.models.card.Foreign.
    guessed: which of layout, channels, mean, std, scale, classes and output nobody stated. notes: why each of them is
    what it is, one short sentence each (`stated` where it was), and under `input` why the input's size is what it is.
    output_name, axes, one_channel: which output is taken and how it is read, see engine.models.wrap.NetworkForm.
    """

    class_set: ClassSet
    input: InputPolicy
    normalisation: Normalisation
    layout: Layout
    channels: Channels
    output: Output
    output_name: str
    axes: Axes
    one_channel: bool
    task: TaskName = "semantic"
    guessed: tuple[str, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    recurrence: Recurrence | None = None


def plan(model: onnx.ModelProto, stated: Stated) -> ForeignPlan:
    """Find out what `model` takes and gives; what is stated stands, the rest is guessed. Runs the network.

    model: as `clean` returned it. Raises ModelError, with a reason and what to do, for a network that is not a
    semantic segmentation of one picture into at most 255 classes, or no matte where one is stated, that onnxruntime
    cannot run, or that cannot be what is stated of it.
    """
    notes: dict[str, str] = {}
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    recurrence = recurrence_of(model.graph, stated.downsample_ratio)
    if not stated.settles_the_output:
        refuse_task(metadata)
    entry = read_input(model, recurrence)
    layout, notes["layout"] = layout_of(model.graph, entry, stated.layout)
    normalisation, reasons = normalisation_of(
        model.graph, entry, metadata, mean=stated.mean, std=stated.std, scale=stated.scale
    )
    notes |= reasons
    mean = mean_taken(model.graph, entry, normalisation)
    channels, notes["channels"] = channels_of_input(entry, metadata, mean, stated.channels)
    grey = is_made_grey(model.graph)
    if grey:
        channels, notes["channels"] = "rgb", "the network takes one grey channel, which is made of red, green and blue"
    task: TaskName = "matting" if recurrence is not None else stated.task
    matte = task_of(task).soft
    names = 1 if matte else None if stated.classes is None else len(stated.classes)
    policy, found, size = _tried(model, entry, layout, channels, normalisation, names, notes, recurrence, stated)
    output, notes["output"] = kind_of(found, "sigmoid" if recurrence is not None else stated.output)
    if not (matte or stated.settles_the_output or stated.classes or stated_in(metadata)):
        refuse_pictures(found, size)
    if matte:
        refuse_no_matte(found, output)
        notes["task"] = "stated" if recurrence is None else "by its form"
    if recurrence is not None:
        notes |= told(recurrence, stated.downsample_ratio)
    elif found.others:
        notes["output"] += f"; {found.name!r} is taken, {', '.join(map(repr, found.others))[:200]} left out"
    class_set = _class_set(found, output, metadata, stated.classes, notes)
    guessed = tuple(
        name
        for name in ("layout", "channels", "mean", "std", "scale", "classes", "output")
        if getattr(stated, name) is None
        and not (name == "output" and recurrence is not None)
        and not (name == "channels" and grey)
    )
    return ForeignPlan(
        class_set=class_set,
        input=policy,
        normalisation=normalisation,
        layout=layout,
        channels=channels,
        output=output,
        output_name=found.name,
        axes=found.axes,
        one_channel=found.channels == 1,
        task=task,
        guessed=guessed,
        notes=notes,
        recurrence=recurrence,
    )


def wrap_foreign(model: onnx.ModelProto, plan: ForeignPlan) -> onnx.ModelProto:
    """Return our inference graph around `model`, as `clean` returned it; without `scores` for one that gives class ids
    or a matte.

    Raises ModelError for a graph that is not valid.
    """
    matte = task_of(plan.task).soft
    form = NetworkForm(
        layout=plan.layout,
        channels=plan.channels,
        output="alpha" if matte else plan.output,
        axes=plan.axes,
        one_channel=plan.one_channel,
        output_name=plan.output_name,
        sigmoid=matte and plan.output == "logits",
        recurrence=plan.recurrence,
    )
    try:
        wrapped = wrap(
            model, classes=len(plan.class_set), policy=plan.input, normalisation=plan.normalisation, form=form
        )
    except (checker.ValidationError, shape_inference.InferenceError, ValueError) as error:
        raise ModelError(f"the model is not valid ONNX: {error}; export it again") from error
    prune(wrapped.graph)
    return wrapped


def _tried(
    model: onnx.ModelProto,
    entry: NetworkInput,
    layout: Layout,
    channels: Channels,
    normalisation: Normalisation,
    classes: int | None,
    notes: dict[str, str],
    recurrence: Recurrence | None,
    stated: Stated,
) -> tuple[InputPolicy, SemanticOutput, tuple[int, int]]:
    """Run the network on the test picture; return its size policy, its semantic output, and the (width, height) that
    this is of. Raises ModelError.
    """
    names = [ALPHA] if recurrence is not None else [output.name for output in model.graph.output]
    makers = {name: maker_of(model.graph, name) for name in names}
    inner = [maker.ids_of[0] for maker in makers.values() if maker.ids_of is not None]
    trial = Trial(model, more=inner, recurrence=recurrence)
    height, width = entry.shape[2:] if layout == "nchw" else entry.shape[1:3]
    squares = [(InputPolicy(fixed=(side, side)), ((side, side),)) for side in _TRIED_SIDES]
    attempts: list[tuple[InputPolicy, tuple[tuple[int, int], ...]]]
    if stated.input_size is not None:
        wide, high = stated.input_size
        if width not in (None, wide) or height not in (None, high):
            raise ModelError(f"the model's input is {entry.shown()}, and --input-size says {wide}x{high}; leave it out")
        attempts = [(InputPolicy(fixed=(wide, high)), ((wide, high),))]
        notes["input"] = "stated"
    elif width is not None and height is not None:
        attempts = [(InputPolicy(fixed=(width, height)), ((width, height),))]
        notes["input"] = f"the network takes {width}×{height} only"
    elif width is not None or height is not None:
        side = width or height or 0
        attempts = [(InputPolicy(fixed=(side, side)), ((side, side),))]
        notes["input"] = f"one side is {side}, the other is free: a square is taken"
    else:
        usual = _SHRINKS_ITSELF if recurrence is not None and recurrence.downsample_ratio is not None else _ANY_SIZE
        attempts = [(usual, _TRIED_SIZES), *_COARSER, *squares]
        notes["input"] = f"any size: shorter side {usual.short_side}, to a multiple of {usual.multiple}"
    problem: SizeError | None = None
    for policy, sizes in attempts:
        try:
            found = []
            for size in sizes:
                results = trial.run(_values(size, layout, channels, normalisation))
                if recurrence is None and not stated.settles_the_output:
                    refuse_families({name: value.shape for name, value in results.items() if name in makers}, size)
                found.append(find_output(results, makers, size, layout, classes, stated.output_name))
        except SizeError as error:
            problem = problem or error
            continue
        if len({(one.name, one.axes, one.channels) for one in found}) == 1:
            if problem is not None and policy.fixed is not None:
                notes["input"] = f"the file promises any size, but runs at {policy.fixed[0]}×{policy.fixed[1]}"
            elif problem is not None:
                notes["input"] = f"shorter side {policy.short_side}, in steps of {policy.multiple}, found by trial"
            return policy, found[0], sizes[0]
        problem = problem or SizeError(
            "the number of the model's classes changes with the size of its input; export it with a fixed input size"
        )
    assert problem is not None
    raise problem


def _values(size: tuple[int, int], layout: Layout, channels: Channels, normalisation: Normalisation) -> np.ndarray:
    """The test picture of (width, height) as the network takes it."""
    picture = sample_picture(*size)
    if channels == "bgr":
        picture = picture[..., ::-1]
    return fed((picture - normalisation.mean) / normalisation.std * normalisation.scale, layout)


def _class_set(
    found: SemanticOutput,
    output: Output,
    metadata: Mapping[str, str],
    stated: tuple[str, ...] | None,
    notes: dict[str, str],
) -> ClassSet:
    noted = stated_in(metadata)
    named = stated if stated is not None else noted[1] if noted is not None else None
    count = count_of(found, output, None if named is None else len(named))
    names = with_background(named) if named is not None and count == 2 else named
    if names is not None and len(names) == count:
        notes["classes"] = "stated" if noted is None or stated is not None else f"the file names them ({noted[0]})"
        return class_set_of(names)
    if stated is not None:
        raise ModelError(
            f"the model has {count} classes, {len(stated)} are stated ({', '.join(stated)[:200]}); "
            f"give --classes with {count} names" + (", or with one for the thing alone" if count == 2 else "")
        )
    if found.channels == 1 and count == 2:
        notes["classes"] = "one channel tells one thing from everything else"
        return class_set_of((BACKGROUND, FOREGROUND))
    notes["classes"] = f"{count} classes that the file does not name"
    if noted is not None:
        notes["classes"] = (
            f"{count} classes; the {len(noted[1])} names in the file ({noted[0]}) do not fit, and are left out"
        )
    return class_set_of(default_names(count))
