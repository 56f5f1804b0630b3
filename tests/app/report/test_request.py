"""A comparison that is asked for by a request."""

import dataclasses
from pathlib import Path

import pytest

from app.report.folder import run_comparison
from engine.errors import OccupiedError
from engine.methods import MethodPool
from engine.work import CompareRequest
from tests.engine.fakes import FakeMethod
from tests.engine.video.clips import picture, write_plain

FRAMES = 6


def test_what_a_comparison_may_replace_it_says(tmp_path: Path) -> None:
    clip = write_plain(tmp_path / "drive ä.mp4", (picture(index) for index in range(FRAMES)))
    pool = MethodPool(lambda name: FakeMethod())  # type: ignore[arg-type, return-value]
    out = tmp_path / "out"
    out.mkdir()
    (out / "report.html").write_text("mine")
    asked = CompareRequest(spec=str(clip), folder=out, a="fake", b="hold(fake)", verdict=False)
    with pytest.raises(OccupiedError, match=r"report\.html"):
        run_comparison(asked, pool)
    assert (out / "report.html").read_text() == "mine"
    result = run_comparison(dataclasses.replace(asked, replaces=None), pool)
    assert (result.frames, result.b) == (FRAMES, "hold(fake, n=3)")
    assert "mine" not in (out / "report.html").read_text(encoding="utf-8")
