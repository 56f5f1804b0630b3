"""A model of mattes that was trained here is steadied as any other; one with a memory is refused."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from engine.atomic import REPLACE
from engine.errors import ModelError
from engine.models.bundle import read_card
from engine.models.card import InputPolicy
from engine.networks import build_network
from engine.segmenter import load_model
from resources import MODELS
from tests.engine.live.shaky import ShakyMemory
from tests.engine.mattes import PERSON
from tests.sweep import sweep_count
from tests.trainer.steady.small import SMALL, small_job
from tests.trainer.test_export import card, picture
from trainer.export import export_bundle
from trainer.job import JobOwner
from trainer.recipe import parse_recipe
from trainer.steady.beginning import begin
from trainer.steady.run import steady
from trainer.weights.checkpoint import start_from

OPTIONS = {"blocks4": 1, "blocks8": 2, "refine_blocks": 3, "detail_blocks": 1, "half_channels": 8, "guided": True}
MATTE = {"task": "matting", "class_set": PERSON, "name": "small-matte", "family": "fast_scnn", "weights": "float32"}


def walking(folder: Path, frames: int = 24) -> Path:
    """A clip of a bright disc before a dark wall."""
    folder.mkdir()
    y, x = np.mgrid[:96, :160]
    for frame in range(frames):
        inside = np.hypot(y - 48, x - 50 - 1.5 * frame) < 25
        wall = np.stack([40 + 20 * ((x // 16 + y // 16) % 2)] * 3, axis=2)
        shown = np.where(inside[..., None], (90, 150, 210), wall).astype(np.uint8)
        cv2.imwrite(str(folder / f"{frame:02d}.png"), shown)
    return folder


@pytest.mark.soak
@pytest.mark.skipif(not sweep_count(sample=0, full=1), reason="an export takes half a minute; make soak does it")
@pytest.mark.usefixtures("operators_read_once")
def test_from_a_clip_to_a_steadier_matte_and_its_verdict(tmp_path: Path) -> None:
    torch.manual_seed(1)
    network = build_network("fast_scnn", 2, **OPTIONS)
    start_from(MODELS / "street.safetensors", network, new_heads=True)
    asked = card().model_copy(update={**MATTE, "options": OPTIONS, "input": InputPolicy(short_side=96, multiple=32)})
    export_bundle(network.eval(), asked, tmp_path / "matte", [picture(96, 160)], REPLACE)
    changes = {**SMALL, "steady": {"shares": [0.5]}}
    job = small_job(tmp_path / "run", walking(tmp_path / "clip"), tmp_path / "matte.safetensors", changes)
    spec = job.spec()
    with JobOwner(job) as owner:
        steady(owner, spec, parse_recipe(spec.recipe, "test"))
    verdict = json.loads((job.folder / "verdict.json").read_text())
    names = {one["name"] for one in verdict["conditions"]}
    assert {"edges", "area", "lag"} <= names
    assert verdict["baseline"]["soft_flicker"] is not None
    assert read_card(job.folder / "student.onnx").task == "matting"
    student = load_model(job.folder / "student.onnx", device="cpu", threads=1)
    assert student.segment(np.zeros((96, 160, 3), np.uint8)).alpha is not None
    student.close()


def test_what_has_a_memory_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    graph = tmp_path / "person.onnx"
    graph.touch()
    monkeypatch.setattr("trainer.steady.beginning.read_card", lambda path: ShakyMemory("rvm").card)
    with pytest.raises(ModelError, match=r"rvm has a memory of earlier frames.*watch rvm beside it in slot B"):
        begin(graph)
