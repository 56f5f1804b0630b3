"""Taking a bundle that was made elsewhere into the library."""

from pathlib import Path

from engine.models.bundle import read_graph, read_weights, write_bundle
from engine.models.library import Entry, Library


def keep_bundle(onnx: Path, name: str, library: Library) -> Entry:
    """Put a copy of the bundle `onnx` into `library` under `name`; the bundle stays where it is.

    Raises ModelError for a name that is taken or cannot be one, and for a bundle that is damaged; then nothing is kept.
    """
    library.refuse_name(name)
    graph, card = read_graph(onnx)
    peer = onnx.with_suffix(".safetensors")
    tensors = read_weights(peer) if peer.exists() else None
    holding = library.hold()
    try:
        place = holding.contents / name
        place.mkdir()
        write_bundle(place / name, graph, tensors, card.model_copy(update={"name": name}))
        return library.admit(place, name)
    finally:
        holding.release()
