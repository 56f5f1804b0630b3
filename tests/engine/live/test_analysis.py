"""The whole clip measured in the background: every frame, with the slots' methods, and it ends when told."""

import threading
import time

import numpy as np
import pytest

from engine.errors import VideoError
from engine.live.analysis import ClipAnalysis
from engine.live.counts import Count
from engine.live.summary import summarise
from engine.live.track import MeasureTrack
from engine.methods import MethodPool
from tests.engine.fakes import FakeMethod, FakeSource
from tests.waiting import PATIENCE_S, wait_for


def track_for(*names: str) -> MeasureTrack:
    track = MeasureTrack()
    for slot, name in enumerate(names):
        track.set_method(slot, name, 11)
    return track


def test_every_frame_of_both_slots() -> None:
    source, models = FakeSource(60), []

    def load(name: str) -> FakeMethod:
        models.append(FakeMethod(name))
        return models[-1]

    pool = MethodPool(load)  # type: ignore[arg-type]
    track = track_for("fake", "hold(fake, n=3)")
    analysis = ClipAnalysis(lambda: source, pool.make, {0: "fake", 1: "hold(fake)"}, track)
    wait_for(lambda: not analysis.running)
    assert track.analysed(0) == track.analysed(1) == 60
    assert source.decoded == list(range(60))
    assert source.closed.is_set()
    assert models[0].closed
    assert models[0].calls == list(range(60)), "one inference a frame for both slots and for the lag"
    summary = summarise(track, 0, 59)
    assert summary.complete
    assert track.counts(1, np.arange(60))[:, Count.UNSMOOTHED].any(axis=1).all(), "what the lag is told by"
    assert summary.b is not None
    assert summary.b.agreement is not None
    assert summary.b.agreement < 60


def test_it_ends_when_told_and_frees_everything() -> None:
    working, model = threading.Event(), FakeMethod(before=lambda _: working.set() or time.sleep(0.002))  # type: ignore[func-returns-value]
    source = FakeSource(100_000)
    analysis = ClipAnalysis(lambda: source, lambda _: model, {0: "fake"}, track_for("fake"))
    assert working.wait(PATIENCE_S)
    assert analysis.close(PATIENCE_S)
    assert source.closed.is_set()
    assert source.open_decoders == 0
    assert model.closed
    assert len(source.decoded) < 100_000


def test_paused_it_rests_and_goes_on() -> None:
    track = track_for("fake")
    paused = threading.Event()

    def pause(value: int) -> None:
        if value == 5 and not paused.is_set():
            analysis.set_paused(True)
            paused.set()

    ready = threading.Event()

    def make(_: str) -> FakeMethod:
        ready.wait(PATIENCE_S)
        return FakeMethod(before=pause)

    analysis = ClipAnalysis(lambda: FakeSource(30), make, {0: "fake"}, track)
    ready.set()
    assert paused.wait(PATIENCE_S)
    wait_for(lambda: track.analysed(0) == 6)
    assert analysis.running
    analysis.set_paused(False)
    wait_for(lambda: not analysis.running)
    assert track.analysed(0) == 30


def test_a_clip_that_does_not_open_ends_it(caplog: pytest.LogCaptureFixture) -> None:
    model = FakeMethod()

    def fail() -> FakeSource:
        raise VideoError("gone.mp4 is gone")

    analysis = ClipAnalysis(fail, lambda _: model, {0: "fake"}, track_for("fake"))
    wait_for(lambda: not analysis.running)
    assert "gone.mp4 is gone" in caplog.text
    assert model.closed


def test_while_somebody_watches_it_gives_way() -> None:
    asked = threading.Event()
    analysis = ClipAnalysis(
        lambda: FakeSource(3),
        lambda _: FakeMethod(),
        {0: "fake"},
        track_for("fake"),
        busy=lambda: asked.set() or True,  # type: ignore[func-returns-value]
    )
    wait_for(lambda: not analysis.running)
    assert asked.is_set()
