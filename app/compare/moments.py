"""From one worst moment to the next."""

from collections.abc import Sequence

import numpy as np

from engine.live.track import Curve


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


def worst_within(curve: Curve, first: int, last: int) -> int | None:
    """Of the frames `first` to `last`, both included, the one with the highest value; None where none is known.

    curve: flicker, of any frames.
    """
    begin, end = np.searchsorted(curve.index, (first, last + 1))
    values = curve.values[begin:end]
    if not np.isfinite(values).any():
        return None
    return int(curve.index[begin + int(np.nanargmax(values))])
