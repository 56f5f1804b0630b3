"""Small clips whose pictures carry their own number, in the containers and codecs that matter.

The index is burnt into the top of each picture as a bar code of ten bits, readable after lossy coding. The background
moves, so that neighbouring pictures differ everywhere and predict each other as in real video.
"""

import io
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

SIZE = (160, 96)
BITS = 10
BAR_HEIGHT = 32

os.environ.setdefault("SVT_LOG", "0")  # the AV1 encoder prints its settings otherwise


def picture(index: int, size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    """Return picture `index`: uint8 (H, W, 3) RGB, its bar code in the top `BAR_HEIGHT` rows."""
    width, height = size
    x = np.arange(width)[None, :]
    y = np.arange(height)[:, None]
    red = (x * 2 + index * 5) % 256
    green = (y * 3 + index * 3) % 256
    blue = ((x + y) + index * 7) % 256
    rgb = np.stack(np.broadcast_arrays(red, green, blue), axis=-1).astype(np.uint8)
    step = width // BITS
    for bit in range(BITS):
        rgb[:BAR_HEIGHT, bit * step : (bit + 1) * step] = 235 if index >> bit & 1 else 20
    return rgb


def burnt_index(rgb: NDArray[np.uint8]) -> int:
    """Read the bar code back."""
    step = rgb.shape[1] // BITS
    middle = rgb[BAR_HEIGHT // 4 : BAR_HEIGHT * 3 // 4].astype(float).mean(axis=(0, 2))
    return sum(
        (middle[bit * step + step // 4 : (bit + 1) * step - step // 4].mean() > 128) << bit for bit in range(BITS)
    )


@dataclass(frozen=True)
class Clip:
    """A kind of clip: how it is made, and what is to be expected of it.

    first: burnt index of the first picture that is shown (an edit list may cut some).
    turn: degrees, counter-clockwise, that the container says to turn the pictures by.
    pixels: the encoder's pixel format. times: ticks of `clock` per picture, else one per 1/rate.
    """

    name: str
    suffix: str
    codec: str = "libx264"
    pixels: str = "yuv420p"
    options: dict[str, str] = field(default_factory=dict)
    count: int = 120
    size: tuple[int, int] = SIZE
    rate: Fraction = Fraction(25)
    clock: Fraction | None = None
    times: Callable[[int], int] | None = None
    container_options: dict[str, str] = field(default_factory=dict)
    format: str | None = None
    turn: int = 0
    piped: bool = False
    first: int = 0
    sound: bool = False

    def __str__(self) -> str:
        return self.name


def _uneven(index: int) -> int:
    """Ticks of 1/1000 s, 20 to 80 apart, never regular."""
    return sum(20 + (step * 37) % 61 for step in range(index))


GOP250 = {"g": "250", "bf": "3", "preset": "veryfast", "x264-params": "scenecut=0:b-adapt=0"}
SHORT = {"g": "24", "bf": "2", "preset": "ultrafast"}
OPEN_GOP = {"preset": "veryfast", "x264-params": "open-gop=1:keyint=20:bframes=3:b-adapt=0"}
INTRA_REFRESH = {"preset": "veryfast", "x264-params": "intra-refresh=1:keyint=25:bframes=0"}
HEVC = {"preset": "ultrafast", "x265-params": "keyint=30:log-level=none"}
NTSC = Fraction(30000, 1001)

CLIPS = [
    Clip("mp4 b-frames gop 250", ".mp4", options=GOP250, count=300, sound=True),
    Clip("mp4 variable rate", ".mp4", options=SHORT, clock=Fraction(1, 1000), times=_uneven),
    Clip("mp4 edit list, negative start", ".mp4", options=SHORT, times=lambda i: i - 7, first=7),
    Clip("mp4 late start", ".mp4", options=SHORT, times=lambda i: i + 40),
    Clip("mp4 ntsc", ".mp4", options=SHORT, rate=NTSC),
    Clip("mp4 fragmented", ".mp4", options=SHORT, container_options={"movflags": "frag_keyframe+empty_moov"}),
    Clip("mp4 open gop", ".mp4", options=OPEN_GOP),
    Clip("mp4 intra refresh", ".mp4", options=INTRA_REFRESH),
    Clip("mp4 hevc", ".mp4", codec="libx265", options=HEVC),
    Clip("mp4 av1", ".mp4", codec="libsvtav1", options={"preset": "12", "svtav1-params": "keyint=40"}, count=80),
    Clip("mp4 mpeg4", ".mp4", codec="mpeg4", options={"g": "15", "bf": "2", "b": "2M"}),
    *(Clip(f"mp4 turned {turn}", ".mp4", options=SHORT, turn=turn, count=60) for turn in (90, 180, 270)),
    Clip("mov", ".mov", options=SHORT),
    Clip("mov prores 10 bit", ".mov", codec="prores_ks", pixels="yuv422p10le", count=60),
    Clip("mkv 10 bit", ".mkv", codec="libx265", pixels="yuv420p10le", options=HEVC),
    Clip("mkv h264 10 bit", ".mkv", pixels="yuv420p10le", options=SHORT),
    Clip("mkv variable rate, odd size", ".mkv", codec="ffv1", size=(165, 97), clock=Fraction(1, 1000), times=_uneven),
    Clip("mkv odd 4:4:4", ".mkv", pixels="yuv444p", size=(161, 95), options=SHORT),
    Clip("mkv open gop", ".mkv", options=OPEN_GOP),
    Clip("mkv live, no duration", ".mkv", options=SHORT, piped=True, format="matroska"),
    Clip("webm vp9 odd size", ".webm", codec="libvpx-vp9", size=(161, 97),
         options={"deadline": "realtime", "cpu-used": "8", "g": "40", "auto-alt-ref": "1", "lag-in-frames": "10"}),
    Clip("webm vp8 hidden frames", ".webm", codec="libvpx",
         options={"cpu-used": "5", "g": "40", "auto-alt-ref": "1", "lag-in-frames": "16", "b": "1M"}),
    Clip("avi mpeg4 b-frames", ".avi", codec="mpeg4", options={"g": "30", "bf": "2", "b": "2M"}),
    Clip("avi h264", ".avi", options=SHORT),
    Clip("avi mjpeg", ".avi", codec="mjpeg", pixels="yuvj420p", options={"q": "3"}),
    Clip("gif", ".gif", codec="gif", pixels="rgb8", count=60),
    Clip("ts h264", ".ts", options={**SHORT, "x264-params": "open-gop=1"}, format="mpegts", sound=True),
    Clip("ts mpeg2", ".ts", codec="mpeg2video", options={"g": "12", "bf": "2", "b": "3M"}, format="mpegts"),
    Clip("ts mpeg2 interlaced", ".ts", codec="mpeg2video",
         options={"g": "12", "bf": "2", "b": "3M", "flags": "+ilme+ildct"}, format="mpegts"),
    Clip("flv", ".flv", options=SHORT),
    Clip("raw h264", ".h264", options=SHORT, format="h264"),
]  # fmt: skip


@contextmanager
def _same_scheduling() -> Iterator[None]:
    """Undo what SVT-AV1 does where root runs it: it gives the calling thread real-time priority over everything, and
    leaves it there. All other processes of the machine would wait for the tests that follow.
    """
    if not hasattr(os, "sched_getscheduler"):
        yield
        return
    policy, priority = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, priority)


def write_clip(clip: Clip, path: Path) -> Path:
    """Make the clip at `path` and return it."""
    with _same_scheduling():
        return _write_clip(clip, path)


def _write_clip(clip: Clip, path: Path) -> Path:
    sink = _Pipe() if clip.piped else str(path)
    with av.open(sink, "w", format=clip.format, options=clip.container_options) as container:
        stream = container.add_stream(clip.codec, rate=clip.rate, options=clip.options)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = clip.size
        stream.pix_fmt = clip.pixels
        stream.thread_count = 1
        if clip.clock is not None:
            stream.time_base = stream.codec_context.time_base = clip.clock
        if clip.turn:
            stream.set_display_rotation(clip.turn)
        sound = container.add_stream("aac", rate=48000, layout="mono") if clip.sound else None
        for index in range(clip.count):
            frame = av.VideoFrame.from_ndarray(picture(index, clip.size)).reformat(format=clip.pixels)
            frame.pts = clip.times(index) if clip.times else index
            frame.time_base = clip.clock or 1 / clip.rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None:
            for packet in _hum(sound, float(clip.count / clip.rate)):
                container.mux(packet)
    if isinstance(sink, _Pipe):
        path.write_bytes(sink.getvalue())
    return path


def _hum(stream: av.AudioStream, seconds: float) -> Iterator[av.Packet]:
    for block in range(int(seconds * 48000 / 1024)):
        samples = np.sin(np.arange(1024) * 0.05 + block).astype(np.float32)[None]
        frame = av.AudioFrame.from_ndarray(samples * 0.1, format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 48000, block * 1024
        yield from stream.encode(frame)
    yield from stream.encode(None)


class _Pipe(io.BytesIO):
    """Takes bytes and cannot go back, so that the muxer writes neither duration nor index."""

    def seekable(self) -> bool:
        return False

    seek = None  # type: ignore[assignment]
    tell = None  # type: ignore[assignment]


def write_plain(path: Path, pictures: Iterable[NDArray[np.uint8]], **kwargs: str) -> Path:
    """A quick H.264 clip at 25 frames a second of the pictures given; returns `path`."""
    with av.open(str(path), "w", format=kwargs.pop("format", None)) as container:
        stream = None
        for index, rgb in enumerate(pictures):
            if stream is None:
                stream = container.add_stream("libx264", rate=25, options={**SHORT, **kwargs})
                stream.height, stream.width = rgb.shape[:2]
                stream.pix_fmt = "yuv420p"
            frame = av.VideoFrame.from_ndarray(rgb)
            frame.pts = index
            container.mux(stream.encode(frame))
        assert stream is not None
        container.mux(stream.encode(None))
    return path
