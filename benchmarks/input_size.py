"""Judge a model of ours at several input sizes: input_size.py CAMVID METHOD aside|test|val LINES/STEP [LINES/STEP …].

`aside` are the held-out images of `train`. LINES is the input's shorter side, STEP what both are multiples of.
"""

import sys
from dataclasses import replace
from pathlib import Path

from engine.backends import open_session
from engine.datasets import open_dataset
from engine.evaluation import evaluate
from engine.methods import MethodPool
from engine.models.bundle import read_card
from engine.models.card import InputPolicy
from engine.models.library import find_model
from engine.segmenter import Segmenter
from trainer.data.split import split_held_out

EVERY = 10

root, method, split, *sizes = sys.argv[1:]
dataset = open_dataset("camvid", Path(root), "train" if split == "aside" else split)
if split == "aside":
    dataset = replace(dataset, clips=split_held_out(dataset, every=EVERY).held_out)
path = find_model(method)
for size in sizes:
    lines, step = map(int, size.split("/"))
    policy = InputPolicy(short_side=lines, multiple=step)
    card = read_card(path).model_copy(update={"input": policy})
    model = Segmenter(path, card, open_session("torch", path, card, device="cpu"))
    (row,) = evaluate(dataset, [method], MethodPool(lambda _, model=model: model)).rows
    print(f"{method}, {split}, {size}: miou {row.miou or 0:.2f}")
