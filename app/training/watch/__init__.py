"""A training while it runs: the queue, curves, and the worst moment getting steadier."""
