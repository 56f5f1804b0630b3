"""Two models of mattes in the window: their projection is shown and measured, as two classes are."""

import numpy as np
import pytest
from numpy.typing import NDArray
from pytestqt.qtbot import QtBot

from engine.frame_result import FrameResult
from engine.methods import MethodPool
from engine.models.classes import ClassSet, SegmentClass
from engine.segmentation import Segmentation
from engine.tasks.matting import of_alpha
from tests.app.window.conftest import LONG_MS, MakeWindow
from tests.app.window.fakes import FakeSegmenter
from tests.engine.fakes import FakeSource
from tests.engine.mattes import PERSON, disc

FRAMES, SIZE = 12, (64, 48)
FOREGROUND = ClassSet(name="imported", classes=(PERSON.classes[0], SegmentClass(name="foreground", colour="#fae732")))


class Matte(FakeSegmenter):
    """A disc whose edge wanders."""

    def __init__(self, name: str, classes: ClassSet) -> None:
        super().__init__()
        self.name = name
        self.card = self.card.model_copy(update={"name": name, "task": "matting", "class_set": classes})

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        assert not scores, "a matte has none"
        made = of_alpha(disc((32, 24), (16, 12), 6 + int(rgb[0, 0, 0]) % 3))
        return Segmentation.of(made, (rgb.shape[1], rgb.shape[0]), 1.0)


@pytest.mark.parametrize("b", ["other", "ema(fake, alpha=0.5)"])
def test_a_clip_opens_with_mattes_in_both_slots(make_window: MakeWindow, qtbot: QtBot, b: str) -> None:
    sets = {"fake": PERSON, "other": FOREGROUND}
    window = make_window(
        open_source=lambda spec: FakeSource(FRAMES, size=SIZE),
        pool_on=lambda _: MethodPool(lambda name: Matte(name, sets[name])),  # type: ignore[arg-type, return-value]
    )
    qtbot.waitUntil(lambda: len(window.controller.methods) == 1, timeout=LONG_MS)
    window.controller.b.use(b)
    qtbot.waitUntil(lambda: len(window.controller.methods) == 2, timeout=LONG_MS)
    window.open("/clips/desk.mp4")
    playhead = window.controller.playhead
    seen: list[FrameResult] = []

    def measured() -> bool:
        if playhead.last_result is not None:
            seen.append(playhead.last_result)
        return bool(seen and seen[-1].slots and all(slot.pair is not None for slot in seen[-1].slots))

    qtbot.waitUntil(measured, timeout=LONG_MS)
    result = seen[-1]
    for slot in result.slots:
        made = slot.segmentation
        assert made.alpha is not None
        assert set(np.unique(made.classes)) == {0, 1}
        assert slot.pair is not None
        assert slot.pair.soft_flicker is not None
        assert slot.pair.soft_flicker >= 0
    assert window.comparing.matching.mapping is not None
    assert window.comparing.matching.mapping.is_identity, "what two mattes are of is the same, whatever it is called"
