"""What the runtimes share about devices: names to show, the NVIDIA driver, and words for one that is not there."""

import ctypes
import sys
from functools import cache

NAMES: dict[str, str] = {"cpu": "CPU", "cuda": "CUDA"}
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


def warning(wanted: str | None, running: str, reason: str) -> str | None:
    """Words for what was asked for and is not what runs; None when it is what runs.

    wanted, running: names to show; None for whatever is the fastest, of which only that is told that the CPU runs
    although a GPU's driver is there. reason: why it is not another, with the remedy.
    """
    if wanted is None:
        return f"Running on the CPU: {reason}." if running == NAMES["cpu"] and nvidia_driver() else None
    return None if running == wanted else f"{wanted} was asked for, {running} is running: {reason}."
