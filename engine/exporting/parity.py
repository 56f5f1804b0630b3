"""What became of a model by its export: its masks, its flicker and its speed, against what it was made from."""

import json
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from engine.exporting.wanted import Graph, Precision
from engine.flow import SCORING_FLOW
from engine.measures.accuracy import ConfusionMatrix
from engine.measures.scoring import Scoring
from engine.models.card import InputPolicy
from engine.segmentation import Segmentation
from engine.segmenter import Segmenter

RISE = 0.05
"""By how much of itself flicker may rise."""
FLOOR = 1e-4
"""Flicker below which a rise says nothing: one pixel of ten thousand."""
SAME = 99.0
"""Least share of pixels, in percent, that are to have the same class."""
KEPT, THERE = 50.0, 2e-4
"""Least IoU with the original of every class that is on this share of the original's pixels."""

_FROZEN = ConfigDict(frozen=True)


class Measured(BaseModel):
    """One side on the clip. flicker: 0..1. tc: 0..100. latency_p50, latency_max: ms a frame. bytes: of the `.onnx`."""

    model_config = _FROZEN

    flicker: float | None
    tc: float | None
    latency_p50: float | None
    latency_max: float | None
    bytes: int


class ClassParity(BaseModel):
    """One class. share: of the original's pixels, 0..1. iou: of the export's with the original's, 0..100."""

    model_config = _FROZEN

    name: str
    share: float
    iou: float


class Calibration(BaseModel):
    """frames: of the clip, drawn with the seed. in_float: layers that were not quantised, by their names."""

    model_config = _FROZEN

    frames: tuple[int, ...]
    seed: int
    in_float: tuple[str, ...]


class Parity(BaseModel):
    """The report on an export.

    model: what it was made from. name: of what came of it. files: that were written. contract, contract_text: what a
    plain graph takes and gives. clip, frames: judged, from its first frame on. size, flow: measured at and along.
    provider, device: what both ran on. equal_pixels: share with the same class, in percent. agreement: mIoU with the
    original's masks, 0..100. logit_difference: the largest; None for a model without scores. classes: those that occur.
    """

    model_config = _FROZEN

    model: str
    name: str
    graph: Graph
    precision: Precision
    files: tuple[str, ...] = ()
    contract: dict[str, Any] | None = None
    contract_text: str = ""
    clip: str
    frames: int
    size: tuple[int, int] | None
    flow: str = SCORING_FLOW
    provider: str
    device: str
    calibration: Calibration | None = None
    equal_pixels: float
    agreement: float | None
    logit_difference: float | None
    classes: tuple[ClassParity, ...]
    before: Measured
    after: Measured

    @property
    def rise(self) -> float | None:
        """How much more it flickers, as a share of before; None where it cannot be told."""
        before, after = self.before.flicker, self.after.flicker
        if before is None or after is None or (before <= FLOOR and after <= FLOOR):
            return None
        return (after - before) / max(before, FLOOR)

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong with it, each as a sentence without its full stop; nothing where it is good."""
        found, kind = [], self.precision
        if self.rise is not None and self.rise > RISE:
            found.append(f"{kind} flickers {100 * self.rise:.0f} % more than what it was made from, on {self.clip}")
        if self.equal_pixels < SAME:
            found.append(f"{kind} gives another class on {100 - self.equal_pixels:.1f} % of the pixels of {self.clip}")
        lost = sorted((each for each in self.classes if each.share >= THERE and each.iou < KEPT), key=lambda c: c.iou)
        if lost:
            named = ", ".join(f"{each.name} (IoU {each.iou:.0f})" for each in lost[:3])
            found.append(f"{kind} does not keep {named}{' and others' if len(lost) > 3 else ''}, on {self.clip}")
        return tuple(found)

    @property
    def least_alike(self) -> tuple[ClassParity, ...]:
        """The three classes that are kept least, of those that are there on enough pixels to say so; worst first."""
        there = (each for each in self.classes if each.share >= THERE and each.iou < 100)
        return tuple(sorted(there, key=lambda each: each.iou)[:3])

    @property
    def good(self) -> bool:
        """Whether it can stand for what it was made from, as far as the clip shows."""
        return not self.faults

    @property
    def sentence(self) -> str:
        """The answer, in one."""
        if self.faults:
            return f"{self.faults[0]}."
        flicker = "flicker could not be measured"
        if self.before.flicker is not None and self.after.flicker is not None:
            flicker = f"flicker {100 * self.before.flicker:.2f} → {100 * self.after.flicker:.2f} %"
        return (
            f"{self.name} does what {self.model} does: the same class on {_share(self.equal_pixels)} % of the pixels, "
            f"{flicker}, on {self.clip}."
        )

    @property
    def remarks(self) -> tuple[str, ...]:
        """What else is to be known, in sentences."""
        said = [f"{fault}." for fault in self.faults[1:]]
        if self.before.tc is not None and self.after.tc is not None and self.after.tc < self.before.tc - 1:
            down = self.before.tc - self.after.tc
            said.append(f"tc is down by {down:.1f}: a class on few pixels weighs as much there as the road.")
        before, after = self.before.latency_p50, self.after.latency_p50
        if before and after and after > 1.05 * before:
            slower = f"It is slower here, on {self.device}: {before:.1f} → {after:.1f} ms a frame."
            why = " float16 is made for GPUs." if self.precision == "fp16" and self.device == "CPU" else ""
            said.append(slower + why)
        if self.calibration is not None and self.calibration.in_float:
            count = len(self.calibration.in_float)
            said.append(
                f"{count} {'layer stays' if count == 1 else 'layers stay'} in float, of the first and the last."
            )
        if self.least_alike:
            said.append(
                f"Least alike, IoU with before: {', '.join(f'{c.name} {c.iou:.0f}' for c in self.least_alike)}."
            )
        return tuple(said)

    def rows(self) -> tuple[tuple[str, str, str], ...]:
        """What a table shows: a measure, before, after."""
        one, two = self.before, self.after
        same, none = f"{_share(self.equal_pixels)} %", "–"
        return (
            ("Same class, pixels", none, same),
            ("Agreement (mIoU)", none, _number(self.agreement, 2)),
            ("Largest logit difference", none, _number(self.logit_difference, 3)),
            ("Flicker, %", _number(one.flicker, 3, 100), _number(two.flicker, 3, 100)),
            ("tc", _number(one.tc, 2), _number(two.tc, 2)),
            ("Milliseconds a frame, median", _number(one.latency_p50, 1), _number(two.latency_p50, 1)),
            ("File, MB", f"{one.bytes / 1e6:.2f}", f"{two.bytes / 1e6:.2f}"),
        )

    def as_json(self) -> dict[str, Any]:
        """Every value, and what follows from them."""
        told = {"good": self.good, "sentence": self.sentence, "faults": list(self.faults), "rise": self.rise}
        return told | {"remarks": list(self.remarks)} | self.model_dump(mode="json")

    def text(self) -> str:
        """`as_json` as indented JSON text."""
        return json.dumps(self.as_json(), indent=2, ensure_ascii=False) + "\n"


class Judge:
    """Runs an export and its original on the same frames, in turn, and adds up how they differ. Bounded."""

    def __init__(self, original: Segmenter, exported: Segmenter, *, scores: bool) -> None:
        """scores: whether both have some."""
        self._both = (original, exported)
        self._names = original.card.class_set.names
        self._scores = scores
        self._scoring = Scoring(self._both, len(self._names), SCORING_FLOW)
        self._scoring.begin_clip()
        self._matrix = ConfusionMatrix(len(self._names))
        self._furthest = 0.0
        self.frames = 0

    def update(self, rgb: NDArray[np.uint8]) -> None:
        """Add the clip's next frame, uint8 (H, W, 3). Raises BackendError."""
        # Whoever comes second finds the frame in the cache: each does so in turn.
        turn = self.frames % 2
        made: list[Segmentation | None] = [None, None]
        for slot in (turn, 1 - turn):
            made[slot] = self._both[slot].segment(rgb, scores=self._scores)
        before, after = made
        assert before is not None
        assert after is not None
        self._scoring.add(rgb, [before, after], references=(None, before.mask))
        self._matrix.update(after.mask, before.mask)
        if before.scores is not None and after.scores is not None:
            self._furthest = max(self._furthest, float(np.abs(before.scores - after.scores).max()))
        self.frames += 1

    @property
    def equal_pixels(self) -> float:
        """Share of pixels with the same class, in percent."""
        counts = self._matrix.counts
        return float(100 * np.trace(counts) / max(1, counts.sum()))

    def measured(self, slot: int, size: int) -> Measured:
        """One side: 0 the original, 1 the export. size: bytes of its `.onnx`."""
        scores = self._scoring.scores[slot]
        values = scores.values() | scores.latency()
        kept = {name: values[name] for name in ("flicker", "tc", "latency_p50", "latency_max")}
        return Measured(**kept, bytes=size)

    def values(self) -> dict[str, Any]:
        """What they have in common, by the names of `Parity`."""
        shares = self._matrix.counts.sum(axis=1) / max(1, self._matrix.counts.sum())
        classes = [
            ClassParity(name=name, share=float(share), iou=iou)
            for name, share, iou in zip(self._names, shares, self._matrix.iou(), strict=True)
            if iou is not None
        ]
        motion = self._scoring.motion
        return {
            "equal_pixels": self.equal_pixels,
            "agreement": self._matrix.miou(),
            "logit_difference": self._furthest if self._scores else None,
            "classes": tuple(classes),
            "frames": self.frames,
            "size": None if motion is None else motion.size,
        }


def at_network(frames: Iterator[NDArray[np.uint8]], policy: InputPolicy) -> list[NDArray[np.uint8]]:
    """Frames at the network's size, as a segmenter shrinks them."""
    sized = []
    for rgb in frames:
        size = policy.size_for(rgb.shape[1], rgb.shape[0])
        smaller = size[0] <= rgb.shape[1] and size[1] <= rgb.shape[0]
        way = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
        sized.append(
            np.ascontiguousarray(rgb if size == rgb.shape[1::-1] else cv2.resize(rgb, size, interpolation=way))
        )
    return sized


def _number(value: float | None, digits: int, times: float = 1.0) -> str:
    return "–" if value is None else f"{times * value:.{digits}f}"


def _share(percent: float) -> str:
    """A share that is not all is never shown as 100."""
    text = f"{percent:.2f}"
    return text if text != "100.00" or percent == 100 else "over 99.99"
