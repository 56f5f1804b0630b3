"""Names of the folders that results go to: what of which clip, by which method. No Qt."""

import re
from collections.abc import Iterable

_MOST = 120  # characters, well below what file systems allow
_UNFIT = re.compile(r'[<>:"/\\|?*\x00-\x1f]+')


def folder_name(parts: Iterable[str]) -> str:
    """The parts with a space between them, as every file system takes them."""
    name = _UNFIT.sub("-", " ".join(part for part in parts if part))
    return name[:_MOST].rstrip(" .") or "results"
