"""vc and vec: consistency against a label on every frame."""

import numpy as np
from numpy.typing import NDArray

from engine.measures.iou import mean_iou
from engine.measures.pair import to_size
from engine.models.classes import VOID


class VideoConsistency:
    """vc_n and vec_n over a clip with a label on every frame, n consecutive frames a window. Streaming and bounded.

    vc_n, 0..100: among the pixels whose label stays the same through a window, the share whose predicted class stays
        the same too, whether right or wrong; mean over the windows. Miao et al., "VSPW: A Large-scale Dataset for Video
        Scene Parsing in the Wild", CVPR 2021, and as its script does it: a clip of L frames has the L − n windows that
        start at 0 .. L − n − 1, so the last is left out. A constant prediction scores 100.
    vec_n, 0..100: on the same windows, IoU for each class of where the label is that class in all n frames with where
        the prediction is; mean over the classes where either is, then over the windows. Only correct pixels count, so a
        constant prediction scores low. The VEC of Hou et al. (DTERN), ICCV 2025.

    Pixels that are void in any label of a window are left out of it. No flow is used.
    """

    def __init__(self, classes: int, window: int) -> None:
        """classes: how many the set has. window: n, frames, 2 or more."""
        if window < 2:
            raise ValueError(f"a window needs at least 2 frames, got {window}")
        self.classes, self.window = classes, window
        self._before: tuple[NDArray[np.uint8], NDArray[np.uint8]] | None = None
        self._runs: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]] | None = None
        self._pending: tuple[float | None, float | None] | None = None
        self._frames = 0
        self._vc: list[float] = [0.0, 0.0]
        self._vec: list[float] = [0.0, 0.0]

    def reset(self) -> None:
        """Another clip begins; no window spans both."""
        self._before = self._runs = self._pending = None
        self._frames = 0

    def update(self, mask: NDArray[np.uint8], label: NDArray[np.uint8]) -> None:
        """Add a frame: prediction and label, uint8 (H, W); the prediction is brought to the label's size by nearest."""
        mask = to_size(mask, label.shape[1], label.shape[0])
        if self._runs is None or self._before is None:
            label_run, mask_run = np.ones(label.shape, np.int32), np.ones(label.shape, np.int32)
            known_run = np.zeros(label.shape, np.int32)
        else:
            label_run, mask_run, known_run = self._runs
            label_run = np.where(label == self._before[0], label_run + 1, 1)
            mask_run = np.where(mask == self._before[1], mask_run + 1, 1)
        known_run = np.where(label == VOID, 0, known_run + 1).astype(np.int32)
        self._runs, self._before = (label_run, mask_run, known_run), (label, mask)
        if self._pending is not None:
            self._count(*self._pending)
            self._pending = None
        self._frames += 1
        if self._frames >= self.window:
            self._pending = self._window(label, mask, label_run, mask_run, known_run >= self.window)

    @property
    def vc(self) -> float | None:
        """vc_n, 0..100; None without a whole window."""
        return 100 * self._vc[1] / self._vc[0] if self._vc[0] else None

    @property
    def vec(self) -> float | None:
        """vec_n, 0..100; None without a whole window."""
        return 100 * self._vec[1] / self._vec[0] if self._vec[0] else None

    def _window(
        self,
        label: NDArray[np.uint8],
        mask: NDArray[np.uint8],
        label_run: NDArray[np.int32],
        mask_run: NDArray[np.int32],
        known: NDArray[np.bool_],
    ) -> tuple[float | None, float | None]:
        steady_label = (label_run >= self.window) & known
        steady_mask = (mask_run >= self.window) & known
        total = int(steady_label.sum())
        vc = float((steady_label & steady_mask).sum() / total) if total else None
        labels = np.bincount(label[steady_label], minlength=256)[: self.classes]
        masks = np.bincount(mask[steady_mask], minlength=256)[: self.classes]
        both = np.bincount(label[steady_label & steady_mask & (label == mask)], minlength=256)[: self.classes]
        return vc, mean_iou(both, labels, masks)

    def _count(self, vc: float | None, vec: float | None) -> None:
        for sums, value in ((self._vc, vc), (self._vec, vec)):
            if value is not None:
                sums[0] += 1
                sums[1] += value
