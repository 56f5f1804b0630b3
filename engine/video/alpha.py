"""Clips that bring alpha with them: decoded so that it is kept, and shown over a checkerboard."""

import av
import numpy as np
from numpy.typing import NDArray

_KEEPS_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""By codec, the decoder that reads the second picture in which WebM has alpha; FFmpeg's own leave it out."""
_SQUARES = 36  # lines of the picture for one of a checkerboard's squares
_LIGHT, _DARK = 204, 153


def alpha_decoder(stream: av.VideoStream) -> av.VideoCodecContext | None:
    """A decoder that keeps a WebM stream's alpha; None where the stream's own does, or there is no such decoder."""
    name = _KEEPS_ALPHA.get(stream.codec_context.name)
    tagged = any(key.lower() == "alpha_mode" and value == "1" for key, value in stream.metadata.items())
    if name is None or not tagged or name not in av.codecs_available:
        return None
    decoder = av.CodecContext.create(name, "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.extradata = stream.codec_context.extradata
    return decoder


def has_alpha(picture: av.VideoFrame) -> bool:
    """Whether a decoded picture says how much of it is there."""
    return any(component.is_alpha for component in picture.format.components)


def checkerboard(width: int, height: int) -> NDArray[np.uint8]:
    """Light and dark squares, uint8 (height, width, 3)."""
    side = max(2, height // _SQUARES)
    y, x = np.mgrid[0:height, 0:width] // side
    return np.where((x + y) % 2, _DARK, _LIGHT).astype(np.uint8)[..., None].repeat(3, axis=2)
