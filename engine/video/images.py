"""A folder of images as a clip."""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import VideoError
from engine.video.frame import Frame
from engine.video.source import VideoSource

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})
DEFAULT_RATE = Fraction(25)
FASTEST = 1000  # frames a second


def list_images(folder: Path) -> list[Path]:
    """Return the images directly in `folder` in natural order (`f2` before `f10`); hidden files are left out."""
    found = [
        path
        for path in folder.iterdir()
        if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".") and path.is_file()
    ]
    return sorted(found, key=lambda path: natural_key(path.name))


def parse_rate(text: str) -> Fraction:
    """Frames a second as people write them: `25`, `29.97` or `30000/1001`. Raises ValueError that says why not."""
    try:
        rate = Fraction(text.strip())
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(f"{text!r} is no frame rate; write it like 25 or 30000/1001") from error
    if not 0 < rate <= FASTEST:
        raise ValueError(f"{text!r} is no frame rate; it must be above 0, and at most {FASTEST}")
    return rate


def stamps_of(clip: Path) -> list[tuple[str, int, int]]:
    """What tells a clip, a file or a folder of images, from what it was before: of each file the name, the size and
    when it was last written, nanoseconds. Touches the disk. Raises OSError.
    """
    files = list_images(clip) if clip.is_dir() else [clip]
    return [(file.name, (status := file.stat()).st_size, status.st_mtime_ns) for file in files]


def natural_key(name: str) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """Sort key in which numbers count as numbers; the name itself breaks ties, so the order is always the same."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    return tuple((0, int(part), "") if part[0] in "0123456789" else (1, 0, part.casefold()) for part in parts), name


class ImageFolderSource(VideoSource):
    """Images in natural order of their names, shown at a constant rate; `pts_s` is index / rate.

    All images must have one size. Images are read when asked for and not kept. EXIF orientation is applied.

    is_folder: False where the images were named one by one.
    """

    def __init__(
        self, folder: str | Path, *, fps: Fraction = DEFAULT_RATE, files: Sequence[Path] | None = None
    ) -> None:
        """Open the images in `folder`, or `files` in the order given.

        Raises VideoError if there is no image, or the first one cannot be read.
        """
        self._folder = Path(folder)
        self.name = self._folder.absolute().name or str(self._folder)
        self.is_folder = files is None
        try:
            self._files = list(files) if files is not None else list_images(self._folder)
        except OSError as failure:
            raise VideoError(
                f"{folder}: the folder cannot be read ({failure.strerror}). Check its permissions."
            ) from failure
        if not self._files:
            kinds = ", ".join(sorted(IMAGE_SUFFIXES))
            raise VideoError(
                f"{folder}: there are no images directly in this folder. Choose one that holds {kinds} files."
            )
        if fps <= 0:
            raise VideoError(f"{folder}: {fps} frames per second is no rate. Give a number above 0.")
        self.frame_rate = fps
        self.frame_count = len(self._files)
        self._closed = False
        self.size = (0, 0)
        height, width = self._load(0).shape[:2]
        self.size = (width, height)

    def frames(self, start: int = 0) -> Iterator[Frame]:
        """See VideoSource.frames. An image that cannot be read, or of another size, ends the clip with `error`."""
        self._check_open(start)
        return self._play(start)

    def _play(self, start: int) -> Iterator[Frame]:
        for index in range(start, len(self._files)):
            if self._closed:
                return
            try:
                frame = self.read(index)
            except VideoError as failure:
                self.error = failure
                return
            yield frame
        self.error = None

    def read(self, index: int) -> Frame:
        """See VideoSource.read."""
        self._check_open(index)
        if index >= len(self._files):
            raise VideoError(
                f"{self.name}: there is no frame {index}; the last one is {len(self._files) - 1}.", frame=index
            )
        return Frame(index, float(index / self.frame_rate) if self.frame_rate else 0.0, self._load(index))

    def close(self) -> None:
        self._closed = True

    def _load(self, index: int) -> NDArray[np.uint8]:
        path = self._files[index]
        try:
            # cv2.imread cannot open every name on Windows, so the bytes are read here.
            rgb = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR_RGB)
        except (OSError, cv2.error) as failure:
            raise self._unreadable(index, str(failure).strip()) from failure
        if rgb is None:
            raise self._unreadable(index, "it is empty, cut short or no image")
        size = (rgb.shape[1], rgb.shape[0])
        if self.size not in ((0, 0), size):
            text = f"{path}: expected {self.size[0]}×{self.size[1]} like the first image, found {size[0]}×{size[1]}."
            raise VideoError(f"{text} Scale the images to one size, or move this one away.", frame=index)
        return np.asarray(rgb, np.uint8)

    def _unreadable(self, index: int, why: str) -> VideoError:
        path = self._files[index]
        return VideoError(
            f"{path}: frame {index} cannot be read ({why}). Save the image again or remove it.", frame=index
        )

    def _check_open(self, index: int) -> None:
        if self._closed:
            raise VideoError(f"{self.name}: the folder is closed. Open it again.")
        if index < 0:
            raise VideoError(f"{self.name}: there is no frame {index}; the first one is 0.", frame=index)
