"""Models in the window: the dock, the library with its cards, the import."""
