"""Clips and windows of composites: exact, the same each time, made once."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from engine.datasets import open_dataset
from engine.datasets.composites import Backdrop, Portraits, TrainingComposites, backdrops_of
from engine.datasets.composites.clips import CompositeClip
from engine.errors import DatasetError, VideoError
from engine.flow.warp import warp
from tests.engine.datasets.composites.people import cut_plainly, write_portraits, write_road


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    return cut_plainly(monkeypatch)


def portraits_of(tmp_path: Path, split: str = "test") -> Portraits:
    root = write_portraits(tmp_path / "portrait" / "eg1800", split)
    return Portraits(open_dataset("eg1800", root, split), tmp_path / "kept" / "portraits")


def clip_of(tmp_path: Path) -> CompositeClip:
    road = write_road(tmp_path / "clips" / "road.mp4")
    return CompositeClip(3, road, 5, (96, 54), portraits_of(tmp_path), tmp_path / "kept", frame_count=6)


class TestClips:
    def test_frames_have_alpha_labels_and_the_persons_motion(self, tmp_path: Path, made: list[int]) -> None:
        clip = clip_of(tmp_path)
        frames = list(clip.frames())
        assert [frame.index for frame in frames] == list(range(6))
        assert (clip.name, clip.consecutive, clip.frame_count) == ("composite-03", True, 6)
        for frame in frames:
            assert frame.rgb.shape == (54, 96, 3)
            assert frame.alpha is not None
            assert frame.alpha.dtype == np.float32
            np.testing.assert_array_equal(frame.labels, frame.alpha >= 0.5)
            assert 0.05 < frame.alpha.mean() < 0.8
        assert frames[0].motion is None
        for before, now in pairwise(frames):
            motion = now.motion
            assert motion is not None
            assert before.alpha is not None
            assert now.alpha is not None
            assert not motion.visible[now.alpha == 0].any()
            fetched = warp(before.alpha, motion.backward, linear=True)
            assert np.abs(fetched - now.alpha)[motion.visible].mean() < 0.01

    def test_it_is_made_once_and_always_the_same(self, tmp_path: Path, made: list[int]) -> None:
        first = list(clip_of(tmp_path).frames())
        written = {file: file.stat().st_mtime_ns for file in (tmp_path / "kept").glob("*.npz")}
        again = list(clip_of(tmp_path).frames())
        assert {file: file.stat().st_mtime_ns for file in (tmp_path / "kept").glob("*.npz")} == written
        next(iter(written)).unlink()
        anew = list(clip_of(tmp_path).frames())
        for one, two, three in zip(first, again, anew, strict=True):
            np.testing.assert_array_equal(one.rgb, two.rgb)
            np.testing.assert_array_equal(one.rgb, three.rgb)
            np.testing.assert_array_equal(one.alpha, three.alpha)
        assert len(made) == 1, "the portrait was kept too"

    def test_what_it_is_made_from_names_it(self, tmp_path: Path, made: list[int]) -> None:
        clip = clip_of(tmp_path)
        list(clip.frames())
        others = replace(clip, number=4), replace(clip, start=6), replace(clip, size=(54, 96))
        for other in others:
            list(other.frames())
        assert len(list((tmp_path / "kept").glob("*.npz"))) == 4

    def test_a_damaged_file_is_named(self, tmp_path: Path, made: list[int]) -> None:
        clip = clip_of(tmp_path)
        list(clip.frames())
        (file,) = (tmp_path / "kept").glob("*.npz")
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 255
        file.write_bytes(content)
        with pytest.raises(DatasetError, match=file.name):
            list(clip.frames())
        file.write_bytes(b"")
        with pytest.raises(DatasetError, match=file.name):
            list(clip.frames())

    def test_a_background_that_ends_too_soon_leaves_nothing(self, tmp_path: Path, made: list[int]) -> None:
        clip = replace(clip_of(tmp_path), start=38)
        with pytest.raises(DatasetError, match="44 frames are needed"):
            list(clip.frames())
        assert not list((tmp_path / "kept").glob("*.npz"))

    def test_the_layout_is_checked_on_opening(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("STEADYMASK_HOME", str(tmp_path / "home"))
        with pytest.raises(DatasetError, match=r"expected the background .*road_white_line.mp4; found"):
            open_dataset("portrait-composites", tmp_path)
        for name in ("road_white_line.mp4", "static_road.mp4"):
            write_road(tmp_path / "clips" / name, 2)
        with pytest.raises(DatasetError, match="eg1800"):
            open_dataset("portrait-composites", tmp_path)
        write_portraits(tmp_path / "portrait" / "eg1800", "test")
        dataset = open_dataset("portrait-composites", tmp_path)
        assert len(dataset.clips) == 16
        assert dataset.binary
        assert not (tmp_path / "home").exists(), "nothing is made before a frame is asked for"
        with pytest.raises(DatasetError, match="no split 'train'"):
            open_dataset("portrait-composites", tmp_path, "train")


class TestWindows:
    def windows(self, tmp_path: Path, still: float = 0.5) -> TrainingComposites:
        scenes = np.random.default_rng(0).integers(0, 255, (6, 40, 70, 3)).astype(np.uint8)
        return TrainingComposites(
            (portraits_of(tmp_path, "train"),), (Backdrop("noise", scenes),), (64, 64), still=still
        )

    def test_a_seed_is_a_window(self, tmp_path: Path, made: list[int]) -> None:
        one, other = self.windows(tmp_path), self.windows(tmp_path)
        for seed in range(4):
            for a, b in zip(one[seed], other[seed], strict=True):
                np.testing.assert_array_equal(a.rgb, b.rgb)
                np.testing.assert_array_equal(a.alpha, b.alpha)
        assert not np.array_equal(one[0][0].rgb, one[1][0].rgb)

    def test_frames_alphas_and_motion(self, tmp_path: Path, made: list[int]) -> None:
        windows = self.windows(tmp_path)
        for seed in range(8):
            before, now = windows[seed]
            assert before.motion is None
            assert now.motion is not None
            assert before.alpha is not None
            assert now.alpha is not None
            assert now.rgb.shape == (64, 64, 3)
            assert 0.05 < now.alpha.mean() < 0.8
            fetched = warp(before.alpha, now.motion.backward, linear=True)
            assert np.abs(fetched - now.alpha)[now.motion.visible].mean() < 0.02

    def test_a_still_background_is_known_and_a_playing_one_is_not(self, tmp_path: Path, made: list[int]) -> None:
        for still, known in ((1.0, True), (0.0, False)):
            _, now = self.windows(tmp_path, still)[1]
            assert now.motion is not None
            assert now.alpha is not None
            assert now.motion.visible[now.alpha == 0].any() == known

    def test_half_of_the_windows_show_a_piece_of_the_background_and_know_its_motion(
        self, tmp_path: Path, made: list[int]
    ) -> None:
        whole = self.windows(tmp_path, still=1.0)
        pieces = replace(whole, closest=16.0)

        def rough(windows: TrainingComposites, seed: int) -> float:
            """How much neighbouring pixels of the background, which is noise, differ."""
            before, now = windows[seed]
            assert now.motion is not None
            assert before.alpha is not None
            fetched = warp(before.rgb, now.motion.backward, linear=True)
            assert np.abs(fetched.astype(float) - now.rgb)[now.motion.visible].mean() < 25
            behind = np.where(before.alpha[..., None] == 0, before.rgb, np.nan)
            return float(np.nanmean(np.abs(np.diff(behind, axis=1))))

        smooth = [rough(pieces, seed) < 0.7 * rough(whole, seed) for seed in range(12)]
        assert 3 <= sum(smooth) <= 9

    def test_longer_windows(self, tmp_path: Path, made: list[int]) -> None:
        frames = replace(self.windows(tmp_path), length=3)[0]
        assert [frame.motion is None for frame in frames] == [True, False, False]


def test_backdrops_are_decoded_once(tmp_path: Path) -> None:
    road = write_road(tmp_path / "road.mp4", 10)
    (first,) = backdrops_of([road], [], tmp_path / "kept")
    assert first.name == "road.mp4"
    assert first.frames.shape == (10, 54, 96, 3)
    (file,) = (tmp_path / "kept").iterdir()
    before = file.stat().st_mtime_ns
    (again,) = backdrops_of([road], [], tmp_path / "kept")
    assert file.stat().st_mtime_ns == before
    np.testing.assert_array_equal(first.frames, again.frames)
    file.write_bytes(b"\x93NUMPY")
    with pytest.raises(DatasetError, match=r"damaged .* remove it"):
        backdrops_of([road], [], tmp_path / "kept")
    (tmp_path / "empty.mp4").write_bytes(b"no video")
    with pytest.raises(VideoError, match=r"empty\.mp4"):
        backdrops_of([tmp_path / "empty.mp4"], [], tmp_path / "kept")
