"""The supervised loop: labelled images in, a student out."""

import math
import time
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.tensorboard import SummaryWriter

from engine.backends.base import Device
from engine.backends.torch import TorchSession
from engine.datasets import Dataset, open_dataset
from engine.errors import DatasetError
from engine.measures.accuracy import ConfusionMatrix
from engine.models.card import ModelCard
from engine.models.classes import ClassSet
from engine.networks import build_network
from engine.networks.normalise import normalise
from engine.segmenter import Segmenter
from trainer.checkpoint import load_checkpoint, load_weights, save_checkpoint, start_from
from trainer.data.samples import Pool, real_samples, split_aside
from trainer.encoder import load_encoder
from trainer.export import card_of, export_bundle
from trainer.job import JobOwner, JobSpec, JobStopped
from trainer.losses.cross_entropy import cross_entropy, log_weights
from trainer.losses.lovasz import lovasz_softmax
from trainer.recipe import Recipe


def train(owner: JobOwner, spec: JobSpec, recipe: Recipe) -> None:
    """Train as the recipe says, resuming from `checkpoints/last.safetensors` where there is one.

    Leaves the weights that scored best on the images kept aside in `checkpoints/best.safetensors`. Raises JobStopped
    when asked to stop; the state up to the last whole step is then saved.
    """
    # One process, one device: which one, and in which precision, is accelerate's to know.
    if spec.threads:
        torch.set_num_threads(spec.threads)
    accelerator = Accelerator(cpu=spec.device == "cpu", mixed_precision=recipe.train.precision)
    torch.manual_seed(recipe.seed)

    # Data. Every n-th image is kept aside: it chooses the checkpoint and is never trained on.
    dataset = open_dataset(recipe.data.dataset, Path(spec.root), recipe.data.split)
    class_set = _class_set(dataset)
    learn, aside = split_aside(dataset.samples, recipe.data.keep_aside_every)
    pool, kept = Pool.read(dataset, learn), Pool.read(dataset, aside)
    synthetic = Pool.render(recipe.data.synthetic) if recipe.data.synthetic else None
    classes = len(class_set)
    weights = log_weights(pool.class_shares(classes)) if recipe.loss.class_weighting == "log" else None
    weights = weights.to(accelerator.device) if weights is not None else None

    # Network, optimiser, average.
    last = owner.job.checkpoints / "last.safetensors"
    network = build_network(recipe.model.family, classes, **recipe.model.options)
    if spec.start:
        start_from(Path(spec.start), network)
    elif recipe.model.encoder and not last.exists():
        load_encoder(network, recipe.model.encoder)
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = AdamW(_groups(network, recipe.train.weight_decay), lr=recipe.train.learning_rate)
    network, optimiser = accelerator.prepare(network, optimiser)
    bare = accelerator.unwrap_model(network)
    average = _average(bare, recipe.train.ema_decay)
    card = card_of(owner.job, spec, recipe, bare, class_set)
    best = owner.job.checkpoints / "best.safetensors"
    per_epoch = len(pool) // real_samples(recipe)
    total = per_epoch * recipe.train.epochs
    counters: dict[str, Any] = {"step": 0, "best": -1.0}
    if last.exists():
        counters = load_checkpoint(last, network=bare, average=average, optimiser=optimiser)
        owner.emit("log", message=f"resumed at step {counters['step']} of {total}")
    logs = SummaryWriter(str(owner.job.folder / "tensorboard"), purge_step=counters["step"])

    def save(path: Path) -> None:
        save_checkpoint(path, network=bare, average=average, optimiser=optimiser, counters=counters)

    try:
        while counters["step"] < total:
            epoch, first = divmod(counters["step"], per_epoch)
            began, losses = time.monotonic(), []
            for frames, labels in pool.batches(recipe, epoch, first, synthetic):
                owner.obey()
                rate = recipe.train.learning_rate * _schedule(counters["step"] / total, recipe.train.warmup)
                for group in optimiser.param_groups:
                    group["lr"] = rate

                # One step: labels teach the output and, more weakly, the global features.
                network.train()
                frames, labels = frames.to(accelerator.device), labels.to(accelerator.device)
                with accelerator.autocast():
                    logits, auxiliary = network(normalise(frames).contiguous(memory_format=torch.channels_last))
                terms = recipe.loss
                loss = terms.cross_entropy * cross_entropy(logits, labels, weights, stride=terms.stride)
                if terms.lovasz:
                    loss = loss + terms.lovasz * lovasz_softmax(logits, labels)
                if terms.auxiliary:
                    stride = terms.auxiliary_stride
                    loss = loss + terms.auxiliary * cross_entropy(auxiliary, labels, weights, stride=stride)
                accelerator.backward(loss)
                optimiser.step()
                optimiser.zero_grad(set_to_none=True)
                if average is not None:
                    average.update_parameters(bare)

                counters["step"] += 1
                losses.append(loss.detach())
                logs.add_scalar("loss", losses[-1], counters["step"])

            # End of an epoch: tell, judge on what was kept aside, keep the best, make it resumable.
            mean, speed = _mean(losses), len(losses) * recipe.train.batch / (time.monotonic() - began)
            left_s = round((total - counters["step"]) * recipe.train.batch / speed)
            owner.emit("progress", step=counters["step"], total=total, epoch=epoch + 1, left_s=left_s)
            owner.emit("metric", step=counters["step"], loss=mean, images_per_s=round(speed, 2))
            if (epoch + 1) % recipe.train.evaluate_every == 0 or counters["step"] >= total:
                judged = average.module if average is not None else bare
                miou = evaluate(judged, card, dataset, kept)
                logs.add_scalar("miou_aside", miou, counters["step"])
                owner.emit("metric", step=counters["step"], miou_aside=round(miou, 3))
                if miou > counters["best"]:
                    counters["best"] = miou
                    save(best)
            save(last)
    except JobStopped:
        # Asked between two steps: all that was learnt stays resumable. Any other failure may have come in the middle
        # of a step, so there the checkpoint of the last whole epoch stands.
        save(last)
        raise
    finally:
        logs.close()


def export_student(owner: JobOwner, spec: JobSpec, recipe: Recipe) -> ModelCard:
    """Export the weights that scored best on the images kept aside to `student.onnx` and `student.safetensors`.

    Raises CheckpointError when there is no such checkpoint, ParityError when the graph does not do what torch does.
    """
    dataset = open_dataset(recipe.data.dataset, Path(spec.root), recipe.data.split)
    class_set = _class_set(dataset)
    network = build_network(recipe.model.family, len(class_set), **recipe.model.options)
    load_weights(owner.job.checkpoints / "best.safetensors", network, averaged=recipe.train.ema_decay > 0)
    network.eval()
    _, aside = split_aside(dataset.samples, recipe.data.keep_aside_every)
    frames = [dataset.image(sample) for sample in aside[:8]]
    frames += [frames[0][:, : frames[0].shape[1] // 2], frames[0][: frames[0].shape[0] // 2 + 1]]  # portrait, wide
    card = card_of(owner.job, spec, recipe, network, class_set)
    card = export_bundle(network, card, owner.job.folder / "student", frames)
    owner.emit("log", message=f"exported student.onnx, {card.parameters:,} parameters, {card.graph_hash}")
    return card


def evaluate(network: nn.Module, card: ModelCard, dataset: Dataset, pool: Pool) -> float:
    """miou of `network` on the pool's whole images, 0..100, by the backend and at the input size that it will run at.

    No test-time augmentation, void ignored, counts pooled.
    """
    device: Device = "cuda" if next(network.parameters()).is_cuda else "cpu"
    session = TorchSession(network, card, device=device, threads=torch.get_num_threads())
    model = Segmenter(Path(card.name), card, session)
    matrix = ConfusionMatrix(len(card.class_set))
    for image, labels in zip(pool.images, pool.labels, strict=True):
        matrix.update(model.segment(image).mask, labels)
    model.close()
    return matrix.miou() or 0.0


def _groups(network: nn.Module, weight_decay: float) -> list[dict[str, object]]:
    """Decay convolution weights; leave biases and batch norm alone."""
    decayed = [p for p in network.parameters() if p.ndim > 1]
    free = [p for p in network.parameters() if p.ndim <= 1]
    return [{"params": decayed, "weight_decay": weight_decay}, {"params": free, "weight_decay": 0.0}]


def _average(network: nn.Module, decay: float) -> AveragedModel | None:
    if decay == 0:
        return None

    def update(averaged: Any, current: Any, seen: Any) -> None:
        # Early on it forgets faster: an average that starts at untrained weights is of no use until they are gone.
        get_ema_multi_avg_fn(min(decay, (1 + int(seen)) / (10 + int(seen))))(averaged, current, seen)

    return AveragedModel(network, multi_avg_fn=update, use_buffers=True)


def _schedule(progress: float, warmup: float) -> float:
    """Factor of the learning rate at `progress` 0..1: linear warm-up, then a cosine to zero."""
    if progress < warmup:
        return progress / warmup
    return 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))


def _mean(losses: list[Tensor]) -> float:
    return round(float(torch.stack(losses).mean()), 5) if losses else math.nan


def _class_set(dataset: Dataset) -> ClassSet:
    """The classes that are learnt. Raises DatasetError where there are no labels, or they do not say of which."""
    if len(dataset.samples) < 2:
        raise DatasetError(
            f"{dataset.name}/{dataset.split} has {len(dataset.samples)} labelled images; expected one to learn from "
            "and one to keep aside, at least"
        )
    if dataset.class_set is None:
        raise DatasetError(
            f"{dataset.name}/{dataset.split} does not say which classes its labels hold, so nothing can be trained on "
            "them; put a classes.json in its folder, see docs/datasets.md"
        )
    return dataset.class_set
