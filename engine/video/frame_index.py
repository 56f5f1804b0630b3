"""Which pictures a file holds, in display order, and where decoding can start."""

from collections.abc import Iterable
from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray

# Codecs whose key pictures stand alone, so that decoding may start there. An animated gif paints over what came before.
_SEEKABLE_CODECS = {
    "av1", "dnxhd", "dvvideo", "ffv1", "ffvhuff", "flv", "h263", "h264", "hevc", "huffyuv", "libdav1d", "libvpx",
    "libvpx-vp9", "magicyuv", "mjpeg", "mpeg1video", "mpeg2video", "mpeg4", "msmpeg4v2", "msmpeg4v3", "png",
    "prores", "rawvideo", "theora", "utvideo", "v210", "vc1", "vp8", "vp9", "wmv1", "wmv2", "wmv3",
}  # fmt: skip
# Codecs whose packets may hold a picture that is never shown, so that packets cannot be counted as pictures.
_HIDDEN_PICTURES = {"vp8", "libvpx"}
_PROGRESSIVE = 1  # AVFieldOrder; 0 is unknown, above 1 are the interlaced ones (two packets may make one picture)


@dataclass(frozen=True, slots=True, eq=False)
class FrameIndex:
    """Numbers only: about 10 bytes a picture, so that a long video costs nothing.

    pts: int64 (N,), presentation time of picture i in the stream's time base, strictly rising. Empty if not `seekable`.
    keys: int64 (K,), indices of the pictures that decoding can start at, rising.
    count: N, the number of pictures.
    exact: True if every picture was seen decoded; False if packets were counted.
    seekable: False if pictures can only be told apart by counting from the start.
    """

    pts: NDArray[np.int64]
    keys: NDArray[np.int64]
    count: int
    exact: bool
    seekable: bool = True

    def position(self, pts: int | None) -> int | None:
        """Return the index of the picture shown at `pts`, or None if there is none."""
        if pts is None:
            return None
        place = int(np.searchsorted(self.pts, pts))
        return place if place < len(self.pts) and self.pts[place] == pts else None

    def key_before(self, index: int) -> int | None:
        """Return the last key picture at or before `index`, or None (then decoding starts at the file's start)."""
        place = int(np.searchsorted(self.keys, index, side="right")) - 1
        return int(self.keys[place]) if place >= 0 else None


def can_seek(stream: av.VideoStream) -> bool:
    """True if the codec's key pictures stand alone, so that decoding may start at one of them."""
    return stream.codec_context.codec.name in _SEEKABLE_CODECS


def scan_packets(packets: Iterable[av.Packet], stream: av.VideoStream, first_pts: int | None) -> FrameIndex | None:
    """Index a stream by its packets alone (hundreds of times faster than decoding).

    packets: all packets of the stream, demuxed from the start.
    first_pts: presentation time of the first picture that decodes; packets before it give no picture.
    Returns None where packets do not tell the pictures apart: missing or double times, damaged packets, codecs with
    hidden pictures, interlaced streams. Those need `scan_pictures`.
    """
    codec = stream.codec_context
    if first_pts is None or codec.codec.name in _HIDDEN_PICTURES or codec.field_order > _PROGRESSIVE:
        return None
    times: list[int] = []
    keys: list[int] = []
    for packet in packets:
        if packet.size == 0 and packet.pts is None:
            continue  # the flush packet at the end
        if packet.pts is None or packet.is_corrupt:
            return None
        if packet.is_discard or packet.pts < first_pts:
            continue
        times.append(packet.pts)
        if packet.is_keyframe:
            keys.append(packet.pts)
    return index_of(times, keys, exact=False)


def index_of(times: Iterable[int], keys: Iterable[int], *, exact: bool) -> FrameIndex | None:
    """Make an index of presentation times; None if one is missing or double.

    times: of decoded pictures in the order they came (`exact`), or of packets.
    """
    listed = list(times)
    if not listed:
        return None
    pts = np.asarray(listed, np.int64)
    if not exact:
        pts = np.sort(pts)  # packets come in decoding order; pictures come as they are shown
    if np.any(np.diff(pts) <= 0):
        return None
    # A key picture that is not shown (or not decoded) is no entry; decoding then starts at the one before.
    positions = np.flatnonzero(np.isin(pts, np.asarray(list(keys), np.int64)))
    return FrameIndex(pts, positions.astype(np.int64), len(pts), exact)


def counted(count: int) -> FrameIndex:
    """An index for pictures that can only be counted from the start."""
    empty = np.empty(0, np.int64)
    return FrameIndex(empty, empty, count, exact=True, seekable=False)
