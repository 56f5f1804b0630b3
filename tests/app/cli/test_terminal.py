"""What a job tells, line by line."""

import pytest

from app.cli.terminal import tell_event


@pytest.mark.parametrize(
    ("event", "line"),
    [
        ({"epoch": 3, "step": 12, "total": 40, "left_s": 130}, "epoch 3, step 12 of 40, 2 min left"),
        ({"stage": "targets", "step": 5, "total": 9, "left_s": 61}, "targets 5 of 9, 1 min left"),
    ],
)
def test_progress_is_one_line(capsys: pytest.CaptureFixture[str], event: dict[str, object], line: str) -> None:
    tell_event({"type": "progress", **event})
    assert capsys.readouterr().err == f"{line}\n"
