"""What is typed into the import sheet."""

import pytest
from pytestqt.qtbot import QtBot

from app.models.stated_form import StatedForm
from engine.importing.plan import Stated


def test_which_output_and_which_size_can_be_stated(qtbot: QtBot) -> None:
    form = StatedForm()
    qtbot.addWidget(form)
    assert form.stated == Stated()
    form.output_name.setText(" main ")
    form.input_size.setText("512 × 256")
    assert form.stated == Stated(output_name="main", input_size=(512, 256))
    form.show_notes({"input": "steps of 64"}, ())
    assert form._notes["Input"].text() == "steps of 64"
    form.input_size.setText("512")
    with pytest.raises(ValueError, match="Input: '512' is no size; write it like 512x256"):
        _ = form.stated
