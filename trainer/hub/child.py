"""The child of `importing`: fetches a Hugging Face model where it must, makes a bundle of it, runs it, and writes it.

    python -P -m trainer.hub.child FOLDER|NAME     in a working folder with request.json and frame.raw

Writes model/NAME.onnx and .safetensors, classes.raw and answer.json into the working folder.
"""

import copy
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import nn
from torch.nn import functional

from engine.atomic import REPLACE, write_text
from engine.errors import ModelError, SteadymaskError
from engine.importing.child import clean_text, end_with_parent
from engine.importing.prepare import ANSWER, CLASSES, FINISHED, FRAME, REQUEST, Answer, Asked
from engine.importing.trying import try_out
from engine.models.bundle import write_bundle
from engine.models.card import InputPolicy, ModelCard, Normalisation
from engine.models.vetting import PROTOBUF_MAX, megabytes
from engine.networks import build_network, need_packages
from engine.networks.hub import ATTENTION, HubNetwork, transformers_quietly
from engine.networks.normalise import PIXEL_MEAN, PIXEL_STD, normalise
from trainer.export import PARITY, ParityError, export_graph, parity
from trainer.hub.checkpoint import FAMILY, Checkpoint, read_checkpoint
from trainer.hub.fetching import fetch
from trainer.hub.importing import FETCHED, stage
from trainer.hub.origin import model_folder
from trainer.steady.graph import with_weights

ANY_SIZE = frozenset({"segformer", "mobilenet_v2"})
"""Types of models that take frames of any size, traced as well. Others are given the size of their own pictures."""

_MULTIPLE = 32
_LEAST_PARAMETERS_TOLD = ("num_batches_tracked",)
_DEVIATION = 1e-2
"""By how much, of their largest, scores of a graph with other weights may differ from torch's."""


def main() -> None:
    """Answer the request in the working folder about the model that is named on the command line."""
    threading.Thread(target=end_with_parent, daemon=True).start()
    request = Asked.model_validate_json(Path(REQUEST).read_bytes())
    try:
        answer = take_in(sys.argv[1], request)
    except SteadymaskError as error:
        answer = Answer(error=clean_text(str(error)))
    except MemoryError:
        answer = Answer(error=f"{sys.argv[1]} needs more memory than there is; take a smaller model")
    write_text(ANSWER, answer.model_dump_json(), durable=False)


def take_in(what: str, request: Asked) -> Answer:
    """Make a bundle of a model's folder, or of the model called so on Hugging Face, in the working directory.

    Raises ModelError, ParityError and what else is SteadymaskError, with the reason.
    """
    need_packages(FAMILY)
    folder = model_folder(what)
    if folder is None:
        stage(f"asking for {what}")
        fetched = fetch(what, Path(FETCHED), lambda name, total: stage(f"fetching {name}", total))
        folder, source = fetched.folder, f"{what.partition('@')[0]} of Hugging Face, revision {fetched.commit}"
    else:
        source = ""
    checkpoint = read_checkpoint(folder)
    stage("building it")
    picture = np.fromfile(FRAME, np.uint8).reshape(*request.frame, 3)
    model = _loaded(checkpoint)
    card = card_of(checkpoint, model, request, source or f"the folder {folder.name}, {checkpoint.digest}")
    network = network_of(checkpoint, model, card)
    stage("writing its graph, which takes a minute or two")
    graph = exported(network, card, model, picture)
    stage("trying it")
    preview = try_out(graph, card, what, picture)
    Path(CLASSES).write_bytes(preview.classes.tobytes())
    Path(FINISHED).mkdir()
    tensors = {name: value.contiguous().numpy() for name, value in network.state_dict().items()}
    card = write_bundle(Path(FINISHED, request.name), graph, tensors, card, placing=REPLACE)
    height, width = preview.classes.shape
    return Answer(card=card, notes=_notes(checkpoint, card), size=(height, width), elapsed_ms=preview.inference_ms)


def card_of(checkpoint: Checkpoint, model: nn.Module, request: Asked, source: str) -> ModelCard:
    """The card of the bundle. source: where the weights are from, in words."""
    kind, own = checkpoint.config["model_type"], checkpoint.processor
    options: dict[str, Any] = {"config": checkpoint.config_text, "processor": checkpoint.processor_text}
    if kind in ANY_SIZE:
        policy = InputPolicy(short_side=own.short_side, multiple=_MULTIPLE)
    else:
        policy = InputPolicy(fixed=own.size)
        options |= {"width": own.size[0], "height": own.size[1]}
    return ModelCard(
        name=request.name,
        version="1",
        summary=f"{type(model).__name__} of Hugging Face's transformers.",
        task="semantic",
        class_set=checkpoint.class_set,
        input=policy,
        normalisation=Normalisation(mean=PIXEL_MEAN, std=PIXEL_STD),
        family=FAMILY,
        options=options,
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        training_data=(f"weights of {source}",),
        licence=request.licence or checkpoint.licence,
    )


def network_of(checkpoint: Checkpoint, model: nn.Module, card: ModelCard) -> HubNetwork:
    """The network that the card describes, with the weights of `model`; in eval mode. Raises ModelError."""
    if 4 * card.parameters > PROTOBUF_MAX:
        raise ModelError(
            f"{checkpoint.folder} has {megabytes(4 * card.parameters)} of weights, and a graph holds "
            f"{megabytes(PROTOBUF_MAX)}; take a smaller model"
        )
    network = build_network(FAMILY, len(card.class_set), **card.options)
    assert isinstance(network, HubNetwork)
    network.model.load_state_dict(model.state_dict())
    return network.eval()


def exported(network: HubNetwork, card: ModelCard, model: nn.Module, picture: Any) -> onnx.ModelProto:
    """The inference graph of `network`, which can take other weights as well.

    picture: uint8 (H, W, 3), to compare on. Raises ParityError where graph, network and `model` do not give the same.
    """
    try:
        graph = export_graph(network, card, optimise=False)
    except Exception as error:
        # torch raises what its compiler met; it means that this model cannot be written as a graph.
        raise ModelError(
            f"{type(model).__name__} cannot be written as an ONNX graph ({type(error).__name__}: {str(error)[:300]}); "
            "take a model of another type, such as SegFormer"
        ) from error
    height, width = picture.shape[:2]
    frames = [picture, picture[:, : width // 2], picture[: height // 2 + 1]]  # tall and wide ones too
    _check(f"the graph of {card.name}", *parity(network, card, graph, frames))
    _check(f"the network of {card.name} and transformers' own", _alike(network, model.eval(), card, picture), 0.0)
    moved = _moved(network)
    agreement, deviation = parity(moved, card, with_weights(graph, moved), frames[:1])
    _check(f"the graph of {card.name} with other weights", agreement, deviation)
    return graph


def _check(what: str, agreement: float, deviation: float) -> None:
    if agreement < PARITY:
        raise ParityError(
            f"{what} agrees with torch on {agreement:.3f} % of the pixels (at least {PARITY} is needed), scores differ "
            f"by up to {deviation:.2e}; take a model of another type"
        )


@torch.no_grad()
def _moved(network: HubNetwork) -> HubNetwork:
    """A copy of `network` with other weights, as a training would leave them."""
    moved = copy.deepcopy(network)
    generator = torch.Generator().manual_seed(0)
    for parameter in moved.parameters():
        size = parameter.std().nan_to_num() if parameter.numel() > 1 else parameter.abs()
        parameter.add_(0.05 * size.clamp(min=1e-3) * torch.randn(parameter.shape, generator=generator))
    return moved


@torch.no_grad()
def _alike(network: HubNetwork, model: nn.Module, card: ModelCard, picture: Any) -> float:
    """Share of pixels, in percent, on which `network` and the model as its makers run it say the same."""
    width, height = card.input.size_for(picture.shape[1], picture.shape[0])
    frame = torch.from_numpy(picture).permute(2, 0, 1).unsqueeze(0).float()
    frame = functional.interpolate(frame, size=(height, width), mode="area").round().byte()
    own = network.processor
    pixels = frame.flip(1) if own.bgr else frame
    mean, std = (torch.tensor(each).view(1, 3, 1, 1) for each in (own.mean, own.std))
    theirs = model(pixel_values=(pixels.float() * own.factor - mean) / std).logits
    ours = network(normalise(frame))
    if theirs.shape[1] == 1:
        theirs = torch.cat([torch.zeros_like(theirs), theirs], dim=1)
    said = [
        functional.interpolate(each, size=(height, width), mode="bilinear", align_corners=False).argmax(dim=1)
        for each in (ours, theirs)
    ]
    return 100 * float((said[0] == said[1]).float().mean())


def _loaded(checkpoint: Checkpoint) -> nn.Module:
    """The model with its weights, float32, as transformers reads them. Raises ModelError where some do not fit."""
    transformers = transformers_quietly()
    folder, config = checkpoint.folder, dict(checkpoint.config)
    try:
        parsed = transformers.AutoConfig.for_model(config.pop("model_type"), **config)
        model, found = transformers.AutoModelForSemanticSegmentation.from_pretrained(
            folder,
            config=parsed,
            dtype=torch.float32,
            attn_implementation=ATTENTION,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
    except Exception as error:
        # transformers raises what it met: the folder is wrong, whatever it is.
        raise ModelError(
            f"{folder} cannot be loaded by transformers {transformers.__version__} ({type(error).__name__}: "
            f"{str(error)[:300]}); take another model, or update transformers"
        ) from error
    missing = sorted(key for key in found["missing_keys"] if not key.endswith(_LEAST_PARAMETERS_TOLD))
    if missing:
        raise ModelError(
            f"{folder} lacks {len(missing)} of the weights that its config.json asks for, such as {missing[0]}; take a "
            "model that was trained for semantic segmentation"
        )
    assert isinstance(model, nn.Module)
    return model


def _notes(checkpoint: Checkpoint, card: ModelCard) -> dict[str, str]:
    """Why fields of the card are what they are, for whoever looks at the import."""
    own = checkpoint.processor
    only = "" if card.input.fixed is None else "; this type takes one size only, so frames are pressed into it"
    return {
        "classes": "id2label of config.json",
        "input": "; ".join(own.notes) + only,
        "mean": "its own is applied within the network",
        "licence": "stated" if card.licence != checkpoint.licence else "the front matter of README.md",
    }


if __name__ == "__main__":
    main()
