"""From a trained network to a bundle, with a parity check before anything is written."""

import copy
import logging
import math
import warnings
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from engine.atomic import Placing
from engine.backends.onnxruntime import OnnxRuntimeSession
from engine.backends.torch import HEADS
from engine.errors import SteadymaskError
from engine.models.bundle import read_peer_card, write_bundle
from engine.models.card import ModelCard, Normalisation
from engine.models.wrap import OUR_FORMS, wrap
from engine.networks import build_network
from engine.networks.normalise import PIXEL_MEAN, PIXEL_STD, normalise
from trainer.job import Job, JobSpec
from trainer.objective import TERMS
from trainer.processes import Owner
from trainer.recipe import Recipe
from trainer.stepping.course import Learnt, labelled_course
from trainer.weights.checkpoint import load_weights
from trainer.weights.encoder import encoder_origin
from trainer.weights.half import is_stored_half, normed, rounded, store_half
from trainer.weights.mixing import mixed_with_start

OPSET = 18
PARITY = 99.9
"""Least share of pixels, in percent, on which the exported graph must agree with torch."""


class ParityError(SteadymaskError):
    """The exported graph does not do what the network does."""


def export_student(owner: Owner, spec: JobSpec, recipe: Recipe) -> ModelCard:
    """Export the weights that the criterion preferred to `student.onnx` and `student.safetensors`.

    Raises CheckpointError when there is no such checkpoint, ParityError when the graph does not do what torch does.
    """
    course = labelled_course(spec, recipe)
    network = build_network(recipe.model.family, len(course.learnt.class_set), **recipe.model.options)
    counters = load_weights(owner.job.checkpoints / "best.safetensors", network, averaged=recipe.train.ema_decay > 0)
    if recipe.train.start_share:
        network = mixed_with_start(network, Path(spec.start), recipe.train.start_share)
    network.eval()
    held_out = ((clip, sample) for clip in course.held_out for sample in clip.samples)
    frames = [clip.image(sample) for clip, sample in islice(held_out, 8)]
    frames += [frames[0][:, : frames[0].shape[1] // 2], frames[0][: frames[0].shape[0] // 2 + 1]]  # portrait, wide
    card = card_of(owner.job, spec, recipe, network, course.learnt, counters.get("teacher"))
    owner.heed()
    with owner.job.claim() as claim:
        card = export_bundle(network, card, owner.job.folder / "student", frames, claim, owner.heed)
    owner.emit("log", message=f"exported student.onnx, {card.parameters:,} parameters, {card.graph_hash}")
    return card


def export_graph(network: nn.Module, card: ModelCard, *, optimise: bool = True) -> onnx.ModelProto:
    """Export `network` (eval mode) and wrap it into the inference graph: batch 1, any frame size or the card's only.

    Where the card says that weights are stored in float16, those are that are exactly so in `network`.
    optimise: False leaves every weight as it is and under its own name, where the exporter would join what follows each
    other and turn matrices; a runtime does that as well when it loads the graph.
    """
    # Sides in steps of what they are multiples of: where all that follows divides evenly, tracing is twice as fast.
    step = card.input.multiple if card.input.fixed is None else math.gcd(*card.input.fixed)
    height, width = (352, 480) if card.input.fixed is None else card.input.fixed[::-1]
    example = torch.zeros(1, 3, *(step * math.ceil(side / step) for side in (height, width)))
    names = {2: "height", 3: "width"}
    sizes = {axis: step * torch.export.Dim(name, min=1, max=max(1, 8192 // step)) for axis, name in names.items()}
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        # The exporter warns about packages it would like to find and about its own internals.
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            without_norms(network),
            (example,),
            dynamo=True,
            dynamic_shapes=(sizes,) if card.input.fixed is None else None,
            opset_version=OPSET,
            optimize=optimise,
            verbose=False,
        )
    assert program is not None
    core = program.model_proto
    if card.weights == "float16":
        store_half(core, network)
    form = OUR_FORMS[card.task]
    return wrap(core, classes=len(card.class_set), policy=card.input, normalisation=card.normalisation, form=form)


def without_norms(network: nn.Module) -> nn.Module:
    """A copy of `network` (eval mode) whose batch norms are part of the convolutions before them.

    It takes no gradients, which the exporter would trace as well.
    """
    network = copy.deepcopy(network).requires_grad_(False)
    for each in normed(network):
        each.sequence[each.place] = fuse_conv_bn_eval(each.convolution, each.norm)
        each.sequence[each.place + 1] = nn.Identity()
    return network


def export_bundle(
    network: nn.Module,
    card: ModelCard,
    stem: Path,
    frames: list[NDArray[np.uint8]],
    placing: Placing,
    look: Callable[[], None] = lambda: None,
) -> ModelCard:
    """Export `network` to `stem.onnx` and `stem.safetensors` and return the card with its hashes.

    frames: uint8 (H, W, 3) pictures of several sizes to compare on. placing: what may be replaced. look: called before
    each frame is compared and before anything is written; what it raises is raised here.
    Where the card says that weights are stored in float16, both files hold those of the network that is `rounded` so.
    Raises RangeError for weights that float16 cannot hold, ParityError when the graph in onnxruntime and the network in
    torch agree on less than 99.9 % of their pixels; then nothing is written.
    """
    half = card.weights == "float16"
    network = rounded(network) if half else network
    graph = export_graph(network, card)
    agreement, deviation = parity(network, card, graph, frames, look=look)
    look()
    if agreement < PARITY:
        raise ParityError(
            f"the exported graph agrees with torch on {agreement:.3f} % of the pixels (at least {PARITY} is needed), "
            f"its scores differ by up to {deviation:.2e}; nothing was written"
        )
    state = network.state_dict().items()
    stored = {key: value.half() if half and is_stored_half(value) else value for key, value in state}
    tensors = {key: value.contiguous().numpy() for key, value in stored.items()}
    return write_bundle(stem, graph, tensors, card, placing=placing)


@torch.no_grad()
def parity(
    network: nn.Module,
    card: ModelCard,
    graph: onnx.ModelProto,
    frames: list[NDArray[np.uint8]],
    *,
    look: Callable[[], None] = lambda: None,
) -> tuple[float, float]:
    """Return (share of pixels with the same class in percent, greatest difference of a score or of alpha) over
    `frames`.
    """
    session = OnnxRuntimeSession(graph.SerializeToString(), device="cpu")
    same = total = 0
    deviation = 0.0
    for frame in frames:
        look()
        width, height = card.input.size_for(frame.shape[1], frame.shape[0])
        frame = cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)
        made = session.run(frame, scores=card.gives_scores)
        logits = network(normalise(torch.from_numpy(frame).permute(2, 0, 1).unsqueeze(0)))
        full = nn.functional.interpolate(logits, size=(height, width), mode="bilinear", align_corners=False)
        expected = {**HEADS[card.task](full), "scores": logits}
        same += int((expected["classes"][0].numpy() == made.classes).sum())
        total += made.classes.size
        for name, values in (("scores", made.scores), ("alpha", made.alpha)):
            if values is not None:
                deviation = max(deviation, float(np.abs(expected[name][0].numpy() - values).max()))
    session.close()
    return 100 * same / total, deviation


def card_of(
    job: Job, spec: JobSpec, recipe: Recipe, network: nn.Module, learnt: Learnt, teacher: str | None
) -> ModelCard:
    """The card of the student that `job` trained as `recipe` says; nothing but its own curve is measured yet.

    teacher: name and weights' hash of whoever taught it, None where nobody did.
    """
    # A step that was killed, or gone back behind, is measured again.
    curve = {event["step"]: event["miou_aside"] for event, _ in job.events() if "miou_aside" in event}
    parent = read_peer_card(Path(spec.start)) if spec.start else None
    training_only = ("auxiliary.",)
    parameters = sum(p.numel() for name, p in network.named_parameters() if not name.startswith(training_only))
    data = recipe.data
    training_data = [learnt.words] if learnt.words else []
    if data.synthetic:
        training_data.append(f"{data.synthetic.streets} synthetic streets, {data.synthetic.share:.0%} of every batch")
    if data.composites:
        before = [*map(_clip_name, data.composites.backgrounds)]
        before += [f"{data.composites.streets} synthetic streets"] if data.composites.streets else []
        training_data.append(
            f"composites of these people before {', '.join(before)}, {data.composites.share:.0%} of every batch"
        )
    if data.virtual:
        share = f"{data.virtual.share:.0%} of the samples that are not synthetic" if learnt.clips else "of replay"
        training_data.append(f"{data.virtual.views} virtual views of one image, {share}")
    if data.unlabelled:
        names = ", ".join(dict.fromkeys(map(_clip_name, data.unlabelled.clips)))
        span = data.unlabelled.span
        part = "" if span == (0, 1) else f", from {span[0]:.0%} to {span[1]:.0%} of each"
        training_data.append(f"unlabelled clips {names}{part}, {data.unlabelled.share:.0%} of every batch")
    if recipe.model.encoder and not spec.start:
        training_data.append(f"encoder weights of {encoder_origin(recipe.model.encoder)}")
    return ModelCard(
        name=recipe.model.name,
        version=recipe.model.version,
        summary=recipe.model.summary,
        listed=recipe.model.listed,
        task=recipe.model.task,
        class_set=learnt.class_set,
        input=recipe.model.input,
        normalisation=Normalisation(mean=PIXEL_MEAN, std=PIXEL_STD),
        family=recipe.model.family,
        options=recipe.model.options,
        parameters=parameters,
        training_data=tuple(training_data),
        teacher=teacher,
        losses={term: getattr(recipe.loss, term) for term in TERMS},
        seeds=(recipe.seed,),
        licence=recipe.model.licence,
        weights=recipe.model.weights,
        recipe=spec.recipe,
        parent=f"{parent.name} {parent.weights_hash}" if parent else None,
        curve=tuple(sorted(curve.items())),
    )


def _clip_name(clip: str) -> str:
    """A clip of a recipe as the card names it: of a whole path its last part, which is nobody else's business."""
    path = Path(clip)
    return path.name if path.is_absolute() else "/".join(part for part in path.parts if part != "..")
