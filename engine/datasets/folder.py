"""Anybody's own clips, with labels or without.

    ROOT/images/*   ROOT/labels/*.png                one clip, or
    ROOT/CLIP/images/*   ROOT/CLIP/labels/*.png      a clip each, or
    ROOT/CLIP.mp4   ROOT/CLIP/*.png                  clips alone: videos and folders of images
    ROOT/classes.json                                the labels' class set; without it they are the judged model's

Images are consecutive frames in natural order (`f2` before `f10`). A label is named as its image and holds class ids,
255 void; a clip need not have one on every frame. With --split, ROOT is ROOT/SPLIT.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.datasets.base import Dataset, DatasetClip, Decode, ImageClip, LabelledFrame, Sample
from engine.datasets.layout import decoder, pair_files, wrong_layout
from engine.errors import DatasetError, VideoError
from engine.models.classes import VOID, read_class_set
from engine.video import open_video
from engine.video.clips import find_clips
from engine.video.images import list_images, natural_key

_EXPECTED = "images/ (and labels/), folders CLIP/images (and CLIP/labels), or videos and folders of images"


@dataclass(frozen=True)
class VideoClip:
    """A video file without labels."""

    path: Path
    consecutive: bool = True
    frame_count: int | None = None

    @property
    def name(self) -> str:
        """The file's name without its suffix."""
        return self.path.stem

    def frames(self) -> Iterator[LabelledFrame]:
        """Frame by frame. Raises DatasetError where the file is damaged."""
        with open_video(self.path) as source:
            for frame in source.frames():
                yield LabelledFrame(frame.index, frame.rgb)
            if source.error is not None:
                raise DatasetError(f"{source.error} Repair {self.path} or move it away.")


def open_folder(root: Path, split: str | None) -> Dataset:
    """List the clips. Raises DatasetError that shows the expected layout and what was found."""
    base = root / split if split else root
    if not base.is_dir():
        raise wrong_layout(base, f"a folder {base}")
    described = next((path for path in (base / "classes.json", root / "classes.json") if path.is_file()), None)
    class_set = read_class_set(described) if described else None
    classes = VOID if class_set is None else len(class_set)
    decode = decoder({class_: class_ for class_ in range(classes)}, (VOID,))
    children = sorted((each for each in base.iterdir() if each.is_dir()), key=lambda each: natural_key(each.name))
    for folder in (base, *children):
        if (folder / "labels").is_dir() and not (folder / "images").is_dir():
            raise wrong_layout(folder, f"a folder {folder / 'images'} beside its labels")
    if (base / "images").is_dir():
        clips: tuple[DatasetClip, ...] = (_labelled(base, decode),)
    else:
        pairs = [each for each in children if (each / "images").is_dir()]
        clips = (*(_labelled(each, decode) for each in pairs), *_alone(base, decode, required=not pairs))
    return Dataset("folder", split or base.name, class_set, clips)


def _labelled(folder: Path, decode: Decode) -> ImageClip:
    labels = folder / "labels"
    samples = pair_files(folder / "images", labels if labels.is_dir() else None, every=False)
    return ImageClip(folder.name, samples, True, decode)


def _alone(base: Path, decode: Decode, *, required: bool) -> tuple[DatasetClip, ...]:
    """Videos and folders of images directly in `base`, or `base` itself where it holds images."""
    try:
        found = find_clips([str(base)])
    except VideoError as error:
        if required:
            raise wrong_layout(base, _EXPECTED) from error
        return ()
    paths = [Path(clip.what) for clip in found]
    return tuple(VideoClip(path) if path.is_file() else _images(path, decode) for path in paths)


def _images(folder: Path, decode: Decode) -> ImageClip:
    samples = tuple(Sample(path.stem, path, None) for path in list_images(folder))
    return ImageClip(folder.name, samples, True, decode)
