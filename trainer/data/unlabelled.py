"""Windows of clips that nobody has labelled."""

import struct
import threading
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from engine.atomic import write_bytes
from engine.errors import DatasetError
from engine.flow import Motion, MotionEstimator, make_flow
from engine.storage.png import File
from trainer.data.cache import PictureCache
from trainer.data.footage import Footage
from trainer.data.kept import KeptClip
from trainer.data.lossless import motion_files, motion_from
from trainer.data.targets import Target, TargetStore
from trainer.data.window import FrameId, Image, Window

FLOW_BYTES = 2 * 2**30
"""How much estimated motion is kept on disk: 12,000 pairs at 626 × 352."""

_HEAD = struct.Struct("<II")
"""Bytes of the two files of a motion; both 0 across a cut."""


class UnlabelledWindows:
    """One window from every frame of some clips on, where enough follow; none crosses a cut.

    length: frames in a window. spacing: (least, most) frames from one to the next, drawn; less where a scene is too
    short. flow: by which estimator the motion between the frames is found, None where nobody asks for it. It is kept
    at half its size beside the clips, `flow_bytes` of it at most: that takes a tenth of the time of finding it.
    targets: what an offline teacher said of the frames, None without one.
    Raises DatasetError where a clip has no scene as long as a window.
    """

    def __init__(
        self,
        clips: Sequence[KeptClip],
        cache: PictureCache,
        *,
        length: int = 1,
        spacing: tuple[int, int] = (1, 1),
        flow: str | None = None,
        targets: TargetStore | None = None,
        flow_bytes: int = FLOW_BYTES,
    ) -> None:
        self.clips = tuple(clips)
        self._cache, self._length, self._spacing, self._flow = cache, length, spacing, flow
        self._targets = targets
        self._scenes: list[tuple[KeptClip, range]] = []
        self._firsts: list[int] = []
        """Of each scene, the number of its first window."""
        self._count = 0
        for clip in self.clips:
            scenes = [scene for scene in map(clip.scene, range(len(clip.scenes))) if len(scene) >= length]
            if not scenes:
                raise DatasetError(
                    f"{clip.path}: none of its {len(clip.scenes)} scenes is as long as the recipe's window of {length} "
                    "frames; shorten the window, or leave the clip out of [data.unlabelled]"
                )
            for scene in scenes:
                self._scenes.append((clip, scene))
                self._firsts.append(self._count)
                self._count += len(scene) - length + 1
        self._room = flow_bytes - sum(file.stat().st_size for clip in self.clips for file in _flow_files(clip))
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return self._count

    def window(self, index: int, random: np.random.Generator) -> Window:
        """Window `index`, without labels; its `ids` say which frames it holds. Raises DatasetError where one cannot be
        read.
        """
        clip, places = self._draw(index, random)
        frames = tuple(self._frame(clip, place) for place in places)
        return Window(
            frames,
            tuple(clip.pts_s[clip.frames.index(place)] for place in places),
            (None,) * len(places),
            tuple(self._motion(clip, before, now) for before, now in pairwise(places)),
            tuple(FrameId(clip.path, place) for place in places),
            tuple(self._said_of(clip, place, frame) for place, frame in zip(places, frames, strict=True)),
        )

    def footage(self) -> list[Footage]:
        """All frames that windows may show, clip by clip."""
        shown: dict[KeptClip, list[int]] = {clip: [] for clip in self.clips}
        for clip, scene in self._scenes:
            shown[clip] += [clip.frames.index(place) for place in scene]
        return [
            Footage([_name(clip, place) for place in clip.frames], wanted, True, partial(_pictures, clip))
            for clip, wanted in shown.items()
        ]

    def _said_of(self, clip: KeptClip, place: int, frame: Image) -> Target | None:
        size = (frame.shape[1], frame.shape[0])
        return self._targets.get(_name(clip, place), size) if self._targets is not None else None

    def _draw(self, index: int, random: np.random.Generator) -> tuple[KeptClip, range]:
        """Which frames make window `index`. It begins earlier where the drawn spacing would lead out of the scene."""
        number = bisect_right(self._firsts, index) - 1
        clip, scene = self._scenes[number]
        spacing = int(random.integers(self._spacing[0], self._spacing[1] + 1))
        steps = self._length - 1
        if steps:
            spacing = min(spacing, (len(scene) - 1) // steps)
        start = min(scene.start + index - self._firsts[number], scene.stop - 1 - steps * spacing)
        return clip, range(start, start + steps * spacing + 1, spacing)

    def _frame(self, clip: KeptClip, place: int) -> Image:
        return self._cache.get(("clip", clip.key, place), lambda: clip.frame(place))

    def _motion(self, clip: KeptClip, before: int, now: int) -> Motion | None:
        """Always as it is kept, so that a batch is the same whether it was kept or not."""
        if self._flow is None:
            return None
        file = clip.folder / f"{clip.key}-{before}-{now}.flow"
        try:
            return _unpacked(file.read_bytes(), self._flow)
        except (OSError, ValueError, struct.error, cv2.error):
            pass  # not there yet, or cut short when the machine went down
        data = self._found(clip, before, now)
        with self._lock:
            fits = len(data) <= self._room
            self._room -= len(data) if fits else 0
        if fits:
            write_bytes(file, data, durable=False)
        return _unpacked(data, self._flow)

    def _found(self, clip: KeptClip, before: int, now: int) -> bytes:
        assert self._flow is not None
        estimator = MotionEstimator(make_flow(self._flow))  # one each: threads cannot share it
        estimator.update(self._frame(clip, before))
        motion = estimator.update(self._frame(clip, now))
        if motion is None:
            return _HEAD.pack(0, 0)
        width, height = motion.size
        files = motion_files(motion.at((max(1, width // 2), max(1, height // 2))))
        return _HEAD.pack(*map(len, files)) + b"".join(file.tobytes() for file in files)


def _unpacked(data: bytes, flow: str) -> Motion | None:
    """Raises ValueError, struct.error or cv2.error where `data` is no whole motion."""
    sizes = _HEAD.unpack_from(data)
    if len(data) != _HEAD.size + sum(sizes):
        raise ValueError(f"expected {sum(sizes)} bytes of motion, found {len(data) - _HEAD.size}")
    if not any(sizes):
        return None
    backward: File = np.frombuffer(data, np.uint8, sizes[0], _HEAD.size)
    forward: File = np.frombuffer(data, np.uint8, sizes[1], _HEAD.size + sizes[0])
    return motion_from(flow, backward, forward)


def _name(clip: KeptClip, place: int) -> str:
    return f"{clip.path} {clip.key} {place}"


def _pictures(clip: KeptClip, numbers: Sequence[int]) -> Iterator[Image]:
    return (clip.frame(clip.frames[number]) for number in numbers)


def _flow_files(clip: KeptClip) -> list[Path]:
    return list(clip.folder.glob(f"{clip.key}-*.flow"))
