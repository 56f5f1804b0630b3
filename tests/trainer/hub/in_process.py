"""The child that takes a Hugging Face model in, in this process: torch need not be imported once more."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from engine.importing.prepare import CLASSES, FRAME, Asked, Child, PreparedImport
from engine.models.library import Library
from engine.segmentation import Segmentation
from trainer.hub.child import take_in


def in_this_process(
    child: Child, request: Asked, library: Library, picture: Any, cancelled: Any, look: Callable[[Path], None]
) -> PreparedImport:
    """What the child does, without waiting for torch to be imported once more."""
    holding = library.hold()
    picture.tofile(holding.contents / FRAME)
    with contextlib.chdir(holding.contents):
        answer = take_in(child.what, request)
    look(holding.contents)
    assert answer.card is not None
    preview = Segmentation(np.fromfile(holding.contents / CLASSES, np.uint8).reshape(answer.size), (1, 1), 1.0)
    return PreparedImport(library, holding, answer.card, answer.notes, picture, preview)
