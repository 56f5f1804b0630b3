"""Bundled data: models with their cards, the demo clip, recipes, presets of steadying, class sets, icons."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent
MODELS = ROOT / "models"
CLIPS = ROOT / "clips"
RECIPES = ROOT / "recipes"
PRESETS = ROOT / "presets"
CLASS_SETS = ROOT / "class_sets"
ICONS = ROOT / "icons"
DEMO_CLIP = CLIPS / "street.mp4"
