"""A person over a ground, and what is read back of the movies that editors take."""

import json
from collections.abc import Iterator
from fractions import Fraction
from itertools import count
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engine.errors import BackendError, ExportError
from engine.results.drawing import Drawing
from engine.results.folder import BOTH, Part
from engine.results.foreground import foreground_colours
from engine.results.masks import export_masks
from engine.results.matte import GREEN, Compositor, Ground, parse_ground
from engine.results.overlay import blend
from engine.results.trimap import trimap_of
from engine.segmentation import Segmentation
from engine.video.clips import Clip
from tests.engine.fakes import FakeMethod
from tests.engine.mattes import FakeMatte, disc
from tests.engine.video.clips import picture, write_plain

SIZE = (160, 96)
FRAMES = 6
NETWORK = (80, 48)


def alphas() -> list[NDArray[np.float32]]:
    return [disc(NETWORK, (30 + 2 * step, 24), 15, soft=6) for step in range(FRAMES)]


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    path = write_plain(tmp_path / "desk.mp4", (picture(index) for index in range(FRAMES)))
    return Clip(str(path), path.stem)


def written(clip: Clip, folder: Path, *parts: Part, drawing: Drawing | None = None) -> Path:
    summary = export_masks(clip, FakeMatte(alphas()), folder, parts=parts, drawing=drawing)
    assert summary.error is None
    assert summary.frames == FRAMES
    return folder


def expected(clip: Clip) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.float32]]]:
    with av.open(clip.what) as container:
        for frame, alpha in zip(container.decode(video=0), alphas(), strict=True):
            yield frame.to_ndarray(format="rgb24"), cv2.resize(alpha, SIZE, interpolation=cv2.INTER_LINEAR)


# ---- grounds


@pytest.mark.parametrize("text", ["checkerboard", "green", "#102030", "blur", "overlay", "alpha", "band"])
def test_a_ground_is_read_as_it_is_told(text: str) -> None:
    assert parse_ground(parse_ground(text).identity()) == parse_ground(text)


@pytest.mark.parametrize("text", ["grien", "#12345", "no/such/picture.png"])
def test_what_is_no_ground_is_told(text: str) -> None:
    with pytest.raises(ExportError, match=r"is no background.*checkerboard"):
        parse_ground(text)


def test_a_picture_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no picture")
    with pytest.raises(ExportError, match=r"a\.png cannot be read as a picture"):
        Compositor(parse_ground(str(tmp_path / "a.png")))


def test_the_person_stands_over_a_colour() -> None:
    rgb, alpha = picture(0), np.zeros(SIZE[::-1], np.float32)
    alpha[:, 50:60], alpha[:, 60:] = 0.25, 1
    made = Compositor(Ground("colour")).over(rgb, alpha)
    assert (made[:, :50] == GREEN).all()
    assert (made[:, 60:] == rgb[:, 60:]).all()
    mixed = 0.25 * rgb[:, 50:60] + 0.75 * np.array(GREEN)
    assert np.abs(made[:, 50:60] - mixed).max() <= 1


def test_alpha_is_shown_in_grey() -> None:
    made = Compositor(Ground("alpha")).over(picture(0), np.full(SIZE[::-1], 0.4, np.float32))
    assert (made == 102).all()


def test_the_band_is_where_alpha_is_neither() -> None:
    rgb, alpha = picture(0), np.zeros(SIZE[::-1], np.float32)
    alpha[:, 50:60], alpha[:, 60:70], alpha[:, 70:] = 0.04, 0.5, 0.96
    made = Compositor(Ground("band")).over(rgb, alpha)
    assert len(np.unique(made[:, 60:70].reshape(-1, 3), axis=0)) == 1
    rest = np.delete(made, np.s_[60:70], axis=1)
    assert (rest[..., :1] == rest).all(), "all else is grey"
    assert rest.max() <= 0.4 * rgb.max() + 1, "and dimmed"


def test_a_picture_fills_the_frame_unstretched(tmp_path: Path) -> None:
    wide = np.zeros((96, 480, 3), np.uint8)
    wide[:, 160:320] = 200  # its middle
    Image.fromarray(wide).save(tmp_path / "b.png")
    made = Compositor(parse_ground(str(tmp_path / "b.png"))).over(picture(0), np.zeros(SIZE[::-1], np.float32))
    assert (made == 200).all()


def test_nobody_has_a_halo_in_a_blurred_background() -> None:
    alpha = cv2.resize(disc(NETWORK, (40, 24), 15), SIZE, interpolation=cv2.INTER_LINEAR)
    rgb = np.where(alpha[..., None] > 0, np.uint8(255), np.uint8(40)).repeat(3, axis=2)
    made = Compositor(Ground("blur")).over(rgb, alpha)
    assert np.abs(made[alpha == 0].astype(int) - 40).max() <= 8
    assert (made[alpha == 1] == 255).all()


def test_a_checkerboard_has_two_greys() -> None:
    made = Compositor(Ground("checkerboard")).over(picture(0), np.zeros(SIZE[::-1], np.float32))
    assert len(np.unique(made)) == 2


def test_the_overlay_of_a_matte_is_as_soft_as_it_is() -> None:
    palette = np.zeros((256, 3), np.uint8)
    palette[1] = (0, 200, 255)
    rgb, alpha = np.full((4, 5, 3), 100, np.uint8), np.linspace(0, 1, 5, dtype=np.float32)[None].repeat(4, 0)
    visible = np.arange(256) > 0
    made = blend(rgb, (alpha >= 0.5).astype(np.uint8), palette, 0.5, visible=visible, alpha=alpha)
    assert made[0, :, 2].tolist() == pytest.approx([100, 119, 139, 158, 178], abs=1)
    hard = blend(rgb, (alpha >= 0.5).astype(np.uint8), palette, 0.5, visible=visible)
    assert made[0, 4].tolist() == hard[0, 4].tolist()


# ---- what segment writes


def test_alpha_is_written_beside_the_masks(clip: Clip, tmp_path: Path) -> None:
    out = written(clip, tmp_path / "out", *BOTH)
    for index, (_, alpha) in enumerate(expected(clip)):
        stored = cv2.imread(str(out / "alpha" / f"{index:06d}.png"), cv2.IMREAD_UNCHANGED)
        assert stored.dtype == np.uint16
        assert np.abs(stored / 65535 - alpha).max() <= 1 / 65535
        with Image.open(out / "masks" / f"{index:06d}.png") as image:
            assert np.array_equal(np.asarray(image), alpha >= 0.5)
    assert (out / "overlay.mp4").is_file()
    assert not (out / "rgba").exists()
    assert json.loads((out / "summary.json").read_text())["alpha"] is None


def test_a_run_that_was_cut_off_goes_on_with_the_alpha_that_is_there(clip: Clip, tmp_path: Path) -> None:
    class Cut(FakeMatte):
        def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
            if len(self.asked_scores) == 3:
                raise KeyboardInterrupt
            return super().segment(rgb, scores=scores)

    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        export_masks(clip, Cut(alphas()), out, parts=("masks", "ffv1"))
    assert not list(out.glob("matte*"))
    there = len(list((out / "masks").iterdir()))
    assert 0 < there < FRAMES
    rest = FakeMatte(alphas()[there:])
    assert export_masks(clip, rest, out, parts=("masks", "ffv1")).frames == FRAMES
    assert len(rest.asked_scores) == FRAMES - there
    for frame, (_, alpha) in zip(decoded(out / "matte.mkv"), expected(clip), strict=True):
        assert np.abs(frame[..., 3] - 255 * alpha).max() <= 0.51


def decoded(path: Path, decoder: str | None = None) -> list[NDArray[np.uint8]]:
    """Every frame of a movie, uint8 (H, W, 4). decoder: in place of the usual one."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        if decoder is None:
            return [frame.to_ndarray(format="rgba") for frame in container.decode(stream)]
        context = av.CodecContext.create(decoder, "r")
        packets = [packet for packet in container.demux(stream) if packet.size]
        return [frame.to_ndarray(format="rgba") for packet in [*packets, None] for frame in context.decode(packet)]


@pytest.mark.parametrize(
    ("form", "file", "decoder", "worst", "mean"),
    [
        ("prores", "matte.mov", None, 1, 0.1),
        ("vp9", "matte.webm", "libvpx-vp9", None, 2.0),
        ("ffv1", "matte.mkv", None, 0, 0),
    ],
)
def test_alpha_is_read_back(
    clip: Clip, tmp_path: Path, form: Part, file: str, decoder: str | None, worst: int | None, mean: float
) -> None:
    out = written(clip, tmp_path / "out", form)
    frames = decoded(out / file, decoder)
    assert len(frames) == FRAMES
    for frame, (rgb, alpha) in zip(frames, expected(clip), strict=True):
        away = np.abs(frame[..., 3] - np.rint(255 * alpha))
        assert worst is None or away.max() <= worst
        assert away.mean() <= mean
        if form == "ffv1":
            assert np.array_equal(frame[..., :3], rgb), "straight: colours are the frame's own"
    assert json.loads((out / "summary.json").read_text())["alpha"] == "straight"
    with av.open(clip.what) as source, av.open(str(out / file)) as movie:
        times = [[float(frame.time or 0) for frame in each.decode(video=0)] for each in (source, movie)]
    assert times[1] == pytest.approx(times[0], abs=1e-3)


def test_pictures_with_alpha_are_exact_and_may_be_premultiplied(clip: Clip, tmp_path: Path) -> None:
    straight = written(clip, tmp_path / "a", "png")
    other = written(clip, tmp_path / "b", "png", drawing=Drawing(premultiplied=True))
    for index, (rgb, alpha) in enumerate(expected(clip)):
        a, b = (np.asarray(Image.open(each / "rgba" / f"{index:06d}.png")) for each in (straight, other))
        assert np.array_equal(a[..., :3], rgb)
        assert np.array_equal(a[..., 3], np.rint(255 * alpha))
        assert np.array_equal(b[..., 3], a[..., 3])
        assert np.abs(b[..., :3] - rgb * alpha[..., None]).max() <= 1
    assert json.loads((other / "summary.json").read_text())["alpha"] == "premultiplied"


def test_foreground_colours_are_in_all_that_shows_the_person(clip: Clip, tmp_path: Path) -> None:
    def drawing(*, premultiplied: bool = False) -> Drawing:
        return Drawing(ground=Ground("colour"), premultiplied=premultiplied, foreground_colours=True)

    straight = written(clip, tmp_path / "a", "png", "overlay", "h264", drawing=drawing())
    other = written(clip, tmp_path / "b", "png", drawing=drawing(premultiplied=True))
    plain = written(clip, tmp_path / "c", "png")
    movies = [decoded(straight / name) for name in ("overlay.mp4", "matte.mp4")]
    for index, (rgb, alpha) in enumerate(expected(clip)):
        front = foreground_colours(rgb, alpha)
        assert (front != rgb).any()
        a, b = (np.asarray(Image.open(each / "rgba" / f"{index:06d}.png"))[..., :3] for each in (straight, other))
        assert np.array_equal(a, front)
        assert np.abs(b - front * alpha[..., None]).max() <= 1
        over = Compositor(Ground("colour")).over(rgb, alpha, front=front)
        for movie in movies:
            assert np.abs(movie[index][..., :3].astype(int) - over).mean() < 6
    told = [json.loads((each / "summary.json").read_text())["colours"] for each in (straight, other, plain)]
    assert told == ["foreground", "foreground", "frame"]
    masks = written(clip, tmp_path / "d", *BOTH, drawing=Drawing(foreground_colours=True))
    assert json.loads((masks / "summary.json").read_text())["colours"] is None, "nothing shows them"
    with pytest.raises(ExportError, match="--foreground-colours"):
        export_masks(clip, FakeMethod(), tmp_path / "e", drawing=Drawing(foreground_colours=True))


def test_a_movie_without_alpha_is_over_a_colour(clip: Clip, tmp_path: Path) -> None:
    out = written(clip, tmp_path / "out", "h264")
    corner = decoded(out / "matte.mp4")[0][:8, :8, :3].reshape(-1, 3).mean(axis=0)
    assert corner == pytest.approx(GREEN, abs=6)
    blue = written(clip, tmp_path / "b", "overlay", drawing=Drawing(ground=parse_ground("#0000c8")))
    corner = decoded(blue / "overlay.mp4")[0][:8, :8, :3].reshape(-1, 3).mean(axis=0)
    assert corner == pytest.approx((0, 0, 200), abs=6)


def test_odd_sides_are_kept(tmp_path: Path) -> None:
    from engine.video.matte import MatteWriter

    rgba = np.random.default_rng(0).integers(0, 255, (33, 51, 4)).astype(np.uint8)
    for form, file in (("prores", "a.mov"), ("ffv1", "a.mkv"), ("vp9", "a.webm")):
        with MatteWriter(tmp_path / file, (51, 33), form, time_base=Fraction(1, 25)) as writer:  # type: ignore[arg-type]
            writer.write(rgba, 0.0)
        with av.open(str(tmp_path / file)) as movie:
            stream = movie.streams.video[0]
            assert (stream.width, stream.height) == ((52, 34) if form == "vp9" else (51, 33))


def test_a_runtime_that_fails_leaves_whole_movies_or_none(clip: Clip, tmp_path: Path) -> None:
    class Failing(FakeMatte):
        def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
            if next(calls) == at:
                raise BackendError("the runtime gave up")
            return super().segment(rgb, scores=scores)

    for at in (0, 3):
        calls = count()
        out = tmp_path / str(at)
        summary = export_masks(clip, Failing(alphas()), out, parts=("prores", "h264"))
        assert "gave up" in (summary.error or "")
        assert sorted(path.name for path in out.glob("*matte*")) == (["matte.mov", "matte.mp4"] if at else [])
        if at:
            assert len(decoded(out / "matte.mov")) == at


def test_what_only_a_matte_has_is_refused_for_classes(clip: Clip, tmp_path: Path) -> None:
    for parts, drawing in ((("prores",), Drawing()), (BOTH, Drawing(ground=Ground("blur")))):
        with pytest.raises(ExportError, match="gives classes and no matte"):
            export_masks(clip, FakeMethod(), tmp_path / "out", parts=parts, drawing=drawing)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


# ---- trimaps


def test_a_trimap_is_sure_where_alpha_is_and_unknown_around_its_edge() -> None:
    alpha = disc((400, 200), (150, 100), 60, soft=10)
    made = trimap_of(alpha)
    y, x = np.mgrid[:200, :400]
    away = np.hypot(y - 100, x - 150)
    assert set(np.unique(made)) == {0, 128, 255}
    assert (made[away < 50] == 255).all()
    assert (made[away > 70] == 0).all()
    assert (made[np.abs(away - 60) < 5] == 128).all()


def test_a_hard_edge_has_a_band_as_well() -> None:
    alpha = np.zeros((200, 400), np.float32)
    alpha[:, 150:] = 1
    columns = trimap_of(alpha)[100]
    assert np.flatnonzero(columns == 128).tolist() == [149, 150]
    assert trimap_of(np.zeros((20, 30), np.float32)).max() == 0


def test_trimaps_are_written_and_taken_up_again(clip: Clip, tmp_path: Path) -> None:
    folder = written(clip, tmp_path / "out", "masks", "trimap")
    files = sorted((folder / "trimap").iterdir())
    assert [file.stem for file in files] == [f"{index:06d}" for index in range(FRAMES)]
    for file, (_, alpha) in zip(files, expected(clip), strict=True):
        with Image.open(file) as stored:
            assert stored.mode == "L"
            assert np.array_equal(np.asarray(stored), trimap_of(alpha))
    with pytest.raises(ExportError, match="--matte trimap"):
        export_masks(clip, FakeMethod("classes"), tmp_path / "none", parts=("masks", "trimap"))
