"""A teacher that answers before the training: what it is asked, what is kept, and that nothing is made twice."""

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.models.classes import bundled_class_set
from tests.trainer.test_teacher import job_of, run, write_teacher
from tests.trainer.test_teacher_kinds import recipe_of, wanted_of
from tests.trainer.test_unlabelled import kept, video
from tests.trainer.test_unlabelled import part as part_of
from tests.trainer.tiny import forked_for
from trainer.__main__ import main
from trainer.data.cache import PictureCache
from trainer.data.footage import Footage
from trainer.data.targets import TargetStore
from trainer.data.unlabelled import UnlabelledWindows
from trainer.job import JobSpec, JobStopped, training_spec
from trainer.recipe.teacher import TeacherPart
from trainer.teachers import TeacherError
from trainer.teachers.offline import OfflineTeacher

CPU = torch.device("cpu")
PATIENCE_S = 120.0


def slow_clip(frames: int = 6) -> list[np.ndarray[Any, np.dtype[np.uint8]]]:
    world = np.random.default_rng(0).integers(0, 256, (64, 160, 3), np.uint8)
    return [np.ascontiguousarray(world[:, number : number + 96]) for number in range(frames)]


def footage_of(clip: list[Any], seen: list[int] | None = None, wanted: Any = None) -> Footage:
    def read(places: Any) -> Any:
        for place in places:
            if seen is not None:
                seen.append(place)
            yield clip[place]

    keys = [f"clip#{place}" for place in range(len(clip))]
    return Footage(keys, range(len(clip)) if wanted is None else wanted, True, read)


def offline(folder: Path, tutor: Path, **changes: Any) -> OfflineTeacher:
    part = TeacherPart(kind="offline", bundle=str(tutor), **changes)
    return OfflineTeacher(part, bundled_class_set("camvid"), folder)


def all_targets(store: TargetStore, frames: int = 6) -> list[Any]:
    found = [store.get(f"clip#{place}", (96, 64)) for place in range(frames)]
    return [None if each is None else each.chances for each in found]


def test_a_making_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    tutor, clip = write_teacher(tmp_path / "tutor"), slow_clip()
    whole = offline(tmp_path / "whole", tutor, reach=1)
    told: list[tuple[int, int]] = []
    whole.make([footage_of(clip)], CPU, lambda: None, lambda done, total, _: told.append((done, total)))
    assert told[-1] == (6, 6)
    expected = all_targets(whole.targets)
    assert all(each.shape == (24, 40, 11) for each in expected)  # a quarter of its input: 96 × 160

    asked = iter(range(100))

    def stop_later() -> None:
        if next(asked) == 4:
            raise JobStopped("asked to stop")

    parts, read_again = offline(tmp_path / "parts", tutor, reach=1), list[int]()
    with pytest.raises(JobStopped):
        parts.make([footage_of(clip)], CPU, stop_later, lambda *_: None)
    made = [each is not None for each in all_targets(parts.targets)]
    assert made == [True, True, True, False, False, False]
    parts = offline(tmp_path / "parts", tutor, reach=1)
    parts.make([footage_of(clip, read_again)], CPU, lambda: None, lambda *_: None)
    assert read_again == [2, 3, 4, 5]  # those that are missing, and the neighbour of the first
    for one, other in zip(expected, all_targets(parts.targets), strict=True):
        assert np.array_equal(one, other)
    read_again.clear()
    parts.make([footage_of(clip, read_again)], CPU, pytest.fail, lambda *_: None)
    assert not read_again  # and nothing is made twice


def test_only_frames_that_are_shown_and_their_neighbours_are_asked_about(tmp_path: Path) -> None:
    tutor, clip, read = write_teacher(tmp_path / "tutor"), slow_clip(12), list[int]()
    teacher = offline(tmp_path / "targets", tutor, reach=1)
    teacher.make([footage_of(clip, read, wanted=[0, 5, 6, 11])], CPU, lambda: None, lambda *_: None)
    assert read == [0, 1, 4, 5, 6, 7, 10, 11]
    made = [place for place, each in enumerate(all_targets(teacher.targets, 12)) if each is not None]
    assert made == [0, 5, 6, 11]
    everything = offline(tmp_path / "more", tutor, reach=1)
    everything.make([footage_of(clip)], CPU, lambda: None, lambda *_: None)
    for place in made:
        one, other = (each.targets.get(f"clip#{place}", (96, 64)) for each in (teacher, everything))
        assert one is not None
        assert other is not None
        assert np.array_equal(one.chances, other.chances)


def test_neighbours_change_what_is_said_and_of_single_images_they_do_not(tmp_path: Path) -> None:
    tutor, clip = write_teacher(tmp_path / "tutor"), slow_clip(3)
    said = {}
    for consecutive in (True, False):
        for reach in (0, 1):
            teacher = offline(tmp_path / f"{consecutive}{reach}", tutor, reach=reach)
            frames = footage_of(clip)
            frames = Footage(frames.keys, frames.wanted, consecutive, frames.read)
            teacher.make([frames], CPU, lambda: None, lambda *_: None)
            said[consecutive, reach] = np.stack(all_targets(teacher.targets, 3))
    assert np.array_equal(said[False, 0], said[False, 1])
    assert np.array_equal(said[False, 0], said[True, 0])
    assert not np.array_equal(said[True, 0], said[True, 1])


@pytest.mark.parametrize(("each_bytes", "made"), [(600_000, 2), (20_000, 32)], ids=["it does", "it will"])
def test_too_much_for_the_disk_is_refused_with_what_to_lower(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, each_bytes: int, made: int
) -> None:
    monkeypatch.setattr(TargetStore, "size_bytes", lambda *_: each_bytes)
    teacher = offline(tmp_path / "targets", write_teacher(tmp_path / "tutor"), limit_mb=1)
    images, keys = slow_clip(8), [f"clip#{number}" for number in range(2000)]
    frames = Footage(keys, range(2000), False, lambda places: (images[place % 8] for place in places))
    with pytest.raises(TeacherError, match=rf"MB for {made} of 2000 frames.*limit_mb under \[teacher\] is 1; raise it"):
        teacher.make([frames], CPU, lambda: None, lambda *_: None)


def test_windows_of_unlabelled_clips_bring_what_was_said_of_them(tmp_path: Path) -> None:
    teacher = offline(tmp_path / "targets", write_teacher(tmp_path / "tutor"), reach=1)
    clips = kept(part_of(video(tmp_path / "clip.mp4", 8)), tmp_path / "cache", length=2)
    windows = UnlabelledWindows(clips, PictureCache(), length=2, targets=teacher.targets)
    unmade = windows.window(3, np.random.default_rng(0))
    assert unmade.targets == (None, None)
    teacher.make(windows.footage(), CPU, lambda: None, lambda *_: None)
    said = {}
    for index in range(len(windows)):
        window = windows.window(index, np.random.default_rng(index))
        for identity, target in zip(window.ids, window.targets, strict=True):
            assert target is not None
            assert np.array_equal(said.setdefault(identity, target.chances), target.chances)
    assert len(said) == 8
    first, second = list(said.values())[:2]
    assert not np.array_equal(first, second)


def test_a_training_learns_from_what_was_said_of_unlabelled_clips(tmp_path: Path) -> None:
    clip, tutor = video(tmp_path / "clip.mp4", 8), write_teacher(tmp_path / "tutor")
    recipe = recipe_of(f'kind = "offline"\nbundle = "{tutor}"', epochs=1)
    clips = f'[data.unlabelled]\nclips = ["{clip}"]\nshare = 0.5\n[augment]'
    job = job_of(tmp_path, recipe.replace("[augment]", clips))
    run(job)
    (told,) = [event for event, _ in job.events() if "loss" in event]
    assert told["single_frame"] > 0
    made = [event for event, _ in job.events() if event.get("stage") == "targets"]
    assert made[-1]["total"] == len(wanted_of(job)) + 8
    assert not job.cache.exists()


def _dying(folder: str) -> None:
    """A child that is killed when it has kept three targets."""
    put, made = TargetStore.put, list[str]()

    def dying(self: TargetStore, key: str, *said: Any) -> None:
        if len(made) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        made.append(key)
        put(self, key, *said)

    TargetStore.put = dying  # type: ignore[method-assign]
    main(["train", folder])


def test_a_child_that_is_killed_while_targets_are_made_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tutor = write_teacher(tmp_path / "tutor")
    job = job_of(tmp_path, recipe_of(f'kind = "offline"\nbundle = "{tutor}"\nreach = 1', epochs=1))
    died = forked_for(_dying, str(job.folder))
    died.join(PATIENCE_S)
    assert died.exitcode == -signal.SIGKILL
    assert job.status() == "interrupted"
    folder = job.cache / "targets"
    first = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    wanted = wanted_of(job)
    assert len(first) == 3 < len(wanted)
    (folder / ".part-0123456789ab.soft").write_bytes(b"half")
    monkeypatch.setattr(TargetStore, "discard", lambda _: None)  # to see them after the end
    run(job)
    after = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert len(after) == len(wanted)
    assert first.items() <= after.items()
    told = [event for event, _ in job.events() if event.get("stage") == "targets"]
    assert told[-1]["type"] == "progress"
    assert told[-1]["step"] == told[-1]["total"] == len(wanted)
    job.refuse_foreign()  # what is in the cache is ours


def test_what_the_training_starts_from_teaches_only_where_it_starts_from_something(tmp_path: Path) -> None:
    recipe = tmp_path / "self.toml"
    recipe.write_text(recipe_of('kind = "offline"\nbundle = "start"'))
    with pytest.raises(TeacherError, match=r"it starts from nothing; give --start, or name a bundle"):
        training_spec(str(recipe), tmp_path)
    tutor = write_teacher(tmp_path / "tutor")
    assert isinstance(training_spec(str(recipe), tmp_path, start=tutor), JobSpec)
