"""The bundled models, and one of each network: those that share a network differ in their weights alone."""

from engine.models.bundle import read_card
from resources import MODELS

NAMES = sorted(path.stem for path in MODELS.glob("*.onnx"))


def one_of_each_network() -> list[str]:
    """Names, the first of those that share a network."""
    first: dict[str, str] = {}
    for name in NAMES:
        card = read_card(MODELS / f"{name}.onnx")
        first.setdefault(f"{card.family} {card.options} {card.weights}", name)
    return list(first.values())
