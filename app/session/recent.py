"""What was open, as people say it. No Qt."""

from app.player.clip import short_name
from app.session.store import Sessions

_UNITS = ((86400, "days"), (3600, "hours"), (60, "minutes"))


def recent_clips(sessions: Sessions, now: float, most: int = 4) -> list[tuple[str, str, str]]:
    """(what opens it, its short name, where it was left and how long ago) of each clip, newest first.

    now: seconds since 1970.
    """
    clips = []
    for spec, state in sessions.recent(most):
        frame = f"frame {state.frame}, " if state.frame else ""
        clips.append((spec, short_name(spec), f"{frame}{_ago(now - state.seen)}"))
    return clips


def _ago(seconds: float) -> str:
    for unit, name in _UNITS:
        if seconds >= 2 * unit:
            return f"{int(seconds // unit)} {name} ago"
    return "just now"
