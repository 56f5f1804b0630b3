"""`--backend` and `--device` on the command line."""

import json
from pathlib import Path

import pytest

from tests.app.cli.serving import Run
from tests.engine.datasets.layouts import write_camvid
from tests.engine.video.clips import picture, write_plain


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_plain(tmp_path / "drive.mp4", (picture(index) for index in range(3)))


def test_segment_by_torch_tells_its_provider_and_the_missing_gpu(command: Run, clip: Path, tmp_path: Path) -> None:
    words = ("segment", clip, "--out", tmp_path / "out", "--backend", "torch", "--device", "cuda", "--json")
    done = command(*words)
    assert done.returncode == 0, done.stderr
    (summary,) = json.loads(done.stdout)["clips"]
    assert summary["frames"] == 3
    assert summary["provider"].startswith("torch-")
    assert "CUDA was asked for, CPU is running" in done.stderr or summary["provider"] == "torch-cuda"


@pytest.mark.parametrize("words", [("--device", "tensorrt"), ("--backend", "tensorrt")])
def test_tensorrt_is_asked_for_as_a_device_or_as_a_backend(
    command: Run, words: tuple[str, ...], clip: Path, tmp_path: Path
) -> None:
    done = command("segment", clip, "--out", tmp_path / "out", *words, "--json")
    assert done.returncode == 0, done.stderr
    (summary,) = json.loads(done.stdout)["clips"]
    assert summary["frames"] == 3
    assert "TensorRT was asked for" in done.stderr or summary["provider"] == "TensorrtExecutionProvider"


def test_tensorrt_beside_another_backend_is_wrong_usage_with_the_way_out(
    command: Run, clip: Path, tmp_path: Path
) -> None:
    done = command("segment", clip, "--out", tmp_path / "out", "--backend", "torch", "--device", "tensorrt")
    assert done.returncode == 2
    assert "leave out --device tensorrt, or --backend torch" in " ".join(done.stderr.replace("│", " ").split())


def test_evaluate_by_either_backend_gives_one_miou(command: Run, tmp_path: Path) -> None:
    root = write_camvid(tmp_path, "test", count=2)
    found = {}
    for backend in ("onnxruntime", "torch"):
        done = command("evaluate", "camvid", "--root", root, "--device", "cpu", "--backend", backend, "--json")
        assert done.returncode == 0, done.stderr
        document = json.loads(done.stdout)
        assert document["backend"] == backend
        found[backend] = document["rows"][0]["miou"]
    assert found["torch"] == pytest.approx(found["onnxruntime"], abs=0.1)


def test_what_torch_measures_is_not_recorded_as_the_graphs(command: Run, tmp_path: Path) -> None:
    done = command("evaluate", "camvid", "--root", tmp_path, "--backend", "torch", "--record")
    assert done.returncode == 2
    assert "--backend torch measures something else" in " ".join(done.stderr.replace("│", " ").split())


def test_a_backend_that_nobody_knows_is_wrong_usage(command: Run, clip: Path, tmp_path: Path) -> None:
    done = command("segment", clip, "--out", tmp_path / "out", "--backend", "abacus")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "'abacus' is not one of 'onnxruntime', 'tensorrt', 'torch'" in " ".join(done.stderr.split())
