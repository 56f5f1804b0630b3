"""Help → Copy report: what a helper needs to know, without a person's own names and paths."""

import getpass
import os
import platform
import re
import socket
import sys
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

from app.log import tail, without_secrets
from engine.doctor import examine
from engine.doctor.finding import Finding

_PACKAGES = ("steadymask", "PySide6-Essentials", "onnxruntime", "onnxruntime-gpu", "av", "numpy", "torch")
_ADDRESS = re.compile(r"\b([a-z][a-z0-9+.-]*)://[^\s'\"<>)\]]+", re.IGNORECASE)
_UNIX_PATH = re.compile(r"(?<![\w.~<>])/(?:[^\s/'\":,;)\]<>]+/)*[^\s/'\":,;)\]<>]+")
_WINDOWS_PATH = re.compile(r"\b[A-Za-z]:[\\/][^\s'\":,;)\]<>]+")
_SHARE = re.compile(r"\\\\[^\s'\":,;)\]<>]+")


def make_report(log_folder: Path, clips: Iterable[str] = ()) -> str:
    """The report: versions, what the doctor finds, the end of the log. clips: names that must not appear in it.

    Takes some seconds and touches the disk: call it off the GUI thread.
    """
    lines = ["Steadymask report", f"Python {platform.python_version()}, {platform.platform()}", ""]
    lines += [f"{name} {installed}" for name in _PACKAGES if (installed := _version(name))]
    lines += ["", "Doctor", *(_told(finding) for finding in examine()), "", "Log"]
    lines.append(tail(log_folder) or "(empty)")
    return anonymous("\n".join(lines), clips)


def anonymous(text: str, clips: Iterable[str] = ()) -> str:
    """`text` without paths, addresses, the user's and the machine's name, and the names in `clips`.

    What is taken out becomes a placeholder, the same for the same thing, so that lines can still be matched.
    """
    seen: dict[str, str] = {}

    def numbered(kind: str, value: str) -> str:
        key = f"{kind} {value.casefold()}"
        return seen.setdefault(key, f"<{kind} {sum(each.startswith(kind) for each in seen) + 1}>")

    text = without_secrets(text)
    for name in sorted(set(clips), key=len, reverse=True):
        # A name is written in several ways: as it is, with its folder, escaped, as part of an address.
        for form in {name, Path(name).name, Path(name).stem, repr(name)[1:-1], quote(name), quote(Path(name).name)}:
            if len(form) > 2:
                text = re.sub(re.escape(form), numbered("clip", Path(name).name), text, flags=re.IGNORECASE)
    text = _ADDRESS.sub(lambda found: f"{found[1]}://{numbered('address', found[0])}", text)
    program = {str(Path(sys.prefix)), str(Path(__file__).resolve().parent.parent), sys.base_prefix}
    for place in sorted(program, key=len, reverse=True):
        text = text.replace(place, "<program>")
    home = str(Path.home())
    for form in {home, home.replace("\\", "\\\\"), home.replace("\\", "/")}:
        text = re.sub(re.escape(form), "~", text, flags=re.IGNORECASE) if len(form) > 1 else text
    text = re.sub(r"~(?:[\\/][^\s'\":,;)\]<>]+)+", lambda found: numbered("path", found[0]), text)
    for pattern in (_SHARE, _WINDOWS_PATH, _UNIX_PATH):
        text = pattern.sub(lambda found: numbered("path", found[0]), text)
    for name, placeholder in ((_user(), "<user>"), (socket.gethostname(), "<machine>")):
        if len(name) > 2:
            text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", placeholder, text, flags=re.IGNORECASE)
    return text


def _told(finding: Finding) -> str:
    why = f": {finding.reason} → {finding.remedy}" if finding.reason else ""
    return f"  {finding.status:8} {finding.label}  {finding.value}{why}"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except ModuleNotFoundError:
        return None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return os.environ.get("USERNAME", "")
