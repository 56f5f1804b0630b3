"""Recording what is watched: everything that fits is there, and a killed recording still plays."""

import csv
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine import open_video
from engine.errors import ExportError
from engine.frame_result import FrameResult, SlotResult
from engine.models.classes import bundled_class_set
from engine.results.recording import Recorder
from engine.segmentation import Segmentation
from engine.storage.disk import Space, foresee, require_space, text_of
from engine.video.frame import Frame
from tests.engine.fakes import picture

CHILD = """
import sys, time
from pathlib import Path
from engine.models.classes import bundled_class_set
from engine.results.recording import Recorder
from tests.engine.results.test_recording import result
recorder = Recorder(Path(sys.argv[1]), "camera", "street", (64, 48), bundled_class_set("camvid"))
told = False
for index in range(100_000):
    recorder.put(result(index))
    time.sleep(0.004)
    if recorder.state.frames >= 150 and not told:
        told = True
        print("now", flush=True)
"""


def result(index: int) -> FrameResult:
    classes = np.full((24, 32), index % 11, np.uint8)
    made = SlotResult("street", Segmentation(classes, (64, 48), 1.0))
    return FrameResult(0, Frame(index, index / 25, picture(index, 64, 48)), (made,))


def recorder(folder: Path) -> Recorder:
    return Recorder(folder, "camera 0", "street", (64, 48), bundled_class_set("camvid"))


def test_everything_that_was_put_in_is_there(tmp_path: Path) -> None:
    made = recorder(tmp_path / "a b")
    for index in (0, 1, 1, 3, 2, 4):
        made.put(result(index))
        time.sleep(0.01)
    assert made.stop()
    assert made.state.frames == 4, "what was recorded already, and what is older, is left out"
    masks = sorted((tmp_path / "a b" / "masks").iterdir())
    assert [path.stem for path in masks] == ["000000", "000001", "000003", "000004"]
    assert np.asarray(Image.open(masks[2])).max() == 3
    with (tmp_path / "a b" / "frames.csv").open() as table:
        assert [int(row["index"]) for row in csv.DictReader(table)] == [0, 1, 3, 4]
    summary = json.loads((tmp_path / "a b" / "summary.json").read_text())
    assert (summary["frames"], summary["dropped"], summary["error"]) == (4, 0, None)
    with open_video(tmp_path / "a b" / "overlay.mp4") as video:
        assert [round(frame.pts_s, 2) for frame in video] == [0.0, 0.04, 0.12, 0.16]


def test_what_the_disk_is_too_slow_for_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = recorder(tmp_path)
    write = made._results.write
    monkeypatch.setattr(made._results, "write", lambda each: (time.sleep(0.02), write(each)))
    for index in range(100):
        made.put(result(index))
    assert made.stop(10)
    assert made.state.dropped > 0
    assert made.state.frames + made.state.dropped == 100


def test_a_full_disk_ends_it_and_keeps_what_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = recorder(tmp_path)
    made.put(result(0))
    while made.state.frames == 0:
        time.sleep(0.005)

    def full(*_: object, **__: object) -> None:
        raise ExportError("there is no space left on the disk")

    monkeypatch.setattr("engine.results.folder.write_mask", full)
    made.put(result(1))
    while made.state.running:
        time.sleep(0.005)
    assert "no space left" in (made.state.error or "")
    made.put(result(2))
    assert made.stop()
    assert made.state.frames == 1
    assert (tmp_path / "masks" / "000000.png").is_file()


def test_a_killed_recording_still_plays(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path / "r")], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    child.stdout.readline()
    child.kill()
    child.wait()
    child.stdout.close()
    with open_video(tmp_path / "r" / "overlay.mp4") as video:
        played = sum(1 for _ in video)
    assert played >= 100
    assert not (tmp_path / "r" / "summary.json").exists()


def test_a_full_disk_is_foreseen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage._replace(free=100_000_000))
    space = foresee(tmp_path / "not" / "there" / "yet", (1280, 720), 10_000, ("masks", "overlay"))
    assert not space.is_enough
    assert "100 MB are free" in (space.warning or "")
    with pytest.raises(ExportError, match="only 100 MB are free"):
        require_space(space)
    require_space(Space(tmp_path, 1_000, 2_000, 100_000_000))


def test_bytes_as_people_read_them() -> None:
    assert [text_of(count) for count in (0, 999, 1_500, 250_000_000, 3_200_000_000_000)] == [
        "0 B",
        "999 B",
        "1.5 kB",
        "250 MB",
        "3.2 TB",
    ]
