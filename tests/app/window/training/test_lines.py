"""What a line says of a steadying, and what can be done there."""

from pathlib import Path
from typing import Any

import pytest

from app.training.lines import Deeds, line_of
from app.training.record import Record

NOTHING = Deeds(*[lambda: None] * 6)
BETTER = {"verdict": "better", "reason": "It flickers less."}
HALF = {"stage": "training", "step": 86, "total": 200, "left_s": 130.0}


def line(waits: bool = False, **known: Any) -> Any:
    record = Record(Path("/runs/a"), "street", "street-steady", (Path("/drive.mp4"),), "quick", **known)
    return line_of(record, NOTHING, waits=waits)


@pytest.mark.parametrize(
    ("known", "state", "brief", "choices"),
    [
        ({"waits": True}, "waiting", "Waiting for the training before it", ["Cancel"]),
        ({"status": "running"}, "running", "Starting…", ["Stop", "Pause", "Show"]),
        ({"status": "running", **HALF}, "running", "Learning · 43 % · 2:10 left", ["Stop", "Pause", "Show"]),
        ({"status": "running", "stage": "choosing"}, "running", "Choosing", ["Stop", "Pause", "Show"]),
        ({"status": "running", **HALF, "asked": "stop"}, "running", "Stopping…", ["Stop", "Pause", "Show"]),
        ({"status": "paused", **HALF}, "running", "Paused at 43 %", ["Stop", "Resume", "Show"]),
        ({"status": "done", "verdict": BETTER}, "ended", "Better: less flicker, same objects", ["Show", "Remove"]),
        ({"status": "done"}, "ended", "Done", ["Show", "Remove"]),
        ({"status": "stopped", **HALF}, "ended", "Stopped at 43 %", ["Resume", "Remove"]),
        ({"status": "stopped", "has_student": True}, "ended", "Stopped", ["Resume", "Show", "Remove"]),
        ({"status": "interrupted", **HALF}, "ended", "Interrupted at 43 %", ["Resume", "Remove"]),
        ({"status": "failed", "message": "no room"}, "ended", "no room", ["Try again", "Remove"]),
        ({"status": "created"}, "ended", "Not begun yet", ["Begin", "Remove"]),
    ],
)
def test_a_line_says_how_it_goes(known: dict[str, Any], state: str, brief: str, choices: list[str]) -> None:
    row = line(**known)
    assert (row.state, row.brief, [each.label for each in row.choices]) == (state, brief, choices)
    assert row.name == "street-steady"
    assert row.open is not None


def test_the_list_says_more() -> None:
    assert line(status="running", **HALF).text == "Learning · 43 % · 2:10 left · 86 of 200 · from drive.mp4"
    text = line(status="done", verdict=BETTER).text
    assert text == "Better: less flicker, same objects · It flickers less."
