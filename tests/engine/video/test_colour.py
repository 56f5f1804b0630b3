"""Colours come out as they went in: matrix, range and depth are taken from the stream."""

from pathlib import Path

import av
import numpy as np
import pytest

from engine.video import open_video

PATCHES = [(235, 30, 30), (30, 200, 60), (40, 60, 220), (128, 128, 128), (250, 250, 250), (5, 5, 5), (220, 180, 140)]
BT709, BT601, BT2020, UNSPECIFIED = 1, 6, 9, 2
LIMITED, FULL = 1, 2
WEIGHTS = {BT709: (0.2126, 0.0722), BT601: (0.299, 0.114), BT2020: (0.2627, 0.0593)}


def yuv(rgb: tuple[int, int, int], matrix: int, full: bool, bits: int) -> list[int]:
    """The definition, written out: RGB 0..255 to Y'CbCr of `bits` bits."""
    red, green, blue = (value / 255 for value in rgb)
    kr, kb = WEIGHTS[matrix]
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    cb, cr = (blue - luma) / (2 * (1 - kb)), (red - luma) / (2 * (1 - kr))
    unit = 2 ** (bits - 8)
    if full:
        top = 2**bits - 1
        values = [luma * top, cb * top + 128 * unit, cr * top + 128 * unit]
    else:
        values = [(16 + 219 * luma) * unit, (128 + 224 * cb) * unit, (128 + 224 * cr) * unit]
    return [int(np.clip(round(value), 0, 2**bits - 1)) for value in values]


def write_patches(path: Path, matrix: int, colour_range: int, *, tag: int, pixels: str, height: int = 64) -> None:
    """One lossless picture: a row of patches, each 32 wide, stored with `matrix` and labelled `tag`."""
    bits = 10 if "10" in pixels else 8
    kind = np.uint16 if bits == 10 else np.uint8
    columns = np.array([yuv(rgb, matrix, colour_range == FULL, bits) for rgb in PATCHES], kind)
    frame = av.VideoFrame(32 * len(PATCHES), height, pixels)
    for plane, values in zip(frame.planes, columns.T, strict=True):
        row = np.repeat(values, plane.width // len(PATCHES))
        rows = np.zeros((plane.height, plane.line_size // row.itemsize), kind)
        rows[:, : plane.width] = row
        plane.update(rows.tobytes())
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = frame.width, height, pixels
        stream.codec_context.colorspace = frame.colorspace = tag
        stream.codec_context.color_range = frame.color_range = colour_range
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv444p", "yuv420p10le", "yuv422p10le"])
@pytest.mark.parametrize("colour_range", [LIMITED, FULL])
@pytest.mark.parametrize("matrix", [BT709, BT601, BT2020])
def test_tagged_patches(matrix: int, colour_range: int, pixels: str, tmp_path: Path) -> None:
    write_patches(tmp_path / "patches.mkv", matrix, colour_range, tag=matrix, pixels=pixels)
    check(tmp_path / "patches.mkv")


@pytest.mark.parametrize(("height", "matrix"), [(64, BT601), (576, BT601), (720, BT709)])
def test_untagged_patches_go_by_height(height: int, matrix: int, tmp_path: Path) -> None:
    write_patches(tmp_path / "patches.mkv", matrix, LIMITED, tag=UNSPECIFIED, pixels="yuv420p", height=height)
    check(tmp_path / "patches.mkv")


def check(path: Path) -> None:
    with open_video(path) as source:
        rgb = source.read(0).rgb
    for place, wanted in enumerate(PATCHES):
        patch = rgb[8:-8, place * 32 + 8 : place * 32 + 24].astype(int)
        assert np.abs(patch - wanted).max() <= 3, (wanted, patch[0, 0])
