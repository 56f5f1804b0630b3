"""How much longer one model takes than another, frame by frame in turn: model_ratio.py METHOD_A METHOD_B [CLIP]."""

import itertools
import statistics
import sys

from engine import load_model, open_video
from resources import DEMO_CLIP

FRAMES, WARM_UP = 120, 10

models = [load_model(name, device="cpu") for name in sys.argv[1:3]]
times: list[list[float]] = [[], []]
with open_video(sys.argv[3] if sys.argv[3:] else str(DEMO_CLIP)) as video:
    for frame in itertools.islice(video, FRAMES):
        for model, spent in zip(models, times, strict=True):
            spent.append(model.segment(frame.rgb).inference_ms)
first, second = (statistics.median(spent[WARM_UP:]) for spent in times)
print(f"{first:.2f} ms, {second:.2f} ms, ratio {second / first:.2f}")
