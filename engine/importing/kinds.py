"""Networks that give maps and are no semantic segmentation: told by their file, and by outputs that come together.

Each of them has an output that could be read as a map of classes: mask prototypes of a detector, masks of queries, an
enlarged picture, a depth.
"""

import re
from collections.abc import Mapping, Sequence

from engine.errors import ModelError
from engine.importing.output import SemanticOutput, in_words

_TASKS = {
    "detect": "finds boxes",
    "object-detection": "finds boxes",
    "obb": "finds boxes",
    "pose": "finds bodies' points",
    "keypoint-detection": "finds bodies' points",
    "classify": "says one thing of a whole picture",
    "image-classification": "says one thing of a whole picture",
    "segment": "finds objects, each with a mask of its own",
    "instance-segmentation": "finds objects, each with a mask of its own",
    "depth": "measures depth",
    "depth-estimation": "measures depth",
    "super-resolution": "gives a larger picture",
    "image-to-image": "gives a picture",
}
"""What a file may say under `task`, of what is no semantic segmentation."""

_NO_CLASSES = re.compile(r"depth|disparity|height_?map|normals?$|flow$", re.IGNORECASE)
"""Names of outputs whose one channel measures something."""

_BOX = 4
"""Numbers that a box takes."""

_FEW = 8
"""Fewer masks, or maps to mix them from, no such network gives."""


def refuse_task(metadata: Mapping[str, str]) -> None:
    """Raise ModelError where the file's own note on its task is another one."""
    said = next((text for key, text in metadata.items() if key.lower() == "task"), "").strip().lower()
    does = _TASKS.get(said.replace("_", "-").replace(" ", "-"))
    if does is not None:
        raise ModelError(
            f"the file says that the model's task is {said!r}: it {does}, and does not tell the class of each pixel; "
            "import a model for semantic segmentation"
        )


def refuse_families(shapes: Mapping[str, Sequence[int]], size: tuple[int, int]) -> None:
    """Raise ModelError where outputs come together as those of detectors and of networks with queries do.

    shapes: of what the network gave, by name. size: (width, height) of the input.
    """
    maps = {name: tuple(shape) for name, shape in shapes.items() if len(shape) == 4 and min(shape[2:]) > 1}
    # A map of ids beside one of scores is as large as that, whatever the order of its axes.
    of_pixels = {size[::-1], *(sides for shape in maps.values() for sides in (shape[1:3], shape[2:]))}
    rows = {name: tuple(shape) for name, shape in shapes.items() if len(shape) == 3 and shape[1:] not in of_pixels}
    for map_name, (_, masks, *_sides) in maps.items():
        for name, (_, one, other) in rows.items():
            seen = f"the model gives {name!r} {in_words(rows[name])} and {map_name!r} {in_words(maps[map_name])}"
            if masks == one >= _FEW:
                raise ModelError(
                    f"{seen}: {masks} masks, and what each of them is; those are objects, and not the class of each "
                    "pixel; import a model for semantic segmentation"
                )
            if masks >= _FEW and _BOX + masks < min(one, other):
                raise ModelError(
                    f"{seen}: boxes that it found, and {masks} maps that their masks are mixed from; those are "
                    "objects, and not the class of each pixel; import a model for semantic segmentation"
                )


def refuse_pictures(found: SemanticOutput, size: tuple[int, int]) -> None:
    """Raise ModelError for an output that is a picture or a measure. size: (width, height) of the input.

    Call it where nobody stated what the output holds.
    """
    height, width = found.values.shape[1:]
    low, high = float(found.values.min()), float(found.values.max())
    if found.channels == 3 and height > size[1] and width > size[0] and found.maker.operator != "Softmax":
        raise ModelError(
            f"the model's output {found.name!r} has 3 channels and {width}×{height} pixels for an input of "
            f"{size[0]}×{size[1]}: a picture, and no classes; if it tells three classes apart, give --output logits"
        )
    if found.channels == 1 and not found.whole and _NO_CLASSES.search(found.name):
        raise ModelError(
            f"the model's output {found.name!r} is one channel of {low:.3g}..{high:.3g}, by its name a measure and no "
            "class; if it tells one thing from everything else, give --output sigmoid or logits"
        )
    if found.channels == 1 and not found.whole and found.maker.operator == "Relu" and high > 1:
        raise ModelError(
            f"the model's output {found.name!r} is one channel of {low:.3g}..{high:.3g} that is never below 0, such as "
            "a depth, and no class; if it tells one thing from everything else, give --output logits"
        )
