from pathlib import Path

import pytest

from engine.errors import VideoError
from engine.video import clips
from engine.video.clips import find_clips, survey_clips


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


def test_a_cover_is_no_clip(tmp_path: Path) -> None:
    touch(tmp_path / "trip" / "a.mp4", tmp_path / "trip" / "b.mp4", tmp_path / "trip" / "folder.jpg")
    touch(tmp_path / "shots" / "one" / "0.png", tmp_path / "shots" / "two" / "0.png", tmp_path / "shots" / "cover.png")
    found = survey_clips([str(tmp_path / "trip"), str(tmp_path / "shots")])
    assert [clip.stem for clip in found.clips] == ["a", "b", "one", "two"]
    assert [str(each) for each in found.left_out] == [
        f"{tmp_path / 'trip'}: left out folder.jpg: a picture beside clips, not one itself",
        f"{tmp_path / 'shots'}: left out cover.png: a picture beside clips, not one itself",
    ]


def test_images_beside_videos_are_a_clip_of_their_own(tmp_path: Path) -> None:
    card = tmp_path / "card"
    touch(*(card / f"{number}.jpg" for number in range(3)), card / "walk.mp4", card / "more" / "0.jpg")
    found = survey_clips([str(card)])
    assert [(clip.path, clip.stem) for clip in found.clips] == [(card, "card"), (card / "walk.mp4", "walk")]
    assert [each.names for each in found.left_out] == [("more",)]
    (card / "walk.mp4").unlink()
    assert stems(card) == ["card"], "a clip whose masks, say, lie in folders beside its images"


def test_what_finder_writes_beside_a_file_is_none(tmp_path: Path) -> None:
    touch(tmp_path / "._clip.mp4", tmp_path / "clip.mp4", tmp_path / ".hidden" / "0.png")
    found = survey_clips([str(tmp_path)])
    assert [clip.stem for clip in found.clips] == ["clip"]
    assert found.left_out == ()


def test_what_is_left_out_is_told_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path / "clip.MP4", *(tmp_path / f"notes{number}.txt" for number in range(5)), tmp_path / "empty" / "x.md")
    touch(tmp_path / "locked" / "0.png")
    listed = clips.list_images

    def refuse(folder: Path) -> list[Path]:
        if folder.name == "locked":
            raise PermissionError(13, "Permission denied")
        return listed(folder)

    monkeypatch.setattr(clips, "list_images", refuse)
    found = survey_clips([str(tmp_path)])
    assert [clip.stem for clip in found.clips] == ["clip"]
    assert sorted(str(each) for each in found.left_out) == [
        f"{tmp_path}: left out empty: a folder without images directly in it",
        f"{tmp_path}: left out locked: it may not be read (Permission denied)",
        f"{tmp_path}: left out notes0.txt, notes1.txt, notes2.txt and 2 more: neither a video nor an image",
    ]

    def closed(folder: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", closed)
    with pytest.raises(VideoError, match=r"cannot be read \(Permission denied\). Check its permissions"):
        find_clips([str(tmp_path)])


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
    found = find_clips(["rtsp://host:554/live?x=1", "camera:0"])
    assert [clip.path for clip in found] == [None, None]
    assert all("/" not in clip.stem and ":" not in clip.stem for clip in found)
