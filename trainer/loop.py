"""The supervised loop: labelled frames in, a student out."""

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs, InitProcessGroupKwargs
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.backends.base import Device
from engine.backends.torch import TorchSession
from engine.datasets.base import DatasetClip
from engine.flow import TRAINING_FLOW
from engine.models.card import ModelCard
from engine.networks import build_network
from engine.networks.normalise import normalise
from engine.segmentation import Segmentation
from engine.segmenter import Segmenter
from trainer.criterion import CRITERIA, Criterion
from trainer.data.cache import PictureCache
from trainer.data.feed import Feed
from trainer.data.sources import ClipWindows, cached
from trainer.data.split import open_training_data
from trainer.data.streets import StreetWindows
from trainer.data.virtual import VirtualWindows
from trainer.data.window import Batch
from trainer.export import card_of
from trainer.job import JobSpec, JobStopped
from trainer.objective import Objective, Predictions
from trainer.optimiser import make_average, make_optimiser, set_rate
from trainer.processes import Owner, obey_together, share_gradients
from trainer.recipe import Recipe
from trainer.stepping.keeper import Keeper
from trainer.stepping.pieces import Pieces
from trainer.stepping.shares import Shares
from trainer.stepping.soundness import is_sound, set_back, slow_down
from trainer.stepping.statistics import learning, synchronise
from trainer.teachers.frozen import FrozenTeacher
from trainer.tell import Teller
from trainer.weights.checkpoint import start_from
from trainer.weights.encoder import load_encoder


def train(owner: Owner, spec: JobSpec, recipe: Recipe) -> None:
    """Train as the recipe says, resuming from `checkpoints/last.safetensors` where there is one.

    Leaves the weights that the recipe's criterion prefers, on what is held out, in `checkpoints/best.safetensors`.
    Raises JobStopped when asked to stop; the state up to the last whole step is then saved. Raises JobError out of
    memory, UnsoundError where the loss does not stay finite.
    """
    if spec.threads:
        torch.set_num_threads(spec.threads)
    accelerator = _accelerator(spec, recipe)
    torch.manual_seed(recipe.seed)

    # Data. What is held out chooses the checkpoint and is never trained on.
    part, cache = recipe.data, PictureCache()
    data = open_training_data(Path(spec.root), part)
    flow = TRAINING_FLOW if recipe.loss.temporal else None
    real = ClipWindows(cached(data.learn, cache), length=part.window, spacing=part.spacing, flow=flow)
    synthetic = (
        StreetWindows(part.synthetic, cache, length=part.length, spacing=part.spacing) if part.synthetic else None
    )
    learnt = VirtualWindows(real, part.virtual) if part.virtual else real
    feed = Feed(recipe, learnt, synthetic, (accelerator.process_index, accelerator.num_processes))
    held_out, criterion = cached(data.held_out, cache), CRITERIA[recipe.train.criterion]

    # Network, what it is to lower and who teaches it, optimiser, average.
    classes = len(data.class_set)
    objective = Objective(recipe.loss, lambda: real.class_shares(classes), accelerator.device)
    teacher = FrozenTeacher(recipe.teacher, data.class_set, accelerator.device) if recipe.teacher else None
    network = build_network(recipe.model.family, classes, **recipe.model.options)
    if spec.start:
        start_from(Path(spec.start), network)
    elif recipe.model.encoder and not (owner.job.checkpoints / "last.safetensors").exists():
        load_encoder(network, recipe.model.encoder)
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    synchronise(network, accelerator)
    network, optimiser = accelerator.prepare(network, make_optimiser(network, recipe.train, objective))
    bare = accelerator.unwrap_model(network)
    average = make_average(bare, recipe.train.ema_decay)
    card = card_of(owner.job, spec, recipe, bare, data, teacher.identity if teacher else None)

    # Where an earlier run got to.
    total = feed.per_epoch * recipe.train.epochs
    keeper = Keeper(owner, accelerator, network=bare, average=average, objective=objective, optimiser=optimiser)
    counters: dict[str, Any] = {"step": 0, "best": None, "judged": 0, "pieces": 1, "halvings": 0, "setbacks": 0}
    if keeper.exists():
        counters |= keeper.restore()
        owner.emit("log", message=f"resumed at step {counters['step']} of {total}")
    if teacher is not None:
        teacher.check_same(counters.setdefault("teacher", teacher.identity))
    keeper.save_first(counters)
    tell = Teller(owner, accelerator, step=counters["step"], total=total, batch=recipe.train.batch)
    pieces = Pieces(owner, accelerator, network, objective, counters)

    def learn(piece: Batch, shares: Shares) -> dict[str, Tensor]:
        """The frames of all windows at once, every term of the objective, and their gradients."""
        frames = normalise(piece.frames.flatten(0, 1)).contiguous(memory_format=torch.channels_last)
        learning(network, len(frames), freeze_statistics=recipe.train.freeze_statistics)
        with accelerator.autocast():
            predictions = _predictions(network, frames, teacher)
        terms: dict[str, Tensor] = objective(predictions, piece, shares.of(predictions, piece))
        accelerator.backward(terms["total"])
        return terms

    def judge() -> None:
        """At the end of an epoch: measure on what is held out, and keep the best. Stopped in it, a resume does it."""
        epoch, within = divmod(counters["step"], feed.per_epoch)
        every = epoch % recipe.train.evaluate_every == 0 or counters["step"] >= total
        if within or not every or counters["judged"] == counters["step"] or not owner.leads:
            return
        judged = average.module if average is not None else bare
        try:
            value = measure(judged, card, criterion, held_out, owner.heed)
        except JobStopped:
            return  # not raised here: the others are at the next step, and hear of it there
        tell.held_out(counters["step"], recipe.train.criterion, value)
        counters["judged"] = counters["step"]
        if criterion.prefers(value, counters["best"]):
            counters["best"] = value
            keeper.save_best(counters)

    def look() -> None:
        """While a batch is waited for, which may take a reader longer than a stop."""
        try:
            owner.heed()
        except JobStopped:
            keeper.save_last(counters)
            raise

    alone = accelerator.num_processes == 1
    try:
        judge()
        while counters["step"] < total:
            with closing(feed.from_step(counters["step"], total, look=look if alone else None)) as batches:
                for batch in batches:
                    obey_together(owner, accelerator)
                    set_rate(optimiser, recipe.train, counters["step"] / total)
                    slow_down(optimiser, counters["halvings"])

                    # One step: what the objective says of all windows, weights and their average.
                    terms = pieces.step(batch.to(accelerator.device), learn)
                    share_gradients(accelerator, objective)
                    optimiser.step()
                    objective.after_step()
                    if not is_sound(accelerator, terms["total"], network, objective):
                        accelerator.wait_for_everyone()
                        counters.update(set_back(owner, counters, keeper.restore()))
                        accelerator.wait_for_everyone()
                        keeper.save_last(counters)
                        optimiser.zero_grad(set_to_none=True)
                        break
                    optimiser.zero_grad(set_to_none=True)
                    if average is not None:
                        average.update_parameters(bare)
                    counters["step"] += 1
                    tell.step(counters["step"], terms)

                    # End of an epoch: tell, judge on what is held out, keep the best, make it resumable.
                    epoch, within = divmod(counters["step"], feed.per_epoch)
                    if within == 0:
                        tell.interval(counters["step"], epoch)
                        counters["setbacks"] = 0
                        judge()
                    if within == 0 or keeper.is_due():
                        keeper.save_last(counters)
                    if within == 0:
                        tell.start_interval()
        obey_together(owner, accelerator)  # a stop while the last epoch was judged
    except JobStopped:
        # Asked between two steps: all that was learnt stays resumable. Any other failure may have come in the middle
        # of a step, so there the checkpoint that was saved last stands.
        keeper.save_last(counters)
        raise
    finally:
        tell.close()


class _Asking(Segmenter):
    """Asks before each frame whether to go on."""

    look: Callable[[], None]

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        """As Segmenter.segment."""
        self.look()
        return super().segment(rgb, scores=scores)


def measure(
    network: nn.Module, card: ModelCard, criterion: Criterion, clips: Sequence[DatasetClip], look: Callable[[], None]
) -> float:
    """What `criterion` says of `network` on whole frames, by the backend and at the input size that it will run at.

    look: called before each frame; what it raises is raised here.
    """
    device: Device = "cuda" if next(network.parameters()).is_cuda else "cpu"
    session = TorchSession(network, card, device=device, threads=torch.get_num_threads())
    model = _Asking(Path(card.name), card, session)
    model.look = look
    try:
        return criterion.measure(model, clips)
    finally:
        model.close()


def _predictions(network: nn.Module, frames: Tensor, teacher: FrozenTeacher | None) -> Predictions:
    """What the student says of `frames`, float (B · T, 3, h, w), normalised; and the teacher, where there is one."""
    if teacher is None:
        return Predictions(*network(frames))
    output = network(frames, features=True)
    return Predictions(output.logits, output.auxiliary, output.features, teacher(frames))


def _accelerator(spec: JobSpec, recipe: Recipe) -> Accelerator:
    """Which device, in which precision, and how many processes, is accelerate's to know."""
    handlers = [
        # Processes wait for the leader while it is paused or judges a checkpoint.
        InitProcessGroupKwargs(timeout=timedelta(days=7)),
        # A part of the network that no term of the objective looks at has no gradient, which torch would wait for.
        DistributedDataParallelKwargs(find_unused_parameters=True),
    ]
    precision = recipe.train.precision
    if precision == "auto":
        precision = "bf16" if _has_bf16(on_cuda=spec.device != "cpu" and torch.cuda.is_available()) else "no"
    return Accelerator(cpu=spec.device == "cpu", mixed_precision=precision, kwargs_handlers=handlers)


def _has_bf16(*, on_cuda: bool) -> bool:
    """Whether a training here computes with bf16 itself: elsewhere it is imitated, many times slower than float32."""
    if on_cuda:
        return torch.cuda.is_bf16_supported(including_emulation=False)
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16") or able.get("bf16"))
