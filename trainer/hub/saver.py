"""The child of `saving`: python -P -m trainer.hub.saver BUNDLE.safetensors FOLDER"""

import sys
from pathlib import Path
from typing import Any

from engine.backends.torch import trained_network
from engine.errors import SteadymaskError
from engine.models.bundle import read_peer_card
from engine.models.card import ModelCard
from engine.networks.hub import HubNetwork
from trainer.hub.checkpoint import PROCESSOR, README, UNKNOWN_LICENCE

_READ_IT = "AutoModelForSemanticSegmentation.from_pretrained"


def save(weights: Path, folder: Path) -> None:
    """Write the network of a bundle's `.safetensors` into `folder`, which is there. Raises as `trained_network`."""
    card = read_peer_card(weights)
    network = trained_network(weights, card)
    assert isinstance(network, HubNetwork)
    model: Any = network.model.eval()
    if model.config.num_labels == len(card.class_set):
        # Classes may have been called otherwise since.
        model.config.id2label = dict(enumerate(card.class_set.names))
        model.config.label2id = {name: number for number, name in enumerate(card.class_set.names)}
    model.save_pretrained(folder)
    (folder / PROCESSOR).write_text(f"{card.options['processor']}\n", encoding="utf-8")
    (folder / README).write_text(_readme(card), encoding="utf-8")


def _readme(card: ModelCard) -> str:
    licence = "" if card.licence == UNKNOWN_LICENCE else f"license: other\nlicense_name: {card.licence!r}\n"
    trained = "".join(f"- {each}\n" for each in card.training_data)
    parent = f"Trained from {card.parent}.\n\n" if card.parent else ""
    return (
        f"---\n{licence}library_name: transformers\npipeline_tag: image-segmentation\n---\n\n# {card.name}\n\n"
        f"{card.summary}\n\n{parent}It was made from:\n\n{trained}\nRead it with `{_READ_IT}`.\n"
    )


if __name__ == "__main__":
    try:
        save(Path(sys.argv[1]), Path(sys.argv[2]))
    except SteadymaskError as failure:
        sys.exit(str(failure))
