"""Results on disk: an overlay video with the source's own times, and masks as indexed PNG."""

import errno
from contextlib import ExitStack, nullcontext
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray
from PIL import Image

from engine.atomic import REPLACE, Placing, atomic_write
from engine.errors import ExportError

CLOCK = Fraction(1, 90_000)
BT709 = 1  # AVCOL_SPC_, AVCOL_PRI_ and AVCOL_TRCBT709 alike


class OverlayWriter:
    """Writes an H.264 mp4 whose frames keep the times they are given; the rate may vary.

    An odd width or height is padded by repeating the last column or row, since H.264's 4:2:0 needs even sizes; pixels
    are not resampled for it. Pictures of another size are scaled to `size`.

    The file appears under its name only when `close` succeeds; `abort`, or an exception inside the `with` block, leaves
    nothing behind and an older file untouched.
    """

    container_format = "mp4"

    def __init__(
        self,
        path: str | Path,
        size: tuple[int, int],
        *,
        time_base: Fraction = CLOCK,
        quality: int = 20,
        growing: bool = False,
        placing: Placing = REPLACE,
    ) -> None:
        """Start the file.

        size: (width, height) in pixels of the video.
        time_base: seconds per tick; give the source's `time_base` to keep its times to the tick.
        quality: x264's constant rate factor, 0 (lossless) to 51.
        growing: write under its own name from the start, in fragments of a second, so that a program that is killed
            leaves a video that plays up to there. There must be no file of that name.
        placing: what may be replaced by a video that does not grow.

        Raises ExportError naming the path, the reason and the remedy.
        """
        self.path = Path(path)
        self.frames = 0
        self._size = size
        self._padded = self._padding(size)
        self._time_base = time_base
        self._last: int | None = None
        self._shift = 0  # ticks; players cut what an mp4 shows before 0
        self._finished = False
        self._reformatter = VideoReformatter()
        self._stack = ExitStack()
        try:
            with ExitStack() as stack:
                place = nullcontext(self.path) if growing else atomic_write(self.path, placing=placing)
                temporary = stack.enter_context(place)
                temporary.touch(
                    exist_ok=False
                )  # the container is opened late; a place that cannot be written to should show now
                # No fast start: moving the header to the front would copy the whole file once more.
                options = (
                    {"movflags": "frag_keyframe+empty_moov+default_base_moof", "flush_packets": "1"} if growing else {}
                )
                self._container = stack.enter_context(
                    av.open(str(temporary), "w", format=self.container_format, options=options)
                )
                self._stream = self._add_stream(quality, growing)
                self._stack = stack.pop_all()
        except (av.FFmpegError, OSError) as failure:
            raise export_error(self.path, failure) from failure

    def _padding(self, size: tuple[int, int]) -> tuple[int, int]:
        """The size that is encoded, (width, height)."""
        return size[0] + size[0] % 2, size[1] + size[1] % 2

    def _add_stream(self, quality: int, growing: bool) -> av.VideoStream:
        options = {"preset": "veryfast", "crf": str(quality)}
        if growing:
            options |= {"g": "25", "tune": "zerolatency"}  # nothing is held back, and a fragment is soon whole
        stream = self._container.add_stream("libx264", options=options)
        stream.width, stream.height = self._padded
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = self._time_base
        codec = stream.codec_context
        codec.colorspace = codec.color_primaries = codec.color_trc = BT709
        codec.color_range = ColorRange.MPEG
        return stream

    def write(self, rgb: NDArray[np.uint8], pts_s: float) -> None:
        """Add a picture.

        rgb: uint8 (H, W, 3) RGB, any size.
        pts_s: seconds, later than the picture before (a time that is not is moved on by one tick). If the first is
            below 0, all are shifted so that it becomes 0.
        Raises ExportError if the file cannot grow (no space) or is already finished.
        """
        if self._finished:
            raise ExportError(f"{self.path}: the video is already finished. Start a new one.")
        picture = self._picture(rgb)
        ticks = round(Fraction(pts_s) / self._time_base)
        if self._last is None:
            self._shift = max(0, -ticks)
        ticks += self._shift
        self._last = ticks if self._last is None else max(ticks, self._last + 1)
        picture.pts, picture.time_base = self._last, self._time_base
        try:
            self._container.mux(self._stream.encode(picture))
        except (av.FFmpegError, OSError, ValueError) as failure:
            self.abort()
            raise export_error(self.path, failure) from failure
        self.frames += 1

    def _picture(self, rgb: NDArray[np.uint8]) -> av.VideoFrame:
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
        if (picture.width, picture.height) != self._size:
            shrinks = self._size[0] < picture.width
            how = Interpolation.AREA if shrinks else Interpolation.BILINEAR
            width, height = self._size
            picture = self._reformatter.reformat(picture, width, height, "rgb24", interpolation=how)
        if self._padded != self._size:
            right, bottom = self._padded[0] - self._size[0], self._padded[1] - self._size[1]
            pixels = np.asarray(picture.to_ndarray(), np.uint8)
            padded = np.pad(pixels, ((0, bottom), (0, right), (0, 0)), mode="edge")
            picture = av.VideoFrame.from_ndarray(padded, format="rgb24")
        return self._reformatter.reformat(
            picture,
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
        )

    def close(self) -> None:
        """Finish the file and put it in place. Raises ExportError; then there is no new file. May be called twice."""
        if self._finished:
            return
        if self._last is None:
            self.abort()
            raise ExportError(f"{self.path}: no frame was written, so there is no video. Export at least one frame.")
        self._finished = True
        try:
            with self._stack:
                self._container.mux(self._stream.encode(None))
        except (av.FFmpegError, OSError, ValueError) as failure:
            raise export_error(self.path, failure) from failure

    def abort(self) -> None:
        """Drop what was written. May be called twice, and after `close`."""
        self._finished = True
        try:
            # The exit stack is told of a failure, so that nothing takes the old file's place.
            self._stack.__exit__(_Aborted, _Aborted(), None)
        except (_Aborted, av.FFmpegError, OSError):
            return  # closing half a file may fail as well; the temporary file is gone either way

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()


class _Aborted(Exception):
    """Unwinds the writer's exit stack as a failure would."""


def write_mask(
    path: str | Path, mask: NDArray[np.uint8], colours: NDArray[np.uint8], *, placing: Placing = REPLACE
) -> None:
    """Write a mask as an indexed PNG whose pixel values are the class ids.

    mask: uint8 (H, W), class id per pixel.
    colours: uint8 (256, 3), RGB by class id.

    placing: what may be replaced.

    The file is replaced atomically but not flushed to the disk one by one, since there are thousands of them.
    Raises ExportError naming the path, the reason and the remedy.
    """
    image = Image.fromarray(np.ascontiguousarray(mask, np.uint8), mode="P")
    image.putpalette(np.ascontiguousarray(colours, np.uint8).tobytes())
    try:
        with atomic_write(path, durable=False, placing=placing) as temporary:
            image.save(temporary, format="PNG", compress_level=3)
    except OSError as failure:
        raise export_error(Path(path), failure) from failure


def export_error(path: Path, failure: BaseException) -> ExportError:
    """Say why `path` could not be written, and what to do."""
    code = getattr(failure, "errno", None)
    if code in (errno.ENOSPC, errno.EDQUOT):
        return ExportError(f"{path}: there is no space left on the disk. Free some, or write to another one.")
    if code in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ExportError(
            f"{path}: this place may not be written to. Choose another folder or change its permissions."
        )
    if code in (errno.ENOENT, errno.ENOTDIR):
        return ExportError(f"{path}: its folder does not exist. Create {path.parent} or choose another one.")
    detail = getattr(failure, "strerror", None) or str(failure) or type(failure).__name__
    return ExportError(f"{path}: it cannot be written ({detail}). Choose another name or folder.")
