"""A synthetic street with perfect truth, a file a concern; `drive` joins them."""

from engine.datasets.street.drive import DEMO_SEED, StreetFrame, SyntheticStreet, main

__all__ = ["DEMO_SEED", "StreetFrame", "SyntheticStreet", "main"]
