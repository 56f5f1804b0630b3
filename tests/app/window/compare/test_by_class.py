"""The readout of one class alone: its own flicker, tc and agreement; all else as it is for the whole frame."""

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.compare.by_class import summarise_class
from engine.live.summary import summarise
from engine.live.track import MeasureTrack
from tests.app.window.compare.test_comparing import opened
from tests.app.window.conftest import LONG_MS, MakeWindow
from tests.app.window.curves.tracks import PIXELS, small_track


def test_numbers_are_of_the_class() -> None:
    summary = summarise_class(small_track(41), 10, 40, 0)
    assert summary.a is not None
    assert summary.b is not None
    frames = np.arange(10, 41)
    assert summary.a.flicker == pytest.approx(float(np.mean(frames / PIXELS)))
    assert summary.b.flicker == pytest.approx(float(np.mean(frames // 2 / PIXELS)))
    # What was of the class before holds all that is of it now.
    assert summary.a.tc == pytest.approx(100 * float(np.mean(1 - frames / PIXELS)))
    # A has not got the pixels of the class that B keeps: all of A's are in B.
    shared, union = np.sum(PIXELS - frames), np.sum(PIXELS - frames // 2)
    assert summary.b.agreement is None or summary.b.agreement == pytest.approx(100 * shared / union, abs=0.01)
    assert summary.a.pairs == 31
    assert summary.interval["flicker"] is not None
    assert summary.interval["flicker"].high < 0


def test_the_rest_is_of_the_whole_frame() -> None:
    track = small_track(41)
    whole, summary = summarise(track, 0, 40), summarise_class(track, 0, 40, 0)
    assert whole.a is not None
    assert summary.a is not None
    assert (summary.a.latency_p50, summary.a.latency_max, summary.a.lag) == (5.0, 5.0, whole.a.lag)
    assert (summary.first, summary.last, summary.complete) == (whole.first, whole.last, whole.complete)


@pytest.mark.parametrize("class_id", [1, 7])
def test_a_class_that_was_not_seen_or_is_not_known_has_no_numbers(class_id: int) -> None:
    summary = summarise_class(small_track(41), 0, 40, class_id)
    assert summary.a is not None
    assert summary.b is not None
    for slot in (summary.a, summary.b):
        assert (slot.pairs, slot.flicker, slot.tc, slot.agreement) == (0, None, None, None)
    assert all(interval is None for interval in summary.interval.values())


def test_without_b_and_without_anything() -> None:
    summary = summarise_class(small_track(41, b=False), 0, 40, 0)
    assert summary.b is None
    assert summary.interval == {}
    assert summarise_class(MeasureTrack(), 0, 40, 0).a is None


def test_the_choice_of_a_class_is_taken_up_and_named(make_window: MakeWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window = opened(make_window, qtbot)
    readout, choice = window.compare_panel.readout, window.curves.bar.class_choice
    qtbot.waitUntil(lambda: "flicker" in readout.sentence.accessibleName(), timeout=LONG_MS)
    name = window.classes.model.names[0]
    choice.setCurrentIndex(choice.findText(name))
    qtbot.waitUntil(lambda: readout.span.text().startswith(f"Class {name}"), timeout=LONG_MS)
    assert name in readout.sentence.accessibleName()
    choice.setCurrentIndex(0)
    qtbot.waitUntil(lambda: "Class" not in readout.span.text(), timeout=LONG_MS)
    assert name not in readout.sentence.accessibleName()
