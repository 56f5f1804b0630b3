"""The synthetic street: deterministic, complete, and true."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.datasets.street import StreetFrame, SyntheticStreet, main
from engine.datasets.street.world import Label
from engine.models.classes import bundled_class_set
from tests.streets import built_once

SIZE = (640, 360)
CLASSES = 11


@pytest.fixture(scope="module", autouse=True)
def _built_once() -> Iterator[None]:
    """That a street is built alike every time, another process shows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.datasets.street.drive.build_street", built_once)
        yield


@pytest.fixture(scope="module")
def street() -> SyntheticStreet:
    return SyntheticStreet(5, size=SIZE, frames=250)


@pytest.fixture(scope="module")
def run(street: SyntheticStreet) -> list[StreetFrame]:
    """Frames 96 to 107 in order."""
    frames = street.frames(96)
    return [next(frames) for _ in range(12)]


def fetch(picture: NDArray[np.uint8], flow: NDArray[np.float32], interpolation: int) -> NDArray[np.uint8]:
    """`picture` fetched from where `flow` points, as the measures do it."""
    height, width = flow.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    moved = cv2.remap(picture, x + flow[..., 0], y + flow[..., 1], interpolation, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def truth(frame: StreetFrame, forward: bool = False) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    flow, visible = (frame.flow_forward, frame.visible_forward) if forward else (frame.flow, frame.visible)
    assert flow is not None
    assert visible is not None
    return flow, visible


def digest(frame: StreetFrame) -> str:
    parts = (frame.rgb, frame.labels, *truth(frame), *truth(frame, forward=True))
    return hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in parts)).hexdigest()


def test_shapes_types_and_times(run: list[StreetFrame]) -> None:
    width, height = SIZE
    for number, frame in enumerate(run):
        assert frame.index == 96 + number
        assert frame.pts_s == float(Fraction(96 + number, 25))
        assert frame.rgb.shape == (height, width, 3)
        assert frame.labels.shape == (height, width)
        assert frame.rgb.dtype == frame.labels.dtype == np.uint8
        assert frame.labels.max() < CLASSES
        for forward in (False, True):
            flow, visible = truth(frame, forward)
            assert flow.shape == (height, width, 2)
            assert flow.dtype == np.float32
            assert np.isfinite(flow).all()
            assert visible.shape == (height, width)
            assert visible.dtype == np.bool_


def test_labels_are_camvids() -> None:
    assert tuple(label.name.lower() for label in Label) == bundled_class_set("camvid").names


def test_frame_is_the_same_however_reached() -> None:
    def small() -> SyntheticStreet:
        return SyntheticStreet(2, size=(160, 90), frames=20)

    in_order = [digest(frame) for frame in small() if frame.index > 0]
    at_random = small()
    shuffled = {index: digest(at_random.frame(index)) for index in (13, 7, 8, 19, 1, 7)}
    assert shuffled == {index: in_order[index - 1] for index in (13, 7, 8, 19, 1)}
    script = (
        "import cv2; cv2.setNumThreads(1)\n"
        "from engine.datasets.street import SyntheticStreet\n"
        "from tests.engine.datasets.test_street import digest\n"
        "print(digest(SyntheticStreet(2, size=(160, 90), frames=20).frame(7)))"
    )
    root = Path(__file__).parents[3]
    other = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == in_order[6]


def test_pictures_given_out_may_be_written_to(street: SyntheticStreet) -> None:
    before = street.frame(10)
    kept = before.rgb.copy()
    before.rgb[:] = 0
    assert np.array_equal(street.frame(10).rgb, kept)


def test_seeds_differ() -> None:
    first, second = (SyntheticStreet(seed, size=(96, 54), frames=6).frame(0) for seed in (4, 6))
    assert np.abs(first.rgb.astype(int) - second.rgb).mean() > 8
    assert (first.labels != second.labels).mean() > 0.1


def test_all_classes_occur(street: SyntheticStreet) -> None:
    labels = np.concatenate([street.frame(index).labels.ravel() for index in range(0, 250, 25)])
    counts = np.bincount(labels, minlength=CLASSES)
    share = counts / counts.sum()
    for big in (Label.SKY, Label.BUILDING, Label.ROAD):
        assert 0.05 < share[big] < 0.6, Label(big).name
    for label in Label:
        assert share[label] > 0.0015, label.name


@pytest.mark.parametrize("forward", [False, True])
def test_labels_agree_along_the_flow(run: list[StreetFrame], forward: bool) -> None:
    """The labels' own temporal consistency, pooled over the clip, is 100 for every class."""
    both, either = np.zeros(CLASSES), np.zeros(CLASSES)
    for previous, frame in pairwise(run):
        flow, visible = truth(frame, forward)
        source, target = (previous.labels, frame.labels) if forward else (frame.labels, previous.labels)
        moved = fetch(target, flow, cv2.INTER_NEAREST)
        assert (moved == source)[visible].mean() >= 0.995
        for label in range(CLASSES):
            both[label] += ((moved == label) & (source == label) & visible).sum()
            either[label] += (((moved == label) | (source == label)) & visible).sum()
    assert (either > 0).all()
    assert (100 * both / either).min() >= 99.5
    assert 0.9 < visible.mean() < 1


def test_visibility_is_needed(run: list[StreetFrame]) -> None:
    """What is hidden is really something else, most of the time: the mask is not just cautious."""
    flow, visible = truth(run[-1])
    moved = fetch(run[-2].labels, flow, cv2.INTER_NEAREST)
    height, width = visible.shape
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    x, y = np.rint(x + flow[..., 0]), np.rint(y + flow[..., 1])
    hidden = ~visible & (x >= 0) & (x < width) & (y >= 0) & (y < height)
    assert hidden.sum() > 200
    assert (moved != run[-1].labels)[hidden].mean() > 0.3


def test_colours_agree_along_the_flow(run: list[StreetFrame]) -> None:
    """And best of all with the flow exactly as it is: half a pixel off is visibly worse in every direction."""
    previous, frame = run[4], run[5]
    flow, visible = truth(frame)

    def error(dx: float, dy: float) -> float:
        moved = fetch(previous.rgb, flow + np.array([dx, dy], np.float32), cv2.INTER_LINEAR)
        return float(np.abs(moved.astype(float) - frame.rgb)[visible].mean())

    exact = error(0, 0)
    assert exact < 5
    assert exact < 0.5 * np.abs(previous.rgb.astype(float) - frame.rgb)[visible].mean()
    for dx, dy in ((0.5, 0), (-0.5, 0), (0, 0.5), (0, -0.5)):
        assert error(dx, dy) > 1.08 * exact, (dx, dy)


def test_flows_undo_each_other(run: list[StreetFrame]) -> None:
    """Where a pixel's middle falls almost on a pixel's middle, the way there and the way back cancel out."""
    flow, visible = truth(run[3])
    back, _ = truth(run[3], forward=True)
    height, width = visible.shape
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    exact_x, exact_y = x + flow[..., 0], y + flow[..., 1]
    near_x, near_y = np.rint(exact_x).astype(int), np.rint(exact_y).astype(int)
    close = visible & (np.hypot(exact_x - near_x, exact_y - near_y) < 0.1)
    assert close.sum() > 2000
    gap = np.hypot(*np.moveaxis(flow[close] + back[near_y[close], near_x[close]], -1, 0))
    assert np.quantile(gap, 0.95) < 0.05


def test_flow_of_the_ground_follows_from_the_camera() -> None:
    """Against a projection written out by hand: straight ahead at a known speed, the road moves as a plane does."""
    street = SyntheticStreet(5, size=(320, 180), moving=False)
    before, after = (street._renderer.drive.camera(index / 25) for index in (2, 3))
    frame = street.frame(3)
    flow, visible = truth(frame)
    rows, columns = np.nonzero((frame.labels == Label.ROAD) & visible)
    pick = slice(None, None, 997)
    assert len(rows[pick]) > 5
    for row, column in zip(rows[pick], columns[pick], strict=True):
        ray = after.turn.T @ [(column - 159.5) / after.focal, (row - 89.5) / after.focal, 1.0]
        point = after.place - ray * after.place[1] / ray[1]
        seen = before.turn @ (point - before.place)
        expected = seen[:2] / seen[2] * before.focal + [159.5, 89.5] - [column, row]
        assert flow[row, column] == pytest.approx(expected, abs=1e-3)


@pytest.fixture(scope="module")
def still() -> SyntheticStreet:
    return SyntheticStreet(4, size=(160, 90), frames=80, speed=0, moving=False)


def test_nothing_moves_where_nothing_moves(still: SyntheticStreet) -> None:
    first, second = still.frame(0), still.frame(2)
    assert first.flow is first.visible is first.flow_forward is first.visible_forward is None
    flow, visible = truth(second)
    assert np.array_equal(first.labels, second.labels)
    assert np.abs(flow).max() < 1e-4
    assert visible.all()


def test_only_traffic_moves_before_a_camera_that_stands() -> None:
    street = SyntheticStreet(4, size=(320, 180), frames=80, speed=0)
    frame = street.frame(50)
    flow, _ = truth(frame)
    moving = np.abs(flow).max(-1) > 0.02
    assert moving.any()
    assert set(np.unique(frame.labels[moving])) <= {Label.CAR, Label.PEDESTRIAN, Label.BICYCLIST}


def test_light_and_noise_vary(still: SyntheticStreet) -> None:
    means = [still.frame(index).rgb.mean() for index in range(0, 80, 10)]
    assert max(means) - min(means) > 2
    difference = still.frame(0).rgb.astype(int) - still.frame(1).rgb
    assert 0.5 < difference.std() < 12


@pytest.mark.parametrize("size", [(97, 61), (16, 16), (61, 150)])
def test_odd_sizes(size: tuple[int, int]) -> None:
    street = SyntheticStreet(6, size=size, frames=6)
    frame = street.frame(2)
    assert frame.rgb.shape == (size[1], size[0], 3)
    flow, visible = truth(frame)
    moved = fetch(street.frame(1).labels, flow, cv2.INTER_NEAREST)
    assert (moved == frame.labels)[visible].all()


@pytest.mark.parametrize("seed", [20, 21])
def test_every_seed_renders(seed: int) -> None:
    street = SyntheticStreet(seed, size=(160, 90), frames=60)
    labels = street.frame(59).labels
    assert {Label.SKY, Label.BUILDING, Label.ROAD} <= set(np.unique(labels))
    assert 30 < street.frame(59).rgb.mean() < 215


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seed": -1}, r"seed is -1; give"),
        ({"size": (640, 8)}, r"size is 640x8; give .* 16 to 4096"),
        ({"frame_rate": Fraction(0)}, r"frame_rate is 0; give"),
        ({"frames": 0}, r"frames is 0; give at least 1"),
        ({"speed": -2.0}, r"speed is -2.0; give 0 to 40"),
        ({"speed": float("nan")}, r"speed is nan"),
    ],
)
def test_bad_arguments(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SyntheticStreet(**{"seed": 0, **arguments})  # type: ignore[arg-type]


def test_no_such_frame(street: SyntheticStreet) -> None:
    for index in (-1, 250):
        with pytest.raises(ValueError, match=rf"no frame {index}; this street has frames 0 to 249"):
            street.frame(index)
        with pytest.raises(ValueError, match=rf"no frame {index}"):
            street.frames(index)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    assert not list(tmp_path.glob(".*"))  # nothing half-written is left


def test_command_writes_a_clip(folder: Path) -> None:
    out = folder / "clip.mp4"
    assert main([str(out), "--seed", "4", "--frames", "6", "--size", "160x90"]) == 0
    with av.open(str(out)) as container:
        stream = container.streams.video[0]
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
        assert stream.codec_context.name == "h264"
        assert stream.average_rate == 25
    assert len(frames) == 6
    street = SyntheticStreet(4, size=(160, 90), frames=6, truth=False)
    assert np.abs(frames[3].astype(float) - street.frame(3).rgb).mean() < 12


@pytest.mark.parametrize("wrong", [["--size", "97x61"], ["--size", "wide"], ["--frames", "0"]])
def test_command_refuses(folder: Path, wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([str(folder / "clip.mp4"), *wrong])
    assert "error:" in capsys.readouterr().err
    assert not list(folder.iterdir())
