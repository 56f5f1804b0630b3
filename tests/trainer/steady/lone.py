"""What people bring: a model that is an inference graph alone, blind but for colours, and images with labels."""

from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from engine.importing.plan import Stated, clean, plan, wrap_foreign
from engine.models.bundle import write_bundle
from engine.models.card import Foreign, ModelCard
from tests.engine.importing.foreign_models import foreign
from tests.streets import drawn


def write_lone(
    folder: Path,
    name: str = "theirs",
    output: Literal["logits", "sigmoid", "classes"] = "sigmoid",
    task: Literal["semantic", "matting"] = "semantic",
) -> Path:
    """Write `name.onnx`, of three classes or, where it has a sigmoid, two; return its path."""
    model = clean(foreign(output=output, classes=1 if output == "sigmoid" else 3))
    names = ("rest", "red") if output == "sigmoid" else ("red", "green", "blue")
    stated = Stated(
        classes=None if task == "matting" else names,
        channels="rgb",
        mean=(0, 0, 0),
        std=(255, 255, 255),
        output=output,
        task=task,
    )
    understood = plan(model, stated)
    card = ModelCard(
        name=name,
        version="1",
        task=task,
        class_set=understood.class_set,
        input=understood.input,
        normalisation=understood.normalisation,
        family="imported",
        parameters=12,
        licence="MIT",
        foreign=Foreign(
            file=f"{name}.onnx", file_hash="sha256:0", layout="nchw", channels="rgb", output=understood.output
        ),
    )
    folder.mkdir(parents=True, exist_ok=True)
    write_bundle(folder / name, wrap_foreign(model, understood), None, card)
    return folder / f"{name}.onnx"


def write_labelled(folder: Path, count: int, classes: str = "") -> Path:
    """Write `count` drawn streets with labels of the bundled classes as images/ and labels/. classes: classes.json."""
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True)
    for frame in drawn(1_000_201)[:count]:
        cv2.imwrite(str(folder / "images" / f"{frame.index:02d}.png"), cv2.cvtColor(frame.rgb, cv2.COLOR_RGB2BGR))
        cv2.imwrite(str(folder / "labels" / f"{frame.index:02d}.png"), np.asarray(frame.labels))
    if classes:
        (folder / "classes.json").write_text(classes, encoding="utf-8")
    return folder
