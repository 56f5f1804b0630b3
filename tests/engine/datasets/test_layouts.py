"""What single layouts have of their own."""

import json
from pathlib import Path

import numpy as np
import pytest

from engine.datasets import open_dataset
from engine.datasets.synthetic import FIRST_RESERVED_SEED, SEEDS, StreetClip
from engine.errors import DatasetError, ModelError, SteadymaskError
from tests.engine.datasets.published import (
    CITYSCAPES,
    CLASSES,
    FOLDER,
    LAYOUTS,
    VSPW,
    image_of,
    label_of,
    put,
    stripes,
    write_clip,
    write_list,
)
from tests.engine.video.clips import picture, write_plain


def written(dataset: str, root: Path, split: str | None = None) -> Path:
    """The first layout of that name, and split."""
    next(each for each in LAYOUTS if (each.dataset, each.split) == (dataset, split)).write(root)
    return root


def unlabelled(dataset: str, root: Path, split: str) -> dict[str, int]:
    """Frames by clip; none may have a label."""
    data = open_dataset(dataset, root, split)
    assert not data.samples
    return {clip.name: sum(frame.labels is None for frame in clip.frames()) for clip in data.clips}


# ---- Cityscapes


def test_the_snippet_is_the_thirty_frames_around_its_label(tmp_path: Path) -> None:
    clip = open_dataset("cityscapes", written("cityscapes", tmp_path)).clips[0]
    shades = [int(frame.rgb[0, 0, 0]) // 6 for frame in clip.frames()]
    assert shades == list(range(30)), "frames 10 to 39 around frame 29"


def test_a_snippet_with_a_hole_is_refused(tmp_path: Path) -> None:
    root = written("cityscapes", tmp_path)
    (root / "leftImg8bit_sequence/val/ulm/ulm_000003_000015_leftImg8bit.png").unlink()
    with pytest.raises(DatasetError, match=r"ulm_000003_000029.*lacks a frame: expected .*ulm_000003_000015"):
        open_dataset("cityscapes", root)


def test_a_label_without_its_image_is_refused(tmp_path: Path) -> None:
    root = written("cityscapes", tmp_path, "train")
    (root / "leftImg8bit/train/ulm/ulm_000003_000029_leftImg8bit.png").unlink()
    with pytest.raises(DatasetError, match=r"has no image: expected .*ulm_000003_000029_leftImg8bit\.png"):
        open_dataset("cityscapes", root, "train")


def test_labels_of_the_test_split_hold_nothing_and_are_left_aside(tmp_path: Path) -> None:
    name = "berlin_000000_000019"
    put(tmp_path / "gtFine/test/berlin" / f"{name}_gtFine_labelIds.png", label_of(CITYSCAPES))
    put(tmp_path / "leftImg8bit/test/berlin" / f"{name}_leftImg8bit.png", image_of(1))
    assert unlabelled("cityscapes", tmp_path, "test") == {"test": 1}


def test_one_plain_folder_can_be_chosen(tmp_path: Path) -> None:
    for clip in ("seq2", "seq10"):
        write_clip(tmp_path / clip / "images", tmp_path / clip / "labels", CITYSCAPES, ["f0"])
    assert [clip.name for clip in open_dataset("cityscapes", tmp_path, "seq10").clips] == ["seq10"]
    with pytest.raises(DatasetError, match=r"one of them named seq3; found .*seq10/, seq2/"):
        open_dataset("cityscapes", tmp_path, "seq3")


# ---- VSPW


def test_names_of_the_classes_come_with_the_data(tmp_path: Path) -> None:
    root = written("vspw", tmp_path)
    names = {"others": 0} | {f"thing {number}": number for number in range(1, 125)}
    (root / "label_num_dic_final.json").write_text(json.dumps(names), encoding="utf-8")
    class_set = open_dataset("vspw", root).class_set
    assert class_set is not None
    assert class_set.names[:2] == ("thing 1", "thing 2")
    assert len({entry.colour for entry in class_set.classes}) == 124


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"wall": 1}', '{"wall": "one"}', json.dumps({str(n % 100): n for n in range(1, 125)})]
)
def test_a_damaged_list_of_classes_is_named(tmp_path: Path, text: str) -> None:
    root = written("vspw", tmp_path)
    (root / "label_num_dic_final.json").write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError, match=r"label_num_dic_final\.json: expected the classes 1 to 124"):
        open_dataset("vspw", root)


def test_the_test_split_may_lack_its_labels(tmp_path: Path) -> None:
    root = written("vspw", tmp_path)
    assert unlabelled("vspw", root, "test") == {"99_t": 1}
    write_clip(root / "data/99_t/origin", root / "data/99_t/mask", VSPW, ["00000001"])
    assert len(open_dataset("vspw", root, "test").samples) == 1


@pytest.mark.parametrize(("text", "told"), [(b"\n \n", "is empty"), (b"\xff\xfe1\x00", "is no text")])
def test_a_list_that_lists_nothing(tmp_path: Path, text: bytes, told: str) -> None:
    root = written("vspw", tmp_path)
    (root / "val.txt").write_bytes(text)
    with pytest.raises(DatasetError, match=f"val.txt {told}"):
        open_dataset("vspw", root)


def test_a_clip_on_the_list_that_is_not_there(tmp_path: Path) -> None:
    root = written("vspw", tmp_path)
    write_list(root / "val.txt", "12_abc", "13_gone")
    with pytest.raises(DatasetError, match=r"expected a folder .*13_gone.origin; found no folder"):
        open_dataset("vspw", root)


# ---- DAVIS


def test_first_frame_labels_of_the_test_splits_are_left_aside(tmp_path: Path) -> None:
    assert unlabelled("davis", written("davis", tmp_path), "test-dev") == {"kid": 2}


def test_labels_of_the_unsupervised_release(tmp_path: Path) -> None:
    root = written("davis", tmp_path)
    (root / "Annotations").rename(root / "Annotations_unsupervised")
    dataset = open_dataset("davis", root)
    assert dataset.binary
    assert len(dataset.samples) == 6


def test_an_unknown_split_shows_the_lists_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"ImageSets.2017.dev\.txt, .*; found in .*: test-dev\.txt, val\.txt"):
        open_dataset("davis", written("davis", tmp_path), "dev")


# ---- 300VW-Mask


def test_all_frames_are_the_split_all(tmp_path: Path) -> None:
    dataset = open_dataset("300vw-mask", written("300vw-mask", tmp_path), "all")
    assert len(dataset.samples) == 5


@pytest.mark.parametrize("gone", ["images_orig/001_000010.jpg", "labels_orig/001_000010.png"])
def test_what_a_list_names_must_be_there(tmp_path: Path, gone: str) -> None:
    root = written("300vw-mask", tmp_path)
    (root / gone).unlink()
    with pytest.raises(DatasetError, match=r"001_000010"):
        open_dataset("300vw-mask", root)


def test_a_name_without_video_and_frame_is_refused(tmp_path: Path) -> None:
    root = written("300vw-mask", tmp_path)
    write_clip(root / "images_orig", root / "labels_orig", (0,), ["face"])
    with pytest.raises(DatasetError, match=r"face\.jpg: expected a name like 001_000001\.jpg"):
        open_dataset("300vw-mask", root, "all")


# ---- folders of one's own


def test_videos_folders_of_images_and_labelled_clips_beside_one_another(tmp_path: Path) -> None:
    write_plain(tmp_path / "b.mp4", (picture(index) for index in range(5)))
    write_clip(tmp_path / "a2", None, (), ["f2", "f10"])
    write_clip(tmp_path / "c" / "images", tmp_path / "c" / "labels", FOLDER, ["f1"])
    (tmp_path / "notes.txt").write_text("not looked at")
    dataset = open_dataset("folder", tmp_path)
    found = {clip.name: [frame.labels is not None for frame in clip.frames()] for clip in dataset.clips}
    assert found == {"c": [True], "a2": [False] * 2, "b": [False] * 5}
    assert all(clip.consecutive for clip in dataset.clips)
    assert dataset.class_set is None


def test_a_folder_of_images_alone_is_a_clip(tmp_path: Path) -> None:
    write_clip(tmp_path / "drive", None, (), ["f2", "f10"])
    (clip,) = open_dataset("folder", tmp_path, "drive").clips
    assert clip.name == "drive"
    assert [int(frame.rgb[0, 0, 0]) for frame in clip.frames()] == [0, 6]


def test_a_damaged_video_is_named(tmp_path: Path) -> None:
    whole = write_plain(tmp_path / "whole.mp4", (picture(index) for index in range(5))).read_bytes()
    (tmp_path / "whole.mp4").unlink()
    (tmp_path / "bad.mkv").write_bytes(whole[: len(whole) // 3])
    with pytest.raises(SteadymaskError, match=r"bad\.mkv"):
        list(open_dataset("folder", tmp_path).clips[0].frames())


def test_a_label_whose_name_fits_no_image_is_refused(tmp_path: Path) -> None:
    write_clip(tmp_path / "images", tmp_path / "labels", FOLDER, ["f1", "f2"])
    (tmp_path / "labels" / "f2.png").rename(tmp_path / "labels" / "f2_label.png")
    with pytest.raises(DatasetError, match=r"label .*f2_label\.png has no image: expected .*f2_label"):
        open_dataset("folder", tmp_path)
    (tmp_path / "labels" / "f1.png").unlink()
    with pytest.raises(DatasetError, match=r"labels named as the images, such as f1\.png; found in .*f2_label\.png"):
        open_dataset("folder", tmp_path)


def test_the_class_set_is_beside_the_split_or_above_it(tmp_path: Path) -> None:
    write_clip(tmp_path / "train" / "images", tmp_path / "train" / "labels", FOLDER, ["f1"])
    write_list(tmp_path / "classes.json", CLASSES)
    class_set = open_dataset("folder", tmp_path, "train").class_set
    assert class_set is not None
    assert class_set.names == ("wall", "door")
    write_list(tmp_path / "train" / "classes.json", CLASSES.replace("door", "gate"))
    nearer = open_dataset("folder", tmp_path, "train").class_set
    assert nearer is not None
    assert nearer.names == ("wall", "gate")
    write_list(tmp_path / "train" / "classes.json", "{}")
    with pytest.raises(ModelError, match=r"classes\.json is not a class set"):
        open_dataset("folder", tmp_path, "train")


def test_labels_may_be_smaller_than_their_images(tmp_path: Path) -> None:
    put(tmp_path / "images" / "f1.jpg", image_of(9))
    put(tmp_path / "labels" / "f1.png", label_of(FOLDER, (24, 16)))
    (frame,) = open_dataset("folder", tmp_path).clips[0].frames()
    assert frame.labels is not None
    np.testing.assert_array_equal(frame.labels, stripes((0, 1, 255), (24, 16)))


# ---- the synthetic street


def test_the_street_needs_no_data_and_knows_its_motion() -> None:
    dataset = open_dataset("street-synthetic")
    assert dataset.split == "test"
    assert [clip.frame_count for clip in dataset.clips] == [30] * len(SEEDS["test"])
    frames = list(StreetClip(SEEDS["test"][0], frame_count=2).frames())
    assert frames[0].motion is None
    assert frames[1].motion is not None
    assert frames[1].motion.flow == "exact"
    assert all(frame.labels is not None and frame.labels.shape == (360, 640) for frame in frames)


def test_its_seeds_are_kept_from_training_and_apart() -> None:
    seeds = [seed for each in SEEDS.values() for seed in each]
    assert min(seeds) >= FIRST_RESERVED_SEED
    assert len(set(seeds)) == len(seeds)
    with pytest.raises(DatasetError, match="no split 'train'; expected one of test, verdict"):
        open_dataset("street-synthetic", None, "train")
