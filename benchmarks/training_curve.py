"""Draw a run's training curve: training_curve.py RUN_FOLDER OUT.png."""

import sys
from pathlib import Path

from matplotlib.figure import Figure

from trainer.job import Job

events = [event for event, _ in Job(Path(sys.argv[1])).events() if event["type"] == "metric"]
figure = Figure(figsize=(8, 3.6), layout="constrained")
left = figure.subplots()
left.plot(*zip(*((e["step"], e["loss"]) for e in events if "loss" in e), strict=True), color="#7a8793", label="loss")
left.set(xlabel="step", ylabel="training loss", ylim=(0, None))
right = left.twinx()
scores = [(e["step"], e["miou_aside"]) for e in events if "miou_aside" in e]
right.plot(*zip(*scores, strict=True), color="#0f9d83", marker=".", label="miou")
right.set(ylabel="miou on the held-out images", ylim=(0, 100))
figure.legend(loc="outside upper center", ncols=2, frameon=False)
figure.savefig(sys.argv[2], dpi=110)
