"""What an offline teacher says: stored, quantised, averaged along the motion, and moved along with its frame."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.flow import EXACT_FLOW, Motion
from engine.models.card import InputPolicy
from trainer.data.augment import augment
from trainer.data.targets import SHRINK, Target, TargetError, TargetStore, collate_targets, mirroring, quantised
from trainer.data.virtual import virtual_window
from trainer.data.window import Window, collate
from trainer.losses.single_frame import single_frame, stored_single_frame
from trainer.recipe import AugmentPart, VirtualPart
from trainer.recipe.teacher import ViewsPart
from trainer.teachers.asking import Asked
from trainer.teachers.averaging import ALIKE, Said, averaged

SIZE = (96, 64)


def chances(height: int, width: int, classes: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).dirichlet(np.full(classes, 0.3), (height, width)).astype(np.float32)


def smooth_image() -> NDArray[np.uint8]:
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    waves = [128 + 90 * np.sin(x / a + y / b) for a, b in ((14, 19), (23, -16), (-17, 31))]
    return np.stack(waves, axis=-1).round().astype(np.uint8)


class Colourful(nn.Module):
    """Says of each cell, a quarter of the input, how it is coloured: nothing in it knows left from right."""

    def forward(self, frames: Tensor) -> Tensor:
        return nn.functional.avg_pool2d(frames, SHRINK)


def ask(image: NDArray[np.uint8], views: ViewsPart | None = None) -> NDArray[np.float32]:
    policy = InputPolicy(short_side=min(image.shape[:2]), multiple=4)
    return Asked(Colourful(), policy, views or ViewsPart(), torch.device("cpu"), between=lambda: None)(image)


# ---- storing


def test_what_is_stored_is_off_by_little_and_sums_to_one() -> None:
    exact = chances(16, 24, 11)
    seen, known = Target.of_frame(quantised(exact), SIZE).seen(SIZE)
    assert known.all()
    assert np.allclose(seen.sum(axis=-1), 1, atol=1e-6)
    # Each value is off by half a step; the sum of eleven of them, by which all are divided, by eleven halves.
    half = 0.5 / 255
    assert np.abs(seen - exact).max() <= half * 12 / (1 - 11 * half) + 1e-6
    assert np.abs(seen - exact).max() > half / 4


def test_a_store_gives_back_what_was_put_into_it_and_only_to_the_same_maker(tmp_path: Path) -> None:
    store, stored = TargetStore(tmp_path / "cache" / "targets", "tutor reach 4"), quantised(chances(16, 24, 11))
    assert store.get("a.png", SIZE) is None
    store.put("a.png", stored)
    found = store.get("a.png", SIZE)
    assert found is not None
    assert np.array_equal(found.chances, stored)
    assert store.has("a.png")
    assert 0 < store.size_bytes("a.png") < stored.nbytes
    assert TargetStore(tmp_path / "cache" / "targets", "tutor reach 3").get("a.png", SIZE) is None
    assert not store.has("b.png")
    (file,) = (tmp_path / "cache" / "targets").iterdir()
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(TargetError, match=rf"{file.name} is damaged .* remove it and resume"):
        store.get("a.png", SIZE)


def test_what_nobody_needs_goes_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    store = TargetStore(tmp_path, "tutor")
    for key in ("wanted", "unwanted"):
        store.put(key, quantised(chances(4, 4, 3)))
    (tmp_path / ".part-0123456789ab.soft").write_bytes(b"half")
    (tmp_path / "notes.txt").write_text("mine")
    store.tidy(["wanted"])
    assert store.has("wanted")
    assert len(list(tmp_path.iterdir())) == 2
    assert (tmp_path / "notes.txt").exists()


# ---- moving


@pytest.mark.parametrize(
    "part",
    [
        AugmentPart(),
        AugmentPart(flip=1.0),
        AugmentPart(scale=(1.4, 1.4)),
        AugmentPart(scale=(0.7, 0.7), flip=1.0),
        AugmentPart(rotation=25, rotation_share=1.0),
    ],
    ids=["crop", "flip", "larger", "smaller", "turned"],
)
@pytest.mark.parametrize("crop", [(32, 64), (96, 160)], ids=["cut", "padded"])
def test_a_target_goes_along_with_its_frame(part: AugmentPart, crop: tuple[int, int]) -> None:
    """What was said of the whole frame, moved, is what is said of the moved frame."""
    image = smooth_image()
    target = Target.of_frame(quantised(ask(image)), SIZE)
    window = augment(replace(Window.single(image, None), targets=(target,)), part, crop, np.random.default_rng(3))
    (moved,) = window.targets
    assert moved is not None
    seen, known = moved.seen(window.size)
    assert seen.shape == (crop[0] // SHRINK, crop[1] // SHRINK, 3)
    expected = ask(window.frames[0])
    real = cv2.resize(
        (window.frames[0] != 127).any(axis=-1).astype(np.float32), known.shape[::-1], interpolation=cv2.INTER_AREA
    )
    inner = cv2.erode(known.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0).astype(bool)
    assert inner.any()
    assert np.abs(seen - expected)[inner].max() < 0.08
    assert np.abs(seen - expected)[inner].mean() < 0.01
    assert not known[real == 0].any()
    assert known[real == 1].all()


def test_a_crop_by_whole_cells_loses_nothing() -> None:
    stored = quantised(chances(16, 24, 5))
    target = Target.of_frame(stored, SIZE).moved(mirroring(96))
    seen, known = target.seen(SIZE)
    assert known.all()
    exact = stored[:, ::-1].astype(np.float32)
    assert np.allclose(seen, exact / exact.sum(axis=-1, keepdims=True), atol=1e-6)


def test_views_of_a_virtual_camera_take_their_target_along() -> None:
    image = smooth_image()
    target = Target.of_frame(quantised(ask(image)), SIZE)
    still = replace(Window.single(image, None), targets=(target,))
    part = VirtualPart(views=3, shift=0.1, rotation=8, scale=0.1, tilt=0.05)
    window = virtual_window(still, part, np.random.default_rng(0))
    assert len(window.targets) == 3
    for frame, moved in zip(window.frames, window.targets, strict=True):
        assert moved is not None
        seen, known = moved.seen(SIZE)
        inner = cv2.erode(known.astype(np.uint8), np.ones((5, 5), np.uint8), borderValue=0).astype(bool)
        assert np.abs(seen - ask(frame))[inner].max() < 0.08
        assert inner.mean() > 0.3


def test_a_batch_knows_whose_targets_are_missing() -> None:
    image, stored = smooth_image(), quantised(chances(16, 24, 3))
    plain = Window.single(image, None)
    assert collate([plain, plain]).targets is None
    assert collate_targets([(None,), (None,)], SIZE) is None
    found = collate([plain, replace(plain, targets=(Target.of_frame(stored, SIZE),))]).targets
    assert found is not None
    assert found.chances.shape == (2, 1, 3, 16, 24)
    assert found.known.shape == (2, 1, 16, 24)
    assert not found.known[0].any()
    assert found.known[1].all()
    exact = stored / stored.sum(axis=-1, keepdims=True, dtype=np.float32)
    assert torch.allclose(found.chances[1, 0].permute(1, 2, 0), torch.from_numpy(exact), atol=1e-6)


@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_the_loss_of_stored_answers_is_that_of_live_ones(temperature: float) -> None:
    student, teacher = torch.randn(2, 2, 5, 8, 6, dtype=torch.float64)
    student.requires_grad_()
    everywhere = torch.ones(2, 8, 6, dtype=torch.bool)
    live = single_frame(student, teacher, temperature=temperature)
    stored = stored_single_frame(student, teacher.softmax(dim=1), everywhere, temperature=temperature)
    assert torch.allclose(live, stored)
    half = everywhere.clone()
    half[:, 4:] = False
    sharp = nn.functional.one_hot(teacher.argmax(dim=1), 5).movedim(-1, 1).double()  # zeros, as quantising gives them
    upper = stored_single_frame(student, sharp, half, temperature=temperature)
    alone = stored_single_frame(student[:, :, :4], sharp[:, :, :4], everywhere[:, :4], temperature=temperature)
    assert torch.allclose(upper, alone)
    upper.backward()
    assert student.grad is not None
    assert student.grad.isfinite().all()
    assert not student.grad[:, :, 4:].any()
    assert stored_single_frame(student, sharp, ~everywhere).item() == 0


# ---- asking


def test_views_are_averaged_where_they_belong() -> None:
    image = smooth_image()
    plain = ask(image)
    assert np.allclose(ask(image, ViewsPart(flip=True)), plain, atol=1e-6)  # this network is symmetric
    lopsided = np.zeros_like(image)
    lopsided[:, :48] = 255
    assert np.allclose(ask(lopsided, ViewsPart(flip=True)), ask(lopsided), atol=1e-6)
    larger = ask(image, ViewsPart(scales=(2.0,)))
    assert larger.shape == plain.shape
    assert np.allclose(larger.sum(axis=-1), 1, atol=1e-5)
    assert 0 < np.abs(larger - plain).max() < 0.05
    shifts = ((0.1, 0.0), (-0.05, 0.08))
    moved = ask(image, ViewsPart(flip=True, shifts=shifts))
    inner = np.s_[3:-3, 3:-3]  # at the edges a moved view shows what is mirrored there
    assert 0 < np.abs(moved - plain)[inner].max() < 0.02
    assert ViewsPart(flip=True, shifts=((0.1, 0.0),)).all == (
        (False, 1.0, 0.0, 0.0),
        (True, 1.0, 0.0, 0.0),
        (False, 1.0, 0.1, 0.0),
        (True, 1.0, 0.1, 0.0),
    )


def test_whoever_stops_is_heard_between_views() -> None:
    heard: list[int] = []
    policy = InputPolicy(short_side=64, multiple=4)
    views = ViewsPart(flip=True, scales=(0.5,), shifts=((0.1, 0.0),))
    Asked(Colourful(), policy, views, torch.device("cpu"), between=lambda: heard.append(1))(smooth_image())
    assert len(heard) == 6


# ---- averaging


def moved_by(step: tuple[int, int], height: int, width: int, seen: NDArray[np.bool_] | None = None) -> Motion:
    """Everything moves by whole pixels (right, down) from the frame before to this one."""
    forward = np.broadcast_to(np.array(step, np.float32), (height, width, 2)).copy()
    y, x = np.mgrid[:height, :width]
    inside = (x - step[0] >= 0) & (x - step[0] < width) & (y - step[1] >= 0) & (y - step[1] < height)
    return Motion(-forward, forward, inside if seen is None else inside & seen, EXACT_FLOW)


def slow_mean(span: list[Said], at: int, reach: int, step: tuple[int, int]) -> NDArray[np.float32]:
    """Cell by cell and neighbour by neighbour: the value at the place where the cell is in each frame."""
    height, width, classes = span[at].chances.shape
    mean = np.zeros((height, width, classes), np.float32)
    for y in range(height):
        for x in range(width):
            found = []
            for other in range(max(0, at - reach), min(len(span), at + reach + 1)):
                there_x, there_y = x + step[0] * (other - at), y + step[1] * (other - at)
                if not (0 <= there_x < width and 0 <= there_y < height):
                    continue
                if np.abs(span[other].rgb[there_y, there_x] - span[at].rgb[y, x]).mean() >= ALIKE:
                    continue
                found.append(span[other].chances[there_y, there_x])
            mean[y, x] = np.mean(found, axis=0)
    return mean


def moving_span(step: tuple[int, int], frames: int, noise: float) -> list[Said]:
    """A world that slides by whole cells, in colours that flicker a little, and unrelated answers."""
    random = np.random.default_rng(4)
    height, width, margin = 12, 16, 24
    world = random.uniform(0.2, 0.8, (height + 2 * margin, width + 2 * margin, 3)).astype(np.float32)
    span = []
    for number in range(frames):
        top, left = margin - step[1] * number, margin - step[0] * number
        rgb = world[top : top + height, left : left + width] + random.uniform(-noise, noise, (height, width, 3))
        motion = moved_by(step, height, width) if number else None
        span.append(Said(chances(height, width, 4, number), rgb.astype(np.float32), motion))
    return span


@pytest.mark.parametrize("step", [(0, 0), (1, 0), (-2, 1)])
@pytest.mark.parametrize(("at", "reach"), [(3, 0), (3, 1), (3, 3), (0, 2), (6, 4)])
def test_averaging_along_the_flow_is_what_a_slow_loop_gives(step: tuple[int, int], at: int, reach: int) -> None:
    span = moving_span(step, 7, noise=0.14)
    expected = slow_mean(span, at, reach, step)
    assert np.allclose(averaged(span, at, reach), expected, atol=1e-5)
    if reach:
        assert not np.allclose(expected, span[at].chances, atol=1e-3)
        without_colour = slow_mean([replace(each, rgb=each.rgb * 0) for each in span], at, reach, step)
        assert not np.allclose(expected, without_colour, atol=1e-3)  # some cells are left out by their colour


def test_a_point_that_is_hidden_on_the_way_does_not_count_beyond() -> None:
    span = moving_span((1, 0), 5, noise=0.0)
    hidden = np.ones((12, 16), np.bool_)
    hidden[4:8, 6:10] = False  # of frame 3, cells that frame 2 does not show
    span[3] = replace(span[3], motion=moved_by((1, 0), 12, 16, hidden))
    result, free = averaged(span, 4, 3), averaged([*span[:3], moving_span((1, 0), 5, 0.0)[3], span[4]], 4, 3)
    behind = np.zeros((12, 16), np.bool_)
    behind[4:8, 7:11] = True  # the same points in frame 4
    assert np.allclose(result[~behind], free[~behind])
    fetched = span[3].chances[4:8, 6:10]
    assert np.allclose(result[behind].reshape(4, 4, 4), (span[4].chances[4:8, 7:11] + fetched) / 2, atol=1e-6)


@pytest.mark.parametrize(("at", "part"), [(1, slice(0, 3)), (3, slice(3, 6))])
def test_nothing_is_averaged_across_a_cut(at: int, part: slice) -> None:
    span = moving_span((1, 0), 6, noise=0.0)
    span[3] = replace(span[3], motion=None)
    alone = span[part]
    assert np.allclose(averaged(span, at, 5), averaged(alone, at - part.start, 5))


def test_flow_of_another_size_than_the_answers_is_averaged_down() -> None:
    span = moving_span((1, 0), 3, noise=0.0)
    larger = [replace(each, motion=each.motion and _times_four(each.motion)) for each in span]
    assert np.allclose(averaged(larger, 1, 1), averaged(span, 1, 1), atol=1e-5)


def _times_four(motion: Motion) -> Motion:
    grow: Callable[[NDArray[np.float32]], NDArray[np.float32]] = lambda flow: 4 * flow.repeat(4, 0).repeat(4, 1)  # noqa: E731
    return Motion(grow(motion.backward), grow(motion.forward), motion.visible.repeat(4, 0).repeat(4, 1), EXACT_FLOW)
