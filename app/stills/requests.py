"""What is made of a frame: the picture as it is seen, the frame alone, a mask. No Qt; runs in a background thread."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.atomic import NEW
from engine.frame_result import FrameResult
from engine.models.classes import ClassSet
from engine.results.still import Still, beside, draw_still, placing_beside, write_still
from engine.video.writer import write_mask

Kind = Literal["seen", "source", "mask-a", "mask-b"]
KINDS: dict[Kind, str] = {
    "seen": "As it is seen",
    "source": "Without masks",
    "mask-a": "Mask of A, class ids",
    "mask-b": "Mask of B, class ids",
}


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """A frame that is shown, held while somebody decides what becomes of it.

    stills: what is seen, from left to right. sets: class sets of the slots. source: the clip; None for a live one.
    """

    result: FrameResult
    stills: tuple[Still, ...]
    sets: tuple[ClassSet | None, ...]
    source: Path | None

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What can be made of it."""
        masks: tuple[Kind, ...] = ("mask-a", "mask-b")
        return ("seen", "source", *masks[: len(self.result.slots)])


def picture_of(moment: Moment, kind: Kind) -> NDArray[np.uint8]:
    """The picture, uint8 (H, W, 3) RGB, of kind `seen` or `source`."""
    if kind == "source" or not moment.stills:
        return moment.result.frame.rgb
    return beside([draw_still(still) for still in moment.stills])


def write_moment(moment: Moment, kind: Kind, file: Path) -> Path:
    """Write a PNG, and return where. A person has agreed to replace what stands under this name, and under no other:
    a name without .png gets one, and must be free then. Raises ExportError.
    """
    path = file if file.suffix.lower() == ".png" else file.with_name(f"{file.name}.png")
    allowed = placing_beside(path, moment.source)
    placing = allowed if path == file else NEW
    if kind in ("seen", "source"):
        write_still(path, picture_of(moment, kind), placing=placing)
    else:
        slot = 0 if kind == "mask-a" else 1
        classes = moment.sets[slot]
        palette = np.zeros((256, 3), np.uint8) if classes is None else classes.palette()
        write_mask(path, moment.result.slots[slot].segmentation.mask, palette, placing=placing)
    return path
