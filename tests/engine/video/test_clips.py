from pathlib import Path

import pytest

from engine.errors import VideoError
from engine.video.clips import find_clips


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def stems(*names: Path | str) -> list[str]:
    return [clip.stem for clip in find_clips([str(name) for name in names])]


def test_a_file_and_a_folder_of_images_are_one_clip_each(tmp_path: Path) -> None:
    touch(tmp_path / "drive.mp4", tmp_path / "shots" / "a.png")
    assert stems(tmp_path / "drive.mp4", tmp_path / "shots") == ["drive", "shots"]


def test_a_folder_of_files_and_of_image_folders_is_a_set(tmp_path: Path) -> None:
    touch(tmp_path / "b10.mp4", tmp_path / "b2.mkv", tmp_path / "notes.txt", tmp_path / "shots" / "a.jpg")
    touch(tmp_path / "empty" / "readme.md")
    assert stems(tmp_path) == ["b2", "b10", "shots"]


def test_colliding_stems_get_the_parents_name_in_front(tmp_path: Path) -> None:
    touch(tmp_path / "one" / "clip.mp4", tmp_path / "two" / "clip.mp4", tmp_path / "two" / "other.mp4")
    assert stems(tmp_path / "one", tmp_path / "two") == ["one-clip", "two-clip", "other"]


def test_the_suffix_tells_apart_what_the_parent_does_not(tmp_path: Path) -> None:
    touch(tmp_path / "set" / "clip.mp4", tmp_path / "set" / "clip.avi", tmp_path / "set" / "Clip.mov")
    found = stems(tmp_path / "set")
    assert len({stem.casefold() for stem in found}) == 3
    assert found[0].startswith("set-")


def test_the_same_clip_twice_gets_two_folders(tmp_path: Path) -> None:
    touch(tmp_path / "clip.mp4")
    assert len(set(stems(tmp_path / "clip.mp4", tmp_path / "clip.mp4"))) == 2


def test_a_folder_without_clips_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="neither images, nor videos"):
        find_clips([str(tmp_path)])


def test_what_does_not_exist_is_left_to_opening() -> None:
    (clip,) = find_clips(["missing.mp4"])
    assert clip.what == "missing.mp4"


def test_streams_and_cameras(tmp_path: Path) -> None:
    clips = find_clips(["rtsp://host:554/live?x=1", "camera:0"])
    assert [clip.path for clip in clips] == [None, None]
    assert all("/" not in clip.stem and ":" not in clip.stem for clip in clips)
