"""What an image processor's file means for pixels."""

import json
from typing import Any

import pytest

from engine.errors import ModelError
from engine.networks.processor import Processor, read_processor

USUAL: dict[str, Any] = {
    "do_normalize": True,
    "image_mean": [0.5, 0.4, 0.3],
    "image_std": [0.2, 0.2, 0.1],
    "size": {"height": 512, "width": 1024},
}


def read(changes: dict[str, Any] | None = None) -> Processor:
    return read_processor(json.dumps(USUAL | (changes or {})), "preprocessor_config.json")


def test_the_usual_one() -> None:
    own = read()
    assert own.factor == pytest.approx(1 / 255)
    assert (own.mean, own.std, own.bgr) == ((0.5, 0.4, 0.3), (0.2, 0.2, 0.1), False)
    assert (own.size, own.short_side) == ((1024, 512), 512)
    assert "1024×512, whatever their form" in own.notes[0]


@pytest.mark.parametrize(
    ("size", "short_side"),
    [({"shortest_edge": 513}, 512), (224, 224), ({"shortest_edge": 20}, 32), ({"width": 640, "height": 640}, 640)],
)
def test_its_size_gives_the_shorter_side(size: Any, short_side: int) -> None:
    assert read({"size": size}).short_side == short_side


def test_what_is_switched_off_does_nothing() -> None:
    own = read({"do_rescale": False, "do_normalize": False, "do_pad": False, "do_resize": False})
    assert (own.factor, own.mean, own.std) == (1.0, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    assert own.size == (512, 512)


def test_what_is_done_otherwise_is_said() -> None:
    own = read({"do_center_crop": True, "crop_size": 224, "reduce_labels": True, "resample": 3})
    assert [
        word for word in ("cropped", "higher by one", "by area") if not any(word in note for note in own.notes)
    ] == []
    assert read({"do_flip_channel_order": True}).bgr


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"do_pad": True}, "do_pad = true"),
        ({"do_something_new": "yes"}, "do_something_new"),
        ({"size_divisor": 32}, "size_divisor"),
        ({"image_std": [0, 1, 1]}, "image_std.*above 0"),
        ({"image_mean": None}, "image_mean"),
        ({"rescale_factor": "a"}, "rescale_factor"),
        ({"size": {"longest_edge": 9}}, "shortest_edge"),
    ],
)
def test_what_would_change_pixels_is_refused_by_its_name(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ModelError, match=said) as caught:
        read(changes)
    assert "preprocessor_config.json" in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "3"])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(ModelError, match="no JSON"):
        read_processor(text, "preprocessor_config.json")
