"""A supervised training written out from first to last step: no cache, no threads, no pieces shared with the trainer.

Everything that a recipe of labelled images decides is here once more, as plainly as it can be said.
"""

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional

from engine.datasets.street import SyntheticStreet
from engine.models.bundle import read_weights
from engine.networks import build_network

Picture = NDArray[np.uint8]
Pair = tuple[Picture, Picture]


def reference(root: Path, recipe: dict[str, Any], start: Path | None = None) -> dict[str, Any]:
    """Train on CamVid's `train` under `root` with every default filled in.

    Returns `network` and `average` (name → tensor) and `losses`: for each epoch the mean of every term and the total.
    """
    torch.manual_seed(recipe["seed"])
    data, train, loss = recipe["data"], recipe["train"], recipe["loss"]
    learn = [pair for index, pair in enumerate(_read(root / "train")) if index % data["keep_aside_every"]]
    streets = _streets(data["synthetic"]) if "synthetic" in data else []
    drawn = round(train["batch"] * data["synthetic"]["share"]) if streets else 0
    real = train["batch"] - drawn

    counts = sum(np.bincount(label.ravel(), minlength=256)[:11] for _, label in learn)
    shares = 1 / np.log(1.1 + counts / counts.sum())
    weights = torch.from_numpy(shares / shares.mean()).float() if loss["class_weighting"] == "log" else None

    network = build_network(recipe["model"]["family"], 11, **recipe["model"]["options"])
    if start is not None:
        network.load_state_dict(
            {key: torch.from_numpy(value) for key, value in read_weights(start).items()}, strict=False
        )
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    parameters = list(network.parameters())
    optimiser = torch.optim.AdamW(
        [
            {"params": [p for p in parameters if p.ndim > 1], "weight_decay": train["weight_decay"]},
            {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
        ],
        lr=train["learning_rate"],
    )
    average = {name: value.clone() for name, value in network.state_dict().items()}

    per_epoch = len(learn) // real
    total = per_epoch * train["epochs"]
    told: list[dict[str, float]] = []
    network.train()
    for step in range(total):
        epoch, batch = divmod(step, per_epoch)
        order = np.random.default_rng([recipe["seed"], epoch]).permutation(len(learn))
        chosen = [learn[index] for index in order[batch * real : (batch + 1) * real]]
        if streets:
            draw = np.random.default_rng([recipe["seed"], epoch, batch, 1]).integers(0, len(streets), drawn)
            chosen += [streets[index] for index in draw]
        views = [
            _augment(pair, recipe, np.random.default_rng([recipe["seed"], epoch, batch * train["batch"] + place]))
            for place, pair in enumerate(chosen)
        ]
        frames = torch.from_numpy(np.stack([image for image, _ in views])).permute(0, 3, 1, 2).float()
        labels = torch.from_numpy(np.stack([label for _, label in views])).long()

        progress = step / total
        if progress < train["warmup"]:
            factor = progress / train["warmup"]
        else:
            factor = 0.5 * (1 + math.cos(math.pi * (progress - train["warmup"]) / (1 - train["warmup"])))
        for group in optimiser.param_groups:
            group["lr"] = train["learning_rate"] * factor

        mean, deviation = (
            torch.tensor(three).view(1, 3, 1, 1) for three in ((123.7, 116.3, 103.5), (58.4, 57.1, 57.4))
        )
        inputs = ((frames - mean) / deviation).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=train["precision"] == "bf16"):
            logits, auxiliary = network(inputs)
        logits, auxiliary = logits.float(), auxiliary.float()  # once, so that gradients meet in full precision
        terms = {"cross_entropy": _cross_entropy(logits, labels, weights, loss["stride"])}
        sum_ = loss["cross_entropy"] * terms["cross_entropy"]
        if loss["lovasz"]:
            terms["lovasz"] = _lovasz(logits, labels)
            sum_ = sum_ + loss["lovasz"] * terms["lovasz"]
        if loss["auxiliary"]:
            terms["auxiliary"] = _cross_entropy(auxiliary, labels, weights, loss["auxiliary_stride"])
            sum_ = sum_ + loss["auxiliary"] * terms["auxiliary"]
        optimiser.zero_grad()
        sum_.backward()
        optimiser.step()

        decay = min(train["ema_decay"], (1 + step) / (10 + step)) if step else 0.0
        for name, value in network.state_dict().items():
            if value.is_floating_point() and step:
                average[name].lerp_(value, 1 - decay)
            else:
                average[name].copy_(value)
        if batch == 0:
            told.append({})
        for name, value in {**terms, "total": sum_}.items():
            told[-1][name] = told[-1].get(name, 0.0) + float(value.detach()) / per_epoch
    return {"network": network.state_dict(), "average": average, "losses": told}


def _read(folder: Path) -> list[Pair]:
    pairs = []
    for path in sorted((folder / "images").iterdir()):
        image = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        label = np.array(Image.open(folder / "labels" / path.name))
        label[label == 11] = 255
        pairs.append((np.asarray(image, np.uint8), label))
    return pairs


def _streets(part: dict[str, Any]) -> list[Pair]:
    pairs = []
    for seed in range(part["first_seed"], part["first_seed"] + part["streets"]):
        drive = SyntheticStreet(seed, size=tuple(part["size"]), frame_rate=Fraction(1, 2), frames=part["frames"])
        pairs += [(frame.rgb, frame.labels) for frame in drive]
    return pairs


def _augment(pair: Pair, recipe: dict[str, Any], random: np.random.Generator) -> Pair:
    (image, label), part, crop = pair, recipe["augment"], recipe["data"]["crop"]

    def log_uniform(low: float, high: float) -> float:
        return float(np.exp(random.uniform(np.log(low), np.log(high))))

    factor = log_uniform(*part["scale"])
    size = (round(image.shape[1] * factor), round(image.shape[0] * factor))
    image = cv2.resize(image, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)
    label = cv2.resize(label, size, interpolation=cv2.INTER_NEAREST_EXACT)

    missing = (max(0, crop[0] - size[1]), max(0, crop[1] - size[0]))
    if any(missing):
        top, left = int(random.integers(0, missing[0] + 1)), int(random.integers(0, missing[1] + 1))
        grey = np.full((size[1] + missing[0], size[0] + missing[1], 3), 127, np.uint8)
        void = np.full(grey.shape[:2], 255, np.uint8)
        grey[top : top + size[1], left : left + size[0]] = image
        void[top : top + size[1], left : left + size[0]] = label
        image, label = grey, void
    top = int(random.integers(0, label.shape[0] - crop[0] + 1))
    left = int(random.integers(0, label.shape[1] - crop[1] + 1))
    image, label = (each[top : top + crop[0], left : left + crop[1]] for each in (image, label))
    if random.random() < part["flip"]:
        image, label = image[:, ::-1], label[:, ::-1]
    image, label = np.ascontiguousarray(image), np.ascontiguousarray(label)

    gain = 1 + random.uniform(-part["contrast"], part["contrast"])
    shift = 255 * random.uniform(-part["brightness"], part["brightness"]) / 2
    ramp = np.linspace(0, 1, 256) ** log_uniform(*part["gamma"]) * 255
    image = np.clip(np.rint((ramp - 127.5) * gain + 127.5 + shift), 0, 255).astype(np.uint8)[image]
    saturation = 1 + random.uniform(-part["saturation"], part["saturation"])
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    image = cv2.addWeighted(image, saturation, grey, 1 - saturation, 0)
    turn = random.uniform(-part["hue"], part["hue"])
    if turn:
        hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
        hsv[..., 0] = ((hsv[..., 0].astype(int) + round(turn * 180)) % 180).astype(np.uint8)
        image = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    return image, label


def _cross_entropy(logits: Tensor, labels: Tensor, weights: Tensor | None, stride: int) -> Tensor:
    labels = labels[:, ::stride, ::stride]
    logits = functional.interpolate(logits, size=labels.shape[-2:], mode="bilinear", align_corners=False)
    each = functional.cross_entropy(logits, labels, weights, ignore_index=255, reduction="sum")
    weight_of = torch.ones(256) if weights is None else torch.cat([weights, torch.zeros(256 - len(weights))])
    seen = labels != 255
    return each / (weight_of[labels] * seen).sum().clamp(min=1e-6)


def _lovasz(logits: Tensor, labels: Tensor) -> Tensor:
    down, across = labels.shape[1] // logits.shape[2], labels.shape[2] // logits.shape[3]
    labels = labels[:, down // 2 :: down, across // 2 :: across]
    chances = logits.softmax(dim=1).permute(1, 0, 2, 3)[:, labels != 255]
    truth = torch.stack([labels[labels != 255] == class_ for class_ in range(len(chances))])
    present = truth.any(dim=1)
    truth = truth[present].float()
    errors, order = (truth - chances[present]).abs().sort(dim=1, descending=True)
    truth = truth.gather(1, order)
    whole = truth.sum(dim=1, keepdim=True)
    jaccard = 1 - (whole - truth.cumsum(dim=1)) / (whole + (1 - truth).cumsum(dim=1))
    steps = torch.cat([jaccard[:, :1], jaccard[:, 1:] - jaccard[:, :-1]], dim=1)
    return (errors * steps).sum(dim=1).mean()
