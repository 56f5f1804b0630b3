"""Alpha is solved in the band of its trimap, and what that took is said."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.errors import ExportError
from engine.results import refine
from engine.results.alpha import read_alpha
from engine.results.drawing import Drawing
from engine.results.masks import export_masks, run_of
from engine.results.refine import Refined, check_refinable, closed_form, refined
from engine.results.trimap import BACKGROUND, PERSON, UNKNOWN, trimap_of
from engine.video.clips import Clip
from tests.engine.exporting.tiny import write_frames
from tests.engine.fakes import FakeMethod
from tests.engine.mattes import FakeMatte, disc

SIZE = (80, 60)
ALPHA = disc(SIZE, (40, 30), 18, soft=6)
FRAME = (ALPHA[..., None] * (200, 60, 40) + (1 - ALPHA[..., None]) * (20, 90, 180)).astype(np.uint8)
COARSE = disc(SIZE, (41, 29), 18, soft=14)
"""What a model might make of the frame."""

needs_pymatting = pytest.mark.skipif(
    importlib.util.find_spec("pymatting") is None, reason="the extra `matting` is not installed"
)


@pytest.fixture
def halves(monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver that needs no pymatting: what is unknown is a half."""

    def solve(rgb: NDArray[np.uint8], sure: NDArray[np.uint8]) -> NDArray[np.float32]:
        assert rgb.shape[:2] == sure.shape
        assert set(np.unique(sure)) <= {BACKGROUND, UNKNOWN, PERSON}
        return np.where(sure == UNKNOWN, 0.5, sure / np.float32(255)).astype(np.float32)

    monkeypatch.setattr(refine, "closed_form", solve)
    monkeypatch.setattr(refine, "can_refine", lambda: True)


@needs_pymatting
def test_the_true_alpha_is_found_in_the_band() -> None:
    alpha, share = refined(FRAME, COARSE)
    assert share == 1
    assert alpha is not None
    assert alpha.dtype == np.float32
    before, after = (float(np.abs(each - ALPHA).mean()) for each in (COARSE, alpha))
    assert after < 0.35 * before


@needs_pymatting
@pytest.mark.parametrize("strip", [1, 700, 10**6])
def test_strips_give_what_the_whole_picture_gives(monkeypatch: pytest.MonkeyPatch, strip: int) -> None:
    from pymatting import estimate_alpha_cf

    monkeypatch.setattr(refine, "_STRIP", strip)
    noisy = np.clip(FRAME + np.random.default_rng(3).integers(-9, 10, FRAME.shape), 0, 255).astype(np.uint8)
    sure = trimap_of(COARSE)
    expected = estimate_alpha_cf(
        noisy / 255, np.where(sure == UNKNOWN, 0.5, sure / 255), laplacian_kwargs={"epsilon": refine.EPSILON}
    )
    found = closed_form(noisy, sure)
    assert found is not None
    np.testing.assert_allclose(found, expected, atol=1e-5)


@needs_pymatting
def test_what_has_no_solution_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    import pymatting

    def give_up(*args: object, **more: object) -> None:
        raise ValueError("did not converge")

    monkeypatch.setattr(pymatting, "cg", give_up)
    assert closed_form(FRAME, trimap_of(COARSE)) is None


@pytest.mark.usefixtures("halves")
def test_much_that_is_not_sure_is_solved_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refine, "MOST_UNKNOWN", 300)
    sure = trimap_of(COARSE)
    alpha, share = refined(FRAME, COARSE)
    assert share == pytest.approx((300 / (sure == UNKNOWN).sum()) ** 0.5)
    assert alpha is not None
    assert alpha.shape == ALPHA.shape
    assert (alpha[sure == PERSON] == 1).all()
    assert (alpha[sure == BACKGROUND] == 0).all()
    assert (alpha[sure == UNKNOWN] > 0).any()


@pytest.mark.usefixtures("halves")
@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_where_one_side_is_missing_the_model_has_the_word(level: float) -> None:
    flat = np.full(SIZE[::-1], level, np.float32)
    method = Refined(FakeMatte([flat, COARSE]))
    first, second = method.segment(FRAME), method.segment(FRAME)
    assert np.array_equal(first.alpha, flat)  # type: ignore[arg-type]
    assert set(np.unique(second.alpha)) == {0, 0.5, 1}  # type: ignore[arg-type]
    assert np.array_equal(second.classes, second.alpha >= 0.5)  # type: ignore[operator]
    assert second.inference_ms > 2.0, "what it took is counted"
    assert "1 of 2 frames as the model made them" in method.told


@pytest.mark.usefixtures("halves")
def test_an_export_is_refined_and_says_so(tmp_path: Path) -> None:
    clip = Clip(str(write_frames(tmp_path / "walk", 3)), "walk")
    method = FakeMatte([COARSE])
    summary = export_masks(clip, method, tmp_path / "out", refine="closed-form")
    assert summary.error is None
    assert summary.refined is not None
    assert summary.refined.startswith("alpha by the closed form, ")
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["refined"] == summary.refined
    alpha = read_alpha(tmp_path / "out" / "alpha" / "000002.png")
    assert alpha is not None
    assert np.isin(np.round(alpha, 3), (0, 0.5, 1)).all()
    again = export_masks(clip, method, tmp_path / "out", refine="closed-form")
    assert again.refined == summary.refined
    assert len(method.asked_scores) == 3, "what is done is not done again"
    parts = ("masks", "overlay")
    runs = [run_of(clip, method, None, Drawing(), parts, None, how) for how in (None, "closed-form")]  # type: ignore[arg-type]
    assert "refine" not in runs[0], "results of before are those without"
    assert runs[1]["refine"] == "closed-form"


def test_what_cannot_be_refined_is_refused_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = Clip(str(write_frames(tmp_path / "walk", 2)), "walk")
    with pytest.raises(ExportError, match="gives classes and no matte, which --refine needs"):
        export_masks(clip, FakeMethod(), tmp_path / "out", refine="closed-form")
    monkeypatch.setitem(sys.modules, "pymatting", None)
    with pytest.raises(ExportError, match=r"not installed; run: pip install 'steadymask\[matting\]'"):
        export_masks(clip, FakeMatte([COARSE]), tmp_path / "out", refine="closed-form")
    assert not (tmp_path / "out").exists()
    check_refinable(None, FakeMethod().card)
