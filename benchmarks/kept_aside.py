"""Judge models on the training images of CamVid that are kept aside: kept_aside.py CAMVID METHOD [METHOD …]."""

import sys
from dataclasses import replace
from pathlib import Path

from engine import load_model
from engine.datasets import open_dataset
from engine.evaluation import evaluate
from trainer.data.samples import split_aside

EVERY = 10

dataset = open_dataset("camvid", Path(sys.argv[1]), "train")
_, aside = split_aside(dataset.samples, EVERY)
for name in sys.argv[2:]:
    model = load_model(name)
    print(name, round(evaluate(replace(dataset, samples=tuple(aside)), model).miou or 0, 2))
    model.close()
