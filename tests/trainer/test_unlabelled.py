"""Clips that nobody has labelled, as windows to learn from."""

import threading
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from engine.errors import DatasetError, ExportError, VideoError
from engine.flow import TRAINING_FLOW, MotionEstimator, make_flow
from engine.video import open_video
from engine.video.images import ImageFolderSource
from engine.video.writer import OverlayWriter
from tests.engine.datasets.layouts import write_camvid
from tests.trainer.small import RECIPE, ended_alike
from tests.trainer.test_loop import events, run
from trainer.data.cache import PictureCache
from trainer.data.clips import find_unlabelled
from trainer.data.feed import Extra, Feed
from trainer.data.kept import KeptClip, discard, keep_clips, open_kept, shrunk_size
from trainer.data.unlabelled import UnlabelledWindows
from trainer.data.window import Window
from trainer.export import card_of
from trainer.job import Job, JobSpec, JobStopped, training_spec
from trainer.recipe import Recipe, RecipeError, UnlabelledPart, parse_recipe
from trainer.stepping.course import labelled_course

TABLE = "[augment]"


def picture(number: int, scene: int = 0, size: tuple[int, int] = (128, 96)) -> NDArray[np.uint8]:
    """A texture that moves by three pixels a frame; another scene looks quite different."""
    texture = np.random.default_rng(scene).integers(0, 120, (40, 80, 3)).astype(np.uint8) + np.uint8(130 * (scene % 2))
    large = cv2.resize(texture, (640, 320), interpolation=cv2.INTER_CUBIC)
    left = 3 * number
    return np.ascontiguousarray(large[20 : 20 + size[1], left : left + size[0]])


def video(path: Path, count: int = 20, *, cut: int | None = None) -> Path:
    with OverlayWriter(path, (128, 96)) as writer:
        for number in range(count):
            writer.write(picture(number, int(cut is not None and number >= cut)), float(Fraction(number, 25)))
    return path


def folder(path: Path, count: int = 20, *, cut: int | None = None) -> Path:
    path.mkdir()
    for number in range(count):
        rgb = picture(number, int(cut is not None and number >= cut))
        cv2.imwrite(str(path / f"{number}.png"), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    return path


def part(*clips: Path, **fields: Any) -> UnlabelledPart:
    return UnlabelledPart.model_validate({"clips": [str(clip) for clip in clips], "share": 0.5, **fields})


def kept(part: UnlabelledPart, cache: Path, *, length: int = 3, told: list[str] | None = None) -> tuple[KeptClip, ...]:
    clips = find_unlabelled(part, cache.parent, length)
    tell = told.append if told is not None else lambda _: None
    sizes = [shrunk_size(clip.size, part.height or 96) for clip in clips]
    keep_clips(clips, cache, sizes, between=lambda: None, tell=tell)
    return open_kept(clips, cache, sizes)


def windows(clips: tuple[KeptClip, ...], **fields: Any) -> UnlabelledWindows:
    return UnlabelledWindows(clips, PictureCache(), **{"length": 3, "flow": TRAINING_FLOW, **fields})


def every(source: UnlabelledWindows, seed: int = 0) -> list[Window]:
    return [source.window(index, np.random.default_rng([seed, index])) for index in range(len(source))]


def same(one: Window, other: Window) -> bool:
    def motion(window: Window) -> list[NDArray[Any]]:
        return [each for step in window.motion if step for each in (step.backward, step.forward, step.visible)]

    return (
        one.ids == other.ids
        and one.pts_s == other.pts_s
        and all(map(np.array_equal, one.frames, other.frames))
        and [step is None for step in one.motion] == [step is None for step in other.motion]
        and all(map(np.array_equal, motion(one), motion(other)))
    )


@pytest.mark.parametrize("make", [video, folder])
def test_frames_are_those_that_the_clip_shows(tmp_path: Path, make: Any) -> None:
    clip = make(tmp_path / "clip.mp4")
    with open_video(clip) as source:
        shown = list(source.frames())
    read = windows(kept(part(clip), tmp_path / "cache"), spacing=(1, 3))
    assert len(read) == 18
    seen: set[int] = set()
    steps: set[int] = set()
    for window in every(read):
        places = [each.index for each in window.ids]
        assert {each.clip for each in window.ids} == {clip}
        assert window.labels == (None, None, None)
        assert window.pts_s == tuple(shown[place].pts_s for place in places)
        for place, frame in zip(places, window.frames, strict=True):
            assert np.array_equal(frame, shown[place].rgb)
        assert places[2] - places[1] == places[1] - places[0]
        seen |= set(places)
        steps.add(places[1] - places[0])
    assert seen == set(range(20))
    assert steps == {1, 2, 3}


def test_large_frames_are_scaled_down_once_and_small_ones_never_up(tmp_path: Path) -> None:
    clip = folder(tmp_path / "clip", 4)
    (small,) = kept(part(clip, height=48), tmp_path / "cache")
    expected = cv2.resize(picture(2), (64, 48), interpolation=cv2.INTER_AREA)
    assert np.array_equal(small.frame(2), expected)
    (own,) = kept(part(clip, height=400), tmp_path / "cache")
    assert np.array_equal(own.frame(2), picture(2))


def test_no_frame_outside_the_span_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = folder(tmp_path / "clip")
    read: list[int] = []
    original = ImageFolderSource.read

    def spied(self: ImageFolderSource, index: int) -> Any:
        read.append(index)
        return original(self, index)

    monkeypatch.setattr(ImageFolderSource, "read", spied)
    source = windows(kept(part(clip, span=(0.25, 0.8)), tmp_path / "cache"), spacing=(1, 5))
    assert read == list(range(5, 16))
    assert {each.index for window in every(source) for each in window.ids} == set(range(5, 16))
    assert read == list(range(5, 16))
    film = video(tmp_path / "film.mp4")
    with open_video(film) as shown:
        expected = shown.read(7).rgb
    (stretch,) = kept(part(film, span=(0.25, 0.8)), tmp_path / "cache")
    assert stretch.frames == range(5, 16)
    assert np.array_equal(stretch.frame(7), expected)


def test_no_window_crosses_a_cut(tmp_path: Path) -> None:
    clips = kept(part(folder(tmp_path / "clip", cut=8), folder(tmp_path / "whole", 5)), tmp_path / "cache")
    assert [clip.scenes for clip in clips] == [(0, 8), (0,)]
    source = windows(clips, spacing=(2, 9))
    assert len(source) == 6 + 10 + 3
    for window in every(source):
        assert len({(each.clip, each.index >= 8) for each in window.ids}) == 1
        assert all(window.motion)
    with pytest.raises(DatasetError, match=r"whole: none of its 1 scenes is as long as .* window of 6 frames"):
        windows(clips, length=6)


def test_motion_is_the_estimators_whether_kept_or_not(tmp_path: Path) -> None:
    clips = kept(part(folder(tmp_path / "clip", 5)), tmp_path / "cache")
    first = every(windows(clips))
    files = sorted(file.name for file in (tmp_path / "cache").glob("*.flow"))
    assert len(files) == 4
    estimator = MotionEstimator(make_flow(TRAINING_FLOW))
    estimator.update(picture(0))
    expected = estimator.update(picture(1))
    motion = first[0].motion[0]
    assert expected is not None
    assert motion is not None
    assert motion.flow == TRAINING_FLOW
    assert np.abs(motion.at((128, 96)).backward - expected.backward)[8:-8, 8:-8].mean() < 0.05
    assert np.median(motion.backward[..., 0]) == pytest.approx(3 / 2, abs=0.1)  # three pixels, at half the size
    assert all(map(same, every(windows(clips)), first))  # from the disk
    (tmp_path / "cache" / files[0]).write_bytes(b"cut short")
    assert all(map(same, every(windows(clips)), first))
    for file in files:
        (tmp_path / "cache" / file).unlink()
    assert all(map(same, every(windows(clips, flow_bytes=0)), first))
    assert not list((tmp_path / "cache").glob("*.flow"))
    assert all(step is None for window in every(windows(clips, flow=None)) for step in window.motion)


def test_what_is_kept_stays_within_its_bounds(tmp_path: Path) -> None:
    clips = kept(part(folder(tmp_path / "clip")), tmp_path / "cache")
    cache = PictureCache(limit=5 * 128 * 96 * 3)
    source = UnlabelledWindows(clips, cache, length=3, flow=TRAINING_FLOW, flow_bytes=40_000)
    every(source)
    assert 0 < cache.held_bytes <= 5 * 128 * 96 * 3
    taken = sum(file.stat().st_size for file in (tmp_path / "cache").glob("*.flow"))
    assert 0 < taken <= 40_000
    every(UnlabelledWindows(clips, cache, length=3, flow=TRAINING_FLOW, flow_bytes=40_000))
    assert sum(file.stat().st_size for file in (tmp_path / "cache").glob("*.flow")) == taken


def test_several_threads_read_what_one_does(tmp_path: Path) -> None:
    clips = kept(part(folder(tmp_path / "clip", 8)), tmp_path / "cache")
    expected = every(windows(clips, flow_bytes=0))
    source, gate = windows(clips), threading.Barrier(4)

    def read(_: int) -> list[Window]:
        gate.wait()
        return every(source)

    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(read, range(4)):
            assert all(map(same, found, expected))


def test_a_clip_is_decoded_once_and_a_killed_run_leaves_nothing_wrong(tmp_path: Path) -> None:
    clip, cache, told = folder(tmp_path / "clip", 6), tmp_path / "cache", list[str]()
    clips = find_unlabelled(part(clip), tmp_path, 3)
    calls = iter([None] * 4)
    sizes = [shrunk_size(clip.size, 96) for clip in clips]
    with pytest.raises(StopIteration):
        keep_clips(clips, cache, sizes, between=lambda: next(calls), tell=told.append)
    told.clear()
    assert not list(cache.iterdir())
    (cache / ".part-0123456789ab.frames").write_bytes(b"of a killed run")
    (cache / "mine.txt").write_text("somebody's")
    first = kept(part(clip), cache, told=told)
    assert kept(part(clip), cache, told=told) == first
    assert told == ["decoding 6 frames of clip, once"]
    assert {file.suffix for file in cache.iterdir()} == {".frames", ".json", ".txt"}
    (other,) = kept(part(clip, height=48), cache)
    assert {file.stem for file in cache.iterdir()} == {other.key, "mine"}
    discard(cache)
    assert [file.name for file in cache.iterdir()] == ["mine.txt"]
    with pytest.raises(DatasetError, match=r"frame 3 of .*clip cannot be read from .*remove .* and resume"):
        first[0].frame(3)


def test_a_disk_that_is_too_small_is_told_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer.data.kept.free_space", lambda _: (50_100_000, 0))
    with pytest.raises(ExportError, match=r"take about 369 kB .* 50.1 MB are free. .* span or height"):
        kept(part(folder(tmp_path / "clip")), tmp_path / "cache")


def test_a_clip_that_breaks_off_is_told_and_learnt_from(tmp_path: Path) -> None:
    clip, told = folder(tmp_path / "clip", 8), list[str]()
    (clip / "5.png").write_bytes(b"no image")
    (short,) = kept(part(clip), tmp_path / "cache", told=told)
    assert short.frames == range(5)
    assert "breaks off after 5 frames" in told[1]
    assert "5.png" in told[1]


def small_recipe(root: Path, *clips: Path, changes: dict[str, str] | None = None) -> str:
    table = f"[data.unlabelled]\nclips = {[str(clip) for clip in clips]!r}\nshare = 0.5\n{TABLE}"
    text = RECIPE.replace("EPOCHS", "2").replace("[data]", '[data]\nsplit = "val"\nwindow = 3\nspacing = [1, 2]')
    text = text.replace(TABLE, table) + "temporal = 0.5\n"
    for old, new in (changes or {}).items():
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"share = 0.5": "share = 0.1"}, r"share = 0.1 under \[data.unlabelled\] is no sample of a batch of 4"),
        ({"share = 0.5": "share = 0.9"}, "leave none of a batch of 4 for the dataset's own"),
        ({"share = 0.5": "share = 0.5\nspan = [0.5, 0.5]"}, "where it begins and where it ends"),
        ({"temporal = 0.5": ""}, "learns from frames without labels; weigh temporal"),
        ({"clips = [": "clips = []#"}, "at least 1 item"),
    ],
)
def test_a_recipe_that_learns_nothing_from_its_clips_is_refused(
    tmp_path: Path, changes: dict[str, str], told: str
) -> None:
    with pytest.raises(RecipeError, match=told):
        parse_recipe(small_recipe(tmp_path, tmp_path / "clip", changes=changes), "test")


@pytest.mark.parametrize(
    ("fields", "error", "told"),
    [
        ("", DatasetError, r"there is no clip .*clip.mp4; correct clips under \[data.unlabelled\]"),
        ("text", VideoError, r"clip.mp4: it cannot be opened as a video"),
        ("short", DatasetError, r"clip.mp4 has 2 frames and the recipe's window is 3; shorten the window, or leave"),
        ("span", DatasetError, r"has 20 frames, of which span = \[0.0, 0.1\] leaves 2, .*is 3; widen span, shorten"),
    ],
)
def test_a_clip_that_cannot_be_learnt_from_is_refused_before_a_training_has_a_folder(
    tmp_path: Path, fields: str, error: type[Exception], told: str
) -> None:
    clip = tmp_path / "clip.mp4"
    if fields == "text":
        clip.write_text("this is no video")
    elif fields:
        video(clip, 2 if fields == "short" else 20)
    changes = {"share = 0.5": "share = 0.5\nspan = [0.0, 0.1]"} if fields == "span" else {}
    recipe = tmp_path / "mine.toml"
    recipe.write_text(small_recipe(tmp_path, Path("clip.mp4"), changes=changes))
    with pytest.raises(error, match=told):
        training_spec(str(recipe), tmp_path)


def test_unlabelled_windows_are_a_share_of_every_batch(tmp_path: Path) -> None:
    recipe = parse_recipe(small_recipe(tmp_path, tmp_path / "clip"), "test")
    source = windows(kept(part(folder(tmp_path / "clip", size := 8)), tmp_path / "cache"))

    class Blank:
        def __len__(self) -> int:
            return size

        def window(self, index: int, random: np.random.Generator) -> Window:
            frames = (np.zeros((96, 128, 3), np.uint8),) * 3
            return Window(frames, (0.0, 0.1, 0.2), (np.ones((96, 128), np.uint8),) * 3, (None, None))

    def feed(recipe: Recipe) -> Feed:
        return Feed(recipe, Blank(), [Extra(source, 2, 3)])

    assert feed(recipe).per_epoch == 4
    batch = feed(recipe).batch(1, 2)
    assert [bool((label != 255).any()) for label in batch.labels] == [True, True, False, False]
    assert batch.motion is not None
    assert batch.motion.visible.flatten(1).any(dim=1).tolist() == [False, False, True, True]
    assert not batch.motion.exact.any()
    assert torch.equal(feed(recipe).batch(1, 2).frames, batch.frames)
    assert not torch.equal(feed(recipe).batch(1, 3).frames, batch.frames)


def test_a_training_learns_from_clips_resumes_alike_and_names_them(tmp_path: Path) -> None:
    root = write_camvid(tmp_path / "data", "val")
    video(root / "walk.mp4")
    recipe = tmp_path / "mine.toml"
    recipe.write_text(small_recipe(tmp_path, Path("walk.mp4"), folder(tmp_path / "drive", 6)))
    spec = training_spec(str(recipe), root, threads=1, device="cpu")
    whole, parts = (Job.create(tmp_path / name, JobSpec(**spec.model_dump())) for name in ("whole", "parts"))
    run(whole)
    assert not whole.cache.exists()
    for event in events(whole, "metric"):
        if "loss" in event:
            assert event["temporal"] > 0
            assert 0 < event["cross_entropy"] < 10
    with pytest.raises(JobStopped):
        run(parts, stop_at=30)
    assert list(parts.cache.glob("*.flow"))
    assert parts.exists()
    parts.refuse_foreign()
    parts.control("run")
    run(parts)
    assert [event["message"] for event in events(parts, "log") if "decoding" in event["message"]] == [
        "decoding 20 frames of walk.mp4, once",
        "decoding 6 frames of drive, once",
    ]
    ended_alike(whole, parts)
    parsed = parse_recipe(spec.recipe, "test")
    learnt = labelled_course(spec, parsed).learnt
    card = card_of(whole, spec, parsed, torch.nn.Identity(), learnt, None)
    assert "unlabelled clips walk.mp4, drive, 50% of every batch" in card.training_data
    clips = ("../clips/walk.mp4", "drive/images")
    assert parsed.data.unlabelled is not None
    unlabelled = parsed.data.unlabelled.model_copy(update={"clips": clips})
    elsewhere = parsed.model_copy(update={"data": parsed.data.model_copy(update={"unlabelled": unlabelled})})
    card = card_of(whole, spec, elsewhere, torch.nn.Identity(), learnt, None)
    assert "unlabelled clips clips/walk.mp4, drive/images, 50% of every batch" in card.training_data
