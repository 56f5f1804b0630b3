"""Imported by the server of forked children alone: what a child would import or build, it has already."""

import pytest

from engine.datasets.street import drive
from tests.streets import built_once
from tests.trainer import tiny  # noqa: F401 - with torch
from tests.trainer.steady.small import SMALL
from tests.trainer.tiny_network import know_tiny
from trainer.data.cache import PictureCache
from trainer.data.streets import StreetWindows
from trainer.recipe.samples import SyntheticPart
from trainer.steady import run  # noqa: F401 - with onnxruntime

drive.build_street = built_once
know_tiny(pytest.MonkeyPatch())
StreetWindows(SyntheticPart(share=1.0, **SMALL["data"]["synthetic"]), PictureCache())
