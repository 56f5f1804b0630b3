"""The right to write into a folder, and what is known of the files that were placed there."""

import re
from pathlib import Path

import pytest

from engine.atomic import write_text
from engine.errors import OccupiedError
from engine.ownership.claim import Claim
from engine.ownership.survey import MARKER, Contents, read_marker, survey

CONTENTS = Contents("masks", re.compile(r"masks/\d{6}\.png|summary\.json"), ("masks",))


def claimed(folder: Path, run: dict[str, int] | None = None) -> Claim:
    claim = Claim(folder, CONTENTS, run or {"n": 1})
    claim.begin()
    (folder / "masks").mkdir(exist_ok=True)
    return claim


def test_every_file_is_listed_and_no_memory_is_kept_of_each_mask(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with claimed(out) as claim:
        for index in range(200):
            write_text(out / "masks" / f"{index:06d}.png", f"{index}", placing=claim, durable=False)
        for text in ("first", "second"):
            write_text(out / "summary.json", text, placing=claim)
        assert len(claim.ours) == 1
    found = survey(out, CONTENTS)
    assert len(found.ours) == 201
    assert found.foreign == ()
    assert (out / "summary.json").read_text() == "second"


def test_what_was_changed_or_added_by_hand_is_somebodys(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with claimed(out) as claim:
        for index in range(3):
            write_text(out / "masks" / f"{index:06d}.png", f"{index}", placing=claim)
    (out / "masks" / "000001.png").write_text("by hand")
    (out / "masks" / "000007.png").write_text("by hand")
    assert survey(out, CONTENTS).foreign == ("masks/000001.png", "masks/000007.png")
    with pytest.raises(OccupiedError, match=r"masks/000001\.png and 1 more"):
        Claim(out, CONTENTS, {"n": 2})
    assert (out / "masks" / "000001.png").read_text() == "by hand"


def test_a_file_that_came_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with claimed(out) as claim:
        (out / "masks" / "000000.png").write_text("somebody's")
        with pytest.raises(FileExistsError):
            write_text(out / "masks" / "000000.png", "ours", placing=claim)
    assert (out / "masks" / "000000.png").read_text() == "somebody's"


def test_another_run_takes_away_what_the_last_one_wrote(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with claimed(out) as claim:
        for index in range(3):
            write_text(out / "masks" / f"{index:06d}.png", "1", placing=claim)
    with claimed(out, {"n": 2}) as claim:
        assert not claim.resumed
        assert list((out / "masks").iterdir()) == []
        write_text(out / "masks" / "000000.png", "2", placing=claim)
    marker = read_marker(out)
    assert marker is not None
    assert (marker.run, [path for path in marker.listed if (out / path).exists()]) == ({"n": 2}, ["masks/000000.png"])


def test_a_folder_is_written_to_by_one_run_at_a_time(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with claimed(out), pytest.raises(OccupiedError, match="another run"):
        Claim(out, CONTENTS, {"n": 1})


def test_a_claim_that_wrote_nothing_leaves_nothing(tmp_path: Path) -> None:
    with Claim(tmp_path / "a" / "b", CONTENTS, {"n": 1}):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_line_of_the_marker_that_was_cut_off_is_no_promise(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with claimed(out) as claim:
        for index in range(2):
            write_text(out / "masks" / f"{index:06d}.png", "1", placing=claim)
    log = (out / MARKER).read_text()
    (out / MARKER).write_text(log[:-9])
    assert survey(out, CONTENTS).foreign == ("masks/000001.png",)
    with pytest.raises(OccupiedError):
        Claim(out, CONTENTS, {"n": 1})
