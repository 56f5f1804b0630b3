"""A model and sources for tests of the window."""

from collections.abc import Callable

from engine.backends.base import ProviderReport
from engine.video import VideoSource
from tests.engine.fakes import FakeMethod, FakeSource


class FakeSegmenter(FakeMethod):
    """What `load_model` gives, without a runtime. warning: in its provider report."""

    def __init__(self, *, warning: str | None = None, before: Callable[[int], None] | None = None) -> None:
        super().__init__("fake", before=before)
        self.report = ProviderReport("auto", "CPUExecutionProvider", "CPU", "float32", warning)


def fakes(*sources: FakeSource) -> Callable[[str], VideoSource]:
    """Opens these one after another."""
    left = list(sources)
    return lambda spec: left.pop(0)
