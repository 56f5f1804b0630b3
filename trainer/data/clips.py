"""Which unlabelled clips a recipe names, and whether they can be learnt from. Imports no torch."""

from dataclasses import dataclass
from pathlib import Path

from engine.errors import DatasetError
from engine.video import open_video
from engine.video.clips import find_clips
from engine.video.images import IMAGE_SUFFIXES
from engine.video.probe import probe_file
from trainer.recipe import UnlabelledPart


@dataclass(frozen=True, slots=True)
class UnlabelledClip:
    """A video file or a folder of images.

    path: whole. size: (width, height). frames: the indices of those that are learnt from.
    """

    path: Path
    size: tuple[int, int]
    frames: range


def find_unlabelled(
    part: UnlabelledPart, root: Path, length: int, *, careful: bool = False
) -> tuple[UnlabelledClip, ...]:
    """The clips of `part`, relative paths from `root`, each looked at.

    length: frames of a window. careful: in a child first, so that no file can take this process down. Raises
    DatasetError for a clip that is missing or has too few frames, VideoError for one that cannot be opened.
    """
    names = [str((root / Path(name).expanduser()).resolve()) for name in part.clips]
    for name in names:
        if not Path(name).exists():
            raise DatasetError(
                f"there is no clip {name}; correct clips under [data.unlabelled], whose paths are whole or begin in "
                "the dataset's folder"
            )
    paths = [Path(clip.what) for clip in find_clips(names)]
    if careful:
        for path in paths:
            if path.is_file() and path.suffix.lower() not in IMAGE_SUFFIXES:
                probe_file(path)
    if part.ranges and len(paths) != len(part.ranges):
        raise DatasetError(
            f"the {len(names)} clips under [data.unlabelled] are {len(paths)} in all, and ranges has "
            f"{len(part.ranges)}; name every clip by itself"
        )
    return tuple(_looked_at(path, part, place, length) for place, path in enumerate(paths))


def _looked_at(path: Path, part: UnlabelledPart, place: int, length: int) -> UnlabelledClip:
    with open_video(path) as source:
        count, size = source.count() or 0, source.size
    frames = part.learnt(place, count)
    if len(frames) < length:
        of_those = f", of which span = {list(part.span)} leaves {len(frames)}," if part.span != (0, 1) else ""
        remedy = "widen span, " if of_those else ""
        raise DatasetError(
            f"{path} has {count} frames{of_those} and the recipe's window is {length}; {remedy}shorten the window, or "
            "leave the clip out of [data.unlabelled]"
        )
    return UnlabelledClip(path, size, frames)
