"""A teacher that answers before the training: what it says of every frame is stored, and is learnt from then on."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from engine.backends.base import Device
from engine.flow import TRAINING_FLOW, MotionEstimator, make_flow
from engine.models.classes import ClassSet
from engine.segmenter import load_model
from trainer.data.footage import Footage
from trainer.data.targets import TargetStore, quantised
from trainer.recipe.teacher import TeacherPart
from trainer.teachers import TeacherError
from trainer.teachers.asking import Asked
from trainer.teachers.averaging import Said, averaged
from trainer.teachers.base import Teacher
from trainer.teachers.frozen import frozen_network, suited_teacher
from trainer.teachers.graphs import AskedGraph

Ask = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""From a frame (H, W, 3) to probabilities (h, w, C)."""

Tell = Callable[[int, int, float], None]
"""Called with how many targets are made, of how many, and the seconds that the rest will take."""

EVERY_S = 1.0
"""How often it is told how far it is."""

_SURE = 32
"""Targets after which their size is known well enough to say what all of them will take."""


class OfflineTeacher(Teacher):
    """The bundle of the recipe's teacher, and the folder with what it says.

    start: the `.safetensors` that the training starts from, "" for none. Raises what `suited_teacher` raises. Its
    network is built where something is to be made only, and is gone thereafter.
    """

    live = False

    def __init__(self, part: TeacherPart, class_set: ClassSet, folder: Path, start: str = "") -> None:
        self._part = part
        self._weights, self._card = suited_teacher(part, class_set, start)
        identity = self._card.weights_hash or self._card.graph_hash
        super().__init__(f"{self._card.name} {identity}", str(self._weights))
        settings = part.model_dump_json(include={"reach", "views", "hold"})
        self.targets = TargetStore(folder, f"{identity} {settings} {TRAINING_FLOW}")

    def make(self, footage: Sequence[Footage], device: torch.device, obey: Callable[[], None], tell: Tell) -> None:
        """Make the targets of all wanted frames that have none yet.

        obey: called before each view of a frame; what it raises ends the making, and what is made is kept. Raises
        TeacherError where they take more than the recipe's limit, or surely will.
        """
        wanted = {clip.keys[place] for clip in footage for place in clip.wanted}
        self.targets.tidy(wanted)
        made = {key for key in wanted if self.targets.has(key)}
        total, done = len(wanted), len(made)
        if done == total:
            return
        taken = sum(self.targets.size_bytes(key) for key in made)
        asked = self._asked(device, obey)
        began, told, first = time.monotonic(), -EVERY_S, done
        for clip in footage:
            missing = {place for place in clip.wanted if clip.keys[place] not in made}
            for place, chances in self._answers(asked, clip, missing):
                self.targets.put(clip.keys[place], quantised(chances))
                done, taken = done + 1, taken + self.targets.size_bytes(clip.keys[place])
                self._check_room(done, total, taken)
                now = time.monotonic() - began
                if now - told >= EVERY_S or done == total:
                    told = now
                    tell(done, total, now / (done - first) * (total - done))

    def _asked(self, device: torch.device, between: Callable[[], None]) -> Ask:
        """Whoever answers: its network, or its graph where that is all that there is."""
        if self._weights.suffix == ".onnx":
            where: Device = "cuda" if device.type == "cuda" else "cpu"
            model = load_model(self._weights, device=where, threads=torch.get_num_threads())
            return AskedGraph(model, self._part.views, between)
        network = frozen_network(self._weights, self._card, device)
        return Asked(network, self._card.input, self._part.views, device, between)

    def _answers(self, asked: Ask, clip: Footage, places: set[int]) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """(place, what is said of it) of the frames of a clip at `places`, in order."""
        reach = self._part.reach if clip.consecutive else 0
        needed = sorted({near for place in places for near in range(place - reach, place + reach + 1)})
        run = [place for place in needed if 0 <= place < len(clip.keys)]
        estimator = MotionEstimator(make_flow(TRAINING_FLOW))
        recent: deque[tuple[int, Said]] = deque(maxlen=2 * reach + 1)
        waiting = deque(sorted(places))
        before: int | None = None

        def answer(upto: int) -> Iterator[tuple[int, NDArray[np.float32]]]:
            while waiting and waiting[0] <= upto:
                place = waiting.popleft()
                here = next(number for number, (other, _) in enumerate(recent) if other == place)
                yield place, averaged([said for _, said in recent], here, reach, hold=self._part.hold)

        for place, rgb in zip(run, clip.read(run), strict=True):
            if before is not None and place != before + 1:
                yield from answer(before)
                recent.clear()
                estimator.reset()
            chances = asked(rgb)
            motion = estimator.update(rgb) if reach else None
            small = cv2.resize(rgb, (chances.shape[1], chances.shape[0]), interpolation=cv2.INTER_AREA)
            recent.append((place, Said(chances, small.astype(np.float32) / 255, motion)))
            before = place
            yield from answer(place - reach)
        if before is not None:
            yield from answer(before)

    def _check_room(self, done: int, total: int, taken: int) -> None:
        limit = self._part.limit_mb * 10**6
        expected = taken / done * total
        if taken <= limit and (done < _SURE or expected <= 2 * limit):
            return
        raise TeacherError(
            f"what the teacher says takes {taken / 10**6:.1f} MB for {done} of {total} frames, about "
            f"{expected / 10**6:.0f} MB in the end, and limit_mb under [teacher] is {self._part.limit_mb}; raise it, "
            'train on fewer frames, or set kind = "frozen", which stores nothing'
        )
