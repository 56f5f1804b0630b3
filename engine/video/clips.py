"""From what a user names to the clips that are meant, and the folder each one's results go to."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import VideoError
from engine.video.images import list_images, natural_key
from engine.video.open import STREAM_SCHEMES

VIDEO_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".gif", ".ts", ".mts", ".m2ts", ".mpg", ".mpeg", ".wmv", ".flv"}
    | {".3gp", ".ogv", ".mxf", ".y4m"}
)


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip: what opens it (a path, a URL or `camera:0`) and the name of its folder of results."""

    what: str
    stem: str

    @property
    def path(self) -> Path | None:
        """The file or folder, or None for a stream or a camera."""
        return None if _is_live(self.what) else Path(self.what)


def find_clips(names: Sequence[str]) -> list[Clip]:
    """Return the clips that `names` mean, in the order given.

    A clip is a file, or a folder that directly holds images. Another folder is a set: the video files and the folders
    of images directly in it, in natural order. Where stems collide, the parent's name is put in front; where that does
    not help, the suffix and then a number follow. A path that does not exist is returned as a clip, so that opening it
    reports it beside the others. Raises VideoError for a folder with neither images, videos nor folders of images.
    """
    found = [member for name in names for member in _expand(name)]
    return [Clip(what, stem) for what, stem in zip(found, _stems(found), strict=True)]


def _expand(name: str) -> list[str]:
    path = Path(name)
    if _is_live(name) or not path.is_dir() or list_images(path):
        return [name]
    members = [
        child
        for child in sorted(path.iterdir(), key=lambda child: natural_key(child.name))
        if (child.is_dir() and list_images(child)) or (child.is_file() and child.suffix.lower() in VIDEO_SUFFIXES)
    ]
    if not members:
        raise VideoError(
            f"{path}: this folder holds neither images, nor videos, nor folders of images. "
            "Name a clip, or a folder of clips."
        )
    return [str(member) for member in members]


def _stems(found: Sequence[str]) -> list[str]:
    """A folder name for each clip, all different even where the file system ignores case."""
    choices = [_choices(what) for what in found]
    stems = [options[0] for options in choices]
    for level in range(1, max((len(options) for options in choices), default=0)):
        seen = Counter(stem.casefold() for stem in stems)
        stems = [
            options[level] if seen[stem.casefold()] > 1 else stem for stem, options in zip(stems, choices, strict=True)
        ]
    taken: set[str] = set()
    for place, stem in enumerate(stems):
        name, number = stem, 2
        while name.casefold() in taken:
            name, number = f"{stem}-{number}", number + 1
        taken.add(name.casefold())
        stems[place] = name
    return stems


def _choices(what: str) -> tuple[str, str, str]:
    """Names for one clip, from the shortest to the one that tells most."""
    if _is_live(what):
        name = re.sub(r"[^A-Za-z0-9.-]+", "-", what).strip("-.") or "stream"
        return name, name, name
    path = Path(what).absolute()
    stem = path.name if path.is_dir() else path.stem
    parent = path.parent.name
    return stem, f"{parent}-{stem}" if parent else stem, f"{parent}-{path.name.replace('.', '-')}"


def _is_live(what: str) -> bool:
    return what.lower().startswith("camera:") or (what.split("://", 1)[0].lower() in STREAM_SCHEMES and "://" in what)
