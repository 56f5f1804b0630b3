"""Clips with alpha open with their alpha shown, whatever codec has it, and at every seek."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from engine import open_video
from engine.video.alpha import checkerboard
from tests.engine.mattes import disc

SIZE, FRAMES = (96, 64), 12
FORMS = {
    "vp9.webm": ("libvpx-vp9", "yuva420p", {"crf": "4", "b": "0", "g": "5"}),
    "ffv1.mkv": ("ffv1", "bgra", {}),
    "prores.mov": ("prores_ks", "yuva444p10le", {"profile": "4"}),
}


def rgba(frame: int) -> NDArray[np.uint8]:
    alpha = np.rint(disc(SIZE, (30 + 2 * frame, 32), 18) * 255).astype(np.uint8)
    colour = np.full((SIZE[1], SIZE[0], 3), (200, 40, 60), np.uint8)
    return np.dstack([colour, alpha])


@pytest.fixture(params=FORMS)
def clip(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    codec, form, options = FORMS[request.param]
    path = tmp_path / request.param
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=Fraction(25), options=options)
        stream.width, stream.height, stream.pix_fmt = *SIZE, form
        for frame in range(FRAMES):
            picture = av.VideoFrame.from_ndarray(rgba(frame), format="rgba").reformat(format=form)
            picture.pts = frame
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


def expected(frame: int) -> NDArray[np.float64]:
    picture = rgba(frame).astype(float)
    share = picture[..., 3:] / 255
    return np.asarray(picture[..., :3] * share + checkerboard(*SIZE) * (1 - share))


def off(rgb: NDArray[np.uint8], frame: int) -> float:
    """Mean difference, of 255, from what is to be seen."""
    return float(np.abs(rgb - expected(frame)).mean())


def test_alpha_is_seen_over_a_checkerboard(clip: Path) -> None:
    with open_video(str(clip)) as source:
        frames = list(source.frames())
    assert [frame.index for frame in frames] == list(range(FRAMES))
    assert [round(frame.pts_s * 25) for frame in frames] == list(range(FRAMES))
    for frame in frames:
        assert off(frame.rgb, frame.index) < 6
        assert off(frame.rgb, (frame.index + 5) % FRAMES) > 6, "another frame's alpha looks different"


def test_a_seek_is_as_exact_as_ever(clip: Path) -> None:
    with open_video(str(clip)) as source:
        for index in (9, 2, 11, 0, 6):
            assert off(source.read(index).rgb, index) < 6


def test_what_has_no_alpha_is_decoded_as_ever(tmp_path: Path) -> None:
    path = tmp_path / "plain.webm"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libvpx-vp9", rate=Fraction(25), options={"crf": "4", "b": "0"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for frame in range(3):
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgba(frame)[..., :3]), format="rgb24")
            picture.pts = frame
            container.mux(stream.encode(picture.reformat(format="yuv420p")))
        container.mux(stream.encode(None))
    with open_video(str(path)) as source:
        assert np.abs(source.read(1).rgb.astype(int) - (200, 40, 60)).mean() < 6
