"""Kinds of models beside the one that goes the whole way: written as graphs that give what torch gives."""

from pathlib import Path

import numpy as np
import pytest

from engine.models.library import Library
from engine.segmenter import load_model
from tests.sweep import sweep_count
from tests.trainer.hub.checkpoints import CLASSES, saved_tiny
from tests.trainer.hub.in_process import in_this_process
from trainer.hub import prepare_hub_import

KINDS = ("upernet", "mobilenet_v2", "swin", "beit")[: sweep_count(sample=1, full=4)]


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
def test_it_is_taken_in_and_runs(
    kind: str, tmp_path: Path, operators_read_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainer.hub.importing.prepared_by", in_this_process)
    folder = saved_tiny(tmp_path / kind, kind)
    with Library(tmp_path / "library") as library, prepare_hub_import(folder, name=kind, library=library) as prepared:
        path = prepared.add().path  # refused before, unless both runtimes agree
    model = load_model(path, device="cpu")
    frame = np.random.default_rng(0).integers(0, 256, (90, 160, 3), np.uint8)
    found = model.segment(frame, scores=True)
    model.close()
    any_size = kind == "mobilenet_v2"
    assert found.classes.shape == ((64, 128) if any_size else (64, 64))
    assert model.card.input.fixed == (None if any_size else (64, 64))
    assert found.scores is not None
    assert found.scores.shape[0] == len(CLASSES)
