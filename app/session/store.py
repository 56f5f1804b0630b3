"""Where a person was in every clip, and which one was last: one small file, whole at any end of the program. No Qt."""

import logging
import re
import time
from pathlib import Path
from typing import Annotated, Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.player.clip import is_local
from engine.atomic import write_text

_LOG = logging.getLogger(__name__)

_MOST = 200
_PATIENCE_S = 2.0


class ClipState(BaseModel):
    """Where somebody was in a clip.

    frame: index of the frame shown. range: (first, last) frame that plays, or None. method, method_b: what stands in
    slots A and B, None for an empty B. mode: how the picture shows them. view: see CompareView.view_state.
    speed: times the clip's own pace. markers: their names by frame, empty for none. seen: when, seconds since 1970.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    frame: Annotated[int, Field(ge=0)] = 0
    range: tuple[int, int] | None = None
    method: str | None = None
    method_b: str | None = None
    mode: Literal["single", "side", "wipe", "difference", "flicker"] = "single"
    view: tuple[float, float, float] | None = None
    speed: Annotated[float, Field(ge=0.25, le=4)] = 1.0
    loop: bool = False
    markers: dict[Annotated[int, Field(ge=0)], str] = {}
    seen: float = 0.0


class _File(BaseModel):
    """What the file holds: clips by what opens them (an absolute path, a URL without its password, `camera:0`)."""

    model_config = ConfigDict(extra="ignore")

    version: int = 1
    clips: dict[str, ClipState] = {}


class Sessions:
    """The places in all clips, in memory; `write` brings them to the disk. GUI thread, but for `write`."""

    def __init__(self, folder: Path, clips: dict[str, ClipState] | None = None) -> None:
        self._path = folder / "sessions.json"
        self._clips = dict(clips or {})
        self._forgotten: set[str] = set()

    @classmethod
    def read(cls, folder: Path) -> "Sessions":
        """Read `sessions.json` from `folder`; a damaged one is put aside, and nothing is remembered then."""
        return cls(folder, _load(folder / "sessions.json"))

    def state_of(self, spec: str) -> ClipState | None:
        """Where somebody was in `spec`, or None."""
        return self._clips.get(written_spec(spec))

    def recent(self, most: int = 12) -> list[tuple[str, ClipState]]:
        """What was open, newest first."""
        return sorted(self._clips.items(), key=lambda item: item[1].seen, reverse=True)[:most]

    def last(self) -> tuple[str, ClipState] | None:
        """What was open last, or None."""
        return next(iter(self.recent(1)), None)

    def remember(self, spec: str, state: ClipState) -> bool:
        """Note where somebody is. Returns whether that is news, the time of it left aside."""
        key = written_spec(spec)
        old = self._clips.get(key)
        self._clips[key] = state
        self._forgotten.discard(key)
        return old is None or old.model_copy(update={"seen": state.seen}) != state

    def forget(self, spec: str) -> None:
        """Remember nothing of `spec`."""
        self._clips.pop(written_spec(spec), None)
        self._forgotten.add(written_spec(spec))

    def clear(self) -> None:
        """Remember nothing."""
        self._forgotten.update(self._clips)
        self._clips.clear()

    def copy(self) -> "Sessions":
        """As it is now, to be written in another thread."""
        copied = Sessions(self._path.parent, self._clips)
        copied._forgotten = set(self._forgotten)
        return copied

    def write(self) -> None:
        """Bring it to the disk, together with what another window wrote there meanwhile; per clip the newest counts.

        Touches the disk: call it off the GUI thread. Raises OSError; the old file is then whole.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self._path.with_name(".sessions.lock"), timeout=_PATIENCE_S):
                merged = {key: state for key, state in _load(self._path).items() if key not in self._forgotten}
                for key, state in self._clips.items():
                    if key not in merged or merged[key].seen <= state.seen:
                        merged[key] = state
                kept = dict(sorted(merged.items(), key=lambda item: item[1].seen)[-_MOST:])
                write_text(self._path, _File(clips=kept).model_dump_json(indent=1))
        except Timeout as error:
            raise OSError(f"{self._path} is in use by another window") from error


def _load(path: Path) -> dict[str, ClipState]:
    try:
        return _File.model_validate_json(path.read_bytes()).clips
    except FileNotFoundError:
        return {}
    except (OSError, ValidationError) as error:
        _LOG.warning("%s cannot be used and is put aside: %s", path, error)
        try:
            path.replace(path.with_name(f"sessions.damaged-{int(time.time())}.json"))
        except OSError as failure:
            _LOG.warning("%s could not be put aside: %s", path, failure)
        return {}


def written_spec(spec: str) -> str:
    """How what opens a clip is written to the disk: paths in full, addresses without user and password (they are asked
    for again).
    """
    if is_local(spec):
        return str(Path(spec).absolute())
    return re.sub(r"//[^/@]*@", "//", spec.strip())
