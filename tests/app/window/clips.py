"""Small clips, made when a test needs them."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np


def write_clip(path: Path, *, frames: int = 30, rate: int = 100, size: tuple[int, int] = (96, 64)) -> Path:
    """Write an MPEG-4 clip whose frame n is grey 8 × n. size: (width, height) in pixels."""
    width, height = size
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=Fraction(rate))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for index in range(frames):
            rgb = np.full((height, width, 3), min(255, 8 * index), np.uint8)
            for packet in stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path
