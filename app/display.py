"""Can a window be opened here, and if not, why. Imports no Qt in this process."""

import os
import sys
from pathlib import Path

from engine.children import TooSlow, last_line, python, run

# The libraries that Qt's own wheels load from the system, for Debian 12 and later and Ubuntu 22.04 and later; what
# these packages depend on comes with them.
DEBIAN_PACKAGES = (
    "libegl1 libgl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon-x11-0 libx11-xcb1 libxcb-cursor0 "
    "libxcb-icccm4 libxcb-keysyms1 libxcb-randr0 libxcb-shape0 libxcb-sync1 libxcb-xfixes0"
)

_NEEDS_NO_DISPLAY = ("offscreen", "minimal", "vnc", "linuxfb", "eglfs", "vkkhrdisplay")
_TIMEOUT_S = 30.0

# Qt aborts the process when its platform plugin cannot start, so a child has to try it.
_TRIAL = """
import sys
try:
    from PySide6 import QtGui, QtWidgets
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(3)
QtWidgets.QApplication([])
"""
_IMPORT_FAILED = 3


def drop_cv2_plugin_path() -> None:
    """Forget the Qt plugins and fonts that importing cv2 points at; they belong to another Qt than ours.

    Call before the first QApplication; afterwards it changes nothing.
    """
    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        if "cv2" in Path(os.environ.get(name, "")).parts:
            del os.environ[name]


def display_problem(timeout_s: float = _TIMEOUT_S) -> str | None:
    """Return one line saying why no window can be opened here, and what to do; None when one can.

    timeout_s: seconds that the display may take to answer.
    """
    if not sys.platform.startswith("linux"):
        return None
    # Qt takes the first of a list of platforms that works (`wayland;xcb`), each with options behind a colon.
    platform = os.environ.get("QT_QPA_PLATFORM", "").split(";")[0].split(":")[0]
    displays = [name for name in ("DISPLAY", "WAYLAND_DISPLAY") if os.environ.get(name)]
    if platform not in _NEEDS_NO_DISPLAY and not displays:
        return (
            "there is no display: neither DISPLAY nor WAYLAND_DISPLAY is set. Run it in a desktop session, or over "
            "SSH with `ssh -X`; the commands (`steadymask segment`, ...) need no display"
        )
    drop_cv2_plugin_path()
    try:
        trial = run(python("-c", _TRIAL), timeout_s=timeout_s)
    except TooSlow:
        shown = ", ".join(f"{name}={os.environ[name]}" for name in displays)
        return f"the display did not answer within {timeout_s:.0f} s ({shown or platform})"
    if trial.status == 0:
        return None
    return _explain(trial.status, trial.notes, displays)


def _explain(status: int, notes: str, displays: list[str]) -> str:
    lines = [line.strip() for line in notes.splitlines()]
    if status == _IMPORT_FAILED:
        reason = last_line(notes) or "no reason given"
        if "PySide6" in reason and "cannot open shared object" not in reason:
            return f"PySide6 is not installed ({reason}); install it with `pip install PySide6-Essentials`"
        return f"Qt cannot be loaded ({reason}). On Debian or Ubuntu: apt install {DEBIAN_PACKAGES}"
    # "could not connect to display :7", also where the plugin then says that it could not be initialised
    unreachable = next((line for line in lines if "could not connect to display" in line), None)
    if unreachable is not None:
        shown = ", ".join(f"{name}={os.environ[name]}" for name in displays)
        return f"the display cannot be reached ({shown}); check that it runs and that you may use it (`xdpyinfo`)"
    reason = next((line for line in lines if "plugin" in line), last_line(notes) or f"exit code {status}")
    return f"Qt cannot open a window here ({reason}). On Debian or Ubuntu: apt install {DEBIAN_PACKAGES}"
