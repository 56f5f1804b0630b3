"""How far a sweep goes: a fixed seeded sample in `make test`, the full count in `make soak`."""

import os


def sweep_count(*, sample: int, full: int) -> int:
    """Return `full` where $STEADYMASK_SOAK is set, else `sample`."""
    return full if os.environ.get("STEADYMASK_SOAK") else sample
