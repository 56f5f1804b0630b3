"""Recipe, networks and checkpoints, one by one."""

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import UnknownNameError
from engine.models.bundle import read_graph, read_peer_card, read_weights, write_bundle
from engine.networks import build_network
from resources import MODELS, RECIPES
from tests.trainer.small import RECIPE
from trainer.recipe import RecipeError, parse_recipe, recipe_text
from trainer.weights.checkpoint import CheckpointError, load_checkpoint, load_weights, save_checkpoint, start_from


def test_bundled_recipes_are_valid() -> None:
    for path in RECIPES.glob("*.toml"):
        assert parse_recipe(recipe_text(path.stem), path.name).model.name == path.stem


def test_a_recipe_with_a_wrong_field_names_it() -> None:
    text = RECIPE.replace("EPOCHS", "1")
    with pytest.raises(RecipeError, match="momentum"):
        parse_recipe(text + "\nmomentum = 0.9", "mine.toml")
    with pytest.raises(RecipeError, match=r"(?s)mine\.toml.*crop"):
        parse_recipe(text.replace("[64, 96]", "[50, 96]"), "mine.toml")
    with pytest.raises(RecipeError, match=r"(?s)mine\.toml.*tiny needs a multiple of 32"):
        parse_recipe(text.replace("multiple = 32", "multiple = 8"), "mine.toml")
    with pytest.raises(RecipeError, match=r"(?s)mine\.toml.*spacing is \[3, 2\]"):
        parse_recipe(text.replace("[augment]", "spacing = [3, 2]\n[augment]"), "mine.toml")
    with pytest.raises(RecipeError, match=r"(?s)mine\.toml.*virtual has 3 views and window is 2.*make them equal"):
        parse_recipe(text.replace("[augment]", "window = 2\nvirtual = { views = 3 }\n[augment]"), "mine.toml")
    with pytest.raises(RecipeError, match=r"(?s)mine\.toml.*set share = 1, or window = 2 on video"):
        parse_recipe(text.replace("[augment]", "virtual = { share = 0.5 }\n[augment]"), "mine.toml")
    with pytest.raises(RecipeError, match=r"(?s)no criterion 'luck'; known: miou"):
        parse_recipe(text.replace("[train]", "[train]\ncriterion = 'luck'"), "mine.toml")
    with pytest.raises(UnknownNameError, match=r"bundled recipes: .*street"):
        recipe_text("nothing")


def test_frames_are_not_compared_where_there_is_one() -> None:
    text = RECIPE.replace("EPOCHS", "1") + "temporal = 0.5\n"
    with pytest.raises(RecipeError, match=r"(?s)mine\.toml.*set window = 2 or more.*add \[data\.virtual\]"):
        parse_recipe(text, "mine.toml")
    for remedy, length in (("window = 2", 2), ("virtual = { views = 3 }", 3), ("window = 2\nvirtual = {}", 2)):
        assert parse_recipe(text.replace("[augment]", f"{remedy}\n[augment]"), "mine.toml").data.length == length


def test_a_checkpoint_comes_back_whole(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = build_network("fast_scnn", 3, detail_channels=8)
    optimiser = torch.optim.AdamW(network.parameters())
    network.train()
    network(torch.randn(2, 3, 64, 64))[0].sum().backward()
    optimiser.step()
    save_checkpoint(
        tmp_path / "c.safetensors", network=network, average=None, optimiser=optimiser, counters={"step": 1}
    )
    expected = torch.rand(3)

    other = build_network("fast_scnn", 3, detail_channels=8)
    moments = torch.optim.AdamW(other.parameters())
    torch.rand(100)
    counters = load_checkpoint(tmp_path / "c.safetensors", network=other, average=None, optimiser=moments)
    assert counters == {"step": 1}
    assert torch.equal(torch.rand(3), expected)
    for name, value in network.state_dict().items():
        assert torch.equal(value, other.state_dict()[name])
    mine, theirs = optimiser.state_dict()["state"], moments.state_dict()["state"]
    assert all(torch.equal(mine[i][key], theirs[i][key]) for i in mine for key in mine[i])


def test_a_damaged_or_foreign_checkpoint_is_named(tmp_path: Path) -> None:
    path = tmp_path / "c.safetensors"
    path.write_bytes(b"\x00" * 64)
    network = build_network("fast_scnn", 3, detail_channels=8)
    with pytest.raises(CheckpointError, match=r"c\.safetensors cannot be read"):
        load_weights(path, network, averaged=False)
    optimiser = torch.optim.AdamW(network.parameters())
    save_checkpoint(path, network=network, average=None, optimiser=optimiser, counters={"step": 0})
    with pytest.raises(CheckpointError, match="does not fit"):
        load_weights(path, build_network("fast_scnn", 4, detail_channels=8), averaged=False)


def test_a_training_can_start_from_a_bundle() -> None:
    path = MODELS / "street.safetensors"
    card = read_peer_card(path)
    network = build_network(card.family, len(card.class_set), **card.options)
    start_from(path, network)
    for name, value in read_weights(path).items():
        assert np.array_equal(network.state_dict()[name].numpy(), value)
    with pytest.raises(CheckpointError, match=r"street\.safetensors does not fit"):
        start_from(path, build_network(card.family, 3))


def test_a_training_can_start_with_more_depth(tmp_path: Path) -> None:
    """Residual blocks that the bundle has not start as the identity; anything else that is missing is refused."""
    path = MODELS / "street.safetensors"
    card, weights = read_peer_card(path), read_weights(path)
    plain = {key: value for key, value in weights.items() if ".body." not in key or key.startswith("context")}
    graph, _ = read_graph(path.with_suffix(".onnx"))
    write_bundle(tmp_path / "plain", graph, plain, card)
    small = build_network(card.family, len(card.class_set), detail_channels=64).eval()
    deep = build_network(
        card.family, len(card.class_set), blocks4=1, blocks8=2, refine_blocks=4, detail_blocks=1
    ).eval()
    start_from(tmp_path / "plain.safetensors", small)
    start_from(tmp_path / "plain.safetensors", deep)
    frame = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        assert torch.equal(small(frame), deep(frame))
    plain.pop("classify.1.weight")
    write_bundle(tmp_path / "less", graph, plain, card)
    with pytest.raises(CheckpointError, match=r"lacks .*classify"):
        start_from(tmp_path / "less.safetensors", deep)
