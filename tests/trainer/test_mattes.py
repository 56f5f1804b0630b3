"""True mattes go wherever augmentation takes their frames."""

from dataclasses import replace

import numpy as np
import torch
from torch.nn import functional

from trainer.data.augment import augment
from trainer.data.targets import matte_target
from trainer.data.virtual import virtual_window
from trainer.data.window import Window, collate
from trainer.recipe import AugmentPart, VirtualPart

CROP = (64, 96)


def drawn(frames: int = 2) -> Window:
    """A soft disc that is the picture and its own matte, so that both must go the same way."""
    y, x = np.mgrid[:80, :120]
    pictures = []
    for number in range(frames):
        disc = np.clip((30 - np.hypot(y - 40, x - 50 - 4 * number)) / 12, 0, 1)
        pictures.append(np.rint(disc * 255).astype(np.uint8))
    return Window(
        tuple(np.repeat(each[..., None], 3, axis=2) for each in pictures),
        tuple(number / 25 for number in range(frames)),
        tuple((each >= 128).astype(np.uint8) for each in pictures),
        (None,) * (frames - 1),
        mattes=tuple(matte_target(each) for each in pictures),
    )


def off(window: Window) -> float:
    """How far the known mattes are from the frames, of 255; what padding is mixed into is not looked at."""
    batch = collate([window])
    assert batch.mattes is not None
    frames, known = batch.frames[:, :, 0].float(), batch.mattes.known
    outer = ~known | (batch.labels == 255)
    inner = functional.max_pool2d(functional.pad(outer.float(), (1, 1, 1, 1), value=1), 3, stride=1) == 0
    assert inner.float().mean() > 0.4
    return float((frames - 255 * batch.mattes.alpha)[inner].abs().max())


def test_unmoved_it_is_what_was_given() -> None:
    assert off(drawn()) < 1e-3
    batch = collate([drawn()])
    assert batch.mattes is not None
    assert batch.mattes.known.all()


def test_scaled_cropped_mirrored_and_turned_it_stays_on_its_frame() -> None:
    part = AugmentPart(scale=(0.9, 1.3), flip=0.5, rotation=20.0, rotation_share=0.5)
    for seed in range(12):
        assert off(augment(drawn(), part, CROP, np.random.default_rng(seed))) < 16


def test_virtual_views_take_it_along() -> None:
    still = drawn(1)
    part = VirtualPart(shift=0.05, rotation=4.0, scale=0.05, tilt=0.01)
    window = virtual_window(still, part, np.random.default_rng(4))
    assert len(window.mattes) == part.views
    assert off(window) < 12


def test_beyond_the_picture_and_without_one_nothing_is_known() -> None:
    window = augment(drawn(), AugmentPart(scale=(0.5, 0.5)), CROP, np.random.default_rng(1))
    batch = collate([window, replace(window, mattes=())])
    assert batch.mattes is not None
    known, beyond = batch.mattes.known, batch.labels == 255
    assert known[0].float().mean() < 0.5
    assert not (known[0] & beyond[0]).any()
    assert not known[1].any()
    assert collate([replace(window, mattes=())]).mattes is None
    assert torch.equal(batch.to(torch.device("cpu")).mattes.alpha, batch.mattes.alpha)  # type: ignore[union-attr]
