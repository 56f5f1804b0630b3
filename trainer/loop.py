"""The loop: frames in, a student out."""

from contextlib import closing
from functools import cache as once
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from engine.networks import build_network
from engine.networks.base import Output
from engine.networks.normalise import normalise
from trainer.data.cache import PictureCache
from trainer.data.sources import cached
from trainer.data.window import Batch
from trainer.export import card_of
from trainer.job import JobSpec, JobStopped
from trainer.lessons import prepare_lessons
from trainer.objective import TOTAL, Objective, Predictions
from trainer.optimiser import make_average, make_optimiser, set_rate
from trainer.processes import Owner, obey_together, share_gradients
from trainer.recipe import Recipe
from trainer.stepping.acceleration import make_accelerator, readers_for
from trainer.stepping.course import Course, labelled_course
from trainer.stepping.judging import measure
from trainer.stepping.keeper import Keeper
from trainer.stepping.pieces import Pieces
from trainer.stepping.shares import Shares
from trainer.stepping.soundness import is_sound, set_back, slow_down
from trainer.stepping.statistics import learning, synchronise
from trainer.teachers.base import Teacher
from trainer.teachers.making import make_live_teacher
from trainer.tell import Teller
from trainer.weights.checkpoint import start_from
from trainer.weights.encoder import load_encoder
from trainer.weights.mixing import mixed_with_start


def train(owner: Owner, spec: JobSpec, recipe: Recipe, course: Course | None = None) -> None:
    """Train as the recipe says, resuming from `checkpoints/last.safetensors` where there is one.

    course: what is learnt and judged by, None for the recipe's dataset. Leaves the weights that the criterion prefers,
    on what is held out, in `checkpoints/best.safetensors`.
    Raises JobStopped when asked to stop; the state up to the last whole step is then saved. Raises JobError out of
    memory, UnsoundError where the loss does not stay finite.
    """
    if spec.threads:
        torch.set_num_threads(spec.threads)
    accelerator = make_accelerator(spec, recipe)
    torch.manual_seed(recipe.seed)
    course = course or labelled_course(spec, recipe)
    cache = PictureCache()
    lessons = prepare_lessons(owner, accelerator, spec, recipe, course.learnt, cache)
    held_out = cached(course.held_out, cache)
    feed, class_set, criterion = lessons.feed, course.learnt.class_set, course.criterion

    # Network, what it is to lower and who teaches it, optimiser, average.
    fresh = not (owner.job.checkpoints / "last.safetensors").exists()
    shares = once(lessons.shares)
    objective = Objective(recipe.loss, shares, accelerator.device)
    network = build_network(recipe.model.family, len(class_set), **recipe.model.options)
    if spec.start:
        start_from(Path(spec.start), network, new_heads=recipe.model.new_heads)
    elif recipe.model.encoder and fresh:
        load_encoder(network, recipe.model.encoder)
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    synchronise(network, accelerator)
    live = make_live_teacher(recipe, network, class_set, shares, accelerator.device, fresh=fresh)
    teacher = lessons.offline or live
    optimiser = make_optimiser(network, recipe.train, objective)
    if teacher is not None:
        teacher.join(optimiser)
    network, optimiser = accelerator.prepare(network, optimiser)
    if teacher is not None:
        teacher.prepare(accelerator)
    bare = accelerator.unwrap_model(network)
    average = make_average(bare, recipe.train.ema_decay)
    card = card_of(owner.job, spec, recipe, bare, course.learnt, teacher.identity if teacher else None)
    changing = teacher.state if teacher is not None else None
    moved = [network, objective] + ([changing] if changing is not None else [])

    # Where an earlier run got to.
    total = feed.per_epoch * recipe.train.epochs
    keeper = Keeper(
        owner,
        accelerator,
        network=bare,
        average=average,
        objective=objective,
        teacher=changing,
        optimiser=optimiser,
    )
    counters: dict[str, Any] = {"step": 0, "best": None, "judged": 0, "pieces": 1, "halvings": 0, "setbacks": 0}
    if keeper.exists():
        counters |= keeper.restore()
        owner.emit("log", message=f"resumed at step {counters['step']} of {total}")
    if teacher is not None:
        teacher.check_same(counters.setdefault("teacher", teacher.identity))
    keeper.save_first(counters)
    tell = Teller(owner, accelerator, step=counters["step"], total=total, batch=recipe.train.batch)
    pieces = Pieces(owner, accelerator, network, objective, counters, moved)

    def learn(piece: Batch, shares: Shares) -> dict[str, Tensor]:
        """The frames of all windows at once, every term of the objective, and their gradients."""
        frames = normalise(piece.frames.flatten(0, 1)).contiguous(memory_format=torch.channels_last)
        how = recipe.train
        learning(network, len(frames), freeze_statistics=how.freeze_statistics, dropout=how.dropout)
        with accelerator.autocast():
            predictions, said = _predictions(network, frames, live)
        counted = shares.of(predictions, piece)
        terms: dict[str, Tensor] = objective(predictions, piece, counted)
        loss = terms[TOTAL]
        if live is not None and said is not None:
            own_loss = live.own_loss(said, piece, counted)
            if own_loss is not None:
                terms["teacher_loss"] = own_loss
                loss = loss + own_loss
        accelerator.backward(loss)
        return terms

    def judge() -> None:
        """At the end of an epoch: measure on what is held out, and keep the best. Stopped in it, a resume does it."""
        epoch, within = divmod(counters["step"], feed.per_epoch)
        every = epoch % recipe.train.evaluate_every == 0 or counters["step"] >= total
        if within or not every or counters["judged"] == counters["step"] or not owner.leads:
            return
        judged = average.module if average is not None else bare
        if recipe.train.start_share:
            judged = mixed_with_start(judged, Path(spec.start), recipe.train.start_share)
        try:
            if course.measure is not None:
                value = course.measure(judged)
            else:
                value = measure(judged, card, criterion, held_out, owner.heed)
        except JobStopped:
            return  # not raised here: the others are at the next step, and hear of it there
        tell.held_out(counters["step"], course.criterion_name, value, course.beside())
        counters["judged"] = counters["step"]
        if recipe.train.keep == "last" or criterion.prefers(value, counters["best"]):
            counters["best"] = value
            keeper.save_best(counters)

    def look() -> None:
        """While a batch is waited for, which may take a reader longer than a stop."""
        try:
            owner.heed()
        except JobStopped:
            keeper.save_last(counters)
            raise

    readers, apart = readers_for(accelerator)
    watching = look if accelerator.num_processes == 1 else None
    try:
        judge()
        while counters["step"] < total:
            ahead = feed.from_step(counters["step"], total, readers=readers, apart=apart, look=watching)
            with closing(ahead) as batches:
                for batch in batches:
                    obey_together(owner, accelerator)
                    set_rate(optimiser, recipe.train, counters["step"] / total)
                    slow_down(optimiser, counters["halvings"])

                    # One step: what the objective says of all windows, weights and their average.
                    terms = pieces.step(batch.to(accelerator.device), learn)
                    share_gradients(accelerator, objective)
                    optimiser.step()
                    objective.after_step()
                    if not is_sound(accelerator, terms[TOTAL], *moved):
                        accelerator.wait_for_everyone()
                        counters.update(set_back(owner, counters, keeper.restore()))
                        accelerator.wait_for_everyone()
                        keeper.save_last(counters)
                        optimiser.zero_grad(set_to_none=True)
                        break
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
    lessons.discard(owner)


def _predictions(network: nn.Module, frames: Tensor, teacher: Teacher | None) -> tuple[Predictions, Output | None]:
    """What the student says of `frames`, float (B · T, 3, h, w), normalised, and beside it a teacher that is asked.

    In the first, what the teacher says has no gradient; in the second, it has that of a teacher which learns along.
    """
    if teacher is None:
        return Predictions(*network(frames)), None
    ours, theirs = network(frames, features=True), teacher(frames)
    taught = Output(theirs.logits.detach(), theirs.features.detach(), None)
    return Predictions(ours.logits, ours.auxiliary, ours.features, taught), theirs
