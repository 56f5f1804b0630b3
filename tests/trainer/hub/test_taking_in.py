"""A Hugging Face model's whole way: taken in, run, made steady, as a teacher, and given back."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.errors import Cancelled, ModelError, OccupiedError
from engine.models.bundle import read_card, read_graph, read_weights
from engine.models.card import ModelCard
from engine.models.library import Library
from engine.networks.normalise import normalise
from engine.segmenter import load_model
from tests.trainer.hub.checkpoints import CLASSES, saved_tiny
from tests.trainer.hub.in_process import in_this_process
from tests.trainer.steady.small import drawn_clip
from trainer.export import parity
from trainer.hub import Guests, prepare_hub_import, save_pretrained
from trainer.job import Job, JobOwner
from trainer.recipe import parse_recipe
from trainer.steady import ClipSpan, plan_steadying, read_verdict, trainable
from trainer.steady.graph import with_weights
from trainer.steady.run import steady

SMALL: dict[str, Any] = {
    "train": {"epochs": 1, "epoch_steps": 2, "batch": 2, "precision": "no"},
    "data": {"crop": [64, 96], "synthetic": {"streets": 1, "frames": 2, "size": [160, 96]}},
    "teacher": {"reach": 1, "views": {"flip": False, "scales": []}},
    "steady": {"shares": [0.0, 0.5]},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved_tiny(tmp_path_factory.mktemp("models") / "Tiny SegFormer")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn_clip(tmp_path_factory.mktemp("clips") / "drive")


@pytest.fixture(scope="module")
def job(folder: Path, clip: Path, tmp_path_factory: pytest.TempPathFactory, operators_read_once: None) -> Job:
    """A run that brings its student, which teaches as well, and has been done."""
    base = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trainer.hub.importing.prepared_by", in_this_process)
        return steadied(folder, clip, base)


def steadied(folder: Path, clip: Path, base: Path) -> Job:
    said: list[str] = []
    with Library(base / "library") as library, Guests(base / "run", library, tell=said.append) as guests:
        plan = plan_steadying(
            [ClipSpan(clip)],
            guests.weights(str(folder)),
            name=guests.named(str(folder)),
            teacher=guests.teacher(str(folder)),
            threads=1,
            device="cpu",
            changes=SMALL,
        )
        spec = plan.spec.model_copy(update={"start": str(guests.place(str(folder)))})
        made = Job.create(base / "run", spec)
        guests.settle()
        assert library.entries()
        assert not any(entry.origin == "own" for entry in library.entries())
    assert said == ["trying it"]
    with JobOwner(made) as owner:
        steady(owner, made.spec(), parse_recipe(made.spec().recipe, "job.toml"))
    return made


@pytest.fixture(scope="module")
def start(job: Job) -> Path:
    """The `.onnx` of the model as it was taken in."""
    return Path(job.spec().start).with_suffix(".onnx")


def test_its_card_says_what_it_is(start: Path, folder: Path) -> None:
    card = read_card(start)
    assert card.class_set.names == CLASSES
    assert (card.family, card.licence) == ("hub", "research, https://example.org/terms")
    assert card.training_data[0].startswith("weights of the folder Tiny SegFormer, sha256:")
    assert (card.input.short_side, card.input.multiple, card.input.fixed) == (64, 32, None)
    assert trainable(start.with_suffix(".safetensors")) == card


def test_both_runtimes_give_its_masks(start: Path, folder: Path) -> None:
    import transformers

    frame = np.random.default_rng(1).integers(0, 256, (64, 96, 3), np.uint8)
    found = [load_model(start, device="cpu", backend=backend).segment(frame, scores=True) for backend in RUNTIMES]
    assert np.mean(found[0].classes == found[1].classes) > 0.999
    model = transformers.AutoModelForSemanticSegmentation.from_pretrained(folder).eval()
    mean, std = (torch.tensor(each).view(1, 3, 1, 1) for each in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    pixels = torch.from_numpy(frame).permute(2, 0, 1).unsqueeze(0).float() / 255
    with torch.no_grad():
        logits = model(pixel_values=(pixels - mean) / std).logits[0].numpy()
    assert np.abs(found[0].scores - logits).max() < 1e-3 * np.abs(logits).max()
    assert len(np.unique(found[0].classes)) > 1, "a map of one class would agree with anything"


RUNTIMES = ("onnxruntime", "torch")


def test_its_graph_takes_other_weights(start: Path, folder: Path) -> None:
    graph, card = read_graph(start)
    network = network_with_weights(card, start)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.1 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(parameter.numel()))
    frame = np.random.default_rng(2).integers(0, 256, (64, 96, 3), np.uint8)
    agreement, deviation = parity(network, card, with_weights(graph, network), [frame])
    assert agreement > 99.9
    assert deviation < 1e-2
    unchanged, _ = parity(network, card, graph, [frame])
    assert unchanged < agreement


def network_with_weights(card: ModelCard, onnx: Path) -> Any:
    from engine.backends.torch import trained_network

    return trained_network(onnx.with_suffix(".safetensors"), card).eval()


def test_it_is_steadied_as_any_student(job: Job, start: Path) -> None:
    assert job.status() == "done"
    assert read_verdict(job.folder)["verdict"] in ("better", "not better", "worse")
    card = read_card(job.folder / "student.onnx")
    before = read_card(start)
    assert card.name == "tiny-segformer-steady"
    assert card.parent == f"{before.name} {before.weights_hash}"
    assert card.teacher == card.parent
    assert card.options == before.options
    weights, old = (read_weights(path.with_suffix(".safetensors")) for path in (job.folder / "student.onnx", start))
    assert any(not np.array_equal(weights[name], old[name]) for name in old)


def test_it_teaches_in_every_step_too(start: Path) -> None:
    from trainer.recipe.teacher import TeacherPart
    from trainer.teachers.frozen import FrozenTeacher

    card = read_card(start)
    teacher = FrozenTeacher(
        TeacherPart(kind="frozen", bundle=str(start.with_suffix(".safetensors"))), card.class_set, torch.device("cpu")
    )
    frames = normalise(torch.randint(0, 256, (2, 3, 64, 96), dtype=torch.uint8))
    said = teacher(frames)
    assert said.logits.shape == (2, len(CLASSES), 16, 24)
    assert said.features.shape == (2, 16, 16, 24)


def test_it_is_given_back_as_transformers_reads_it(job: Job, tmp_path: Path) -> None:
    import transformers

    onnx = job.folder / "student.onnx"
    assert save_pretrained(onnx, tmp_path / "out" / "mine") == [
        "README.md",
        "config.json",
        "model.safetensors",
        "preprocessor_config.json",
    ]
    place = tmp_path / "out" / "mine"
    assert json.loads((place / "preprocessor_config.json").read_text())["size"] == {"height": 64, "width": 64}
    # Attention in plain operations, as the network has it: by torch's own the last digits differ.
    model = transformers.AutoModelForSemanticSegmentation.from_pretrained(place, attn_implementation="eager").eval()
    assert tuple(model.config.id2label.values()) == CLASSES
    network = network_with_weights(read_card(onnx), onnx)
    pixels = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        assert torch.equal(model(pixel_values=pixels).logits, network.model(pixel_values=pixels).logits)
    with pytest.raises(OccupiedError, match="not empty"):
        save_pretrained(onnx, place)
    assert sorted(path.name for path in place.parent.iterdir()) == ["mine"], "nothing half-written is left"


def test_another_kind_of_model_is_not_saved_so(tmp_path: Path) -> None:
    from resources import MODELS

    with pytest.raises(ModelError, match="street is a fast_scnn network"):
        save_pretrained(MODELS / "street.onnx", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_cancelled_import_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    with Library(tmp_path / "library") as library:
        with pytest.raises(Cancelled):
            prepare_hub_import(folder, name="tiny", library=library, cancelled=lambda: True)
        assert [path.name for path in library.folder.iterdir() if path.name != ".lock"] == []


def test_the_child_refuses_weights_of_another_model(folder: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    other = tmp_path / "other"
    other.mkdir()
    for name in ("config.json", "preprocessor_config.json"):
        (other / name).write_bytes((folder / name).read_bytes())
    tensors = load_file(folder / "model.safetensors")
    kept = {name: value for name, value in tensors.items() if not name.startswith("decode_head.classifier")}
    assert len(kept) < len(tensors)
    save_file(kept, other / "model.safetensors", {"format": "pt"})
    said: list[str] = []
    with Library(tmp_path / "library") as library:
        with pytest.raises(ModelError, match=r"lacks 2 of the weights .* such as decode_head.classifier"):
            prepare_hub_import(other, name="tiny", library=library, tell=said.append)
        assert [path.name for path in library.folder.iterdir() if path.name != ".lock"] == []
    assert said == ["building it"]
