"""Third-party models from outside, imported as a user would. They never enter the repository."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.video import open_video
from tests.app.cli.test_program import steadymask

DATA = Path(os.environ.get("STEADYMASK_DATA", Path(__file__).parents[2] / ".." / "shared" / "data"))
CLIP = DATA / "clips" / "person_desk.mp4"
MODELS = {"selfie": ("selfie_nhwc_sigmoid.onnx", "nhwc"), "prisma": ("prisma_nchw_sigmoid.onnx", "nchw")}
STEP = 12
AGREEMENT = 0.75

pytestmark = pytest.mark.skipif(
    not ((DATA / "models_onnx").is_dir() and CLIP.is_file()), reason=f"no real models in {DATA}; set STEADYMASK_DATA"
)


def test_both_models_find_the_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEADYMASK_HOME", str(tmp_path / "home"))
    sample = tmp_path / "sample"
    sample.mkdir()
    with open_video(CLIP) as source:
        for frame in source:
            if frame.index % STEP == 0:
                Image.fromarray(frame.rgb).save(sample / f"{frame.index:06d}.png")
    masks = {}
    for name, (file, layout) in MODELS.items():
        path = DATA / "models_onnx" / file
        words = ("models", "import", path, "--name", name, "--mean", "0", "--std", "255", "--preview", CLIP, "--json")
        done = steadymask(*words)
        assert done.returncode == 0, done.stderr
        document = json.loads(done.stdout)
        assert document["card"]["foreign"]["layout"] == layout
        assert document["card"]["foreign"]["output"] == "sigmoid"
        assert 0.05 < document["preview"]["shares"]["foreground"] < 0.6
        done = steadymask("segment", sample, "--method", name, "--out", tmp_path / name, "--device", "cpu", "--json")
        assert done.returncode == 0, done.stderr
        frames = sorted((tmp_path / name / "sample" / "masks").iterdir())
        assert len(frames) == len(list(sample.iterdir()))
        masks[name] = np.stack([np.asarray(Image.open(frame)) for frame in frames]) == 1
    both, either = np.logical_and(*masks.values()).sum(), np.logical_or(*masks.values()).sum()
    assert both / either >= AGREEMENT
