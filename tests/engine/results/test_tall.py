"""A portrait clip, taller than wide, by a network that looks at squares: nothing that is written of it is squashed."""

from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engine.results.drawing import Drawing
from engine.results.folder import BOTH, MOVIES
from engine.results.masks import export_masks
from engine.results.matte import parse_ground
from engine.segmentation import Segmentation
from engine.tasks.matting import of_alpha
from engine.video.clips import Clip
from engine.video.writer import OverlayWriter
from tests.engine.mattes import FakeMatte, disc
from tests.engine.results.test_matte import decoded

SIZE = (144, 256)
RADIUS = 40


class Square(FakeMatte):
    """The person is what is light; seen at 64 × 64, whatever the frame's shape."""

    def __init__(self) -> None:
        super().__init__([])

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        alpha = cv2.resize(rgb[..., 0] / np.float32(255), (64, 64), interpolation=cv2.INTER_AREA)
        return Segmentation.of(of_alpha(alpha), (rgb.shape[1], rgb.shape[0]), 2.0)


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    """Somebody round in the middle."""
    path = tmp_path / "selfie.mp4"
    light = np.rint(255 * disc(SIZE, (SIZE[0] / 2, SIZE[1] / 2), RADIUS)).astype(np.uint8)
    with OverlayWriter(path, SIZE) as writer:
        for index in range(3):
            writer.write(light[..., None].repeat(3, axis=2), index / 25)
    return Clip(str(path), path.stem)


def is_round(person: NDArray[np.bool_]) -> bool:
    rows, columns = np.flatnonzero(person.any(axis=1)), np.flatnonzero(person.any(axis=0))
    middle = abs(rows.mean() - SIZE[1] / 2) < 3 and abs(columns.mean() - SIZE[0] / 2) < 3
    return bool(middle and abs(np.ptp(rows) - 2 * RADIUS) < 12 and abs(np.ptp(columns) - 2 * RADIUS) < 12)


@pytest.mark.parametrize("ground", ["overlay", "green", "blur", "picture", "clip"])
def test_everything_that_is_written_has_its_shape(clip: Clip, tmp_path: Path, ground: str) -> None:
    Image.fromarray(np.full((90, 160, 3), 60, np.uint8)).save(tmp_path / "wide.png")
    text = {"picture": str(tmp_path / "wide.png"), "clip": str(Path(clip.what))}.get(ground, ground)
    out = tmp_path / "out"
    drawing = Drawing(ground=parse_ground(text), foreground_colours=True)
    summary = export_masks(clip, Square(), out, parts=(*BOTH, *MOVIES, "trimap"), drawing=drawing)
    assert (summary.error, summary.size) == (None, SIZE)
    for file in (f"{folder}/000001.png" for folder in ("masks", "alpha", "trimap")):
        stored = np.asarray(Image.open(out / file))
        assert stored.shape == SIZE[::-1], file
        assert is_round(stored > (200 if "trimap" in file else stored.max() / 2)), file
    assert is_round(np.asarray(Image.open(out / "rgba" / "000001.png"))[..., 3] > 127)
    for file, decoder in (("matte.mov", None), ("matte.mkv", None), ("matte.webm", "libvpx-vp9")):
        assert is_round(decoded(out / file, decoder)[1][..., 3] > 127), file
    for file in ("overlay.mp4", "matte.mp4"):
        with av.open(str(out / file)) as movie:
            stream = movie.streams.video[0]
            assert (stream.width, stream.height, stream.sample_aspect_ratio or 1) == (*SIZE, 1)
        if ground in ("green", "picture"):
            assert is_round(decoded(out / file)[1][..., :3].min(axis=2) > 150), file
