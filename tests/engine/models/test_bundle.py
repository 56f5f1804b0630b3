import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from safetensors.numpy import save_file

from engine.errors import ModelError
from engine.models.bundle import read_card, read_graph, read_peer_card, read_weights, write_bundle, write_card
from engine.models.card import CARD_KEY, InputPolicy, Measurement
from engine.models.classes import ClassSet, bundled_class_set
from engine.networks import FAMILIES
from engine.segmenter import load_model
from resources import MODELS


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    for suffix in (".onnx", ".safetensors"):
        shutil.copy(MODELS / f"street{suffix}", tmp_path / f"copy{suffix}")
    return tmp_path / "copy"


def test_both_halves_carry_the_same_card(bundle: Path) -> None:
    model, card = read_graph(bundle.with_suffix(".onnx"))
    assert card == read_peer_card(bundle.with_suffix(".safetensors"))
    assert card.graph_hash is not None
    assert card.class_set == bundled_class_set("camvid")
    assert {entry.key for entry in model.metadata_props} == {CARD_KEY}


def test_a_changed_graph_is_refused(bundle: Path) -> None:
    path = bundle.with_suffix(".onnx")
    model = onnx.load(path)
    model.graph.initializer[0].raw_data = bytes(len(model.graph.initializer[0].raw_data))
    onnx.save(model, path)
    with pytest.raises(ModelError, match="was changed after its card was written"):
        load_model(path)


def test_a_swapped_half_is_refused(bundle: Path, tmp_path: Path) -> None:
    graph, card = read_graph(bundle.with_suffix(".onnx"))
    weights = read_weights(bundle.with_suffix(".safetensors"))
    name = next(iter(weights))
    write_bundle(tmp_path / "other", graph, {**weights, name: weights[name] + 1}, card)
    shutil.copy(tmp_path / "other.safetensors", bundle.with_suffix(".safetensors"))
    with pytest.raises(ModelError, match="do not belong together"):
        read_graph(bundle.with_suffix(".onnx"))


def test_changed_weights_are_refused(bundle: Path) -> None:
    path = bundle.with_suffix(".safetensors")
    card, weights = read_peer_card(path), read_weights(path)
    name = next(iter(weights))
    save_file({**weights, name: weights[name] * 2}, path, metadata={CARD_KEY: card.model_dump_json()})
    with pytest.raises(ModelError, match="was changed"):
        read_weights(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 zip", b"<html></html>", b"\x80\x04pickle"])
def test_what_is_no_bundle_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "thing.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"thing\.onnx"):
        load_model(path)


def test_measurements_show_only_where_the_hash_matches(bundle: Path) -> None:
    _, card = read_graph(bundle.with_suffix(".onnx"))
    current = Measurement(
        measure="miou", value=50.0, unit="0..100", data="d", command="c", graph_hash=card.graph_hash or ""
    )
    stale = current.model_copy(update={"graph_hash": "sha256:other"})
    write_card(bundle, card.model_copy(update={"measurements": (current, stale)}))
    _, written = read_graph(bundle.with_suffix(".onnx"))
    assert written.graph_hash == card.graph_hash
    assert written.current_measurements() == (current,)


def test_the_bundled_card_says_what_its_terms_are() -> None:
    card = read_card(MODELS / "street.onnx")
    assert "non-commercial" in card.licence
    assert card.parameters <= 3_000_000


def test_a_name_with_a_dot_keeps_it_and_weights_may_be_missing(tmp_path: Path) -> None:
    model, card = read_graph(MODELS / "street.onnx")
    write_bundle(tmp_path / "street.v2", model, None, card)
    assert [path.name for path in tmp_path.iterdir()] == ["street.v2.onnx"]
    write_card(tmp_path / "street.v2", card.model_copy(update={"version": "9"}))
    assert read_graph(tmp_path / "street.v2.onnx")[1] == card.model_copy(update={"version": "9"})


def test_class_sets_refuse_two_classes_of_one_name() -> None:
    with pytest.raises(ValueError, match="must differ"):
        ClassSet.model_validate({"name": "x", "classes": [{"name": "a", "colour": "#000000"}] * 2})


def test_palette_holds_the_class_colours() -> None:
    classes = bundled_class_set("camvid")
    palette = classes.palette()
    assert palette.shape == (256, 3)
    assert palette.dtype == np.uint8
    assert tuple(palette[0]) == classes.classes[0].rgb


@pytest.mark.parametrize(
    ("frame", "expected"),
    [((480, 360), (480, 360)), ((1280, 720), (640, 360)), ((720, 1280), (360, 640)), ((1, 1000), (360, 360_000))],
)
def test_input_policy(frame: tuple[int, int], expected: tuple[int, int]) -> None:
    assert InputPolicy(short_side=360, multiple=8).size_for(*frame) == expected


def test_a_policy_keeps_the_size_that_it_gave() -> None:
    """Frames are shrunk to it before the graph, which asks again: the answer must be the same."""
    policy = InputPolicy(short_side=352, multiple=32)
    for width, height in np.random.default_rng(3).integers(20, 3000, (500, 2)).tolist():
        size = policy.size_for(width, height)
        assert policy.size_for(*size) == size
    with pytest.raises(ValueError, match="short_side 360 must be a multiple of multiple 32"):
        InputPolicy(short_side=360, multiple=32)


@pytest.mark.parametrize("path", sorted(MODELS.glob("*.onnx")), ids=lambda path: path.stem)
def test_bundled_models_take_sizes_that_fit_their_network(path: Path) -> None:
    card = read_card(path)
    assert card.input.multiple % FAMILIES[card.family].multiple == 0
