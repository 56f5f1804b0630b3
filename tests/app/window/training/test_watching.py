"""The training panel: the queue, stages, curves, the picture, and what can be done."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.training.record import Record
from app.training.watch.panel import STAGES, TrainingPanel
from tests.app.window.conftest import MakeWindow
from tests.app.window.hands import until


def record(folder: Path, **values: object) -> Record:
    folder.mkdir(parents=True)
    made = Record(folder, student="street", name=folder.name, clips=(folder / "drive.mp4",), preset="quick")
    for name, value in values.items():
        setattr(made, name, value)
    return made


@pytest.fixture
def learning(tmp_path: Path) -> Record:
    return record(
        tmp_path / "street-steady",
        status="running",
        stage="training",
        step=120,
        total=200,
        left_s=72.0,
        series={
            "loss": [(60, 0.8), (120, 0.5)],
            "temporal": [(60, 0.06), (120, 0.04)],
            "single_frame": [(60, 0.5), (120, 0.4)],
            "edges": [(60, 0.2), (120, 0.1)],
            "images_per_s": [(60, 9.0)],
            "flicker_aside": [(60, 0.06), (120, 0.045)],
            "flicker_before_aside": [(60, 0.071), (120, 0.071)],
            "agreement_aside": [(60, 98.0), (120, 98.6)],
            "agreement_before_aside": [(60, 99.3), (120, 99.3)],
        },
    )


@pytest.fixture
def panel(make_window: MakeWindow, learning: Record, qtbot: QtBot) -> Iterator[TrainingPanel]:
    window: MainWindow = make_window()
    window.steadying.jobs.records.append(learning)
    window.steadying.opened.emit(learning)
    (panel,) = window.findChildren(TrainingPanel)
    yield panel
    panel.close()


def button(panel: TrainingPanel, name: str) -> object:
    return next(each for each in panel.choices if each.text() == name and each.isVisible())


def test_a_line_opens_it_and_it_fits_a_small_window(panel: TrainingPanel, learning: Record) -> None:
    assert panel.isVisible()
    assert panel.record is learning
    assert panel.minimumSizeHint().width() <= 900
    assert panel.minimumSizeHint().height() <= 560


def test_it_tells_the_stage_and_how_far_it_is(panel: TrainingPanel) -> None:
    assert [each.text() for each in panel.stages.labels] == ["✓ Prepare", "Learn", "Choose", "Judge"]
    assert (panel.bar.value(), panel.bar.maximum()) == (120, 200)
    assert "1:12 left" in panel.state.text()


def test_every_loss_term_has_a_plot_and_what_chooses_has_the_line_of_before(panel: TrainingPanel) -> None:
    plots = panel.plots.plots
    assert set(plots) == {"loss", "temporal", "single_frame", "edges", "flicker", "agreement"}
    assert plots["edges"].value.text() == "0.100"
    assert plots["flicker"].value.text() == "4.50"
    assert plots["flicker"].before.value() == pytest.approx(7.1)
    assert plots["flicker"].before.isVisible()
    assert not plots["loss"].before.isVisible()
    x, y = plots["agreement"].curve.getData()
    assert (list(x), list(y)) == ([60, 120], [98.0, 98.6])


def test_it_goes_on_with_the_training(panel: TrainingPanel, learning: Record) -> None:
    learning.step = 140
    learning.series["loss"].append((140, 0.45))
    panel._jobs.changed.emit(learning)
    assert panel.bar.value() == 140
    assert panel.plots.plots["loss"].value.text() == "0.450"


def test_the_picture_follows_its_file(panel: TrainingPanel, learning: Record, qtbot: QtBot) -> None:
    for turn, colour in enumerate(("red", "blue")):
        image = QImage(32, 36, QImage.Format.Format_RGB32)
        image.fill(QColor(colour))
        assert image.save(str(learning.preview))
        os.utime(learning.preview, (turn, turn))
        panel._jobs.changed.emit(learning)
        until(qtbot, lambda colour=colour: panel.preview.image.pixelColor(3, 3) == QColor(colour))


def test_its_buttons_are_those_of_the_line(panel: TrainingPanel, learning: Record) -> None:
    asked = []
    panel._jobs.control = lambda record, command: asked.append(command)  # type: ignore[method-assign]
    for name in ("Stop", "Pause"):
        button(panel, name).click()  # type: ignore[attr-defined]
    assert asked == ["stop", "pause"]
    learning.status = "paused"
    panel._jobs.changed.emit(learning)
    button(panel, "Resume").click()  # type: ignore[attr-defined]
    assert asked[-1] == "run"


def test_a_failure_says_why_and_offers_another_try(panel: TrainingPanel, learning: Record) -> None:
    learning.status, learning.message = "failed", "the disk is full; make room"
    panel._jobs.changed.emit(learning)
    assert "the disk is full" in panel.state.text()
    assert panel.state.property("kind") == "error"
    assert not panel.bar.isVisible()
    assert button(panel, "Try again")


def test_the_queue_follows(panel: TrainingPanel, learning: Record, tmp_path: Path) -> None:
    other = record(tmp_path / "town-steady")
    panel._jobs.records.insert(0, other)
    panel._jobs.changed.emit(other)
    assert panel.list.count() == 2
    assert panel.record is learning  # whoever looks at one goes on looking at it
    panel._jobs.records.remove(learning)
    panel._jobs.removed.emit(learning)
    assert panel.list.count() == 1
    assert panel.record is other
    panel._jobs.records.clear()
    panel._jobs.removed.emit(other)
    assert "Nothing was trained yet" in panel.state.text()


def test_all_stages_are_ticked_when_it_is_done(panel: TrainingPanel, learning: Record) -> None:
    learning.status = "done"
    panel._jobs.changed.emit(learning)
    assert [each.text() for each in panel.stages.labels] == [f"✓ {stage}" for stage in STAGES]
