"""What is not done when the program ends: whole on the disk, found by the next start alone."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from app.export.kept import KeptWork, Left, call
from app.export.written import written
from engine.results.drawing import Drawing
from engine.work import CompareRequest, ModelExportRequest, Request, SegmentRequest


@pytest.fixture
def request_(tmp_path: Path) -> SegmentRequest:
    return SegmentRequest(spec=str(tmp_path / "walk ä.mp4"), folder=tmp_path / "out", method="ema(street, alpha=0.5)")


def test_an_export_is_read_as_it_was_written(request_: SegmentRequest, tmp_path: Path) -> None:
    palette = np.arange(768, dtype=np.int64).reshape(256, 3).astype(np.uint8)
    visible = np.arange(256) % 3 > 0
    asked = SegmentRequest(
        spec=request_.spec,
        folder=request_.folder,
        device="cpu",
        backend="onnxruntime",
        fps=Fraction(30000, 1001),
        replaces=frozenset({"overlay.mp4"}),
        method="street",
        parts=("overlay",),
        range_=(3, 9),
        drawing=Drawing(0.25, "outline", palette, visible),
        refine="closed-form",
    )
    text = written(asked).model_dump_json()
    back = type(written(asked)).model_validate_json(text).read()
    assert isinstance(back, SegmentRequest)
    assert (back.fps, back.replaces, back.parts, back.range_) == (asked.fps, asked.replaces, ("overlay",), (3, 9))
    assert back.refine == "closed-form"
    assert back.drawing.identity() == asked.drawing.identity()
    assert back.drawing.palette is not None
    assert np.array_equal(back.drawing.palette, palette)


def test_a_comparison_is_read_as_it_was_written(tmp_path: Path) -> None:
    asked = CompareRequest(
        spec=str(tmp_path / "a.mp4"), folder=tmp_path, a="street", b="hold(street)", replaces=None, verdict=False
    )
    assert written(asked).read() == asked


def test_an_export_of_a_model_is_read_as_it_was_written(tmp_path: Path) -> None:
    asked = ModelExportRequest(
        spec=str(tmp_path / "a.mp4"),
        folder=tmp_path,
        model="street",
        graph="plain",
        precision="int8",
        frames=7,
        replaces=None,
    )
    assert written(asked).read() == asked


def test_no_password_is_written(tmp_path: Path) -> None:
    asked = SegmentRequest(spec="https://me:secret@host/a.mp4", folder=tmp_path, method="street")
    assert "secret" not in written(asked).model_dump_json()
    assert written(asked).spec == "https://host/a.mp4"


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="Request"):
        written(Request(spec="a.mp4", folder=tmp_path))


def test_one_start_takes_what_was_left_and_keeps_it(request_: SegmentRequest, tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = KeptWork(home)
    first.keep([request_])
    first.write()
    first.close()
    second, third = KeptWork(home), KeptWork(home)
    (taken,) = second.take_left().requests
    assert (taken.spec, taken.folder) == (request_.spec, request_.folder)
    assert third.take_left() == Left(), "it is the second one's now"
    second.keep([])  # the second one's own work; what was left is not settled yet
    second.close()
    assert len(third.take_left().requests) == 1
    third.settle_left()
    third.close()
    assert not list(home.iterdir())


def test_what_a_running_window_does_is_its_own(request_: SegmentRequest, tmp_path: Path) -> None:
    running, other = KeptWork(tmp_path), KeptWork(tmp_path)
    running.keep([request_])
    running.write()
    assert other.take_left() == Left()
    running.keep([request_], hidden=True)
    running.write()
    ((path, specs),) = other.take_left().hidden
    assert specs == (request_.spec,)
    assert not running.take_call()
    call(path)
    assert running.take_call()
    assert not running.take_call(), "a call is answered once"
    running.keep([])
    running.close()
    assert not list(tmp_path.iterdir())


def test_a_damaged_file_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "work-0123.json").write_text("{ not json")
    (tmp_path / "work-4567.json").write_text(json.dumps({"requests": [{"kind": "dance"}]}))
    assert KeptWork(tmp_path).take_left() == Left()


def test_a_window_without_work_writes_nothing(tmp_path: Path) -> None:
    kept = KeptWork(tmp_path / "home")
    kept.write()
    kept.close()
    assert not (tmp_path / "home").exists()


def test_nothing_is_written_behind_the_end(request_: SegmentRequest, tmp_path: Path) -> None:
    kept = KeptWork(tmp_path)
    kept.keep([request_])
    kept.close()
    before = [path.read_bytes() for path in tmp_path.glob("*.json")]
    kept.keep([])
    kept.write()
    assert [path.read_bytes() for path in tmp_path.glob("*.json")] == before != []


def test_what_cannot_be_taken_stays_where_it_is(request_: SegmentRequest, tmp_path: Path) -> None:
    first, ended, third = KeptWork(tmp_path), KeptWork(tmp_path), KeptWork(tmp_path)
    first.keep([request_])
    first.close()
    ended.close()
    assert ended.take_left() == Left()
    assert len(third.take_left().requests) == 1
