"""Which cameras there are, and whether each answers: asked in children with a time limit, since drivers may hang."""

import os
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from engine.asking import NoAnswer, ask

ANSWER_S = 11.0
"""A child that has not answered by then is ended, seconds. Some drivers take 5 s for their first picture."""


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """A camera, and what it answered.

    size: (width, height) of its pictures in pixels. rate: frames per second, where it says so.
    problem, remedy: why it gives no picture, and what to do; None where it gives one. Before it was asked size and
    problem are both None.
    """

    index: int
    name: str
    size: tuple[int, int] | None = None
    rate: float | None = None
    problem: str | None = None
    remedy: str | None = None

    @property
    def spec(self) -> str:
        """What opens it."""
        return f"camera:{self.index}"


def are_listed() -> bool:
    """Whether this system lists its cameras. Elsewhere they are found only by trying one index after the other."""
    return sys.platform == "linux"


def cameras_to_try(limit: int = 5) -> list[tuple[int, str]]:
    """Index and name of the cameras to ask; where they are not listed, the first `limit` indices. Opens none."""
    if not are_listed():
        return [(index, f"camera {index}") for index in range(limit)]
    from engine.video.camera import list_cameras

    return [(camera.index, camera.name) for camera in list_cameras()]


def ask_camera(index: int, name: str, *, stop: threading.Event | None = None) -> FoundCamera | None:
    """Take one picture of a camera in a child, 11 s at most. None where a guessed index holds no camera.

    stop: set from another thread, it ends the child at once, and the camera is as if it had not answered.
    """
    node = Path(f"/dev/video{index}")

    def silent(problem: str, remedy: str) -> FoundCamera:
        return FoundCamera(index, name, problem=problem, remedy=remedy)

    if are_listed() and not node.exists():
        return silent(f"{node} is not there", f"in a container, pass it on (--device {node})")
    if are_listed() and not os.access(node, os.R_OK | os.W_OK):
        remedy = "add yourself to the video group: sudo usermod -aG video $USER; then log in again"
        return silent(f"you may not read {node}", remedy)
    try:
        found = ask("camera", str(index), timeout_s=ANSWER_S, stop=stop).data
    except NoAnswer as error:
        return silent(str(error), "unplug it and plug it in again, and close other programs that may use it")
    if found["size"] is None:
        if not are_listed():
            return None
        return silent(found["problem"], "close other programs that may use it, or unplug it and plug it in again")
    width, height = found["size"]
    return FoundCamera(index, name, (width, height), found["rate"] or None)


def none_found() -> str:
    """What to do where there is no camera at all: to connect one, and where this system allows programs to use it."""
    where = {
        "darwin": "; allow it for the terminal in System Settings, Privacy & Security, Camera",
        "win32": "; allow it in Settings, Privacy & security, Camera",
    }.get(sys.platform, "; in a container, pass it on (--device /dev/video0)")
    return f"connect one{where}"
