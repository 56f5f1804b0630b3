"""Exports of models from the window: what is asked, the line of the job, the report; and from a verdict's card."""

import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from app.export.jobs import ExportJob
from app.models.exports.report import ParitySheet
from app.models.exports.sheet import ModelExportSheet
from app.models.library_dialog import ModelsDialog
from app.player.background import Background
from engine.exporting.export import export_model
from engine.exporting.parity import Parity
from engine.exporting.wanted import Wanted
from engine.models.bundle import read_card
from engine.models.card import ModelCard
from engine.work import ModelExportRequest
from tests.app.window.conftest import MakeWindow
from tests.app.window.hands import until
from tests.engine.exporting.tiny import card_of, foreign_of, write_frames, write_tiny


@pytest.fixture
def tiny(home: Path) -> Path:
    (home / "models" / "tiny").mkdir(parents=True)
    return write_tiny(home / "models" / "tiny")


@pytest.fixture
def walk(tmp_path: Path) -> Path:
    return write_frames(tmp_path / "walk")


def asked(window: object, qtbot: QtBot) -> ModelExportSheet:
    until(qtbot, lambda: isinstance(QApplication.activeModalWidget(), ModelExportSheet))
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, ModelExportSheet)
    return sheet


def test_a_model_is_exported_from_the_library_and_its_report_comes(
    make_window: MakeWindow, tiny: Path, walk: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    window = make_window(str(walk))
    until(qtbot, lambda: window.controller.playhead.position is not None)
    window.modelling.show_library()
    dialog = window.modelling._dialog
    assert isinstance(dialog, ModelsDialog)
    until(qtbot, lambda: dialog.list.count() > 0)
    dialog.choose("tiny")
    dialog.export_button.click()
    sheet = asked(window, qtbot)
    assert sheet.clip == str(walk)
    sheet.folder.setText(str(tmp_path / "out"))
    sheet.precisions["int8"].setChecked(True)
    until(qtbot, sheet.start_button.isEnabled)
    sheet.start_button.click()
    bar = window.exporting.bar
    until(qtbot, lambda: [row for row in bar.rows.values() if row.state == "ended"])
    (row,) = bar.rows.values()
    assert row.name == "tiny, int8"
    assert row.choices[0].label == "Show the report", row.text
    (report,) = window.findChildren(ParitySheet)
    assert report.isVisible()
    out = tmp_path / "out" / "tiny-int8"
    document = json.loads((out / "tiny-int8.parity.json").read_text())
    assert report.answer.text() == document["sentence"] == row.text
    assert {path.name for path in out.iterdir()} == {
        f"tiny-int8.{end}" for end in ("onnx", "safetensors", "parity.json")
    }
    assert window.store.settings.export_folder == str(tmp_path / "out")
    with qtbot.waitSignal(report.use_b_asked) as used:
        report.use_b_button.click()
    assert used.args == [str(out / "tiny-int8.onnx")]
    report.accept()
    row.choices[0].run()
    assert window.findChildren(ParitySheet)[-1].answer.text() == document["sentence"]


def test_one_that_is_cancelled_leaves_nothing(
    make_window: MakeWindow, tiny: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    window = make_window()
    told: list[ExportJob] = []
    window.exporting.jobs.changed.connect(told.append)
    request = ModelExportRequest(spec=str(write_frames(tmp_path / "long", 400)), folder=tmp_path / "new", model="tiny")
    job = window.exporting.jobs.start(request)
    until(qtbot, lambda: job.done > 2)
    window.exporting.jobs.cancel(job)
    until(qtbot, lambda: job.status == "cancelled")
    assert "nothing of it is left" in job.text
    assert not (tmp_path / "new").exists()


def sheet_of(card: ModelCard, folder: Path, qtbot: QtBot, *, judged: bool = False) -> ModelExportSheet:
    background = Background()
    sheet = ModelExportSheet(card.name, card, None, background, folder=str(folder), judged=judged)
    background.setParent(sheet)
    qtbot.addWidget(sheet)
    return sheet


def test_the_sheet_offers_what_can_be_made(no_qt_left: None, tmp_path: Path, qtbot: QtBot) -> None:
    ids = sheet_of(card_of(foreign=foreign_of(output="classes")), tmp_path, qtbot)
    assert not ids.graphs["plain"].isEnabled()
    made = sheet_of(card_of().model_copy(update={"precision": "int8"}), tmp_path, qtbot)
    assert made.precision == "int8"
    assert not made.precisions["fp32"].isEnabled()
    free = sheet_of(card_of(), tmp_path, qtbot)
    assert (free.graph, free.precision) == ("own", "fp32")
    free.graphs["plain"].setChecked(True)
    free.precisions["fp16"].setChecked(True)
    assert free.results == tmp_path / "tiny-plain-fp16"
    free.folder.setText("not/absolute")
    assert not free.start_button.isEnabled()


def test_what_is_there_is_replaced_only_when_it_may_be(no_qt_left: None, tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "tiny-fp32").mkdir()
    (tmp_path / "tiny-fp32" / "tiny-fp32.onnx").write_bytes(b"mine")
    sheet = sheet_of(card_of(), tmp_path, qtbot)
    until(qtbot, lambda: "tiny-fp32.onnx" in sheet._takes.text())
    assert not sheet.start_button.isEnabled()
    sheet.replace.setChecked(True)
    assert sheet.start_button.isEnabled()
    assert sheet.replaces(sheet.results) == {"tiny-fp32.onnx"}
    sheet.use_free.click()
    until(qtbot, lambda: sheet.results == tmp_path / "tiny-fp32 2" and sheet.start_button.isEnabled())


def test_a_new_model_is_copied_with_its_verdict_or_made_into_another(
    no_qt_left: None, tmp_path: Path, qtbot: QtBot
) -> None:
    sheet = sheet_of(card_of(), tmp_path, qtbot, judged=True)
    assert sheet.copies
    assert sheet.results == tmp_path
    assert "verdict" in sheet.precisions["fp32"].text()
    sheet.precisions["int8"].setChecked(True)
    assert not sheet.copies
    assert sheet.results == tmp_path / "tiny-int8"


def test_the_card_of_a_verdict_copies_what_is_not_converted(
    make_window: MakeWindow, tiny: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    window = make_window()
    copied: list[Path] = []
    window.steadying.results.export_asked.emit(str(tiny), copied.append)
    sheet = asked(window, qtbot)
    sheet.folder.setText(str(tmp_path / "copy"))
    until(qtbot, sheet.start_button.isEnabled)
    sheet.start_button.click()
    assert copied == [tmp_path / "copy"]
    assert not window.exporting.jobs.working


def report_of(model: Path, clip: Path, out: Path, **more: object) -> Parity:
    return export_model(Wanted(model=str(model), to=out, clip=str(clip), threads=1, **more))  # type: ignore[arg-type]


def test_the_report_shows_before_and_after(
    no_qt_left: None, tiny: Path, walk: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    report = report_of(tiny, walk, tmp_path / "out", graph="plain")
    bad = report.model_copy(update={"equal_pixels": 42.0})
    for each, tone in ((report, "accent"), (bad, "warning")):
        sheet = ParitySheet(each)
        qtbot.addWidget(sheet)
        assert sheet.answer.property("kind") == tone
        shown = [cell.text() for cell in sheet.facts._cells]
        for row in each.rows():
            assert row[2] in shown
        assert sheet.use_b_button.isHidden()
        assert [button.text() for button in sheet.findChildren(QPushButton)][-1] == "Close"
    assert read_card(tiny).precision == "float32"
