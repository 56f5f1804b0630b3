"""Class colours stay apart for people of every colour vision."""

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.importing.names import class_set_of
from engine.models.classes import bundled_class_set
from engine.models.colours import distinct_colours

Floats = NDArray[np.float64]

# Linear RGB as people see it who lack one kind of cone: Machado, Oliveira, Fernandes, "A Physiologically-based Model
# for Simulation of Color Vision Deficiency", IEEE TVCG 15(6), 2009, severity 1.0.
VISIONS: dict[str, Floats] = {
    "normal": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
_XYZ = np.array(  # of linear sRGB, white D65
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
GROUNDS = ("#14171b", "#1b1f25", "#f4f6f8", "#ffffff")
"""What swatches lie on, in the dark and the light look."""


def rgb_of(colours: tuple[str, ...]) -> Floats:
    """sRGB 0..1, (n, 3)."""
    return np.array([[int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)] for colour in colours])


def seen(rgb: Floats, vision: str) -> Floats:
    """sRGB 0..1 (n, 3) as CIE Lab (n, 3), as `vision` sees it."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    light = np.clip(linear @ VISIONS[vision].T, 0, 1) @ _XYZ.T / _XYZ.sum(axis=1)
    x, y, z = np.where(light > 216 / 24389, np.cbrt(light), (24389 / 27 * light + 16) / 116).T
    return np.column_stack([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def nearest(lab: Floats, other: Floats | None = None) -> float:
    """Smallest CIE76 difference between two of `lab`, or between one of `lab` and one of `other`."""
    distances = np.linalg.norm(lab[:, None] - (lab if other is None else other)[None], axis=2)
    if other is None:
        np.fill_diagonal(distances, np.inf)
    return float(distances.min())


def over(rgb: Floats, picture: float, opacity: float) -> Floats:
    return opacity * rgb + (1 - opacity) * picture


CAMVID = rgb_of(tuple(entry.colour for entry in bundled_class_set("camvid").classes))


@pytest.mark.parametrize("vision", VISIONS)
def test_camvid_classes_can_be_told_apart(vision: str) -> None:
    assert nearest(seen(CAMVID, vision)) >= 20


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("picture", [0.05, 0.5, 0.95])
def test_camvid_classes_can_be_told_apart_over_a_picture(vision: str, picture: float) -> None:
    assert nearest(seen(over(CAMVID, picture, 0.5), vision)) >= 9


@pytest.mark.parametrize("vision", VISIONS)
def test_swatches_stand_out_from_what_they_lie_on(vision: str) -> None:
    grounds = seen(rgb_of(GROUNDS), vision)
    assert nearest(seen(CAMVID, vision), grounds) >= 15
    assert nearest(seen(rgb_of(distinct_colours(12)), vision), grounds) >= (30 if vision == "normal" else 6)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("sky", 190, 260), ("tree", 130, 180), ("road", 280, 330), ("car", 260, 310), ("pedestrian", 25, 55)],
)
def test_classes_have_the_hue_that_people_expect(name: str, low: float, high: float) -> None:
    row = seen(CAMVID, "normal")[bundled_class_set("camvid").names.index(name)]
    assert low <= np.degrees(np.arctan2(row[2], row[1])) % 360 <= high


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("count", range(2, 13))
def test_colours_of_foreign_classes_can_be_told_apart(count: int, vision: str) -> None:
    least = {2: 50, 3: 37, 4: 37, 5: 29, 6: 29}.get(count, 25 if count <= 9 else 19.5)
    assert nearest(seen(rgb_of(distinct_colours(count)), vision)) >= least


def test_fewer_colours_are_the_beginning_of_more() -> None:
    every = distinct_colours(255)
    assert len(set(every)) == 255
    assert all(distinct_colours(count) == every[:count] for count in range(256))
    assert distinct_colours(256) == (*every, every[0])


@pytest.mark.parametrize("vision", VISIONS)
def test_a_background_is_a_grey_that_no_class_comes_near(vision: str) -> None:
    classes = class_set_of(("background", *(f"thing {number}" for number in range(8)))).classes
    assert classes[0].colour == "#3a3a3a"
    assert tuple(entry.colour for entry in classes[1:]) == distinct_colours(8)
    assert nearest(seen(rgb_of(tuple(entry.colour for entry in classes)), vision)) >= 15
