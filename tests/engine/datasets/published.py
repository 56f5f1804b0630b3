"""Every layout as it is published, in small, with stripes for labels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIZE = (48, 32)
"""(width, height) of every image below."""


@dataclass(frozen=True)
class Layout:
    """One layout as it is published, in small: how it is written, and what has to be read from it.

    ids: what the labels hold, top to bottom in stripes. classes: what these are. wrong: an id that is refused, if any.
    clips: name → (consecutive, frames, indexes of the labelled ones), in order. pair: an image and its label, from the
    root. missing: a folder without which it does not open. class_count: None where the model's classes are meant.
    every: whether each image must have a label.
    """

    dataset: str
    split: str | None
    write: Callable[[Path], None]
    ids: tuple[int, ...]
    classes: tuple[int, ...]
    wrong: int | None
    clips: dict[str, tuple[bool, int, tuple[int, ...]]]
    pair: tuple[str, str]
    missing: str
    class_count: int | None
    every: bool = True


def image_of(shade: int, size: tuple[int, int] = SIZE) -> Image.Image:
    """An image that can be told from others by its shade."""
    return Image.fromarray(np.full((size[1], size[0], 3), shade, np.uint8))


def label_of(ids: Sequence[int], size: tuple[int, int] = SIZE) -> Image.Image:
    """Horizontal stripes of `ids`."""
    return Image.fromarray(stripes(ids, size))


def stripes(ids: Sequence[int], size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    rows = np.asarray(ids, np.uint8)[np.arange(size[1]) * len(ids) // size[1]]
    return np.repeat(rows[:, None], size[0], axis=1)


def put(path: Path, picture: Image.Image) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)


def write_clip(
    images: Path, labels: Path | None, ids: Sequence[int], names: Sequence[str], suffix: str = "jpg"
) -> None:
    """A frame and a label for each name; the frame's shade is six times its number."""
    for index, name in enumerate(names):
        put(images / f"{name}.{suffix}", image_of(6 * index))
        if labels is not None:
            put(labels / f"{name}.png", label_of(ids))


def write_list(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _camvid(root: Path) -> None:
    for split in ("val", "test"):
        write_clip(root / split / "images", root / split / "labels", CAMVID, ["a1", "a2", "a10"], "png")


def _cityscapes(images: str, frames: Sequence[int], split: str = "val") -> Callable[[Path], None]:
    def write(root: Path) -> None:
        for city, snippet in (("bonn", 0), ("ulm", 3)):
            name = f"{city}_{snippet:06d}_{{:06d}}"
            put(root / "gtFine" / split / city / f"{name.format(29)}_gtFine_labelIds.png", label_of(CITYSCAPES))
            names = [f"{name.format(frame)}_leftImg8bit" for frame in frames]
            write_clip(root / images / split / city, None, (), names, "png")

    return write


def _plain_cityscapes(root: Path) -> None:
    for clip in ("seq2", "seq10"):
        write_clip(root / clip / "images", root / clip / "labels", CITYSCAPES, ["f0", "f1"])


def _vspw(root: Path) -> None:
    for clip in ("12_abc", "7_x-Y"):
        write_clip(root / "data" / clip / "origin", root / "data" / clip / "mask", VSPW, ["00000008", "00000009"])
    write_clip(root / "data" / "99_t" / "origin", None, (), ["00000001"])
    write_list(root / "val.txt", "12_abc", "7_x-Y")
    write_list(root / "test.txt", "99_t")


def _davis(size: str, lists: dict[str, tuple[str, ...]]) -> Callable[[Path], None]:
    def write(root: Path) -> None:
        for clip in ("bear", "camel"):
            places = [root / kind / size / clip for kind in ("JPEGImages", "Annotations")]
            write_clip(*places, DAVIS, ["00000", "00001", "00002"])
        write_clip(root / "JPEGImages" / size / "kid", None, (), ["00000", "00001"])
        put(root / "Annotations" / size / "kid" / "00000.png", label_of(DAVIS))
        for name, lines in lists.items():
            write_list(root / "ImageSets" / f"{name}.txt", *lines)

    return write


def _faces(root: Path) -> None:
    names = ["001_000009", "001_000010", "001_000012", "002_000013", "003_000001"]
    write_clip(root / "images_orig", root / "labels_orig", FACES, names)
    lines = [f"/images_orig/{name}.jpg /labels_orig/{name}.png" for name in names]
    write_list(root / "data_splits" / "split_1" / "test_per10.txt", *lines[:4])
    write_list(root / "data_splits" / "split_2" / "B.txt", lines[4])


def _portraits(root: Path) -> None:
    for split in ("train", "test"):
        write_clip(root / split / "images", root / split / "masks", EG1800, ["00002", "00005", "00011"])


def _parts(root: Path) -> None:
    write_clip(root / "images", root / "labels", CELEBAMASK, [f"f{number}" for number in range(12)])


def _folder(root: Path) -> None:
    for clip in ("c2", "c10"):
        write_clip(root / clip / "images", root / clip / "labels", FOLDER, ["f2", "f10", "f11"])
        (root / clip / "labels" / "f10.png").unlink()
    write_list(root / "classes.json", CLASSES)


def _one_folder(root: Path) -> None:
    write_clip(root / "images", root / "labels", FOLDER, ["f1", "f2"])


CAMVID, CITYSCAPES, VSPW, DAVIS = (0, 3, 10, 11), (0, 7, 33, 6, 255), (0, 1, 124, 255), (0, 1, 2, 255)
FACES, FOLDER = (0, 1, 4, 255), (0, 1, 255)
EG1800, CELEBAMASK = (0, 1, 255), (0, 1, 2, 3, 5, 7, 9, 10, 11, 12, 13, 17, 255)
CLASSES = '{"name": "mine", "classes": [{"name": "wall", "colour": "#000000"}, {"name": "door", "colour": "#ff0000"}]}'
VOID = 255
_ALL = (0, 1)
_SNIPPET = (True, 30, (19,))
_LINES = tuple(f"/JPEGImages/480p/bear/{i:05d}.jpg /Annotations/480p/bear/{i:05d}.png" for i in range(3))

LAYOUTS = (
    Layout(
        dataset="camvid",
        split="val",
        write=_camvid,
        ids=CAMVID,
        classes=(0, 3, 10, VOID),
        wrong=12,
        clips={"val": (True, 3, (0, 1, 2))},
        pair=("val/images/a2.png", "val/labels/a2.png"),
        missing="val/labels",
        class_count=11,
    ),
    Layout(
        dataset="camvid",
        split=None,
        write=_camvid,
        ids=CAMVID,
        classes=(0, 3, 10, VOID),
        wrong=12,
        clips={"test": (False, 3, (0, 1, 2))},
        pair=("test/images/a2.png", "test/labels/a2.png"),
        missing="test/images",
        class_count=11,
    ),
    Layout(
        dataset="cityscapes",
        split=None,
        write=_cityscapes("leftImg8bit_sequence", range(10, 40)),
        ids=CITYSCAPES,
        classes=(VOID, 0, 18, VOID, VOID),
        wrong=34,
        clips={"bonn_000000_000029": _SNIPPET, "ulm_000003_000029": _SNIPPET},
        pair=(
            "leftImg8bit_sequence/val/bonn/bonn_000000_000029_leftImg8bit.png",
            "gtFine/val/bonn/bonn_000000_000029_gtFine_labelIds.png",
        ),
        missing="leftImg8bit_sequence",
        class_count=19,
        every=False,
    ),
    Layout(
        dataset="cityscapes",
        split="train",
        write=_cityscapes("leftImg8bit", [29], "train"),
        ids=CITYSCAPES,
        classes=(VOID, 0, 18, VOID, VOID),
        wrong=34,
        clips={"train": (False, 2, _ALL)},
        pair=(
            "leftImg8bit/train/ulm/ulm_000003_000029_leftImg8bit.png",
            "gtFine/train/ulm/ulm_000003_000029_gtFine_labelIds.png",
        ),
        missing="gtFine",
        class_count=19,
        every=False,
    ),
    Layout(
        dataset="cityscapes",
        split=None,
        write=_plain_cityscapes,
        ids=CITYSCAPES,
        classes=(VOID, 0, 18, VOID, VOID),
        wrong=34,
        clips={"seq2": (True, 2, _ALL), "seq10": (True, 2, _ALL)},
        pair=("seq10/images/f1.jpg", "seq10/labels/f1.png"),
        missing="seq10/labels",
        class_count=19,
    ),
    Layout(
        dataset="vspw",
        split=None,
        write=_vspw,
        ids=VSPW,
        classes=(VOID, 0, 123, VOID),
        wrong=125,
        clips={"12_abc": (True, 2, _ALL), "7_x-Y": (True, 2, _ALL)},
        pair=("data/7_x-Y/origin/00000009.jpg", "data/7_x-Y/mask/00000009.png"),
        missing="data/12_abc/mask",
        class_count=124,
    ),
    Layout(
        dataset="davis",
        split=None,
        write=_davis("480p", {"2017/val": ("bear", "camel"), "2017/test-dev": ("kid",)}),
        ids=DAVIS,
        classes=(0, 1, 1, 1),
        wrong=None,
        clips={"bear": (True, 3, (0, 1, 2)), "camel": (True, 3, (0, 1, 2))},
        pair=("JPEGImages/480p/bear/00001.jpg", "Annotations/480p/bear/00001.png"),
        missing="Annotations/480p/camel",
        class_count=2,
    ),
    Layout(
        dataset="davis",
        split="train",
        write=_davis("480p", {"480p/train": _LINES}),
        ids=DAVIS,
        classes=(0, 1, 1, 1),
        wrong=None,
        clips={"bear": (True, 3, (0, 1, 2))},
        pair=("JPEGImages/480p/bear/00001.jpg", "Annotations/480p/bear/00001.png"),
        missing="ImageSets",
        class_count=2,
    ),
    Layout(
        dataset="davis",
        split="2016/val",
        write=_davis("Full-Resolution", {"2017/val": ("bear",), "2016/val": ("camel",)}),
        ids=DAVIS,
        classes=(0, 1, 1, 1),
        wrong=None,
        clips={"camel": (True, 3, (0, 1, 2))},
        pair=("JPEGImages/Full-Resolution/camel/00001.jpg", "Annotations/Full-Resolution/camel/00001.png"),
        missing="JPEGImages",
        class_count=2,
    ),
    Layout(
        dataset="300vw-mask",
        split=None,
        write=_faces,
        ids=FACES,
        classes=(0, 1, 4, VOID),
        wrong=5,
        clips={"001_000009": (True, 2, _ALL), "001_000012": (True, 1, (0,)), "002_000013": (True, 1, (0,))},
        pair=("images_orig/001_000010.jpg", "labels_orig/001_000010.png"),
        missing="labels_orig",
        class_count=5,
    ),
    Layout(
        dataset="300vw-mask",
        split="B",
        write=_faces,
        ids=FACES,
        classes=(0, 1, 4, VOID),
        wrong=5,
        clips={"003_000001": (True, 1, (0,))},
        pair=("images_orig/003_000001.jpg", "labels_orig/003_000001.png"),
        missing="data_splits",
        class_count=5,
    ),
    Layout(
        dataset="folder",
        split=None,
        write=_folder,
        ids=FOLDER,
        classes=(0, 1, VOID),
        wrong=2,
        clips={"c2": (True, 3, (0, 2)), "c10": (True, 3, (0, 2))},
        pair=("c10/images/f11.jpg", "c10/labels/f11.png"),
        missing="c2/images",
        class_count=2,
        every=False,
    ),
    Layout(
        dataset="folder",
        split=None,
        write=_one_folder,
        ids=FOLDER,
        classes=(0, 1, VOID),
        wrong=None,
        clips={"data": (True, 2, _ALL)},
        pair=("images/f2.jpg", "labels/f2.png"),
        missing="images",
        class_count=None,
        every=False,
    ),
    Layout(
        dataset="eg1800",
        split=None,
        write=_portraits,
        ids=EG1800,
        classes=(0, 1, 1),
        wrong=2,
        clips={"test": (False, 3, (0, 1, 2))},
        pair=("test/images/00005.jpg", "test/masks/00005.png"),
        missing="test/masks",
        class_count=2,
    ),
    Layout(
        dataset="eg1800",
        split="train",
        write=_portraits,
        ids=EG1800,
        classes=(0, 1, 1),
        wrong=2,
        clips={"train": (False, 3, (0, 1, 2))},
        pair=("train/images/00005.jpg", "train/masks/00005.png"),
        missing="train/images",
        class_count=2,
    ),
    Layout(
        dataset="celebamask",
        split=None,
        write=_parts,
        ids=CELEBAMASK,
        classes=(0, *(1,) * 11, VOID),
        wrong=19,
        clips={"aside": (False, 2, _ALL)},
        pair=("images/f10.jpg", "labels/f10.png"),
        missing="labels",
        class_count=2,
    ),
    Layout(
        dataset="celebamask",
        split="train",
        write=_parts,
        ids=CELEBAMASK,
        classes=(0, *(1,) * 11, VOID),
        wrong=19,
        clips={"train": (False, 10, tuple(range(10)))},
        pair=("images/f9.jpg", "labels/f9.png"),
        missing="images",
        class_count=2,
    ),
    Layout(
        dataset="celebamask-faces",
        split=None,
        write=_parts,
        ids=CELEBAMASK,
        classes=(0, 1, 1, VOID, 2, 1, 0, 4, 3, 3, 0, 0, VOID),
        wrong=19,
        clips={"aside": (False, 2, _ALL)},
        pair=("images/f10.jpg", "labels/f10.png"),
        missing="labels",
        class_count=5,
    ),
)
