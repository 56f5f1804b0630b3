"""What was open, as the empty window says it."""

from pathlib import Path

import pytest

from app.session.recent import recent_clips
from app.session.store import ClipState, Sessions

NOW = 1_000_000.0
MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.mark.parametrize(
    ("frame", "ago", "said"),
    [
        (0, 0, "just now"),
        (0, 2 * MINUTE - 1, "just now"),
        (0, 2 * MINUTE, "2 minutes ago"),
        (11, 2 * HOUR - 1, "frame 11, 119 minutes ago"),
        (0, 2 * HOUR, "2 hours ago"),
        (0, 47.9 * HOUR, "47 hours ago"),
        (0, 3.5 * DAY, "3 days ago"),
    ],
)
def test_where_it_was_left_and_how_long_ago(tmp_path: Path, frame: int, ago: float, said: str) -> None:
    sessions = Sessions(tmp_path)
    sessions.remember("/clips/drive.mp4", ClipState(frame=frame, seen=NOW - ago))
    assert recent_clips(sessions, NOW) == [("/clips/drive.mp4", "drive.mp4", said)]


def test_the_newest_come_first_and_not_too_many(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path)
    for number in range(9):
        sessions.remember(f"/clips/{number}.mp4", ClipState(seen=NOW - number))
    assert [spec for spec, _, _ in recent_clips(sessions, NOW)] == [f"/clips/{number}.mp4" for number in range(4)]
