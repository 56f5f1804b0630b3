"""Unlabelled clips on disk, decoded once and scaled down, so that any frame can be read in milliseconds.

Of each clip there are two files, named by what it was made of: `KEY.frames` holds its frames as PNG, one behind the
other, and `KEY.json`, which is written last, vouches for it. Beside them stands the motion that was estimated so far.
"""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from engine.atomic import atomic_write, write_text
from engine.errors import DatasetError, ExportError
from engine.flow.cuts import CutDetector
from engine.storage.disk import text_of
from engine.storage.png import from_png, png
from engine.storage.size import free_space
from engine.video import open_video
from engine.video.images import stamps_of
from engine.video.writer import export_error
from trainer.data.clips import UnlabelledClip
from trainer.data.window import Image

_SCHEMA = 1
_OURS = re.compile(r"(?P<key>[0-9a-f]{16})(\.frames|\.json|-\d+-\d+\.flow)|\.part-[0-9a-f]{12}\.(frames|json|flow)")
_BYTES_PER_PIXEL = 1.5
"""What is to be expected: frames of the street took 1.4 at 626 × 352."""
_RESERVE = 50_000_000  # bytes that a disk is not filled up to, since the system needs some itself


@dataclass(frozen=True, slots=True)
class KeptClip:
    """A clip whose frames are on disk. For use from several threads at once.

    path: the clip itself. folder, key: where its frames are. frames: the indices of those that there are. pts_s: their
    times, seconds. ends: where in the file each ends. scenes: the indices at which a scene begins, the first frame's
    among them.
    """

    path: Path
    folder: Path
    key: str
    frames: range
    pts_s: tuple[float, ...]
    ends: tuple[int, ...]
    scenes: tuple[int, ...]

    def frame(self, index: int) -> Image:
        """Frame `index` of the clip, uint8 (h, w, 3) RGB. Raises DatasetError where it cannot be read any more."""
        place = self.frames.index(index)
        begin = self.ends[place - 1] if place else 0
        file = self.folder / f"{self.key}.frames"
        try:
            with file.open("rb") as stream:
                stream.seek(begin)
                return from_png(np.frombuffer(stream.read(self.ends[place] - begin), np.uint8))
        except (OSError, cv2.error) as error:
            raise DatasetError(
                f"frame {index} of {self.path} cannot be read from {file} ({str(error).strip()}); remove {self.folder} "
                "and resume the training, which decodes the clip anew"
            ) from error

    def scene(self, number: int) -> range:
        """The frames of scene `number`."""
        end = self.scenes[number + 1] if number + 1 < len(self.scenes) else self.frames.stop
        return range(self.scenes[number], end)


def keep_clips(
    clips: Sequence[UnlabelledClip],
    folder: Path,
    sizes: Sequence[tuple[int, int]],
    *,
    between: Callable[[], None],
    tell: Callable[[str], None],
) -> None:
    """Decode into `folder` what is not there yet, and remove what was kept of other clips.

    sizes: (width, height) that each clip's frames are scaled to. between: called before every frame; may
    raise to end it. tell: is told what is done, and of a clip that breaks off; its frames so far are kept.
    Raises ExportError where there is no room, VideoError and DatasetError where a clip cannot be read.
    """
    keys = [_key(clip, size) for clip, size in zip(clips, sizes, strict=True)]
    try:
        folder.mkdir(exist_ok=True)
        _clear(folder, keep=set(keys))
        wanted = dict(zip(keys, zip(clips, sizes, strict=True), strict=True))
        missing = {key: each for key, each in wanted.items() if not _is_kept(folder, key)}
        _require_room(folder, list(missing.values()))
        for key, (clip, size) in missing.items():
            tell(f"decoding {len(clip.frames)} frames of {clip.path.name}, once")
            if broken := _keep(clip, folder / key, size, between):
                tell(broken)
    except OSError as error:
        raise export_error(folder, error) from error


def open_kept(clips: Sequence[UnlabelledClip], folder: Path, sizes: Sequence[tuple[int, int]]) -> tuple[KeptClip, ...]:
    """The clips that `keep_clips` kept. Raises DatasetError for one that it did not, as it was changed since."""
    return tuple(_open(clip, folder, _key(clip, size)) for clip, size in zip(clips, sizes, strict=True))


def discard(folder: Path) -> None:
    """Remove all that was kept, and the folder where nothing else is in it."""
    if folder.is_dir():
        _clear(folder, keep=set())
        with suppress(OSError):  # somebody put something there
            folder.rmdir()


def shrunk_size(size: tuple[int, int], height: int) -> tuple[int, int]:
    """(width, height) of a frame of `size` whose shorter side is `height` at most."""
    scale = min(1.0, height / min(size))
    return round(size[0] * scale), round(size[1] * scale)


def _key(clip: UnlabelledClip, size: tuple[int, int]) -> str:
    """Of the clip as it is now, and of what is made of it."""
    about = [_SCHEMA, str(clip.path), stamps_of(clip.path), clip.frames.start, clip.frames.stop, size]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:16]


def _keep(clip: UnlabelledClip, stem: Path, size: tuple[int, int], between: Callable[[], None]) -> str | None:
    """Write the two files of a clip. Returns why it broke off, or None."""
    pts_s: list[float] = []
    ends: list[int] = []
    scenes = [clip.frames.start]
    cuts = CutDetector()
    with open_video(clip.path) as source, atomic_write(stem.with_suffix(".frames")) as temporary:
        with temporary.open("wb") as stream:
            for frame in islice(source.frames(clip.frames.start), len(clip.frames)):
                between()
                shrinks = size[0] <= frame.rgb.shape[1]
                smooth = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
                picture = np.asarray(cv2.resize(frame.rgb, size, interpolation=smooth), np.uint8)
                if cuts.update(picture):
                    scenes.append(frame.index)
                stream.write(png(picture).tobytes())
                ends.append(stream.tell())
                pts_s.append(frame.pts_s)
        if not ends:
            raise DatasetError(
                f"{clip.path}: none of its frames {clip.frames.start} to {clip.frames.stop - 1} decodes "
                f"({source.error or 'it ends before'}); convert it again, or leave it out of [data.unlabelled]"
            )
        broken = f"{clip.path} breaks off after {len(ends)} frames: {source.error}" if source.error else None
    write_text(stem.with_suffix(".json"), json.dumps({"pts_s": pts_s, "ends": ends, "scenes": scenes}))
    return broken


def _is_kept(folder: Path, key: str) -> bool:
    return (folder / f"{key}.json").is_file() and (folder / f"{key}.frames").is_file()


def _open(clip: UnlabelledClip, folder: Path, key: str) -> KeptClip:
    try:
        about = json.loads((folder / f"{key}.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DatasetError(f"{clip.path} was changed while it was read; resume the training") from error
    frames = range(clip.frames.start, clip.frames.start + len(about["ends"]))
    return KeptClip(clip.path, folder, key, frames, tuple(about["pts_s"]), tuple(about["ends"]), tuple(about["scenes"]))


def _require_room(folder: Path, clips: Sequence[tuple[UnlabelledClip, tuple[int, int]]]) -> None:
    expected = round(sum(size[0] * size[1] * len(clip.frames) for clip, size in clips) * _BYTES_PER_PIXEL)
    free, _ = free_space(folder)
    if clips and expected + _RESERVE > free:
        raise ExportError(
            f"{folder}: frames of the unlabelled clips take about {text_of(expected)} while the training runs, and "
            f"{text_of(free)} are free. Free some space, or take less by span or height under [data.unlabelled]."
        )


def _clear(folder: Path, *, keep: set[str]) -> None:
    """Remove our files, but not those of the keys in `keep`."""
    for file in folder.iterdir():
        ours = _OURS.fullmatch(file.name)
        if ours and ours["key"] not in keep:
            file.unlink()
