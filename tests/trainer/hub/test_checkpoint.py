"""What a folder says of its model, and what is refused before anything heavy is loaded. No torch."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from engine.errors import ModelError
from engine.models.library import Library
from tests.trainer.hub.checkpoints import CLASSES, PROCESSOR, README
from trainer.hub import hub_name, model_folder, prepare_any_import, prepare_hub_import, suggested_name
from trainer.hub.checkpoint import UNKNOWN_LICENCE, read_checkpoint

CONFIG: dict[str, Any] = {
    "architectures": ["SegformerForSemanticSegmentation"],
    "model_type": "segformer",
    "id2label": {"0": "background", "1": "person", "2": "dog"},
    "transformers_version": "4.30.0",
    "torch_dtype": "float16",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "Tiny Model"
    place.mkdir()
    write(place, "config.json", CONFIG)
    write(place, "preprocessor_config.json", PROCESSOR)
    (place / "README.md").write_text(README, encoding="utf-8")
    save_file({"a.weight": np.zeros((2, 2), np.float32)}, place / "model.safetensors")
    return place


def write(folder: Path, name: str, fields: dict[str, Any]) -> None:
    (folder / name).write_text(json.dumps(fields), encoding="utf-8")


def test_it_says_what_the_model_is(folder: Path) -> None:
    found = read_checkpoint(folder)
    assert found.class_set.names == CLASSES
    assert found.licence == "research, https://example.org/terms"
    assert found.config["model_type"] == "segformer"
    assert not {"torch_dtype", "architectures", "transformers_version"} & found.config.keys()
    assert found.config["use_auxiliary_head"] is False
    assert json.loads(found.config_text) == found.config
    assert found.digest.startswith("sha256:")


@pytest.mark.parametrize(
    ("head", "licence"),
    [
        ("license: apache-2.0", "apache-2.0"),
        ("license: other", UNKNOWN_LICENCE),
        ("tags: [a]", UNKNOWN_LICENCE),
        ("license: [", UNKNOWN_LICENCE),
    ],
)
def test_the_licence_is_the_readmes(folder: Path, head: str, licence: str) -> None:
    (folder / "README.md").write_text(f"---\n{head}\n---\n# x\n", encoding="utf-8")
    assert read_checkpoint(folder).licence == licence


def test_names_that_are_the_same_are_told_apart_and_one_logit_has_two_classes(folder: Path) -> None:
    write(folder, "config.json", CONFIG | {"id2label": {"0": "door", "1": "door"}})
    assert read_checkpoint(folder).class_set.names == ("door", "door (1)")
    write(folder, "config.json", CONFIG | {"id2label": {"0": "person"}})
    assert read_checkpoint(folder).class_set.names == ("background", "person")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"auto_map": {"AutoModel": "x.Y"}}, "code of its own, which is never run"),
        ({"architectures": ["SegformerForImageClassification"]}, "no model for semantic segmentation"),
        ({"backbone": "resnet50", "use_timm_backbone": True}, "'resnet50'.*backbone_config"),
        ({"id2label": {"0": "a", "2": "b"}}, "expected one for each of the ids"),
        ({"model_type": None}, "has no model_type"),
    ],
)
def test_other_configs_are_refused_with_the_field(folder: Path, changes: dict[str, Any], said: str) -> None:
    write(folder, "config.json", CONFIG | changes)
    with pytest.raises(ModelError, match=said) as caught:
        read_checkpoint(folder)
    assert "config.json" in str(caught.value)


@pytest.mark.parametrize("name", ["preprocessor_config.json", "config.json"])
def test_a_file_that_is_missing_or_damaged_is_named(folder: Path, name: str) -> None:
    (folder / name).write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match=f"{name} is no JSON"):
        read_checkpoint(folder)
    (folder / name).unlink()
    with pytest.raises(ModelError, match=f"has no {name}"):
        read_checkpoint(folder)


def test_a_pickle_alone_is_refused_with_the_remedy(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x02")
    with pytest.raises(ModelError, match=r"weights in pytorch_model.bin.*safe_serialization=True"):
        read_checkpoint(folder)


def test_half_a_file_is_refused(folder: Path) -> None:
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) - 3])
    with pytest.raises(ModelError, match=r"model.safetensors is damaged, or not whole"):
        read_checkpoint(folder)
    # Weights in several files, of which one is not there.
    (folder / "model.safetensors").unlink()
    write(folder, "model.safetensors.index.json", {"weight_map": {"a": "model-00001-of-00002.safetensors"}})
    with pytest.raises(ModelError, match=r"model-00001-of-00002\.safetensors is damaged, or not whole"):
        read_checkpoint(folder)


def test_what_is_a_model_of_hugging_face(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert model_folder(folder) == model_folder(folder / "config.json") == folder
    assert model_folder(tmp_path) is None
    for name in ("nvidia/segformer-b0", "a/b@refs/pr/1"):
        assert hub_name(name) == name
    for other in ("street", "a/b.onnx", "/a/b", "a/b/c", "../a", str(folder)):
        assert hub_name(other) is None
    monkeypatch.chdir(tmp_path.parent)
    assert hub_name(f"{tmp_path.name}/Tiny Model") is None
    assert suggested_name(folder) == suggested_name(folder / "config.json") == "tiny-model"
    assert suggested_name("google/DeepLab_v3_1.0_513@main") == "deeplab_v3_1.0_513"


def test_a_refusal_leaves_nothing_and_needs_no_child(folder: Path, tmp_path: Path) -> None:
    (folder / "model.safetensors").unlink()
    with Library(tmp_path / "library") as library:
        with pytest.raises(ModelError, match="holds no weights"):
            prepare_hub_import(folder, name="tiny", library=library)
        from engine.importing.plan import Stated

        with pytest.raises(ModelError, match="own files say all"):
            prepare_any_import(folder, name="tiny", library=library, stated=Stated(channels="bgr"))
        with pytest.raises(ModelError, match=r"no folder with a config\.json"):
            prepare_hub_import(tmp_path / "nothing", name="tiny", library=library)
    assert not (tmp_path / "library").exists()


def test_without_the_package_one_sentence_says_what_to_install(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.networks.find_spec", lambda name: None)
    with Library(tmp_path / "library") as library, pytest.raises(ModelError, match=r"pip install 'steadymask\[hub\]'"):
        prepare_hub_import(folder, name="tiny", library=library)
