"""A Hugging Face model's folder, read and checked without torch: what it is, and whether it can be taken in."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from engine.errors import ModelError
from engine.importing.names import MAX_CLASSES, class_set_of, distinct, with_background
from engine.models.classes import ClassSet
from engine.networks.processor import Processor, read_object, read_processor
from trainer.hub.origin import CONFIG

FAMILY = "hub"
"""In `engine.networks`."""

PROCESSOR, README = "preprocessor_config.json", "README.md"
WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
UNKNOWN_LICENCE = "unknown; see its source"

_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.h5", "*.msgpack")
_FORGOTTEN = ("_name_or_path", "transformers_version", "torch_dtype", "dtype", "architectures", "auto_map")
_NEVER = ("use_pretrained_backbone", "use_auxiliary_head")
"""What would fetch weights, and a second classifier, which has no use here."""

REMEDY = (
    "only safetensors are read, since opening a pickle can run any program in it; whoever has the model writes "
    'them with model.save_pretrained("folder", safe_serialization=True), and many models on Hugging Face have a '
    "pull request with them, to be named as owner/model@refs/pr/1"
)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a folder says of its model.

    config: of its `config.json`, without what only serves training. processor_text: of its `preprocessor_config.json`,
    and processor what that means. class_set: of two classes where the model has a single logit.
    """

    folder: Path
    config: dict[str, Any]
    processor_text: str
    processor: Processor
    class_set: ClassSet
    licence: str
    weights: tuple[Path, ...]

    @property
    def config_text(self) -> str:
        """The config as JSON on one line."""
        return json.dumps(self.config, separators=(",", ":"), ensure_ascii=False)

    @property
    def digest(self) -> str:
        """`sha256:…` of the files with the weights."""
        digest = hashlib.sha256()
        for path in self.weights:
            with path.open("rb") as stream:
                while chunk := stream.read(2**20):
                    digest.update(chunk)
        return f"sha256:{digest.hexdigest()}"


def read_checkpoint(folder: Path) -> Checkpoint:
    """Read `folder`. Raises ModelError that names the file and the field, with what to do."""
    config = read_object(_text(folder / CONFIG), str(folder / CONFIG))
    weights = _weights(folder)
    _refuse_strange(config, folder)
    names = _names(config, folder / CONFIG)
    processor_text = _text(folder / PROCESSOR)
    processor = read_processor(processor_text, str(folder / PROCESSOR))
    kept = {key: value for key, value in config.items() if key not in _FORGOTTEN}
    kept |= {key: False for key in _NEVER if key in config or key == "use_auxiliary_head"}
    kept |= {"id2label": dict(enumerate(names)), "label2id": {name: i for i, name in enumerate(names)}}
    kept["id2label"] = {str(key): value for key, value in kept["id2label"].items()}
    kept.pop("num_labels", None)
    return Checkpoint(
        folder=folder,
        config=kept,
        processor_text=json.dumps(json.loads(processor_text), separators=(",", ":")),
        processor=processor,
        class_set=class_set_of(with_background(names)),
        licence=_licence(folder / README),
        weights=weights,
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ModelError(
            f"{path.parent} has no {path.name}, so nobody knows "
            f"{'what the model is' if path.name == CONFIG else 'which pixels it expects'}; put the file there that was "
            "published or saved with it"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} cannot be read: {error}; download it again") from error


def _weights(folder: Path) -> tuple[Path, ...]:
    """The files with the weights, each found whole."""
    if (folder / WEIGHTS).is_file():
        paths: tuple[Path, ...] = (folder / WEIGHTS,)
    elif (folder / INDEX).is_file():
        files = read_object(_text(folder / INDEX), str(folder / INDEX)).get("weight_map", {})
        paths = tuple(folder / Path(str(name)).name for name in sorted(set(files.values())))
    else:
        found = sorted(path.name for pattern in _PICKLES for path in folder.glob(pattern))
        if found:
            raise ModelError(f"{folder} has its weights in {found[0]} and no {WEIGHTS}: {REMEDY}")
        raise ModelError(f"{folder} has no {WEIGHTS}, so it holds no weights; download the model again")
    for path in paths:
        try:
            with safe_open(path, framework="np") as stored:
                stored.keys()
        except (SafetensorError, OSError) as error:
            raise ModelError(
                f"{path} is damaged, or not whole: {error}; download the model again, and where it came by git, fetch "
                "the files with `git lfs pull`"
            ) from error
    return paths


def _refuse_strange(config: dict[str, Any], folder: Path) -> None:
    where = folder / CONFIG
    architectures = config.get("architectures") or ()
    if "auto_map" in config:
        raise ModelError(f"{where} has an auto_map: the model needs code of its own, which is never run; take another")
    if not isinstance(config.get("model_type"), str):
        raise ModelError(f"{where} has no model_type; put the file there that was published with the model")
    if architectures and not any(str(name).endswith("ForSemanticSegmentation") for name in architectures):
        raise ModelError(
            f"{where} describes {architectures[0]}, which is no model for semantic segmentation; take one of a name "
            "that ends in ForSemanticSegmentation"
        )
    if config.get("use_timm_backbone") or isinstance(config.get("backbone"), str):
        raise ModelError(
            f"{where} takes its backbone by name ({config.get('backbone')!r}), from another package or the internet; "
            "take a model whose backbone_config stands in its config.json"
        )


def _names(config: dict[str, Any], where: Path) -> tuple[str, ...]:
    """The names of the classes, all different, in the order of the logits."""
    by_id = config.get("id2label")
    if not isinstance(by_id, dict) or not by_id:
        count = config.get("num_labels", 2)  # what transformers takes it to be
        by_id = {str(index): f"class {index}" for index in range(count if isinstance(count, int) else 0)}
    if set(map(str, by_id)) != {str(index) for index in range(len(by_id))} or not 0 < len(by_id) <= MAX_CLASSES:
        raise ModelError(
            f"{where} names {len(by_id)} classes in id2label; expected one for each of the ids 0, 1, …, at most "
            f"{MAX_CLASSES}"
        )
    ordered = {str(key): str(name) for key, name in by_id.items()}
    return distinct([ordered[str(index)] for index in range(len(ordered))])


def _licence(readme: Path) -> str:
    """What the front matter of a README says of the licence."""
    import yaml  # of the extra `hub`

    try:
        text = readme.read_text(encoding="utf-8", errors="replace")
        head = yaml.safe_load(text.split("---", 2)[1]) if text.startswith("---") else None
    except (OSError, IndexError, yaml.YAMLError):
        return UNKNOWN_LICENCE
    if not isinstance(head, dict) or not isinstance(head.get("license"), str):
        return UNKNOWN_LICENCE
    licence, name, link = (head.get(key) for key in ("license", "license_name", "license_link"))
    if licence != "other":
        return str(licence)[:200]
    said = ", ".join(str(each) for each in (name, link) if isinstance(each, str))
    return said[:200] or UNKNOWN_LICENCE
