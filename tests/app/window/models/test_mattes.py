"""Importing a network of one channel: the sheet asks whether it is a matte, and shows it as one."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from pytestqt.qtbot import QtBot

from app.models.import_sheet import ImportSheet
from app.player.background import Background
from tests.app.window.conftest import LONG_MS
from tests.engine.importing.foreign_models import foreign
from tests.engine.importing.recurrent_models import recurrent


@pytest.mark.parametrize("classes", [1, 3])
def test_one_channel_may_be_a_matte(home: Path, tmp_path: Path, no_qt_left: None, qtbot: QtBot, classes: int) -> None:
    model = foreign(classes=classes, output="sigmoid" if classes == 1 else "softmax")
    onnx.save(model, tmp_path / "person.onnx")
    background = Background()
    sheet = ImportSheet(background, np.full((48, 64, 3), 90, np.uint8), str(tmp_path / "person.onnx"))
    assert sheet.form.task.isHidden()
    qtbot.waitUntil(sheet.add_button.isEnabled, timeout=LONG_MS)
    assert sheet.form.task.isHidden() == (classes != 1)
    if classes == 1:
        assert sheet.form.stated.task == "semantic", "nobody said so yet"
        sheet.form.task.setCurrentIndex(1)
        sheet.form.task.activated.emit(1)
        assert not sheet.add_button.isEnabled()
        qtbot.waitUntil(sheet.add_button.isEnabled, timeout=LONG_MS)
        assert sheet._prepared is not None
        assert sheet._prepared.card.task == "matting"
        assert sheet._prepared.preview.alpha is not None
        sheet.file.setText(str(tmp_path / "other.onnx"))
        assert sheet.form.stated.task == "semantic", "of another file nothing was said"
    sheet.reject()
    sheet.deleteLater()
    qtbot.wait(50)
    background.close()


def test_a_model_with_a_memory_is_said_to_be_one(home: Path, tmp_path: Path, no_qt_left: None, qtbot: QtBot) -> None:
    onnx.save(recurrent(), tmp_path / "rvm.onnx")
    background = Background()
    sheet = ImportSheet(background, np.full((48, 64, 3), 90, np.uint8), str(tmp_path / "rvm.onnx"))
    assert sheet.form.ratio.isHidden()
    qtbot.waitUntil(sheet.add_button.isEnabled, timeout=LONG_MS)
    assert not sheet.form.ratio.isHidden()
    assert sheet.form.task.isHidden(), "its form says that it gives mattes"
    assert "a method with a memory" in sheet.form._notes["Output"].text()
    assert sheet.form._notes["Output"].property("kind") == "faint", "nothing is guessed of it"
    sheet.form.ratio.setText("2")
    with pytest.raises(ValueError, match="Ratio: give a number above 0, 1 at most"):
        _ = sheet.form.stated
    sheet.form.ratio.setText("0.5")
    sheet.form.ratio.textEdited.emit("0.5")
    qtbot.waitUntil(sheet.add_button.isEnabled, timeout=LONG_MS)
    assert sheet._prepared is not None
    foreign_ = sheet._prepared.card.foreign
    assert foreign_ is not None
    assert foreign_.recurrence is not None
    assert foreign_.recurrence.downsample_ratio == 0.5
    sheet.reject()
    sheet.deleteLater()
    qtbot.wait(50)
    background.close()
