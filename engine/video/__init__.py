"""Video in and out: files, folders of images, cameras, streams; writers.

The names here are light to import; decoders and OpenCV load when a source is opened.
"""

from engine.errors import CameraError, VideoError
from engine.video.frame import Frame
from engine.video.open import open_video
from engine.video.source import VideoSource

__all__ = ["CameraError", "Frame", "VideoError", "VideoSource", "open_video"]
