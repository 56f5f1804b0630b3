"""A frame as it is seen, drawn at its own size."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.atomic import REPLACE
from engine.errors import ExportError, OccupiedError
from engine.results.still import Still, StillLayer, beside, draw_still, placing_beside, write_still

RED, CLEAR = (200, 0, 0, 255), (9, 9, 9, 0)


def layer(**fields: object) -> StillLayer:
    """Class 1 on the left, class 0, which is not drawn, on the right."""
    levels = np.zeros((4, 6), np.uint8)
    levels[:, :3] = 1
    table = np.full((256, 4), CLEAR, np.uint8)
    table[1] = RED
    return StillLayer(levels, table, **fields)  # type: ignore[arg-type]


def test_layers_are_drawn_over_the_picture_at_its_size() -> None:
    picture = np.full((8, 12, 3), 100, np.uint8)
    drawn = draw_still(Still(picture, (12, 8), (layer(opacity=0.5),)))
    assert (np.abs(drawn[:, :6].astype(int) - (150, 50, 50)) <= 1).all()
    assert (drawn[:, 6:] == 100).all()
    assert (picture == 100).all(), "the frame itself is not drawn on"


def test_a_layer_ends_where_the_other_begins() -> None:
    grey = np.full((4, 6), 40, np.uint8)
    drawn = draw_still(Still(grey, (6, 4), (layer(between=(0.0, 1 / 3)), layer(between=(2.0, 1.0)))))
    assert (drawn[:, :2] == RED[:3]).all()
    assert (drawn[:, 2:] == 40).all()


def test_outlines_are_opaque_and_leave_the_inside() -> None:
    drawn = draw_still(Still(np.full((8, 12), 40, np.uint8), (12, 8), (layer(opacity=0.1, style="outline"),)))
    assert (drawn[:, 5] == RED[:3]).all()
    assert (drawn[:, 0] == 40).all()


def test_a_matte_goes_over_softly_and_a_picture_covers() -> None:
    levels, table = (
        np.array([[0, 255]], np.uint8),
        np.column_stack([np.full((256, 3), 200), np.arange(256)]).astype(np.uint8),
    )
    soft = StillLayer(levels, table, between=(0.0, 0.5), smooth=True)
    over = StillLayer(np.full((2, 4, 3), 7, np.uint8), None, opacity=0.1, between=(0.5, 1.0))
    drawn = draw_still(Still(np.zeros((2, 16, 3), np.uint8), (16, 2), (soft, over)))
    assert (np.diff(drawn[0, 4:8, 0].astype(int)) > 0).all(), "one step after another"
    assert (drawn[:, 8:] == 7).all()


def test_pictures_stand_beside_each_other() -> None:
    both = beside([np.full((2, 3, 3), 50, np.uint8), np.full((2, 3, 3), 60, np.uint8)])
    assert both.shape == (2, 10, 3)
    assert (both[0, :, 0] == [50] * 3 + [0] * 4 + [60] * 3).all()


def test_a_file_is_new_or_agreed_to_and_never_the_clip(tmp_path: Path) -> None:
    path, rgb = tmp_path / "a.png", np.full((2, 3, 3), 7, np.uint8)
    write_still(path, rgb)
    with pytest.raises(ExportError, match=r"a\.png"):
        write_still(path, rgb)
    write_still(path, rgb + 1, placing=placing_beside(path, None))
    assert placing_beside(path, tmp_path / "other.mp4") is REPLACE
    with Image.open(path) as image:
        assert (np.asarray(image) == 8).all()
    for source in (path, tmp_path):
        with pytest.raises(OccupiedError, match="never changed"):
            placing_beside(path, source)
    assert [each.name for each in tmp_path.iterdir()] == ["a.png"]
