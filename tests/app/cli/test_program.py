"""The command line as a user runs it: in a process of its own."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.video import open_video
from resources import DEMO_CLIP
from tests.app.cli.serving import Run
from tests.conftest import QT_PROBLEM
from tests.engine.datasets.layouts import write_camvid
from tests.engine.video.clips import picture, write_plain
from tests.trainer.steady.small import small_student

WITHOUT_QT = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("PySide6", "pyqtgraph", "shiboken6"):
            raise ImportError(f"{name} is blocked")
sys.meta_path.insert(0, Blocker())
from app.cli import main
main()
"""


def steadymask(*words: object, cwd: Path | None = None, code: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment.pop("QT_QPA_PLATFORM", None)
    start = ["-c", code] if code else ["-m", "app"]
    command = [sys.executable, "-P", *start, *(str(word) for word in words)]
    return subprocess.run(
        command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_plain(tmp_path_factory.mktemp("clips") / "drive.mp4", (picture(index) for index in range(6)))


def test_help_names_every_command(command: Run) -> None:
    done = steadymask("--help")
    assert done.returncode == 0
    for name in ("open", "segment", "bench", "evaluate", "train"):
        assert name in done.stdout
        assert command(name, "--help").returncode == 0


def test_segment_works_without_qt_and_prints_one_document(clip: Path, tmp_path: Path) -> None:
    done = steadymask("segment", clip, "--out", tmp_path / "out", "--device", "cpu", "--json", code=WITHOUT_QT)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["failed"] == 0
    (summary,) = document["clips"]
    assert (summary["frames"], summary["size"], summary["method"]) == (6, [160, 96], "street")
    assert (tmp_path / "out" / "drive" / "masks" / "000005.png").exists()


def test_what_is_no_clip_in_a_folder_is_told(command: Run, clip: Path, tmp_path: Path) -> None:
    (clip.parent / "folder.jpg").write_bytes(b"a cover")
    done = command("segment", clip.parent, "--out", tmp_path / "out", "--only", "masks", "--json")
    document = json.loads(done.stdout)
    assert done.returncode == 0
    assert [summary["frames"] for summary in document["clips"]] == [6]
    (line,) = document["left_out"]
    assert line == f"{clip.parent}: left out folder.jpg: a picture beside clips, not one itself"
    assert line in done.stderr


def test_one_bad_clip_does_not_stop_the_others(command: Run, clip: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"\x00" * 1000)
    done = command("segment", bad, clip, tmp_path / "none.mp4", "--out", tmp_path / "out", "--json")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert document["failed"] == 2
    assert [summary["frames"] for summary in document["clips"]] == [0, 6, 0]
    assert "bad.mp4" in document["clips"][0]["error"]
    assert "bad.mp4" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("segment",),
        ("segment", "x.mp4"),
        ("segment", "x.mp4", "--out", "o", "--fps", "fast"),
        ("segment", "x.mp4", "--out", "o", "--fps", "-1"),
        ("open", "x.mp4", "--fps", "25"),
        ("segment", "x.mp4", "--out", "o", "--opacity", "2"),
        ("segment", "x.mp4", "--out", "o", "--method", "nothing"),
        ("segment", "x.mp4", "--out", "o", "--device", "abacus"),
        ("evaluate", "nothing", "--root", "."),
        ("bench", "x.mp4", "--wrong"),
        ("train", "--out", "o", "--root", ".", "--recipe", "nothing"),
    ],
)
def test_wrong_usage_is_status_2(command: Run, words: tuple[str, ...], tmp_path: Path) -> None:
    done = command(*words, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_a_missing_cuda_is_a_visible_warning(command: Run, clip: Path, tmp_path: Path) -> None:
    words = ("segment", clip, "--out", tmp_path / "out", "--device", "cuda", "--json")
    done = command(*words)
    assert done.returncode == 0
    provider = json.loads(done.stdout)["clips"][0]["provider"]
    assert provider == "CUDAExecutionProvider" or "CUDA was asked for, CPU is running" in done.stderr


def test_masks_beside_the_pictures_that_they_are_of_stay(command: Run, tmp_path: Path) -> None:
    shots = tmp_path / "clip"
    (shots / "masks").mkdir(parents=True)
    for index in range(3):
        Image.fromarray(picture(index)).save(shots / f"{index:06d}.png")
        (shots / "masks" / f"{index:06d}.png").write_bytes(b"mine")
    (shots / "frames.csv").write_text("my,own,notes\n")
    before = {path: path.read_bytes() for path in shots.rglob("*.*")}
    words = ("segment", "clip", "--only", "overlay", "--out", ".", "--device", "cpu")
    for overwrite in ((), ("--overwrite",)):
        done = command(*words, *overwrite, cwd=tmp_path)
        assert done.returncode == 1
        assert "nothing was changed. Choose another folder, for example --out results" in done.stderr
        assert {path: path.read_bytes() for path in shots.rglob("*.*")} == before


def test_overwrite_says_what_it_replaces(command: Run, clip: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out 2" / "drive"
    folder.mkdir(parents=True)
    for name in ("frames.csv", "notes.txt"):
        (folder / name).write_text("mine")
    words = ("segment", clip, "--only", "masks", "--out", folder.parent, "--device", "cpu")
    refused = command(*words)
    assert refused.returncode == 1
    assert "(frames.csv and 1 more)" in refused.stderr
    assert "or replace them with --overwrite" in refused.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["frames.csv", "notes.txt"]
    done = command(*words, "--overwrite")
    assert done.returncode == 0, done.stderr
    assert "will be replaced: frames.csv. All else there stays." in done.stderr
    assert (folder / "notes.txt").read_text() == "mine"
    assert (folder / "frames.csv").read_text().startswith("index,")


def test_train_refuses_a_folder_of_somebodys(command: Run, tmp_path: Path) -> None:
    run, root = tmp_path / "run", write_camvid(tmp_path / "data")
    run.mkdir()
    (run / "log.txt").write_text("mine")
    done = command("train", "--out", run, "--root", root)
    assert done.returncode == 1
    assert "log.txt" in done.stderr
    assert f"--out '{run} 2'" in done.stderr
    assert {path.name: path.read_text() for path in run.iterdir()} == {"log.txt": "mine"}
    assert command("train", "--out", root / "run", "--root", root).returncode == 1
    assert not (root / "run").exists()


def test_a_run_folder_can_be_made_without_starting_it(command: Run, tmp_path: Path) -> None:
    run, root = tmp_path / "run", write_camvid(tmp_path / "data")
    done = command("train", "--out", run, "--root", root, "--no-start", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"folder": str(run), "status": "created"}
    assert f"accelerate launch -m trainer train {run}" in done.stderr
    assert (run / "job.toml").exists()
    assert not (run / "events.jsonl").exists()


def test_a_table_in_a_file(command: Run, tmp_path: Path) -> None:
    root, out = write_camvid(tmp_path / "data", "test", count=2), tmp_path / "table.csv"
    words = ("evaluate", "camvid", "--root", root, "--split", "test", "--format", "csv", "--out", out)
    done = command(*words)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert out.read_text().startswith("method,miou,")
    out.write_text("mine")
    refused = command(*words)
    assert refused.returncode == 1
    assert "table 2.csv" in refused.stderr
    assert out.read_text() == "mine"
    replaced = command(*words, "--overwrite")
    assert replaced.returncode == 0
    assert "will be replaced: table.csv" in replaced.stderr
    assert out.read_text().startswith("method,miou,")


def test_evaluate(command: Run, tmp_path: Path) -> None:
    root = write_camvid(tmp_path, "test", count=2)
    done = command("evaluate", "camvid", "--root", root, "--split", "test", "--method", "street", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["dataset"], document["split"]) == ("camvid", "test")
    (row,) = document["rows"]
    assert {"method", "miou", "iou", "fps"} <= row.keys()
    wrong = command("evaluate", "camvid", "--root", tmp_path / "none", "--json")
    assert wrong.returncode == 1
    assert "expected a folder" in wrong.stderr


def test_evaluate_says_what_label_values_mean(command: Run, tmp_path: Path) -> None:
    root = write_camvid(tmp_path, "test", count=2)
    judged = command("evaluate", "camvid", "--root", root, "--split", "test", "--labels-map", "3=void", "--json")
    assert judged.returncode == 0, judged.stderr
    document = json.loads(judged.stdout)
    assert "no label holds" in document["warnings"][0]
    assert "road" in document["warnings"][0]
    wrong = command("evaluate", "camvid", "--root", root, "--labels-map", "255:1")
    assert wrong.returncode == 2
    assert "VALUE=CLASS" in wrong.stderr


TWO_ROUNDS = """
import engine.benchmark
engine.benchmark.ROUNDS = 2
from app.cli import main
main()
"""


def test_bench_reports_every_figure(clip: Path, tmp_path: Path) -> None:
    model = small_student(tmp_path).with_suffix(".onnx")
    done = steadymask("bench", clip, "--method", model, "--frames", "20", "--json", code=TWO_ROUNDS)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    wanted = {"decode_fps", "bare_fps", "limit_fps", "whole_fps", "ratio", "peer_fps", "latency_ms", "peak_mb"}
    assert wanted <= figures.keys()
    limit = 1 / (1 / figures["decode_fps"] + 1 / figures["bare_fps"])
    assert figures["limit_fps"] == pytest.approx(limit, rel=0.01)
    assert figures["ratio"] == pytest.approx(figures["whole_fps"] / figures["limit_fps"], rel=0.02)
    assert figures["peer_fps"] > 0
    assert figures["latency_ms"]["p50"] <= figures["latency_ms"]["p95"]


SHORT_DEMO = """
import sys
from pathlib import Path
import resources
resources.DEMO_CLIP = Path(sys.argv.pop(1))
from app.cli import main
main()
"""


def test_without_a_display_the_demo_is_done_headless(tmp_path: Path) -> None:
    clip = write_plain(tmp_path / "street.mp4", itertools.islice(_pictures(), 24))
    done = steadymask(clip, "open", "--demo", "--device", "cpu", cwd=tmp_path, code=SHORT_DEMO)
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux can be without a display")
    assert done.returncode == 0, done.stderr
    assert "no display" in done.stderr
    out = tmp_path / "out" / "street"
    for name in ("compare.mp4", "report.html", "curves.png", "worst.png", "frames.csv", "summary.json"):
        assert (out / name).exists()
        assert str(out / name) in done.stdout
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert (summary["a"]["method"], summary["b"]["method"]) == ("street", "street-consistent")
    assert summary["b"]["flicker"] < summary["a"]["flicker"]


def _pictures() -> Iterator[np.ndarray]:
    """The first frames of the bundled clip."""
    with open_video(DEMO_CLIP) as source:
        for frame in source.frames():
            yield frame.rgb


def test_without_a_display_a_clip_gets_a_message_and_status_1(clip: Path) -> None:
    done = steadymask(clip)
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux can be without a display")
    assert done.returncode == 1
    assert "no display" in done.stderr


@pytest.mark.skipif(QT_PROBLEM is not None, reason=str(QT_PROBLEM))
def test_the_window_process_never_imports_torch() -> None:
    code = "import sys, app.main_window, app.cli, trainer.job; sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_command_line_loads_no_qt_for_its_commands(clip: Path, tmp_path: Path) -> None:
    code = "import sys, app.cli; sys.exit(any(name.startswith('PySide6') for name in sys.modules))"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_ctrl_c_ends_a_camera_with_its_results_whole(tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "app", "segment", "camera:demo", "--out", str(tmp_path), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        masks = tmp_path / "camera-demo" / "masks"
        deadline = time.monotonic() + 60
        while not list(masks.glob("*.png")):
            assert running.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        out, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    assert json.loads(out)["clips"][0]["frames"] == len(list(masks.glob("*.png"))) > 0
    assert (tmp_path / "camera-demo" / "overlay.mp4").stat().st_size > 0
    assert json.loads((tmp_path / "camera-demo" / "summary.json").read_text())["error"] is None


def test_version_is_told_without_qt_and_without_torch() -> None:
    told = steadymask("--version", code=WITHOUT_QT.replace('("PySide6"', '("torch", "PySide6"'))
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout == f"steadymask {version('steadymask')}\n"
