"""What the runtimes share about devices: names to show, the NVIDIA driver, and words for a device that is not there."""

import ctypes
import sys
from functools import cache

from engine.backends.base import Device

NAMES: dict[str, str] = {"cpu": "CPU", "cuda": "CUDA", "tensorrt": "TensorRT"}
"""Names to show, by what may be asked for."""

NO_DRIVER = "no NVIDIA driver was found on this machine; install the driver, or choose the CPU"


@cache
def nvidia_driver() -> bool:
    """Whether the NVIDIA driver's library can be loaded here."""
    name = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def warning(requested: Device, running: str, reason: str) -> str | None:
    """Words for a device that was asked for and is not what runs; None when it is what runs.

    running: name to show of what runs. reason: why it is not another, with the remedy.
    `auto` warns only where a GPU's driver is there and the CPU runs all the same.
    """
    if requested == "auto":
        return f"Running on the CPU: {reason}." if running == NAMES["cpu"] and nvidia_driver() else None
    wanted = NAMES[requested]
    return None if running == wanted else f"{wanted} was asked for, {running} is running: {reason}."
