"""A curves panel, shown, and gone after the test."""

import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import pyqtgraph as pg
import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from app.curves.panel import CurvesPanel
from app.player.background import Background
from tests.app.window.conftest import LONG_MS


@pytest.fixture
def panel(no_qt_left: None, qtbot: QtBot) -> Iterator[CurvesPanel]:
    """As wide and low as it stands at the bottom of the window."""
    # A test moves the pointer faster than any hand; pyqtgraph would leave moves out.
    limit = pg.getConfigOption("mouseRateLimit")
    pg.setConfigOption("mouseRateLimit", -1)
    background = Background()
    panel = CurvesPanel(background)
    panel.resize(1100, 230)
    with qtbot.waitExposed(panel):
        panel.show()
    yield panel
    pg.setConfigOption("mouseRateLimit", limit)
    background.close()
    assert background.join(time.monotonic() + 30)
    panel.close()
    panel.deleteLater()
    background.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def drawn(panel: CurvesPanel, qtbot: QtBot) -> Callable[[], None]:
    """Waits until all that its track knows is drawn."""

    def wait() -> None:
        qtbot.waitUntil(lambda: _is_drawn(panel), timeout=LONG_MS)

    return wait


def _is_drawn(panel: CurvesPanel) -> bool:
    snapshot, track = panel.snapshot, panel.track
    if snapshot is None or track is None or not snapshot.known or snapshot.version != track.version:
        return False
    # Plots take their places a moment after they are first shown: side by side, since the panel is low.
    places = [panel.plots.plots[measure].place for measure in panel.plots.shown]
    aside = all(one.right() < other.left() for one, other in pairwise(places))
    return not panel.isVisible() or (aside and places[-1].right() <= panel.plots.width())
