"""Requests: frozen, the same after a journey, and run by the same code whoever asks."""

import dataclasses
import pickle
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.errors import UnknownNameError
from engine.methods import MethodPool
from engine.ownership.survey import Survey
from engine.results.drawing import Drawing
from engine.work import CompareRequest, SegmentRequest, segment
from tests.engine.fakes import FakeMethod
from tests.engine.video.clips import picture, write_plain

FRAMES = 6


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_plain(tmp_path / "drive ä.mp4", (picture(index) for index in range(FRAMES)))


def fakes() -> MethodPool:
    return MethodPool(lambda name: FakeMethod())  # type: ignore[arg-type, return-value]


def written(folder: Path) -> dict[str, bytes]:
    """By path, what is there and does not tell of time."""
    paths = (path for path in folder.rglob("*.png") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_a_request_is_frozen_and_the_same_after_a_journey(tmp_path: Path) -> None:
    drawing = Drawing(0.3, "outline", np.eye(256, 3, dtype=np.uint8), np.arange(256) < 2)
    asked = SegmentRequest(
        spec="a.mp4",
        folder=tmp_path,
        fps=Fraction(30000, 1001),
        replaces=frozenset({"masks/000000.png"}),
        method="ema(street)",
        parts=("masks",),
        range_=(2, 5),
        drawing=drawing,
    )
    with pytest.raises(dataclasses.FrozenInstanceError):
        asked.method = "other"  # type: ignore[misc]
    there = pickle.loads(pickle.dumps(asked))
    assert dataclasses.replace(there, drawing=drawing) == asked
    assert there.drawing.identity() == drawing.identity()
    compared = CompareRequest(spec="a.mp4", folder=tmp_path, a="street", b="hold(street)", replaces=None)
    assert pickle.loads(pickle.dumps(compared)) == compared


def test_what_travelled_writes_the_same(clip: Path, tmp_path: Path) -> None:
    here = SegmentRequest(spec=str(clip), folder=tmp_path / "here", method="fake", range_=(1, 3))
    there = pickle.loads(pickle.dumps(dataclasses.replace(here, folder=tmp_path / "there")))
    assert [segment(each, fakes()).frames for each in (here, there)] == [3, 3]
    masks = written(here.folder)
    assert sorted(masks) == [f"masks/{index:06d}.png" for index in (1, 2, 3)]
    assert written(there.folder) == masks


def test_requests_share_the_models_of_a_pool(clip: Path, tmp_path: Path) -> None:
    loaded: list[str] = []

    def load(name: str) -> FakeMethod:
        loaded.append(name)
        return FakeMethod()

    pool = MethodPool(load)  # type: ignore[arg-type]
    first = pool.make("fake")
    for name in "ab":
        segment(SegmentRequest(spec=str(clip), folder=tmp_path / name, method="hold(fake)"), pool)
    assert loaded == ["fake"]
    first.close()


def test_an_unknown_method_is_told_before_anything_is_written(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError):
        segment(SegmentRequest(spec=str(clip), folder=tmp_path / "out", method="hold(fake, alpha=2)"), fakes())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("replaces", [frozenset[str](), frozenset({"masks/000000.png", "notes.txt"}), None])
def test_what_a_request_may_replace_it_says(clip: Path, tmp_path: Path, replaces: frozenset[str] | None) -> None:
    out = tmp_path / "out"
    (out / "masks").mkdir(parents=True)
    for name in ("masks/000000.png", "notes.txt"):
        (out / name).write_text("mine")
    told: list[Survey] = []
    asked = SegmentRequest(spec=str(clip), folder=out, method="fake", replaces=replaces)
    summary = segment(asked, fakes(), told=told.append)
    assert (out / "notes.txt").read_text() == "mine"
    if replaces == frozenset():
        assert summary.error is not None
        assert "masks/000000.png" in summary.error
        assert (out / "masks" / "000000.png").read_text() == "mine"
        assert not told
    else:
        assert summary.error is None
        assert [found.replaceable for found in told] == [("masks/000000.png",)]
        assert (out / "masks" / "000000.png").read_bytes()[:4] == b"\x89PNG"
