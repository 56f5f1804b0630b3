"""From what a user names to the clips that are meant, and the folder each one's results go to."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import VideoError
from engine.video.images import IMAGE_SUFFIXES, list_images, natural_key
from engine.video.source import STREAM_SCHEMES

VIDEO_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".qt", ".mkv", ".webm", ".avi", ".divx", ".gif", ".apng", ".ts", ".m2t", ".mts", ".m2ts"}
    | {".mpg", ".mpeg", ".m1v", ".m2v", ".vob", ".wmv", ".asf", ".flv", ".f4v", ".3gp", ".3g2", ".ogv", ".ogg", ".mxf"}
    | {".y4m", ".nut", ".mj2", ".mjpg", ".mjpeg", ".dv", ".ivf", ".h264", ".264", ".h265", ".265", ".hevc", ".obu"}
    | {".avif"}
)
"""What is taken out of a folder: what opens alone, as a video."""

COVERS = 2
"""So many pictures beside clips at most are covers; more are a clip, too."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip: what opens it (a path, a URL or `camera:0`) and the name of its folder of results."""

    what: str
    stem: str

    @property
    def path(self) -> Path | None:
        """The file or folder, or None for a stream or a camera."""
        return None if _is_live(self.what) else Path(self.what)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What is in a folder of clips and is none: how many, the first of them, and why."""

    folder: Path
    names: tuple[str, ...]
    reason: str

    def __str__(self) -> str:
        more = len(self.names) - _SHOWN
        names = ", ".join(self.names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
        return f"{self.folder}: left out {names}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Found:
    """The clips that were meant, and what was left out of their folders."""

    clips: list[Clip]
    left_out: tuple[LeftOut, ...]


def find_clips(names: Sequence[str]) -> list[Clip]:
    """The clips that `names` mean, as `survey_clips` finds them."""
    return survey_clips(names).clips


def survey_clips(names: Sequence[str]) -> Found:
    """Return the clips that `names` mean, in the order given, and what was left out.

    A clip is a file, or a folder that directly holds images. A folder that holds videos is a set: the videos and the
    folders of images directly in it, in natural order, and its own images first where they are more than COVERS. So is
    one that holds folders of images, and at most COVERS images. Hidden files count nowhere. Where stems collide, the
    parent's name is put in front; where that does not help, the suffix and then a number follow. A path that does not
    exist is returned as a clip, so that opening it reports it beside the others. Raises VideoError for a folder with
    neither images, videos nor folders of images, or which may not be read.
    """
    found: list[str] = []
    left_out: list[LeftOut] = []
    for name in names:
        path = Path(name)
        if _is_live(name) or not path.is_dir():
            found.append(name)
            continue
        members, others = _members(path)
        found += [name if member == path else str(member) for member in members]
        left_out += others
    return Found([Clip(what, stem) for what, stem in zip(found, _stems(found), strict=True)], tuple(left_out))


def _members(folder: Path) -> tuple[list[Path], list[LeftOut]]:
    """The clips of a folder, itself where its images are one, and what is none."""
    try:
        children = sorted(folder.iterdir(), key=lambda child: natural_key(child.name))
    except OSError as failure:
        raise VideoError(
            f"{folder}: this folder cannot be read ({failure.strerror}). Check its permissions."
        ) from failure
    images: list[str] = []
    videos: list[Path] = []
    folders: list[Path] = []
    left: dict[str, list[str]] = {}
    for child in children:
        suffix = child.suffix.lower()
        if child.name.startswith("."):
            continue
        if child.is_dir():
            reason = _why_no_clip(child)
            if reason is None:
                folders.append(child)
            else:
                left.setdefault(reason, []).append(child.name)
        elif suffix in VIDEO_SUFFIXES:
            videos.append(child)
        elif suffix in IMAGE_SUFFIXES:
            images.append(child.name)
        else:
            left.setdefault("neither a video nor an image", []).append(child.name)
    if images and not videos and (not folders or len(images) > COVERS):
        return [folder], []
    if len(images) > COVERS:
        members = [folder, *videos]
        left.setdefault("beside images, which are one clip; name it to take it", []).extend(
            each.name for each in folders
        )
    else:
        order = {child: place for place, child in enumerate(children)}
        members = sorted((*videos, *folders), key=order.__getitem__)
        left.setdefault("a picture beside clips, not one itself", []).extend(images)
    if not members:
        raise VideoError(
            f"{folder}: this folder holds neither images, nor videos, nor folders of images. "
            "Name a clip, or a folder of clips."
        )
    return members, [LeftOut(folder, tuple(names), reason) for reason, names in left.items() if names]


def _why_no_clip(folder: Path) -> str | None:
    """Why a folder in a folder is no clip; None where it is one."""
    try:
        return None if list_images(folder) else "a folder without images directly in it"
    except OSError as failure:
        return f"it may not be read ({failure.strerror})"


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


_SHOWN = 3
