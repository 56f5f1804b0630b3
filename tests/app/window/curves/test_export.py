"""Tables and pictures of the curves: what stands in them, and what is said where they cannot be written."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from app.curves.export import TableRequest, write_table
from app.curves.panel import CurvesPanel
from app.messages import Message
from app.style import slot_colours
from app.style.theme import colours
from engine.errors import ExportError
from engine.live.track import MeasureTrack
from engine.models.classes import bundled_class_set
from tests.app.window.conftest import LONG_MS
from tests.app.window.curves.tracks import PIXELS, RATE, add, small_track

Drawn = Callable[[], None]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_table_has_every_measure_of_both_slots(tmp_path: Path) -> None:
    path = tmp_path / "curves.csv"
    assert write_table(TableRequest(path, small_track(12), None, "", None)) == 12
    table = rows(path)
    measures = ("flicker_percent_a", "flicker_percent_b", "tc_a", "tc_b", "inference_ms_a", "inference_ms_b")
    assert list(table[0]) == ["index", "pts_s", *measures]
    assert table[0]["flicker_percent_a"] == ""
    assert [row["index"] for row in table] == [str(index) for index in range(12)]
    last = table[-1]
    assert float(last["pts_s"]) == pytest.approx(11 / RATE)
    assert float(last["flicker_percent_a"]) == pytest.approx(1100 / PIXELS, abs=1e-4)
    assert float(last["flicker_percent_b"]) == pytest.approx(500 / PIXELS, abs=1e-4)
    assert (float(last["inference_ms_a"]), float(last["inference_ms_b"])) == (5, 8)


def test_a_table_has_a_class_of_its_own_and_the_span_alone(tmp_path: Path) -> None:
    path = tmp_path / "curves.csv"
    assert write_table(TableRequest(path, small_track(30), 0, "a, b", (10, 14))) == 5
    table = rows(path)
    assert [int(row["index"]) for row in table] == [10, 11, 12, 13, 14]
    assert float(table[0]["flicker_percent_a_a, b"]) == pytest.approx(1000 / PIXELS, abs=1e-4)
    assert "inference_ms_a_a, b" not in table[0]


def test_slots_that_know_other_frames_share_rows(tmp_path: Path) -> None:
    track = MeasureTrack()
    track.set_method(0, "street", 2)
    for index in (0, 1, 5):
        add(track, index)
    track.set_method(1, "other", 2)
    track.set_method(0, None)
    track.set_method(0, "street", 2)
    add(track, 5)
    track.set_method(0, None)
    add(track, 7)
    table_path = tmp_path / "curves.csv"
    write_table(TableRequest(table_path, track, None, "", None))
    assert [(row["index"], row["inference_ms_a"], row["inference_ms_b"][:1]) for row in rows(table_path)] == [
        ("5", "", "8"),
        ("7", "", "8"),
    ]


def test_a_place_that_cannot_be_written_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    path = tmp_path / "out" / "curves.csv"
    path.mkdir(parents=True)  # a folder is in the way
    with pytest.raises(ExportError, match=r"curves\.csv cannot be written.*another folder"):
        write_table(TableRequest(path, small_track(3), None, "", None))
    assert list(path.parent.iterdir()) == [path]


def test_the_dialog_writes_a_table_of_what_is_pinned(
    panel: CurvesPanel, drawn: Drawn, tmp_path: Path, qtbot: QtBot
) -> None:
    said: list[Message] = []
    panel.message.connect(said.append)
    panel.set_clip(small_track(101), rate=RATE, live=False, frame_count=101)
    panel.set_classes(bundled_class_set("foreground"))
    drawn()
    panel.pin(True)
    action = panel.bar.export_button.menu().actions()[0]
    assert action.text() == "Table (CSV)…"
    action.trigger()
    (dialog,) = panel.findChildren(QFileDialog)
    first, last = panel.pinned or (0, 0)
    assert f"frames {first} to {last}, which are pinned" in dialog.windowTitle()
    assert dialog.selectedFiles()[0].endswith(f"curves {first}-{last}.csv")
    dialog.fileSelected.emit(str(tmp_path / "t.csv"))
    dialog.reject()
    qtbot.waitUntil(lambda: bool(said), timeout=LONG_MS)
    assert said[0].text == f"Written: {tmp_path / 't.csv'} (the pinned frames {first} to {last} alone)"
    assert said[0].level == "info"
    assert len(rows(tmp_path / "t.csv")) == 51


def test_the_dialog_asks_before_it_replaces(panel: CurvesPanel, drawn: Drawn, tmp_path: Path, qtbot: QtBot) -> None:
    panel.set_clip(small_track(20), rate=RATE, live=False, frame_count=20)
    drawn()
    (tmp_path / "t.csv").write_text("mine")
    panel.exporting.ask_table()
    (dialog,) = panel.findChildren(QFileDialog)
    chosen: list[str] = []
    asked: list[str] = []
    dialog.fileSelected.connect(chosen.append)
    dialog.setDirectory(str(tmp_path))
    dialog.selectFile("t")  # gets its suffix before the question

    def answer_no() -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            asked.append(box.text())
            box.button(QMessageBox.StandardButton.No).click()

    QTimer.singleShot(0, answer_no)
    dialog.accept()
    dialog.reject()
    qtbot.wait(20)
    assert len(asked) == 1
    assert "t.csv" in asked[0]
    assert chosen == []
    assert (tmp_path / "t.csv").read_text() == "mine"


def test_a_picture_shows_both_curves_at_twice_the_size(
    panel: CurvesPanel, drawn: Drawn, tmp_path: Path, qtbot: QtBot
) -> None:
    said: list[Message] = []
    panel.message.connect(said.append)
    panel.set_clip(small_track(101), rate=RATE, live=False, frame_count=101)
    drawn()
    path = tmp_path / "p.png"
    panel.exporting.write_picture(str(path))
    qtbot.waitUntil(lambda: bool(said), timeout=LONG_MS)
    picture = QImage(str(path))
    assert picture.width() == 2 * panel.plots.width()
    assert picture.height() > 2 * panel.plots.height()
    assert picture.pixelColor(2, 2).name() == colours().ground
    found = {picture.pixelColor(x, y).name() for x in range(0, picture.width(), 2) for y in range(picture.height())}
    assert {QColor(slot_colours.A).name(), QColor(slot_colours.B).name()} <= found


def test_a_picture_that_cannot_be_written_is_told(
    panel: CurvesPanel, drawn: Drawn, tmp_path: Path, qtbot: QtBot
) -> None:
    said: list[Message] = []
    panel.message.connect(said.append)
    panel.set_clip(small_track(20), rate=RATE, live=False, frame_count=20)
    drawn()
    panel.exporting.write_picture(str(tmp_path / "missing" / "p.png"))
    qtbot.waitUntil(lambda: bool(said), timeout=LONG_MS)
    assert said[0].level == "error"
    assert "p.png cannot be written" in said[0].text
