"""What is exported gives the masks that torch gives; stored in float16 it is half the file, and whatever reads a bundle
reads it."""

import copy
from functools import cache
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from app.models.facts import facts
from engine.atomic import REPLACE
from engine.backends.onnxruntime import load_session
from engine.backends.torch import TorchSession
from engine.backends.torch import load_session as load_by_torch
from engine.models.bundle import read_card, read_graph, read_peer_card, read_weights
from engine.models.card import InputPolicy, ModelCard, Normalisation
from engine.models.classes import bundled_class_set
from engine.models.vetting import vet_graph
from engine.networks import build_network, efficientnet_lite
from engine.networks.base import SegmentationNetwork
from engine.networks.normalise import PIXEL_MEAN, PIXEL_STD
from resources import MODELS
from tests.engine.networks import test_networks as networks
from tests.sweep import sweep_count
from trainer.export import ParityError, export_bundle
from trainer.recipe import RecipeError, TeacherPart, parse_recipe, recipe_text
from trainer.teachers.frozen import FrozenTeacher
from trainer.weights.checkpoint import start_from
from trainer.weights.half import RangeError, rounded, store_half

pytestmark = pytest.mark.usefixtures("operators_read_once")

CAMVID = bundled_class_set("camvid")
OPTIONS = {"detail_channels": 32}
FAMILIES = ("lite_fpn", "pspnet18", "mobilenetv2_psp")[: sweep_count(sample=0, full=3)]
"""An export takes half a minute. Fast-SCNN and PSPNet are exported in other tests as well."""


def trained() -> SegmentationNetwork:
    """A network (eval mode) whose batch norms have seen pictures; the same at every call, whatever the threads."""
    return copy.deepcopy(_trained())


@cache
def _trained() -> SegmentationNetwork:
    torch.manual_seed(3)
    network = build_network("tiny", len(CAMVID), **OPTIONS)
    for _ in range(3):
        network(torch.randn(2, 3, 64, 96))
    return network.eval()


def card() -> ModelCard:
    """Of frames of one size, for which an export is far quicker."""
    return ModelCard(
        name="light",
        version="1",
        task="semantic",
        class_set=CAMVID,
        input=InputPolicy(fixed=(160, 96)),
        normalisation=Normalisation(mean=PIXEL_MEAN, std=PIXEL_STD),
        family="tiny",
        options=OPTIONS,
        parameters=1,
        licence="Apache-2.0",
        weights="float16",
    )


def picture(height: int, width: int) -> NDArray[np.uint8]:
    random = np.random.default_rng(height)
    small = random.integers(0, 256, (height // 8, width // 8, 3), np.uint8)
    return np.ascontiguousarray(small.repeat(8, 0).repeat(8, 1))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `.onnx` of an exported bundle."""
    stem = tmp_path_factory.mktemp("light") / "light"
    export_bundle(trained(), card(), stem, [picture(96, 128)], REPLACE)
    return stem.with_suffix(".onnx")


@pytest.mark.soak
@pytest.mark.parametrize("family", FAMILIES)
def test_a_bundle_gives_the_same_masks(family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exported, and its weights read back: onnxruntime, this network and the one read back agree.

    A short EfficientNet has every kind of block that there is; the sweep exports the whole one.
    """
    if sweep_count(sample=1, full=0):
        short = [(*row[:2], 2 if row[1] == 24 else 1, *row[3:]) for row in efficientnet_lite._ROWS]
        monkeypatch.setattr(efficientnet_lite, "_ROWS", short)
    network = networks.build(family).train()
    networks.shake(network)
    rng = np.random.default_rng(2)
    frames = [
        np.kron(rng.integers(0, 256, (4, width, 3), np.uint8), np.ones((16, 16, 1), np.uint8)) for width in (4, 6)
    ]
    with torch.no_grad():
        for _ in range(3):
            network(torch.randn(4, 3, 64, 64))  # batch norm sees something
    network.eval()
    of_family = {"name": family, "family": family, "options": networks.OPTIONS.get(family, {}), "weights": "float32"}
    exported = card().model_copy(update={**of_family, "input": InputPolicy(short_side=64, multiple=32)})
    export_bundle(network, exported, tmp_path / family, frames, REPLACE)
    path = tmp_path / f"{family}.onnx"
    session = load_by_torch(path, read_card(path), device="cpu", threads=1)
    for frame in frames:
        pixels = torch.from_numpy(frame).permute(2, 0, 1).unsqueeze(0).float()
        mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (PIXEL_MEAN, PIXEL_STD))
        with torch.no_grad():
            expected = network((pixels - mean) / std)[0].numpy()
        scores = session.run(frame, scores=True).scores
        assert scores is not None
        assert np.abs(scores - expected).max() < 1e-4
    session.close()


def test_a_bundle_of_half_the_size_gives_the_same_masks(bundle: Path) -> None:
    network, frame = trained(), picture(96, 160)
    whole = 4 * sum(value.numel() for value in network.state_dict().values())
    in_graph = whole - 4 * sum(value.numel() for value in network.auxiliary.state_dict().values())
    assert bundle.with_suffix(".safetensors").stat().st_size < 0.6 * whole
    graph, _ = read_graph(bundle)
    assert sum(len(tensor.raw_data) for tensor in graph.graph.initializer) < 0.6 * in_graph
    vet_graph(graph, bundle)
    exact = TorchSession(network, card(), device="cpu", threads=1)
    session = load_session(bundle, read_card(bundle), device="cpu", threads=1)
    made, expected = session.run(frame, scores=True), exact.run(frame, scores=True)
    assert session.report.precision == "float32"
    assert made.scores is not None
    assert expected.scores is not None
    assert (made.classes == expected.classes).mean() > 0.99
    assert 0 < np.abs(made.scores - expected.scores).max() < 0.01 * np.abs(expected.scores).max()


def test_it_starts_a_training_and_teaches_in_float32(bundle: Path) -> None:
    weights, expected = bundle.with_suffix(".safetensors"), rounded(trained())
    started = build_network("tiny", len(CAMVID), **OPTIONS)
    start_from(weights, started)
    stored = read_weights(weights)
    for name, value in started.state_dict().items():
        assert value.dtype == (torch.float32 if value.is_floating_point() else torch.int64)
        assert torch.equal(value, expected.state_dict()[name]), name
        assert stored[name].dtype == (np.float16 if value.ndim > 1 else value.numpy().dtype)
    teacher = FrozenTeacher(TeacherPart(bundle=str(weights)), CAMVID, torch.device("cpu"))
    frames = torch.randn(1, 3, 64, 96)
    assert torch.allclose(teacher(frames).logits, started.eval()(frames), atol=1e-6)


def test_the_card_says_what_they_are_stored_in(bundle: Path) -> None:
    for stored in (read_card(bundle), read_peer_card(bundle.with_suffix(".safetensors"))):
        assert (stored.weights, stored.precision) == ("float16", "float32")
        assert facts(stored)["network"].endswith("float32, weights stored in float16")
    street = read_card(MODELS / "street.onnx")
    assert street.weights == "float32"
    assert "stored" not in facts(street)["network"]


def test_a_recipe_chooses_it() -> None:
    text = recipe_text("street-large")
    assert parse_recipe(text, "test").model.weights == "float16"
    assert parse_recipe(recipe_text("street"), "test").model.weights == "float32"
    with pytest.raises(RecipeError, match=r"model\.weights.*'float32' or 'float16'"):
        parse_recipe(text.replace('weights = "float16"', 'weights = "int8"'), "test")


def test_what_float16_cannot_hold_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    network = trained()
    with torch.no_grad():
        network.classify[1].weight[0, 0] = -1e5  # type: ignore[index]
    with pytest.raises(RangeError, match=r"classify\.1\.weight holds 100000, and float16 ends at 65504; set weights"):
        export_bundle(network, card(), tmp_path / "light", [picture(96, 128)], REPLACE)
    assert not list(tmp_path.iterdir())


def test_the_small_statistics_of_batch_norm_stay_as_they_are() -> None:
    network = trained()
    variances = {name: value for name, value in network.state_dict().items() if name.endswith("running_var")}
    for value in variances.values():
        value[0] = 1e-12
    kept = rounded(network).state_dict()
    for name, value in variances.items():
        assert torch.equal(kept[name], value)


def test_a_weight_that_would_change_stays_as_it_is() -> None:
    """What the exporter made of it may be anything; only what comes back bit for bit is stored in float16."""
    network = rounded(nn.Sequential(nn.Conv2d(3, 4, 1), nn.Conv2d(4, 4, 1), nn.Conv2d(4, 2, 1)))
    exported = {name: value.detach().numpy() for name, value in network.named_parameters()}
    exported["1.weight"] = exported["1.weight"] * np.float32(1.0001)
    nodes = [
        helper.make_node("Conv", [f"maps{i}", f"{i}.weight", f"{i}.bias"], [f"maps{i + 1}"], name=f"conv{i}")
        for i in range(3)
    ]
    graph = helper.make_graph(
        nodes,
        "core",
        [helper.make_tensor_value_info("maps0", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("maps3", TensorProto.FLOAT, [1, 2, 8, 8])],
        [numpy_helper.from_array(value, name) for name, value in exported.items()],
    )
    core = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    frame = np.random.default_rng(0).normal(size=(1, 3, 8, 8)).astype(np.float32)
    expected = onnx.reference.ReferenceEvaluator(core).run(None, {"maps0": frame})[0]
    store_half(core, network)
    onnx.checker.check_model(core, full_check=True)
    halved = [tensor.name for tensor in core.graph.initializer if tensor.data_type == TensorProto.FLOAT16]
    assert halved == ["0.weight/half", "2.weight/half"]
    assert np.array_equal(onnx.reference.ReferenceEvaluator(core).run(None, {"maps0": frame})[0], expected)


def test_the_graph_is_compared_with_what_was_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def parity(network: nn.Module, *_: object, **__: object) -> tuple[float, float]:
        compared.append(network)
        return 0.0, 1.0

    monkeypatch.setattr("trainer.export.export_graph", lambda network, card: onnx.ModelProto())
    monkeypatch.setattr("trainer.export.parity", parity)
    with pytest.raises(ParityError):
        export_bundle(trained(), card(), tmp_path / "light", [], REPLACE)
    for name, value in rounded(trained()).state_dict().items():
        assert torch.equal(compared[0].state_dict()[name], value)
    assert not list(tmp_path.iterdir())
