"""Cutting a person out, and keeping what was cut out."""

import sys
from pathlib import Path

import numpy as np
import pytest

from engine.datasets import open_dataset
from engine.datasets.composites import Portraits
from engine.datasets.composites.cutout import cut_out, photographed, trimap
from engine.errors import DatasetError, ExportError
from tests.engine.datasets.composites.people import SIZE, cut_plainly, portrait, write_portraits


def opened(tmp_path: Path) -> Portraits:
    return Portraits(open_dataset("eg1800", write_portraits(tmp_path / "eg1800", "train"), "train"), tmp_path / "kept")


def test_the_band_lies_along_the_border_and_not_along_the_pictures_edge() -> None:
    _, person = portrait(0, (300, 400))
    sure = trimap(person)
    assert set(np.unique(sure)) == {0, 0.5, 1}
    assert (sure[person] > 0).all()
    assert (sure[~person] < 1).all()
    assert sure[-1, 150] == 1, "where the picture cuts the person, nothing is unsure"
    assert 0.02 < (sure == 0.5).mean() < 0.2


def test_plain_margins_are_left_off_but_nobody_in_them() -> None:
    rgb, person = portrait(0)
    filled = np.full((100, 90, 3), 255, np.uint8)
    filled[5:85, 20:80] = rgb
    label = np.zeros((100, 90), bool)
    label[5:85, 20:80] = person
    assert photographed(filled, label) == (slice(5, 85), slice(20, 80))
    label[90, 3] = True
    assert photographed(filled, label) == (slice(5, 91), slice(3, 80))


def test_alpha_and_colours_of_a_blend_are_found() -> None:
    pytest.importorskip("pymatting", reason="the extra `matting` is not installed")
    columns = np.arange(320)
    alpha = np.clip((160 - columns) / 6 + 0.5, 0, 1)[None].repeat(240, axis=0)
    person, behind = np.array([200.0, 60, 40]), np.array([20.0, 90, 160])
    noise = np.random.default_rng(0).normal(0, 1, (240, 320, 3))
    noise[:, -1] += 30 * (np.arange(240)[:, None] % 2)  # a line that is not plain
    rgb = np.clip(alpha[..., None] * person + (1 - alpha[..., None]) * behind + noise, 0, 255).astype(np.uint8)
    found = cut_out(rgb, alpha >= 0.5)
    band = trimap(alpha >= 0.5) == 0.5
    assert band.any()
    assert np.abs(found.alpha / 255 - alpha).mean() < 0.01
    some = band & (alpha > 0.2)
    assert np.abs(found.foreground[some].astype(float) - person).mean() < 12, "no halo of the background"


def test_without_pymatting_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymatting", None)
    with pytest.raises(DatasetError, match=r"pip install 'steadymask\[matting\]'"):
        cut_out(*portrait(0))


class TestPortraits:
    def test_each_is_made_once_and_kept_exactly(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        made = cut_plainly(monkeypatch)
        portraits = opened(tmp_path)
        assert len(portraits) == 4
        first = [portraits[index] for index in range(4)]
        again = [opened(tmp_path)[index] for index in range(4)]
        assert len(made) == 4
        for one, other in zip(first, again, strict=True):
            np.testing.assert_array_equal(one.rgba(), other.rgba())
            assert one.alpha.shape == SIZE[::-1]

    def test_make_all_makes_what_is_missing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        made = cut_plainly(monkeypatch)
        seen: list[tuple[int, int | None]] = []
        opened(tmp_path)[2]
        opened(tmp_path).make_all(progress=lambda done, total: seen.append((done, total)))
        assert len(made) == 4
        assert seen[-1] == (4, 4)
        opened(tmp_path / "other").make_all(cancelled=lambda: True)
        assert len(made) == 4

    def test_a_changed_label_and_a_damaged_file_are_made_anew(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = cut_plainly(monkeypatch)
        portraits = opened(tmp_path)
        portraits[0]
        (file,) = (tmp_path / "kept").iterdir()
        file.write_bytes(file.read_bytes()[:200])
        portraits[0]
        assert len(made) == 2
        label = portraits.samples[0].label
        assert label is not None
        other = portraits.samples[1].label
        assert other is not None
        label.write_bytes(other.read_bytes() + b"\0")
        portraits[0]
        assert len(made) == 3
        assert portraits.digest != opened(tmp_path / "other").digest

    def test_what_cannot_be_kept_is_said(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        cut_plainly(monkeypatch)
        (tmp_path / "kept").write_text("in the way")
        with pytest.raises(ExportError, match="kept"):
            opened(tmp_path)[0]

    def test_other_classes_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(DatasetError, match="person"):
            Portraits(open_dataset("street-synthetic"), tmp_path)
