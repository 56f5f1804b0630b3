"""What an offline teacher said of single frames: kept on the disk, and brought along wherever augmentation takes them.

A target is at a quarter of its teacher's input, a view of its frame at whatever size it was cropped from. It is moved
by matrices alone and fetched once, when a batch is put together, so that no view of a view loses anything.
"""

import hashlib
import re
import struct
import zlib
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.atomic import write_bytes
from engine.errors import SteadymaskError

Place = NDArray[np.float64]
"""(3, 3), from places (x, y, 1) to others, in pixels or cells, their middles at whole numbers."""

SHRINK = 4
"""Pixels of a frame to a cell of its target in a batch, in each direction."""

_LEVELS = 255
_HEAD = struct.Struct("<HHH")
_NAME = re.compile(r"([0-9a-f]{32}|\.part-[0-9a-f]{12})\.soft")


class TargetError(SteadymaskError):
    """What a teacher said cannot be stored, or not be read any more."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """What a teacher said of a frame. chances: uint8 (h, w, C), of 255. place: from its cells to the frame's pixels."""

    chances: NDArray[np.uint8]
    place: Place

    @classmethod
    def of_frame(cls, chances: NDArray[np.uint8], size: tuple[int, int]) -> Self:
        """Of a whole frame of `size` (width, height)."""
        height, width = chances.shape[:2]
        return cls(chances, scaling(size[0] / width, size[1] / height))

    def moved(self, by: Place) -> "Target":
        """The same, of a view of the frame whose pixels come from the frame's by the homography `by`."""
        return replace(self, place=by @ self.place)

    def seen(self, size: tuple[int, int], shrink: int = SHRINK) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """(chances float32 (h, w, C), each cell's sum 1; where they are known, bool (h, w)), by bilinear.

        size: (width, height) of the frame as it is now, which h and w are so many times smaller than.
        """
        wide, high = size[0] // shrink, size[1] // shrink
        back = np.linalg.inv(self.place) @ scaling(size[0] / wide, size[1] / high)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        whole = self.chances.astype(np.float32)
        fetched = cv2.warpPerspective(whole, back, (wide, high), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        fetched = fetched.reshape(high, wide, -1)  # OpenCV drops the axis of a single class
        x, y = np.meshgrid(np.arange(wide), np.arange(high))
        ends = np.stack([x, y, np.ones_like(x)], axis=-1) @ back.T
        across, down = ends[..., 0] / ends[..., 2], ends[..., 1] / ends[..., 2]
        height, width = self.chances.shape[:2]
        known = (across >= -0.5) & (across <= width - 0.5) & (down >= -0.5) & (down <= height - 0.5)
        return np.asarray(fetched / fetched.sum(axis=-1, keepdims=True), np.float32), np.asarray(known, np.bool_)


def scaling(across: float, down: float) -> Place:
    """From a picture's pixels to those of the same picture so many times as large."""
    return np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1]], np.float64)


def shifting(across: float, down: float) -> Place:
    """From a picture's pixels to those of one that begins so many pixels further left and up."""
    return np.array([[1, 0, across], [0, 1, down], [0, 0, 1]], np.float64)


def mirroring(width: int) -> Place:
    """From the pixels of a picture so wide to those of its mirror image."""
    return np.array([[-1, 0, width - 1], [0, 1, 0], [0, 0, 1]], np.float64)


def quantised(chances: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Probabilities (h, w, C) as they are stored: off by 1/510 at most before their sum is 1 again."""
    return np.rint(chances * _LEVELS).astype(np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class BatchTargets:
    """What an offline teacher said of a batch's frames.

    chances: float32 (B, T, C, h, w), each cell's sum 1. known: bool (B, T, h, w); elsewhere chances mean nothing.
    pieces: float32 (B, T, h, w), cells of the connected piece of its likeliest class that each lies in.
    """

    chances: Tensor
    known: Tensor
    pieces: Tensor

    def to(self, device: torch.device) -> "BatchTargets":
        """The same on `device`."""
        return BatchTargets(self.chances.to(device), self.known.to(device), self.pieces.to(device))


def collate_targets(windows: Sequence[tuple[Target | None, ...]], size: tuple[int, int]) -> BatchTargets | None:
    """Those of windows of one length whose frames are of `size` (width, height); None where there is none at all."""
    classes = next((each.chances.shape[2] for window in windows for each in window if each is not None), None)
    if classes is None:
        return None
    shape = (len(windows), max(len(window) for window in windows), size[1] // SHRINK, size[0] // SHRINK)
    chances, known = np.zeros((*shape, classes), np.float32), np.zeros(shape, np.bool_)
    pieces = np.ones(shape, np.float32)
    for number, window in enumerate(windows):
        for place, each in enumerate(window):
            if each is not None:
                chances[number, place], known[number, place] = each.seen(size)
                pieces[number, place] = piece_areas(chances[number, place].argmax(axis=-1).astype(np.uint8))
    planes = torch.from_numpy(chances).permute(0, 1, 4, 2, 3)
    return BatchTargets(planes, torch.from_numpy(known), torch.from_numpy(pieces))


@dataclass(frozen=True, slots=True, eq=False)
class BatchMattes:
    """The true mattes of a batch's frames. alpha: float32 (B, T, h, w), 0..1. known: bool (B, T, h, w)."""

    alpha: Tensor
    known: Tensor

    def to(self, device: torch.device) -> "BatchMattes":
        """The same on `device`."""
        return BatchMattes(self.alpha.to(device), self.known.to(device))


def matte_target(alpha: NDArray[np.uint8]) -> Target:
    """A frame's matte, uint8 (h, w), 255 all there, as a target of two classes."""
    return Target.of_frame(np.dstack([_LEVELS - alpha, alpha]), (alpha.shape[1], alpha.shape[0]))


def collate_mattes(windows: Sequence[tuple[Target | None, ...]], size: tuple[int, int]) -> BatchMattes | None:
    """As `collate_targets`, of mattes, at the frames' own size."""
    if not any(each is not None for window in windows for each in window):
        return None
    shape = (len(windows), max(len(window) for window in windows), size[1], size[0])
    alpha, known = np.zeros(shape, np.float32), np.zeros(shape, np.bool_)
    for number, window in enumerate(windows):
        for place, each in enumerate(window):
            if each is not None:
                chances, known[number, place] = each.seen(size, shrink=1)
                alpha[number, place] = chances[..., 1]
    return BatchMattes(torch.from_numpy(alpha), torch.from_numpy(known))


def piece_areas(classes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Of each cell of a class map, uint8 (h, w), how many cells its connected piece has: float32 (h, w)."""
    areas = np.zeros(classes.shape, np.float32)
    for class_id in np.unique(classes):
        here = classes == class_id
        _, pieces, stats, _ = cv2.connectedComponentsWithStats(here.astype(np.uint8), connectivity=8)
        areas[here] = stats[:, cv2.CC_STAT_AREA].astype(np.float32)[pieces[here]]
    return areas


class TargetStore:
    """Targets in a folder, one compressed file each. Its files may be read by several threads at once.

    maker: in words, who made them and how; those that another made are not found.
    """

    def __init__(self, folder: Path, maker: str) -> None:
        self._folder, self._maker = folder, maker

    def has(self, key: str) -> bool:
        """Whether there is one of frame `key`."""
        return self._path(key).exists()

    def size_bytes(self, key: str) -> int:
        """What the target of frame `key` takes on the disk."""
        return self._path(key).stat().st_size

    def put(self, key: str, chances: NDArray[np.uint8]) -> None:
        """Store what was said of frame `key`, uint8 (h, w, C). Raises TargetError where the disk cannot take it."""
        # Class by class, most of a frame is one value over long stretches.
        packed = zlib.compress(np.ascontiguousarray(chances.transpose(2, 0, 1)).tobytes())
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_bytes(self._path(key), _HEAD.pack(*chances.shape) + packed)
        except OSError as error:
            raise TargetError(f"{self._folder}: what the teacher says cannot be stored: {error}") from error

    def get(self, key: str, size: tuple[int, int]) -> Target | None:
        """The target of frame `key`, which is of `size` (width, height); None where there is none.

        Raises TargetError that names a file that is damaged.
        """
        path = self._path(key)
        try:
            data = path.read_bytes()
            height, width, classes = _HEAD.unpack_from(data)
            flat = np.frombuffer(zlib.decompress(data[_HEAD.size :]), np.uint8)
            chances = flat.reshape(classes, height, width).transpose(1, 2, 0)
        except FileNotFoundError:
            return None
        except (OSError, struct.error, zlib.error, ValueError) as error:
            raise TargetError(
                f"{path} is damaged and cannot be read ({error}); remove it and resume: it is made again"
            ) from error
        return Target.of_frame(chances, size)

    def tidy(self, keys: Collection[str]) -> None:
        """Remove what is of no frame in `keys` and what a killed process left half written."""
        wanted = {self._path(key).name for key in keys}
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            if path.name not in wanted and _NAME.fullmatch(path.name):
                path.unlink()

    def discard(self) -> None:
        """Remove them all, and the folder where nothing else is in it."""
        self.tidy(())
        with suppress(OSError):  # somebody put something there
            self._folder.rmdir()

    def _path(self, key: str) -> Path:
        whole = hashlib.sha256(f"{self._maker}\n{key}".encode()).hexdigest()
        return self._folder / f"{whole[:32]}.soft"
