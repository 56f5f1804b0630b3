"""Shelves: masks and measures of a clip by a method, kept on the disk, so that nothing is made or measured twice."""

from engine.shelves.shelf import Columns, Shelf, Shelved
from engine.shelves.store import ClipShelves, Shelves

__all__ = ["ClipShelves", "Columns", "Shelf", "Shelved", "Shelves"]
