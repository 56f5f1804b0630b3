"""What a training learns from: labelled frames, clips, drawn streets, and what a teacher said of them before."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accelerate import Accelerator

from engine.flow import TRAINING_FLOW
from trainer.data.cache import PictureCache
from trainer.data.clips import find_unlabelled
from trainer.data.feed import Extra, Feed
from trainer.data.kept import KeptClip, discard, keep_clips, open_kept
from trainer.data.sources import CachedClip, ClipWindows, cached
from trainer.data.split import TrainingData, open_training_data
from trainer.data.streets import StreetWindows
from trainer.data.unlabelled import UnlabelledWindows
from trainer.data.virtual import VirtualWindows
from trainer.job import JobSpec
from trainer.processes import Owner, lead
from trainer.recipe import Recipe
from trainer.teachers.making import make_offline_teacher
from trainer.teachers.offline import OfflineTeacher
from trainer.tell import tell_stage


@dataclass(frozen=True)
class Lessons:
    """All that a training learns from.

    feed: its batches. real: the windows of labelled frames. held_out: what chooses the checkpoint and is never trained
    on. offline: the teacher that has answered before, None without one.
    """

    data: TrainingData
    feed: Feed
    real: ClipWindows
    held_out: tuple[CachedClip, ...]
    offline: OfflineTeacher | None

    def discard(self, owner: Owner) -> None:
        """Remove what was kept on disk for this training alone, once it is done."""
        if owner.leads:
            if self.offline is not None:
                self.offline.targets.discard()
            discard(owner.job.cache)


def prepare_lessons(owner: Owner, accelerator: Accelerator, spec: JobSpec, recipe: Recipe) -> Lessons:
    """Open everything that the recipe learns from; in the leader, decode its clips and ask its offline teacher first.

    Raises JobStopped when asked to stop; what was made by then is not made again.
    """
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
    if offline is not None:
        tell_made, device = tell_stage(owner, "targets"), accelerator.device
        lead(owner, accelerator, lambda: offline.make(footage, device, owner.obey, tell_made))
    return Lessons(data, feed, real, cached(data.held_out, cache), offline)


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
