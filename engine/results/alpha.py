"""Single pictures of a matte: alpha in grey, and a frame with it, as PNG."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.atomic import REPLACE, Placing, atomic_write
from engine.storage.png import png
from engine.video.writer import export_error

_WHOLE = np.float32(65535)


def write_rgba(path: Path, rgba: NDArray[np.uint8], *, placing: Placing = REPLACE) -> None:
    """Write a picture, uint8 (H, W, 4), as PNG. Replaced atomically, not flushed one by one. Raises ExportError."""
    _write_png(path, cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA), placing)


def write_alpha(path: Path, alpha: NDArray[np.float32], *, placing: Placing = REPLACE) -> None:
    """Write alpha, float32 (H, W) in 0..1, as grey PNG of 16 bits, 65535 for 1. As `write_rgba`."""
    _write_png(path, np.rint(alpha * _WHOLE).astype(np.uint16), placing)


def write_grey(path: Path, grey: NDArray[np.uint8], *, placing: Placing = REPLACE) -> None:
    """Write a picture, uint8 (H, W), as grey PNG of 8 bits. As `write_rgba`."""
    _write_png(path, grey, placing)


def read_alpha(path: Path) -> NDArray[np.float32] | None:
    """The alpha in such a PNG, float32 (H, W) in 0..1; None where it cannot be read."""
    try:
        stored = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    except (OSError, cv2.error):
        return None
    if stored is None or stored.ndim != 2 or stored.dtype != np.uint16:
        return None
    return stored.astype(np.float32) / _WHOLE


def _write_png(path: Path, picture: NDArray, placing: Placing) -> None:
    try:
        with atomic_write(path, durable=False, placing=placing) as temporary:
            temporary.write_bytes(png(picture).tobytes())
    except OSError as failure:
        raise export_error(path, failure) from failure
