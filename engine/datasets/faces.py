"""300VW-Mask: faces in video with a label on every frame.

    ROOT/CLIP/images/*.jpg|png       frames, 30 Hz, cropped to the face
    ROOT/CLIP/labels/*.png           labels of all frames
    ROOT/SPLIT.txt                   a clip's name on each line; only needed for --split

Labels hold 0..4: background, facial skin, eyes, outer mouth, inner mouth (the class set `300vw-mask`); 255 is void.
Without a split all clips are taken.
"""

from pathlib import Path

from engine.datasets.base import Dataset, ImageClip
from engine.datasets.layout import decoder, listed, pair_files, wrong_layout
from engine.models.classes import VOID, bundled_class_set
from engine.video.images import natural_key


def open_300vw_mask(root: Path, split: str | None) -> Dataset:
    """List a split's clips. Raises DatasetError that shows the expected layout and what was found."""
    class_set = bundled_class_set("300vw-mask")
    if split is not None:
        names = listed(root, ("{split}.txt",), split)
    else:
        folders = root.iterdir() if root.is_dir() else ()
        names = sorted((each.name for each in folders if (each / "images").is_dir()), key=natural_key)
    if not names:
        raise wrong_layout(root, "folders CLIP/images and CLIP/labels")
    decode = decoder({class_: class_ for class_ in range(len(class_set))}, (VOID,))
    clips = tuple(
        ImageClip(name, pair_files(root / name / "images", root / name / "labels"), True, decode) for name in names
    )
    return Dataset("300vw-mask", split or "all", class_set, clips)
