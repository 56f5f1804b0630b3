"""What tells clips and methods apart, so that what was kept is found again and never taken for something else."""

import hashlib
import json
from fractions import Fraction
from pathlib import Path

from engine.methods import Method
from engine.models.mapping import ClassView
from engine.video.images import DEFAULT_RATE, stamps_of

_SCHEMA = 3
"""One more whenever methods make other masks or live measures are others, for the same clip and model."""


def clip_key(path: Path, rate: Fraction | None = None) -> str | None:
    """Of a file or folder of images as it is now: where it is, how large and how old; None where it cannot be read.

    rate: of a folder of images, for the times that are kept; None for the usual one.
    """
    other = () if rate in (None, DEFAULT_RATE) else (str(rate),)
    try:
        return _digest(str(path.absolute()), stamps_of(path), *other)
    except OSError:
        return None


def method_key(method: Method) -> str | None:
    """Of a method with its settings, the model's graph and weights, and what it runs on; None where no hash tells the
    model.
    """
    card, report = method.card, method.report
    if card.graph_hash is None:
        return None
    return _digest(card.graph_hash, method.name, report.provider, report.device, report.precision)


def view_key(*views: ClassView | None) -> str:
    """Of what masks are measured in, A's before B's; None for the method's own classes."""
    return _digest(*(None if view is None else [view.classes, *view.ids] for view in views))


def _digest(*about: object) -> str:
    return hashlib.sha256(json.dumps([_SCHEMA, *about]).encode()).hexdigest()[:16]
