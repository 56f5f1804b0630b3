"""Judge a model on the bundled clip, whose labels are exact: demo_clip.py [METHOD]. Every 25th frame."""

import sys

from engine import load_model, open_video
from engine.datasets.street import DEMO_SEED, SyntheticStreet
from engine.measures.accuracy import ConfusionMatrix
from resources import DEMO_CLIP

STEP = 25

model = load_model(sys.argv[1] if sys.argv[1:] else "street")
street = SyntheticStreet(DEMO_SEED, truth=False)
matrix = ConfusionMatrix(len(model.card.class_set))
with open_video(str(DEMO_CLIP)) as video:
    for frame in video:
        if frame.index % STEP == 0:
            matrix.update(model.segment(frame.rgb).mask, street.frame(frame.index).labels)
print(f"miou {matrix.miou():.1f}")
for name, value in zip(model.card.class_set.names, matrix.iou(), strict=True):
    print(f"  {name} {'–' if value is None else f'{value:.1f}'}")
