"""CelebAMask: aligned faces with 19 parts labelled, read in two ways.

    ROOT/images/*.jpg|png   ROOT/labels/*.png

Labels are index PNGs: 0 background, 1 skin, 2 nose, 3 glasses, 4 and 5 eyes, 6 and 7 brows, 8 and 9 ears, 10 inner
mouth, 11 and 12 lips, 13 hair, 14 hat, 15 earring, 16 necklace, 17 neck, 18 cloth; 255 is void.

`celebamask`: all but 0 is the person, class set `foreground`.

`celebamask-faces`: the classes of 300VW-Mask. Facial skin is skin, nose and brows, what lies within a face's outline;
ears, neck, hair and what is worn are background. Glasses are void: what lies behind them is not labelled.

Splits: every tenth image in the order of the names, the first among them, is `aside` (the default); all others are
`train`.
"""

from pathlib import Path

from engine.datasets.base import Dataset, Decode, ImageClip
from engine.datasets.layout import decoder, pair_files
from engine.errors import DatasetError
from engine.models.classes import VOID, bundled_class_set

SPLITS = ("aside", "train")
ASIDE_EVERY = 10

_GLASSES = 3
_PARTS = 19
_PERSON = decoder({part: int(part > 0) for part in range(_PARTS)}, (VOID,))
_OF_FACES = {1: 1, 2: 1, 4: 2, 5: 2, 6: 1, 7: 1, 10: 4, 11: 3, 12: 3}
_FACE = decoder({part: _OF_FACES.get(part, 0) for part in range(_PARTS) if part != _GLASSES}, (_GLASSES, VOID))


def open_celebamask(root: Path, split: str | None) -> Dataset:
    """List one split with its persons, `aside` unless told. Raises DatasetError as every layout does."""
    clip = _clip("celebamask", root, split or SPLITS[0], _PERSON)
    return Dataset("celebamask", clip.name, bundled_class_set("foreground"), (clip,), binary=True)


def open_celebamask_faces(root: Path, split: str | None) -> Dataset:
    """List one split with the parts of its faces, `aside` unless told. Raises DatasetError as every layout does."""
    clip = _clip("celebamask-faces", root, split or SPLITS[0], _FACE)
    return Dataset("celebamask-faces", clip.name, bundled_class_set("300vw-mask"), (clip,))


def _clip(name: str, root: Path, split: str, decode: Decode) -> ImageClip:
    if split not in SPLITS:
        raise DatasetError(f"{name} has no split {split!r}; expected one of {', '.join(SPLITS)}")
    samples = pair_files(root / "images", root / "labels")
    aside = split == "aside"
    chosen = tuple(sample for number, sample in enumerate(samples) if (number % ASIDE_EVERY == 0) == aside)
    return ImageClip(split, chosen, False, decode)
