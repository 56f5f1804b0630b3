"""The bundle: `.onnx` that runs, `.safetensors` that trains on, one card in both.

Each file's card names the hashes of both, so that a swapped or edited half is refused.
"""

import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from engine.atomic import REPLACE, Placing, atomic_write
from engine.errors import ModelError
from engine.models.card import CARD_KEY, ModelCard
from engine.models.vetting import METADATA, read_metadata, top_fields

if TYPE_CHECKING:
    # At run time where a graph is read or written: cards are read without it, and the window starts sooner.
    import onnx

Tensors = Mapping[str, NDArray]


def graph_hash(model: "onnx.ModelProto") -> str:
    """`sha256:…` of graph and weights, metadata left out."""
    digest = hashlib.sha256()
    for piece in _bare(model):
        digest.update(piece)
    return "sha256:" + digest.hexdigest()


def weights_hash(tensors: Tensors) -> str:
    """`sha256:…` of all tensors with their names, types and shapes, in the order of their names."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        value = np.ascontiguousarray(tensors[name])
        digest.update(f"{name}\0{value.dtype.str}\0{value.shape}\0".encode())
        digest.update(value.tobytes())
    return "sha256:" + digest.hexdigest()


def write_bundle(
    stem: Path, model: "onnx.ModelProto", tensors: Tensors | None, card: ModelCard, *, placing: Placing = REPLACE
) -> ModelCard:
    """Write `stem.onnx` and `stem.safetensors`, each replaced atomically; return the card with its hashes.

    tensors: what the network was trained to; without them only the `.onnx` is written, and the weights' hash stays.
    placing: what may be replaced.
    """
    card = card.model_copy(update={"graph_hash": graph_hash(model)})
    if tensors is not None:
        card = card.model_copy(update={"weights_hash": weights_hash(tensors)})
        with atomic_write(_named(stem, ".safetensors"), placing=placing) as path:
            save_file(dict(tensors), path, metadata={CARD_KEY: card.model_dump_json()})
    _write_graph(_named(stem, ".onnx"), model, card, placing)
    return card


def write_card(stem: Path, card: ModelCard) -> None:
    """Replace the card in both files of a bundle, leaving graph and weights as they are."""
    model, _ = read_graph(_named(stem, ".onnx"))
    peer = _named(stem, ".safetensors")
    write_bundle(stem, model, read_weights(peer) if peer.exists() else None, card)


def read_graph(path: Path) -> "tuple[onnx.ModelProto, ModelCard]":
    """Read and check `path`. Raises ModelError when it is no model of ours, or not the one that its card describes."""
    import onnx

    from engine.models.weights import refuse_external

    card = read_card(path)  # before anything is parsed
    try:
        model = onnx.load(path, load_external_data=False)
    except Exception as error:
        # protobuf raises DecodeError, which has no stable public home; what it means is the same for every cause.
        raise ModelError(f"{path} is not an ONNX file: {error}; download or export it again") from error
    refuse_external(model, path)
    actual = graph_hash(model)
    if card.graph_hash != actual:
        raise ModelError(
            f"{path} was changed after its card was written ({actual} is not {card.graph_hash}); import it again"
        )
    peer = path.with_suffix(".safetensors")
    if peer.exists() and card.weights_hash is not None:
        other = read_peer_card(peer)
        if (other.graph_hash, other.weights_hash) != (card.graph_hash, card.weights_hash):
            raise ModelError(
                f"{path} and {peer.name} do not belong together; put back the pair that was exported together"
            )
    return model, card


def read_card(path: Path) -> ModelCard:
    """Read the card of an `.onnx` without reading its graph and weights. Raises ModelError."""
    return _parse(read_metadata(path).get(CARD_KEY), path)


def read_peer_card(path: Path) -> ModelCard:
    """Read the card of a `.safetensors`. Raises ModelError."""
    try:
        with safe_open(path, framework="np") as stored:
            text = (stored.metadata() or {}).get(CARD_KEY)
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{path} cannot be read as safetensors: {error}") from error
    return _parse(text, path)


def read_weights(path: Path) -> dict[str, NDArray]:
    """Read the tensors and check them against the card. Raises ModelError when they differ."""
    card = read_peer_card(path)
    with safe_open(path, framework="np") as stored:
        tensors = {key: stored.get_tensor(key) for key in stored.keys()}  # noqa: SIM118 - not a dict
    if weights_hash(tensors) != card.weights_hash:
        raise ModelError(f"{path} was changed after its card was written; export it again")
    return tensors


def _parse(text: str | None, path: Path) -> ModelCard:
    if text is None:
        remedy = (
            "import it with `steadymask models import`" if path.suffix == ".onnx" else "put the right one in its place"
        )
        raise ModelError(f"{path} carries no Steadymask card; {remedy}")
    try:
        return ModelCard.model_validate(json.loads(text))
    except (json.JSONDecodeError, ValidationError) as error:
        raise ModelError(f"the card in {path} is damaged: {error}") from error


def _write_graph(path: Path, model: "onnx.ModelProto", card: ModelCard, placing: Placing) -> None:
    import onnx

    metadata = onnx.ModelProto()
    metadata.metadata_props.add(key=CARD_KEY, value=card.model_dump_json())
    with atomic_write(path, placing=placing) as temporary, temporary.open("wb") as stream:
        for piece in _bare(model):
            stream.write(piece)
        stream.write(metadata.SerializeToString())  # protobuf reads messages that follow each other as one


def _bare(model: "onnx.ModelProto") -> Iterator[memoryview]:
    """The model as bytes, metadata left out. Of weights that may be large there is no second copy."""
    data = model.SerializeToString(deterministic=True)
    view, end = memoryview(data), 0
    for field in top_fields(io.BytesIO(data), len(data), Path(model.graph.name)):
        begin, end = end, field.start + field.length
        if field.number != METADATA:
            yield view[begin:end]


def _named(stem: Path, suffix: str) -> Path:
    return stem.with_name(stem.name + suffix)  # a name may hold dots: with_suffix would cut it
