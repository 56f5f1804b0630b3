"""Frames in, masks and measurements out.

from engine import load_model, open_video
model = load_model("street")
for frame in open_video("drive.mp4"):
    mask = model.segment(frame.rgb).mask      # uint8 (H, W)
"""

from engine.segmenter import Segmenter, load_model
from engine.video import open_video

__all__ = ["Segmenter", "load_model", "open_video"]
