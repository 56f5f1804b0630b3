"""RAFT (Teed, Deng, "RAFT: Recurrent All-Pairs Field Transforms for Optical Flow", ECCV 2020), torchvision's small one.

An extra: it needs `pip install steadymask[raft]`, and torchvision fetches its weights the first time it is asked for.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import BackendError

_MULTIPLE = 8
_LEAST = 128  # RAFT's correlation pyramid needs as many pixels


class Raft:
    """RAFT-small on the GPU where there is one. Raises BackendError where torchvision or its weights are not there."""

    name = "raft"
    parallel = False

    def __init__(self) -> None:
        try:
            import torch
            from torchvision.models.optical_flow import (  # type: ignore[import-not-found]
                Raft_Small_Weights,
                raft_small,
            )
        except (ImportError, RuntimeError) as error:
            raise BackendError(
                f"the flow raft needs torchvision, which does not load here ({error}); install it with "
                "`pip install steadymask[raft]` beside a torch that it fits, or take the flow farneback"
            ) from error
        self._torch = torch
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        try:
            self._net = raft_small(weights=Raft_Small_Weights.DEFAULT).eval().to(self._device)
        except OSError as error:
            raise BackendError(f"the weights of raft are not there and cannot be fetched: {error}") from error

    def __call__(self, start: NDArray[np.uint8], end: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Flow from `start` to `end`, uint8 (h, w, 3) RGB; float32 (h, w, 2), pixels."""
        height, width = start.shape[:2]
        size = tuple(max(_LEAST, -(-side // _MULTIPLE) * _MULTIPLE) for side in (width, height))
        torch = self._torch
        pair = [cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR) for picture in (start, end)]
        tensors = [torch.from_numpy(each).permute(2, 0, 1)[None].to(self._device) / 127.5 - 1 for each in pair]
        with torch.inference_mode():
            flow = self._net(*tensors)[-1][0].permute(1, 2, 0).float().cpu().numpy()
        flow = cv2.resize(flow, (width, height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(flow * [width / size[0], height / size[1]], np.float32)
