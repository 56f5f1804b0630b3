"""Recipe, augmentation, batches, networks and checkpoints, one by one."""

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.datasets import open_dataset
from engine.errors import UnknownNameError
from engine.models.bundle import read_graph, read_peer_card, read_weights, write_bundle
from engine.models.classes import VOID
from engine.networks import build_network
from resources import MODELS, RECIPES
from tests.engine.datasets.layouts import write_camvid
from tests.trainer.small import RECIPE
from trainer.checkpoint import CheckpointError, load_checkpoint, load_weights, save_checkpoint, start_from
from trainer.data.augment import augment
from trainer.data.samples import Pool, real_samples, split_aside
from trainer.recipe import AugmentPart, RecipeError, parse_recipe, recipe_text


def test_bundled_recipes_are_valid() -> None:
    for path in RECIPES.glob("*.toml"):
        assert parse_recipe(recipe_text(path.stem), path.name).model.name == path.stem


def test_a_recipe_with_a_wrong_field_names_it() -> None:
    text = RECIPE.replace("EPOCHS", "1")
    with pytest.raises(RecipeError, match="momentum"):
        parse_recipe(text + "\nmomentum = 0.9", "mine.toml")
    with pytest.raises(RecipeError, match=r"(?s)mine\.toml.*crop"):
        parse_recipe(text.replace("[64, 96]", "[50, 96]"), "mine.toml")
    with pytest.raises(RecipeError, match=r"(?s)mine\.toml.*fast_scnn needs a multiple of 32"):
        parse_recipe(text.replace("multiple = 32", "multiple = 8"), "mine.toml")
    with pytest.raises(UnknownNameError, match=r"bundled recipes: .*street"):
        recipe_text("nothing")


def test_every_tenth_image_is_kept_aside(tmp_path: Path) -> None:
    dataset = open_dataset("camvid", write_camvid(tmp_path, count=21), "train")
    learn, aside = split_aside(dataset.samples, 10)
    assert [sample.name for sample in aside] == ["0000", "0010", "0020"]
    assert len(learn) == 18
    assert not {sample.name for sample in learn} & {sample.name for sample in aside}


def test_image_and_label_stay_together_when_augmented() -> None:
    """Colours that encode the class survive every geometric change."""
    label = np.zeros((60, 80), np.uint8)
    label[20:50, 30:70] = 1
    image = np.where(label[..., None] == 1, 250, 5).astype(np.uint8).repeat(3, axis=2)
    part = AugmentPart(scale=(0.6, 1.8), flip=0.5)
    for seed in range(30):
        view, mask = augment(image, label, part, (64, 64), np.random.default_rng(seed))
        assert view.shape == (64, 64, 3)
        assert mask.shape == (64, 64)
        seen = mask != VOID
        assert (((view[..., 0] > 127) == (mask == 1)) | ~seen).mean() > 0.97
        if not seen.all():
            assert (view[~seen] == 127).all()


def test_colours_change_and_the_label_does_not() -> None:
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    label = np.arange(64 * 64, dtype=np.uint8).reshape(64, 64) % 11
    part = AugmentPart(brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1, gamma=(0.6, 1.6))
    view, mask = augment(image, label, part, (64, 64), np.random.default_rng(4))
    assert (view != image).mean() > 0.5
    assert (mask == label).all()
    plain, _ = augment(image, label, AugmentPart(), (64, 64), np.random.default_rng(4))
    assert (plain == image).all()


def test_batches_depend_on_seed_epoch_and_place_only(tmp_path: Path) -> None:
    dataset = open_dataset("camvid", write_camvid(tmp_path), "train")
    pool = Pool.read(dataset, list(dataset.samples))
    recipe = parse_recipe(RECIPE.replace("EPOCHS", "1"), "test")
    whole = list(pool.batches(recipe, epoch=3))
    assert len(whole) == 3
    (frames, labels), *_ = list(pool.batches(recipe, epoch=3, first=2))
    assert torch.equal(frames, whole[2][0])
    assert torch.equal(labels, whole[2][1])
    assert not torch.equal(next(iter(pool.batches(recipe, epoch=4)))[0], whole[0][0])


def test_synthetic_streets_are_a_share_of_every_batch() -> None:
    part = "synthetic = { share = 0.25, streets = 2, frames = 2, size = [96, 64] }\n[augment]"
    recipe = parse_recipe(RECIPE.replace("EPOCHS", "1").replace("[augment]", part), "test")
    assert recipe.data.synthetic is not None
    streets = Pool.render(recipe.data.synthetic)
    assert len(streets) == 4
    assert len({image.tobytes() for image in streets.images}) == 4
    pool = Pool([np.zeros((64, 96, 3), np.uint8)] * 9, [np.full((64, 96), VOID, np.uint8)] * 9)
    whole = list(pool.batches(recipe, 0, synthetic=streets))
    assert len(whole) == 9 // real_samples(recipe) == 3
    for _, labels in whole:
        assert [bool((label != VOID).any()) for label in labels] == [False, False, False, True]
    resumed = next(pool.batches(recipe, 0, first=2, synthetic=streets))
    assert torch.equal(resumed[0], whole[2][0])


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
