"""What is learnt from, in which order, and how it is read."""

import multiprocessing
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from engine.datasets import Dataset, Sample, open_dataset
from engine.datasets.base import ImageClip
from engine.errors import DatasetError
from engine.models.classes import VOID
from tests.engine.datasets.layouts import write_camvid
from tests.engine.datasets.test_occurring import written
from tests.trainer.small import RECIPE
from trainer.data.cache import PictureCache
from trainer.data.feed import Extra, Feed
from trainer.data.mixing import mixed
from trainer.data.reading import read_ahead
from trainer.data.sources import ClipWindows, cached
from trainer.data.split import open_training_data, split_held_out
from trainer.data.streets import StreetWindows
from trainer.data.window import Batch, Window
from trainer.data.workers import read_apart
from trainer.recipe import DataPart, Recipe, RecipeError, parse_recipe


def recipe(**data: Any) -> Recipe:
    small = parse_recipe(RECIPE.replace("EPOCHS", "1"), "test")
    return small.model_copy(update={"data": DataPart(**{**small.data.model_dump(), **data})})


def names(clips: tuple[ImageClip, ...]) -> list[list[str]]:
    return [[sample.name for sample in clip.samples] for clip in clips]


def video(root: Path, count: int = 12, *, labelled: Callable[[int], bool] = lambda _: True) -> Dataset:
    """CamVid's `val`, which is one video, with the labels that are asked for."""
    dataset = open_dataset("camvid", write_camvid(root, "val", count), "val")
    (clip,) = dataset.clips
    assert isinstance(clip, ImageClip)
    samples = tuple(each if labelled(i) else replace(each, label=None) for i, each in enumerate(clip.samples))
    return replace(dataset, clips=(replace(clip, samples=samples),))


def equal(one: Batch, other: Batch) -> bool:
    return torch.equal(one.frames, other.frames) and torch.equal(one.labels, other.labels)


def test_labels_of_zero_and_void_are_not_learnt_from(tmp_path: Path) -> None:
    written(tmp_path / "cracks", 0, 255)
    part = DataPart(dataset="folder", split="cracks", crop=(32, 32))
    with pytest.raises(DatasetError, match=r'labels_map = { "255" = 1 } under'):
        open_training_data(tmp_path, part)
    mapped = part.model_copy(update={"labels_map": {255: 1}})
    clip = open_training_data(tmp_path, mapped).learn[0]
    assert clip.labels(clip.samples[0]).max() == 1


def test_every_tenth_image_is_kept_aside(tmp_path: Path) -> None:
    split = split_held_out(open_dataset("camvid", write_camvid(tmp_path, count=21), "train"), every=10)
    assert names(split.held_out) == [["0000", "0010", "0020"]]
    assert [len(each) for each in names(split.learn)] == [18]
    assert not set(names(split.learn)[0]) & set(names(split.held_out)[0])
    assert split.left_out == "every 10th image"


def test_of_a_video_its_end_is_kept_aside(tmp_path: Path) -> None:
    dataset = video(tmp_path, 12)
    split = split_held_out(dataset, every=5)
    assert names(split.held_out) == [["0009", "0010", "0011"]]
    assert names(split.learn) == [[f"{number:04d}" for number in range(9)]]
    assert split.held_out[0].consecutive
    assert split.left_out == "the last 1/5 of every clip"
    single = replace(dataset, clips=(replace(split.held_out[0], samples=split.held_out[0].samples[:1]),))
    assert names(split_held_out(single, every=5).held_out) == []


def test_every_nth_frame_of_a_video_leaves_stretches_without_gaps(tmp_path: Path) -> None:
    split = split_held_out(video(tmp_path, 8), every=3, how="every")
    assert names(split.held_out) == [["0000", "0003", "0006"]]
    assert not split.held_out[0].consecutive
    assert names(split.learn) == [["0001", "0002"], ["0004", "0005"], ["0007"]]
    sparse = split_held_out(video(tmp_path, 8, labelled=lambda index: index in (2, 5)), every=2, how="every")
    assert names(sparse.held_out) == [["0002"]]
    assert names(sparse.learn) == [["0000", "0001"], ["0003", "0004", "0005", "0006", "0007"]]


def test_a_span_without_labels_is_told_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sparse = video(tmp_path, 12, labelled=lambda index: index < 4)
    monkeypatch.setattr("trainer.data.split.open_dataset", lambda *_: sparse)
    part = recipe(split="val").data
    with pytest.raises(DatasetError, match=r'held out has a label. Set keep_aside = "every"'):
        open_training_data(tmp_path, part)
    data = open_training_data(tmp_path, part.model_copy(update={"keep_aside": "every", "keep_aside_every": 2}))
    assert names(data.held_out) == [["0000", "0002"]]


def test_batches_depend_on_seed_epoch_and_place_only(tmp_path: Path) -> None:
    dataset = open_dataset("camvid", write_camvid(tmp_path), "train")
    feed = Feed(recipe(), ClipWindows(dataset.clips))  # type: ignore[arg-type]
    assert feed.per_epoch == 3
    with closing(feed.from_step(0, 9)) as batches:
        whole = list(batches)
    assert len(whole) == 9
    with closing(feed.from_step(5, 9)) as batches:
        assert equal(next(batches), whole[5])
    assert equal(feed.batch(2, 1), whole[7])
    with closing(feed.from_step(4, 9, readers=2, apart=True)) as batches:
        assert all(equal(made, expected) for made, expected in zip(batches, whole[4:], strict=True))
    assert not multiprocessing.active_children()
    assert not equal(whole[0], whole[3])
    assert whole[0].frames.shape == (4, 1, 3, 64, 96)
    assert whole[0].motion is None


def test_processes_share_a_batch_out_among_them(tmp_path: Path) -> None:
    dataset = open_dataset("camvid", write_camvid(tmp_path), "train")
    source = ClipWindows(dataset.clips)  # type: ignore[arg-type]
    whole = Feed(recipe(), source).batch(1, 2)
    parts = [Feed(recipe(), source, share=(rank, 2)).batch(1, 2) for rank in (0, 1)]
    assert torch.equal(torch.stack([each.frames for each in parts], dim=1).flatten(0, 1), whole.frames)
    with pytest.raises(RecipeError, match="batch of 4 cannot be shared out among 3 processes"):
        Feed(recipe(), source, share=(0, 3))


def test_synthetic_streets_are_a_share_of_every_batch() -> None:
    part = {"share": 0.25, "streets": 2, "frames": 2, "size": (96, 64)}
    with_streets = recipe(synthetic=part)
    assert with_streets.data.synthetic is not None
    streets = StreetWindows(with_streets.data.synthetic, PictureCache())
    assert len(streets) == 4
    random = np.random.default_rng(0)
    pictures = [streets.window(index, random) for index in range(4)]
    assert len({window.frames[0].tobytes() for window in pictures}) == 4
    assert all(window.labels[0] is not None and window.labels[0].max() < 11 for window in pictures)

    class Blank:
        def __len__(self) -> int:
            return 9

        def window(self, index: int, random: np.random.Generator) -> Window:
            return Window.single(np.zeros((64, 96, 3), np.uint8), np.full((64, 96), VOID, np.uint8))

    feed = Feed(with_streets, Blank(), [Extra(streets, 1, 1)])
    assert feed.per_epoch == 9 // with_streets.real_samples == 3
    for number in range(3):
        labels = feed.batch(0, number).labels
        assert [bool((label != VOID).any()) for label in labels] == [False, False, False, True]


@pytest.mark.parametrize(("length", "spacing"), [(2, (1, 1)), (3, (1, 2)), (4, (2, 9))])
def test_a_window_holds_its_labelled_frame_and_its_neighbours(
    tmp_path: Path, length: int, spacing: tuple[int, int]
) -> None:
    dataset = video(tmp_path, 12, labelled=lambda index: index in (0, 5, 11))
    clips = cached(dataset.clips, PictureCache())  # type: ignore[arg-type]
    images = [clips[0].image(sample) for sample in clips[0].samples]
    windows = ClipWindows(clips, length=length, spacing=spacing)
    assert len(windows) == 3
    apart, places = set(), set()
    for seed in range(40):
        for index, anchor in enumerate((0, 5, 11)):
            window = windows.window(index, np.random.default_rng(seed))
            numbers = [next(i for i, image in enumerate(images) if image is frame) for frame in window.frames]
            assert anchor in numbers
            assert len(numbers) == length
            gaps = set(np.diff(numbers).tolist())
            assert len(gaps) == 1
            apart |= gaps
            places.add(numbers.index(anchor))
            assert [label is not None for label in window.labels] == [number in (0, 5, 11) for number in numbers]
            assert window.pts_s == pytest.approx([number / 25 for number in numbers])
            assert window.motion == (None,) * (length - 1)
    assert apart == set(range(spacing[0], min(spacing[1], 11 // (length - 1)) + 1))
    assert places == set(range(length))


def test_the_motion_of_a_windows_frames_is_found_where_it_is_asked_for(tmp_path: Path) -> None:
    """A texture that moves 3 right and 1 up from frame to frame, and then a cut."""
    random = np.random.default_rng(1)
    texture = cv2.GaussianBlur(random.integers(0, 256, (160, 200, 3)).astype(np.float32), None, 2)
    texture = ((texture - texture.min()) / np.ptp(texture) * 255).astype(np.uint8)
    frames = [texture[20 + number : 116 + number, 40 - 3 * number : 168 - 3 * number] for number in range(8)]
    frames += [np.full((96, 128, 3), 255, np.uint8)] * 2
    (clip,) = video(tmp_path, 10, labelled=lambda index: index in (3, 8)).clips
    assert isinstance(clip, ImageClip)
    for sample, frame in zip(clip.samples, frames, strict=True):
        cv2.imwrite(str(sample.image), cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
    windows = ClipWindows([clip], length=3, spacing=(1, 2), flow="dis")
    spacings = set()
    for seed in range(8):
        window = windows.window(0, np.random.default_rng(seed))
        spacing = round((window.pts_s[1] - window.pts_s[0]) * 25)
        spacings.add(spacing)
        for motion in window.motion:
            assert motion is not None
            assert motion.flow == "dis"
            assert motion.visible.mean() > 0.7
            inner = motion.visible & (np.pad(np.ones((64, 96), bool), 16))
            assert np.median(motion.backward[inner], axis=0) == pytest.approx([-3 * spacing, spacing], abs=0.2)
            assert np.median(motion.forward[inner], axis=0) == pytest.approx([3 * spacing, -spacing], abs=0.2)
    assert spacings == {1, 2}
    across = [windows.window(1, np.random.default_rng(seed)).motion for seed in range(8)]
    assert any(motion is None for each in across for motion in each)
    one, same = (windows.window(0, np.random.default_rng(5)) for _ in range(2))
    for first, second in zip(one.motion, same.motion, strict=True):
        assert first is not None
        assert second is not None
        assert np.array_equal(first.backward, second.backward)


def test_windows_of_single_images_are_refused(tmp_path: Path) -> None:
    stills = open_dataset("camvid", write_camvid(tmp_path), "train").clips
    with pytest.raises(DatasetError, match="single images and the recipe's window is 2; set window = 1"):
        ClipWindows(stills, length=2)  # type: ignore[arg-type]
    with pytest.raises(DatasetError, match="stretch of 3 frames to learn from and the recipe's window is 4"):
        ClipWindows(video(tmp_path, 3).clips, length=4)  # type: ignore[arg-type]


def test_class_shares_are_those_of_all_labels(tmp_path: Path) -> None:
    clips = open_dataset("camvid", write_camvid(tmp_path), "train").clips
    (clip,) = clips
    assert isinstance(clip, ImageClip)
    labels = np.stack([clip.labels(sample) for sample in clip.samples])
    expected = [float((labels == class_).sum() / (labels != VOID).sum()) for class_ in range(11)]
    assert ClipWindows(clips).class_shares(11) == pytest.approx(expected)  # type: ignore[arg-type]


def test_the_cache_stays_within_its_bound_and_forgets_what_was_used_least() -> None:
    read: list[str] = []

    def picture(name: str) -> np.ndarray:
        read.append(name)
        return np.zeros((10, 10), np.uint8)

    cache = PictureCache(limit=350)
    for name in ("a", "b", "c", "a", "d", "a", "b"):
        cache.get(name, lambda name=name: picture(name))  # type: ignore[misc]
        assert cache.held_bytes <= 300
    assert read == ["a", "b", "c", "d", "b"]
    big = cache.get("big", lambda: np.ones((20, 20), np.uint8))
    assert big.all()
    assert cache.held_bytes == 300
    with pytest.raises(ValueError, match="read-only"):
        big[0, 0] = 0


def test_pictures_are_read_when_they_are_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    original = ImageClip.image

    def image(self: ImageClip, sample: Sample) -> np.ndarray:
        read.append(sample.name)
        return original(self, sample)

    monkeypatch.setattr(ImageClip, "image", image)
    data = open_training_data(write_camvid(tmp_path), recipe().data)
    source = ClipWindows(cached(data.learn, PictureCache()))
    source.class_shares(11)
    assert read == []
    Feed(recipe(), source).batch(0, 0)
    assert len(read) == len(set(read)) == 4
    Feed(recipe(), source).batch(0, 0)
    assert len(read) == 4


def test_processes_pass_on_what_was_raised_as_it_is() -> None:
    def make(number: int) -> int:
        if number == 3:
            raise DatasetError("number 3 cannot be read")
        return 10 * number

    with closing(read_apart(make, range(1, 9), processes=2, ahead=2)) as items:
        assert [next(items), next(items)] == [10, 20]
        with pytest.raises(DatasetError, match=r"^number 3 cannot be read$"):
            next(items)
    assert not multiprocessing.active_children()


def test_a_mixed_sample_holds_a_rectangle_of_another_with_its_labels() -> None:
    shade = torch.arange(1, 5, dtype=torch.uint8)
    frames = shade.view(4, 1, 1, 1, 1).expand(4, 1, 3, 32, 64).clone()
    batch = Batch(frames, torch.zeros(4, 1), frames[:, :, 0].clone(), None)
    part = recipe().augment.model_copy(update={"mix": 0.5})
    made = [mixed(batch, part, np.random.default_rng(seed)) for seed in range(40)]
    assert torch.equal(batch.frames, frames)
    touched = 0
    for each in made:
        assert torch.equal(each.labels, each.frames[:, :, 0])
        for sample in range(4):
            other = each.labels[sample, 0] == shade[sample - 1]
            assert bool((other | (each.labels[sample, 0] == shade[sample])).all())
            if other.any():
                touched += 1
                rows, columns = other.any(dim=1).sum(), other.any(dim=0).sum()
                assert int(other.sum()) == int(rows * columns)
                assert 8 <= int(rows) <= 24
                assert 16 <= int(columns) <= 48
    assert 55 <= touched <= 105  # of 160, half


def test_windows_of_frames_are_not_mixed() -> None:
    text = RECIPE.replace("EPOCHS", "1").replace("[augment]", "[data.virtual]\n\n[augment]\nmix = 0.5")
    with pytest.raises(RecipeError, match=r"mix under \[augment\].*leave it out"):
        parse_recipe(text, "test")


def test_reading_ahead_keeps_the_order_the_bound_and_the_errors() -> None:
    started: list[int] = []
    go = threading.Event()

    def task(number: int) -> int:
        started.append(number)
        if number == 6:
            raise DatasetError("number 6 cannot be read")
        if number % 2 == 0:
            go.wait(0.01)  # the even ones are late
        return number

    items = read_ahead(((lambda number=number: task(number)) for number in range(100)), readers=3, ahead=4)  # type: ignore[misc]
    with closing(items):
        for number in range(6):
            assert next(items) == number
            assert max(started) <= number + 5
        with pytest.raises(DatasetError, match="number 6"):
            next(items)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("reader")]
