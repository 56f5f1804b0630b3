"""What a Hugging Face image processor does to pixels, read from its `preprocessor_config.json`.

The processors themselves need libraries that Steadymask does without, and do no more than this file says.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import ModelError

Triple = tuple[float, float, float]

_STEP = 32
_DEFAULT_SIDE = 512
_LEAST_SIDE, _MOST_SIDE = 32, 4096
_READ = frozenset(
    (
        "do_resize",
        "size",
        "do_rescale",
        "rescale_factor",
        "do_normalize",
        "image_mean",
        "image_std",
        "do_flip_channel_order",
        "do_center_crop",
        "crop_size",
        "resample",
        "do_reduce_labels",
        "reduce_labels",
    )
)
_WITHOUT_EFFECT = frozenset(
    (
        "image_processor_type",
        "feature_extractor_type",
        "processor_class",
        "auto_map",
        "do_convert_rgb",
        "data_format",
        "input_data_format",
        "return_tensors",
        "num_labels",
        "default_to_square",
        "device",
        "disable_grouping",
        "_valid_processor_keys",
        "_processor_class",
    )
)
"""Names, the form of arrays, and what is done to pictures that are not RGB, as our frames are."""
_BILINEAR = 2


@dataclass(frozen=True, slots=True)
class Processor:
    """What a model expects: (pixel 0..255 × factor − mean) / std, in the order of channels that it takes.

    size: (width, height) that its own pictures are resized to; twice the shorter side where that is all that is said.
    notes: what is done otherwise here, one sentence each.
    """

    factor: float
    mean: Triple
    std: Triple
    bgr: bool
    size: tuple[int, int]
    notes: tuple[str, ...] = ()

    @property
    def short_side(self) -> int:
        """The shorter side of the frames that the model is given: a multiple of 32, the nearest to its own."""
        return min(_MOST_SIDE, max(_LEAST_SIDE, round(min(self.size) / _STEP) * _STEP))


def read_processor(text: str, where: str) -> Processor:
    """Read the text of a `preprocessor_config.json`.

    where: the file, for messages. Raises ModelError for text that is none, and where it asks for something that would
    change the pixels and is not done here, with the field's name.
    """
    fields = read_object(text, where)
    for name, value in fields.items():
        if name not in _READ | _WITHOUT_EFFECT and value not in (None, False, 0, "", [], {}):
            raise ModelError(
                f"{where} asks for {name} = {json.dumps(value)[:80]}, which Steadymask does not do to a picture; where "
                "the model does well without it, take that line out"
            )
    notes = []
    if fields.get("do_center_crop"):
        notes.append("pictures are not cropped at their centre: the whole frame is segmented")
    if fields.get("do_reduce_labels") or fields.get("reduce_labels"):
        notes.append("class ids are those of the model's scores; labels of its data set are higher by one")
    if fields.get("do_resize", True) and fields.get("resample", _BILINEAR) not in (None, _BILINEAR):
        notes.append("frames are made smaller by area, not by the model's own filter")
    size, note = _size(fields, where)
    rescales, normalises = fields.get("do_rescale", True), fields.get("do_normalize", "image_mean" in fields)
    return Processor(
        factor=_number(fields, "rescale_factor", 1 / 255, where) if rescales else 1.0,
        mean=_triple(fields, "image_mean", where) if normalises else (0.0, 0.0, 0.0),
        std=_triple(fields, "image_std", where, positive=True) if normalises else (1.0, 1.0, 1.0),
        bgr=bool(fields.get("do_flip_channel_order")),
        size=size,
        notes=(note, *notes),
    )


def read_object(text: str, where: str) -> dict[str, Any]:
    """The JSON object in `text`. where: the file. Raises ModelError."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{where} is no JSON: {error}; download it again") from error
    if not isinstance(found, dict):
        raise ModelError(f"{where} holds no JSON object; download it again")
    return found


def _size(fields: Mapping[str, Any], where: str) -> tuple[tuple[int, int], str]:
    """(width, height), and what is said of it."""
    size = fields.get("size")
    if not fields.get("do_resize", True) or size is None:
        return (_DEFAULT_SIDE, _DEFAULT_SIDE), f"it says no size; the shorter side is {_DEFAULT_SIDE}"
    named = size if isinstance(size, Mapping) else {"shortest_edge": size}
    sides = (named.get("width"), named.get("height"))
    if sides == (None, None):
        sides = (named.get("shortest_edge"),) * 2
    if not all(isinstance(side, int) and not isinstance(side, bool) and side > 0 for side in sides):
        raise ModelError(
            f"{where} says size = {json.dumps(size)[:80]}; expected height and width, or shortest_edge, in pixels"
        )
    width, height = (int(side) for side in sides if side is not None)
    if "shortest_edge" in named or not isinstance(size, Mapping):
        return (width, height), "the shorter side of its own pictures"
    return (width, height), f"its own pictures are {width}×{height}, whatever their form; frames keep theirs"


def _number(fields: Mapping[str, Any], name: str, usual: float, where: str) -> float:
    value = fields.get(name, usual)
    if not isinstance(value, int | float) or isinstance(value, bool) or not value > 0:
        raise ModelError(f"{where} says {name} = {json.dumps(value)[:80]}; expected a number above 0")
    return float(value)


def _triple(fields: Mapping[str, Any], name: str, where: str, *, positive: bool = False) -> Triple:
    value = fields.get(name)
    numbers: list[Any] = value if isinstance(value, list) else [value] * 3
    fits = len(numbers) == 3 and all(
        isinstance(each, int | float) and not isinstance(each, bool) and (each > 0 or not positive) for each in numbers
    )
    if not fits:
        raise ModelError(
            f"{where} says {name} = {json.dumps(value)[:80]}; expected three numbers{' above 0' if positive else ''}"
        )
    red, green, blue = (float(each) for each in numbers)
    return red, green, blue
