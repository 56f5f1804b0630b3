"""What is trained on: windows of neighbouring frames, and batches of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.flow import EXACT_FLOW, Motion
from engine.models.classes import VOID
from trainer.data.targets import BatchMattes, BatchTargets, Place, Target, collate_mattes, collate_targets

Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class FrameId:
    """Which frame of which clip: clip, its whole path; index, 0-based in display order from the clip's very start."""

    clip: Path
    index: int


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Frames of one clip in order, all of one size; a single image is a window of one.

    frames: each uint8 (H, W, 3) RGB. pts_s: their times, seconds from wherever the clip counts. labels: of each frame,
    uint8 (H, W) with 255 for void, or None where it has none. motion: of each frame but the first, how it came out of
    the one before it, or None where that is not known. ids: which frames these are, empty where nobody needs to know.
    targets: of each frame what an offline teacher said of it, or None where it said nothing; empty in a training
    without one. mattes: of each frame its true matte, or None where that is not known; empty where none is.
    """

    frames: tuple[Image, ...]
    pts_s: tuple[float, ...]
    labels: tuple[Image | None, ...]
    motion: tuple[Motion | None, ...]
    ids: tuple[FrameId, ...] = ()
    targets: tuple[Target | None, ...] = ()
    mattes: tuple[Target | None, ...] = ()

    @classmethod
    def single(cls, image: Image, label: Image | None) -> "Window":
        """One image, at time 0."""
        return cls((image,), (0.0,), (label,), ())

    @property
    def size(self) -> tuple[int, int]:
        """(width, height), pixels."""
        height, width = self.frames[0].shape[:2]
        return width, height

    def soft_moved(self, by: Place) -> "Window":
        """The window with the `targets` and `mattes` of a view whose pixels come from the frames' by the homography
        `by`; whoever makes the view gives it all else.
        """

        def moved(soft: tuple[Target | None, ...]) -> tuple[Target | None, ...]:
            return tuple(None if each is None else each.moved(by) for each in soft)

        return replace(self, targets=moved(self.targets), mattes=moved(self.mattes))


@dataclass(frozen=True, slots=True, eq=False)
class BatchMotion:
    """How each frame but the first of every window came out of the one before it.

    backward: float32 (B, T - 1, 2, h, w), x and y in pixels, flow from each frame to the one before it. forward: the
    same, from the frame before to it. visible: bool (B, T - 1, h, w), on the later frame's pixels, True where the point
    was seen in the frame before too; False all over where the motion is not known. exact: bool (B, T - 1), True where
    the motion is not an estimate.
    """

    backward: Tensor
    forward: Tensor
    visible: Tensor
    exact: Tensor

    def to(self, device: torch.device) -> "BatchMotion":
        """The same on `device`."""
        here = (each.to(device) for each in (self.backward, self.forward, self.visible, self.exact))
        return BatchMotion(*here)


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Windows of one length T and one size.

    frames: uint8 (B, T, 3, h, w) RGB. pts_s: float64 (B, T), seconds. labels: uint8 (B, T, h, w), 255 where there are
    none. motion: None where it is known of no window. targets: what an offline teacher said, None where it said nothing
    of any frame. mattes: the true ones, None where they are known of no frame.
    """

    frames: Tensor
    pts_s: Tensor
    labels: Tensor
    motion: BatchMotion | None
    targets: BatchTargets | None = None
    mattes: BatchMattes | None = None

    def to(self, device: torch.device) -> "Batch":
        """The same on `device`."""
        motion = self.motion.to(device) if self.motion is not None else None
        targets = self.targets.to(device) if self.targets is not None else None
        mattes = self.mattes.to(device) if self.mattes is not None else None
        return Batch(self.frames.to(device), self.pts_s.to(device), self.labels.to(device), motion, targets, mattes)


def collate(windows: Sequence[Window]) -> Batch:
    """Put windows of one length and size together."""
    frames = torch.from_numpy(np.stack([np.stack(window.frames) for window in windows])).permute(0, 1, 4, 2, 3)
    pts_s = torch.tensor([window.pts_s for window in windows], dtype=torch.float64)
    labels = torch.from_numpy(np.stack([_labels(window) for window in windows]))
    known = any(motion is not None for window in windows for motion in window.motion)
    targets = collate_targets([window.targets for window in windows], windows[0].size)
    mattes = collate_mattes([window.mattes for window in windows], windows[0].size)
    return Batch(frames, pts_s, labels, _motion(windows) if known else None, targets, mattes)


def _labels(window: Window) -> Image:
    """All labels of a window, (T, h, w)."""
    void = np.full(window.frames[0].shape[:2], VOID, np.uint8)
    return np.stack([void if label is None else label for label in window.labels])


def _motion(windows: Sequence[Window]) -> BatchMotion:
    still = Motion.still(windows[0].size)
    unknown = replace(still, visible=np.zeros_like(still.visible))
    steps = [[motion or unknown for motion in window.motion] for window in windows]
    return BatchMotion(
        _flows([[step.backward for step in each] for each in steps]),
        _flows([[step.forward for step in each] for each in steps]),
        torch.from_numpy(np.stack([[step.visible for step in each] for each in steps])),
        torch.tensor([[step.flow == EXACT_FLOW for step in each] for each in steps]),
    )


def _flows(flows: list[list[NDArray[np.float32]]]) -> Tensor:
    """(B, T - 1, 2, h, w), of flows (h, w, 2)."""
    return torch.from_numpy(np.stack([np.stack(each) for each in flows])).permute(0, 1, 4, 2, 3)
