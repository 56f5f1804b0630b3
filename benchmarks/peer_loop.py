"""The loop that people write today, on one network: peer_loop.py CLIP MODEL.safetensors FRAMES prints frames/s."""

import sys
import time

import cv2
import torch
from safetensors.torch import load_file

from engine.models.bundle import read_peer_card
from engine.networks import build_network

clip, weights, limit = sys.argv[1], sys.argv[2], int(sys.argv[3])
card = read_peer_card(weights)
network = build_network(card.family, len(card.class_set), **card.options).eval()
network.load_state_dict(load_file(weights))
mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (card.normalisation.mean, card.normalisation.std))
palette, capture, times = card.class_set.palette(), cv2.VideoCapture(clip), [time.perf_counter()]
while len(times) <= limit and (read := capture.read())[0]:
    frame = cv2.cvtColor(read[1], cv2.COLOR_BGR2RGB)
    small = cv2.resize(frame, card.input.size_for(frame.shape[1], frame.shape[0]))
    with torch.no_grad():
        logits = network((torch.from_numpy(small).permute(2, 0, 1)[None].float() - mean) / std)
        full = torch.nn.functional.interpolate(logits, size=frame.shape[:2], mode="bilinear")
        classes = full.softmax(dim=1).argmax(dim=1)[0].numpy()
    cv2.addWeighted(frame, 0.5, palette[classes], 0.5, 0)
    times.append(time.perf_counter())
print((len(times) - 3) / (times[-1] - times[2]))
