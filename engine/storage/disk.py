"""Whether results will fit on the disk, told before the work and not in the middle of it."""

from dataclasses import dataclass
from pathlib import Path

from engine.errors import ExportError
from engine.storage.size import free_space

_EXPECTED = {
    **{"masks": 0.05, "overlay": 0.05, "comparison": 0.025},
    **{"alpha": 0.1, "prores": 1.4, "vp9": 0.03, "ffv1": 0.8, "png": 2.2, "h264": 0.05, "trimap": 0.03},
}
_LEAST = {
    **{"masks": 0.01, "overlay": 0.01, "comparison": 0.005},
    **{"alpha": 0.02, "prores": 0.3, "vp9": 0.003, "ffv1": 0.2, "png": 0.5, "h264": 0.004, "trimap": 0.005},
}
"""Bytes a pixel of every frame. Masks of street's eleven classes took 0.016 to 0.045 on four clips of 640×272 to
1280×720 (smaller pictures take more for their size), overlay videos 0.015 to 0.047. Videos of comparisons, counted in
pixels of their own, took 0.007 to 0.021 on five clips. Alpha and movies of mattes: one clip of 640×360."""
_ONCE = {"comparison": 4_000_000}
"""Bytes that do not grow with the frames: pictures, and the page that holds them again."""
_RESERVE = 50_000_000  # bytes that a disk is not filled up to, since the system needs some itself


@dataclass(frozen=True, slots=True)
class Space:
    """What results will take, and what there is. least, expected, free: bytes."""

    folder: Path
    least: int
    expected: int
    free: int

    @property
    def is_enough(self) -> bool:
        """Whether what is to be expected fits."""
        return self.expected + _RESERVE <= self.free

    @property
    def warning(self) -> str | None:
        """What to tell before the work, or None where there is room."""
        if self.is_enough:
            return None
        return (
            f"{self.folder}: about {text_of(self.expected)} are to be expected, and {text_of(self.free)} are free. "
            "Free some space or choose another folder; a shorter span takes less."
        )


def foresee(folder: Path, size: tuple[int, int], frames: int, parts: tuple[str, ...]) -> Space:
    """What `frames` frames of `size` (width, height) will take in `folder`, which need not exist yet.

    parts: of "masks", "overlay", and "comparison", where `size` is that of its video. Touches the disk. Raises
    ExportError where nothing of the path exists.
    """
    try:
        free, _ = free_space(folder)
    except OSError as error:
        raise ExportError(f"{folder}: it cannot be reached ({error.strerror}). Choose another folder.") from error
    pixels = size[0] * size[1] * frames
    least, expected = (round(pixels * sum(rate[part] for part in parts)) for rate in (_LEAST, _EXPECTED))
    once = sum(_ONCE.get(part, 0) for part in parts)
    return Space(folder, least + once, expected + once, free)


def require_space(space: Space) -> None:
    """Raise ExportError where even the least that results can take does not fit."""
    if space.least + _RESERVE > space.free:
        raise ExportError(
            f"{space.folder}: {text_of(space.expected)} are to be expected, and only {text_of(space.free)} are free. "
            "Free some space, or write to another disk."
        )


def text_of(count: int) -> str:
    """Bytes as people read them: 512 B, 1.2 MB, 3.4 GB."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
