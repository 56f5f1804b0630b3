"""Portraits over moving backgrounds: image, alpha and motion are exact."""

from engine.datasets.composites.backdrops import Backdrop, backdrops_of
from engine.datasets.composites.clips import open_portrait_composites
from engine.datasets.composites.shelf import Portraits
from engine.datasets.composites.training import TrainingComposites

__all__ = ["Backdrop", "Portraits", "TrainingComposites", "backdrops_of", "open_portrait_composites"]
