"""From one worst moment to the next."""

from collections.abc import Sequence


def next_moment(moments: Sequence[int], here: int, way: int) -> int | None:
    """The moment after (way > 0) or before (way < 0) the frame `here`; after the last one comes the first, and back.

    moments: frames in any order. None where there are none.
    """
    ordered = sorted(moments)
    if not ordered:
        return None
    if way > 0:
        return next((moment for moment in ordered if moment > here), ordered[0])
    return next((moment for moment in reversed(ordered) if moment < here), ordered[-1])
