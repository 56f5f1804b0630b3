"""The supervised loop: labelled frames in, a student out."""

from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from functools import cache as once
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs, InitProcessGroupKwargs
from torch import Tensor, nn

from engine.backends.base import Device
from engine.backends.torch import TorchSession
from engine.datasets.base import DatasetClip
from engine.flow import TRAINING_FLOW
from engine.models.card import ModelCard
from engine.networks import build_network
from engine.networks.base import Output
from engine.networks.normalise import normalise
from engine.segmenter import Segmenter
from trainer.criterion import CRITERIA, Criterion
from trainer.data.cache import PictureCache
from trainer.data.clips import find_unlabelled
from trainer.data.feed import Extra, Feed
from trainer.data.kept import KeptClip, discard, keep_clips, open_kept
from trainer.data.sources import ClipWindows, cached
from trainer.data.split import open_training_data
from trainer.data.streets import StreetWindows
from trainer.data.unlabelled import UnlabelledWindows
from trainer.data.virtual import VirtualWindows
from trainer.export import card_of
from trainer.job import JobSpec, JobStopped
from trainer.objective import Objective, Predictions
from trainer.optimiser import make_average, make_optimiser, set_rate
from trainer.processes import Owner, lead, obey_together, share_gradients
from trainer.recipe import Recipe
from trainer.teachers.base import Teacher
from trainer.teachers.making import make_live_teacher, make_offline_teacher
from trainer.tell import Teller, tell_stage
from trainer.weights.checkpoint import load_checkpoint, save_checkpoint, start_from
from trainer.weights.encoder import load_encoder


def train(owner: Owner, spec: JobSpec, recipe: Recipe) -> None:
    """Train as the recipe says, resuming from `checkpoints/last.safetensors` where there is one.

    Leaves the weights that the recipe's criterion prefers, on what is held out, in `checkpoints/best.safetensors`.
    Raises JobStopped when asked to stop; the state up to the last whole step is then saved.
    """
    if spec.threads:
        torch.set_num_threads(spec.threads)
    accelerator = _accelerator(spec, recipe)
    torch.manual_seed(recipe.seed)

    # Data. What is held out chooses the checkpoint and is never trained on.
    part, cache = recipe.data, PictureCache()
    data = open_training_data(Path(spec.root), part)
    flow = TRAINING_FLOW if recipe.loss.temporal else None
    offline = make_offline_teacher(recipe, data.class_set, owner.job.cache / "targets", spec.start)
    how: dict[str, Any] = {"spacing": part.spacing, "flow": flow, "targets": offline.targets if offline else None}
    real = ClipWindows(cached(data.learn, cache), length=part.window, **how)
    footage = real.footage() if offline else []
    extra: list[Extra] = []
    if part.synthetic:
        streets = StreetWindows(part.synthetic, cache, length=part.length, spacing=part.spacing)
        extra.append(Extra(streets, part.synthetic.samples(recipe.train.batch), stream=1))
    if part.unlabelled:
        clips = _kept_clips(owner, accelerator, spec, recipe)
        windows = UnlabelledWindows(clips, cache, length=part.length, **how)
        footage += windows.footage() if offline else []
        extra.append(Extra(windows, part.unlabelled.samples(recipe.train.batch), stream=3))
    learnt = VirtualWindows(real, part.virtual) if part.virtual else real
    feed = Feed(recipe, learnt, extra, (accelerator.process_index, accelerator.num_processes))
    held_out, criterion = cached(data.held_out, cache), CRITERIA[recipe.train.criterion]
    if offline is not None:
        tell_made, device = tell_stage(owner, "targets"), accelerator.device
        lead(owner, accelerator, lambda: offline.make(footage, device, owner.obey, tell_made))

    # Network, what it is to lower and who teaches it, optimiser, average.
    best, last = (owner.job.checkpoints / f"{name}.safetensors" for name in ("best", "last"))
    classes = len(data.class_set)
    shares = once(lambda: real.class_shares(classes))
    objective = Objective(recipe.loss, shares, accelerator.device)
    network = build_network(recipe.model.family, classes, **recipe.model.options)
    if spec.start:
        start_from(Path(spec.start), network)
    elif recipe.model.encoder and not last.exists():
        load_encoder(network, recipe.model.encoder)
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    live = make_live_teacher(recipe, network, data.class_set, shares, accelerator.device, fresh=not last.exists())
    teacher = offline or live
    optimiser = make_optimiser(network, recipe.train, objective)
    if teacher is not None:
        teacher.join(optimiser)
    network, optimiser = accelerator.prepare(network, optimiser)
    if teacher is not None:
        teacher.prepare(accelerator)
    bare = accelerator.unwrap_model(network)
    average = make_average(bare, recipe.train.ema_decay)
    card = card_of(owner.job, spec, recipe, bare, data, teacher.identity if teacher else None)

    stored: dict[str, Any] = {"network": bare, "average": average, "objective": objective}
    stored["teacher"] = teacher.state if teacher is not None else None

    # Where an earlier run got to.
    total = feed.per_epoch * recipe.train.epochs
    counters: dict[str, Any] = {"step": 0, "best": None}
    if last.exists():
        counters = load_checkpoint(last, optimiser=optimiser, **stored)
        owner.emit("log", message=f"resumed at step {counters['step']} of {total}")
    if teacher is not None:
        teacher.check_same(counters.setdefault("teacher", teacher.identity))
    tell = Teller(owner, accelerator, step=counters["step"], total=total, batch=recipe.train.batch)

    def save(path: Path) -> None:
        if owner.leads:
            save_checkpoint(path, optimiser=optimiser, counters=counters, **stored)

    try:
        with closing(feed.from_step(counters["step"], total)) as batches:
            for batch in batches:
                obey_together(owner, accelerator)
                set_rate(optimiser, recipe.train, counters["step"] / total)

                # One step: the frames of all windows at once, every term of the objective, weights and their average.
                network.train()
                batch = batch.to(accelerator.device)
                frames = normalise(batch.frames.flatten(0, 1)).contiguous(memory_format=torch.channels_last)
                with accelerator.autocast():
                    predictions, said = _predictions(network, frames, live)
                terms = objective(predictions, batch)
                own_loss = live.own_loss(said, batch) if live is not None and said is not None else None
                if own_loss is not None:
                    terms["teacher_loss"] = own_loss
                accelerator.backward(terms["total"] if own_loss is None else terms["total"] + own_loss)
                share_gradients(accelerator, objective)
                optimiser.step()
                objective.after_step()
                optimiser.zero_grad(set_to_none=True)
                if average is not None:
                    average.update_parameters(bare)
                if live is not None:
                    live.after_step(bare)
                counters["step"] += 1
                tell.step(counters["step"], terms)

                # End of an epoch: tell, judge on what is held out, keep the best, make it resumable.
                epoch, within = divmod(counters["step"], feed.per_epoch)
                if within == 0:
                    tell.interval(counters["step"], epoch)
                    if owner.leads and (epoch % recipe.train.evaluate_every == 0 or counters["step"] >= total):
                        judged = average.module if average is not None else bare
                        value = measure(judged, card, criterion, held_out)
                        tell.held_out(counters["step"], recipe.train.criterion, value)
                        if criterion.prefers(value, counters["best"]):
                            counters["best"] = value
                            save(best)
                    save(last)
                    tell.start_interval()
    except JobStopped:
        # Asked between two steps: all that was learnt stays resumable. Any other failure may have come in the middle
        # of a step, so there the checkpoint of the last whole epoch stands.
        save(last)
        raise
    finally:
        tell.close()
    if owner.leads:
        if offline is not None:
            offline.targets.discard()
        discard(owner.job.cache)


def measure(network: nn.Module, card: ModelCard, criterion: Criterion, clips: Sequence[DatasetClip]) -> float:
    """What `criterion` says of `network` on whole frames, by the backend and at the input size that it will run at."""
    device: Device = "cuda" if next(network.parameters()).is_cuda else "cpu"
    session = TorchSession(network, card, device=device, threads=torch.get_num_threads())
    model = Segmenter(Path(card.name), card, session)
    try:
        return criterion.measure(model, clips)
    finally:
        model.close()


def _kept_clips(owner: Owner, accelerator: Accelerator, spec: JobSpec, recipe: Recipe) -> tuple[KeptClip, ...]:
    """The recipe's unlabelled clips, which the leader decodes into the run folder where an earlier run has not yet."""
    part, policy = recipe.data.unlabelled, recipe.model.input
    assert part is not None
    clips = find_unlabelled(part, Path(spec.root), recipe.data.length)
    height = part.height or (min(policy.fixed) if policy.fixed else policy.short_side)
    lead(
        owner,
        accelerator,
        lambda: keep_clips(
            clips, owner.job.cache, height, between=owner.obey, tell=lambda text: owner.emit("log", message=text)
        ),
    )
    return open_kept(clips, owner.job.cache, height)


def _predictions(network: nn.Module, frames: Tensor, teacher: Teacher | None) -> tuple[Predictions, Output | None]:
    """What the student says of `frames`, float (B · T, 3, h, w), normalised, and beside it a teacher that is asked.

    In the first, what the teacher says has no gradient; in the second, it has that of a teacher which learns along.
    """
    if teacher is None:
        return Predictions(*network(frames)), None
    ours, theirs = network(frames, features=True), teacher(frames)
    taught = Output(theirs.logits.detach(), theirs.features.detach(), None)
    return Predictions(ours.logits, ours.auxiliary, ours.features, taught), theirs


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
