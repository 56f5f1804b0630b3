"""Bundled data: models with their cards, the demo clip, recipes, class sets."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent
MODELS = ROOT / "models"
CLIPS = ROOT / "clips"
RECIPES = ROOT / "recipes"
CLASS_SETS = ROOT / "class_sets"
DEMO_CLIP = CLIPS / "street.mp4"
