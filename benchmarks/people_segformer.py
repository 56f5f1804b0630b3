"""A small SegFormer for people, saved as Hugging Face models are, for trials of steadying where none can be fetched:

    python -m benchmarks.people_segformer EG1800 FOLDER [--steps 240]

It needs the extra `hub`. EG1800 is in the layout of that name, of which `train` is learnt from. One thread, seed 0.
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.nn import functional
from transformers import SegformerConfig, SegformerForSemanticSegmentation

from engine.datasets import open_dataset

SIDE, BATCH = 160, 12
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
NAMES = {0: "background", 1: "person"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("eg1800", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=240)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    random = np.random.default_rng(0)
    data = open_dataset("eg1800", arguments.eg1800, "train")
    size = (SIDE, SIDE)
    pictures = np.stack([cv2.resize(data.image(each), size, interpolation=cv2.INTER_AREA) for each in data.samples])
    masks = np.stack([cv2.resize(data.labels(each), size, interpolation=cv2.INTER_NEAREST) for each in data.samples])
    network = SegformerForSemanticSegmentation(
        SegformerConfig(
            hidden_sizes=[16, 32, 80, 128],
            depths=[1, 1, 2, 1],
            num_attention_heads=[1, 2, 5, 8],
            decoder_hidden_size=64,
            id2label=NAMES,
            label2id={name: number for number, name in NAMES.items()},
        )
    ).train()
    mean, std = (torch.tensor(each).view(1, 3, 1, 1) for each in (MEAN, STD))
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1e-3, total_steps=arguments.steps)
    for step in range(arguments.steps):
        chosen = random.integers(0, len(pictures), BATCH)
        seen = torch.from_numpy(pictures[chosen]).permute(0, 3, 1, 2).float() / 255
        labels = torch.from_numpy(masks[chosen]).long()
        if random.random() < 0.5:
            seen, labels = seen.flip(3), labels.flip(2)
        seen = (seen * (0.7 + 0.6 * torch.rand(BATCH, 1, 1, 1))).clamp(0, 1)
        logits = functional.interpolate(network((seen - mean) / std).logits, size=size, mode="bilinear")
        loss = functional.cross_entropy(logits, labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 20 == 0:
            print(f"step {step}: loss {loss.item():.3f}", flush=True)
    network.save_pretrained(arguments.folder)
    processor = {
        "image_processor_type": "SegformerImageProcessor",
        "do_resize": True,
        "size": {"height": 192, "width": 320},
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": MEAN,
        "image_std": STD,
        "do_reduce_labels": False,
    }
    (arguments.folder / "preprocessor_config.json").write_text(json.dumps(processor), encoding="utf-8")


if __name__ == "__main__":
    main()
