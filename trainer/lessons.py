"""What a training learns from: labelled frames, clips, drawn streets, and what a teacher said of them before."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from accelerate import Accelerator
from numpy.typing import NDArray

from engine.flow import TRAINING_FLOW
from engine.models.classes import ClassSet
from trainer.data.cache import PictureCache
from trainer.data.clips import find_unlabelled
from trainer.data.composites import CompositeWindows, composites_of
from trainer.data.feed import Extra, Feed
from trainer.data.kept import KeptClip, discard, keep_clips, open_kept, shrunk_size
from trainer.data.replay import ReplayWindows
from trainer.data.sources import ClipWindows, cached
from trainer.data.streets import StreetWindows
from trainer.data.unlabelled import UnlabelledWindows
from trainer.data.virtual import VirtualWindows
from trainer.job import JobSpec
from trainer.processes import Owner, lead
from trainer.recipe import Recipe
from trainer.stepping.course import Learnt
from trainer.teachers.making import make_offline_teacher
from trainer.teachers.offline import OfflineTeacher
from trainer.tell import tell_stage


@dataclass(frozen=True)
class Lessons:
    """What a training goes through.

    class_set: that it learns. feed: its batches. shares: gives the share of each class among what is labelled. offline:
    the teacher that has answered before, None without one.
    """

    class_set: ClassSet
    feed: Feed
    shares: Callable[[], NDArray[np.float64]]
    offline: OfflineTeacher | None

    def discard(self, owner: Owner) -> None:
        """Remove what was kept on disk for this training alone, once it is done."""
        if owner.leads:
            if self.offline is not None:
                self.offline.targets.discard()
            discard(owner.job.cache)


def prepare_lessons(
    owner: Owner, accelerator: Accelerator, spec: JobSpec, recipe: Recipe, learnt: Learnt, cache: PictureCache
) -> Lessons:
    """Open everything that the recipe learns from; in the leader, decode its clips and ask its offline teacher first.

    Raises JobStopped when asked to stop; what was made by then is not made again.
    """
    part, class_set = recipe.data, learnt.class_set
    flow = TRAINING_FLOW if recipe.loss.temporal else None
    offline = make_offline_teacher(recipe, class_set, owner.job.cache / "targets", spec.start)
    how: dict[str, Any] = {"spacing": part.spacing, "flow": flow, "targets": offline.targets if offline else None}
    real = ClipWindows(cached(learnt.clips, cache, part.height), length=part.window, **how) if learnt.clips else None
    footage = real.footage() if real and offline else []
    extra: list[Extra] = []
    if part.synthetic:
        samples = part.synthetic.samples(recipe.train.batch)
        if part.synthetic.replay:
            assert offline is not None  # the recipe was checked
            replay = ReplayWindows(part.synthetic, StreetWindows(part.synthetic, cache), offline.targets, part.virtual)
            footage += replay.footage()
            extra.append(Extra(replay, samples, stream=1))
        else:
            streets = StreetWindows(part.synthetic, cache, length=part.length, spacing=part.spacing)
            extra.append(Extra(streets, samples, stream=1))
    if part.unlabelled:
        clips = _kept_clips(owner, accelerator, spec, recipe)
        windows = UnlabelledWindows(clips, cache, length=part.length, **how)
        footage += windows.footage() if offline else []
        extra.append(Extra(windows, part.unlabelled.samples(recipe.train.batch), stream=3))
    if part.composites:
        made = _composites(owner, accelerator, spec, recipe, learnt)
        extra.append(Extra(made, part.composites.samples(recipe.train.batch), stream=4))
    seen = VirtualWindows(real, part.virtual) if part.virtual and real else real
    feed = Feed(recipe, seen, extra, (accelerator.process_index, accelerator.num_processes))
    if offline is not None:
        tell_made, device = tell_stage(owner, "targets"), accelerator.device
        lead(owner, accelerator, lambda: offline.make(footage, device, owner.obey, tell_made))

    def shares() -> NDArray[np.float64]:
        assert real is not None  # the recipe was checked
        return real.class_shares(len(class_set))

    return Lessons(class_set, feed, shares, offline)


def _composites(
    owner: Owner, accelerator: Accelerator, spec: JobSpec, recipe: Recipe, learnt: Learnt
) -> CompositeWindows:
    """The recipe's composites; the leader makes what is not kept yet."""
    part = recipe.data.composites
    assert part is not None
    made: CompositeWindows | None = None

    def make() -> None:
        nonlocal made
        made = composites_of(part, learnt.clips, learnt.class_set, Path(spec.root), recipe.data.length, owner.obey)

    owner.emit("log", message="cutting people out for composites; those that are kept are not cut out again")
    lead(owner, accelerator, make)
    if made is None:
        make()
    assert made is not None
    return made


def _kept_clips(owner: Owner, accelerator: Accelerator, spec: JobSpec, recipe: Recipe) -> tuple[KeptClip, ...]:
    """The recipe's unlabelled clips, which the leader decodes into the run folder where an earlier run has not yet."""
    part, policy = recipe.data.unlabelled, recipe.model.input
    assert part is not None
    clips = find_unlabelled(part, Path(spec.root), recipe.data.length)
    height = part.height or (min(policy.fixed) if policy.fixed else policy.short_side)
    sizes = [policy.size_for(*clip.size) if part.as_seen else shrunk_size(clip.size, height) for clip in clips]
    lead(
        owner,
        accelerator,
        lambda: keep_clips(
            clips, owner.job.cache, sizes, between=owner.obey, tell=lambda text: owner.emit("log", message=text)
        ),
    )
    return open_kept(clips, owner.job.cache, sizes)
