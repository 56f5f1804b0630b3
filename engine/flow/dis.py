"""DIS: Kroeger, Timofte, Dai, Van Gool, "Fast Optical Flow using Dense Inverse Search", ECCV 2016; OpenCV's version."""

import cv2
import numpy as np
from numpy.typing import NDArray

_PRESETS = {"dis": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM, "dis-live": cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST}


class Dis:
    """Dense inverse search. `dis` is OpenCV's medium preset, `dis-live` its ultrafast one (half a ms at 320 × 180)."""

    parallel = False

    def __init__(self, name: str = "dis") -> None:
        self.name = name
        self._flow = cv2.DISOpticalFlow.create(_PRESETS[name])

    def __call__(self, start: NDArray[np.uint8], end: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Flow from `start` to `end`, uint8 (h, w, 3) RGB or (h, w) grey; float32 (h, w, 2), pixels."""
        return np.asarray(self._flow.calc(grey(start), grey(end), None), np.float32)


def grey(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8 (h, w) of RGB (h, w, 3); what is grey already stays as it is."""
    return picture if picture.ndim == 2 else np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
