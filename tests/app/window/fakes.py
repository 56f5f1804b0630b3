"""A model for tests of the window."""

from collections.abc import Callable

from engine.backends.base import ProviderReport
from engine.models.card import InputPolicy, ModelCard, Normalisation
from engine.models.classes import bundled_class_set
from tests.engine.fakes import FakeMethod


class FakeSegmenter(FakeMethod):
    """What `load_model` gives, without a runtime. warning: in its provider report."""

    def __init__(self, *, warning: str | None = None, before: Callable[[int], None] | None = None) -> None:
        super().__init__("fake", before=before)
        self.card = ModelCard(
            name="fake",
            version="1",
            task="semantic",
            class_set=bundled_class_set("camvid"),
            input=InputPolicy(),
            normalisation=Normalisation(mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0)),
            family="none",
            parameters=1_234_567,
            licence="for tests",
        )
        self.report = ProviderReport("auto", "CPUExecutionProvider", "CPU", "float32", warning)
