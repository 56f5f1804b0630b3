"""How many images of a folder make a second: a person says so once of each folder, and it is remembered."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from app.player.clip import is_local
from app.settings.store import SettingsStore
from engine.video.images import parse_rate
from engine.video.source import VideoSource

_MOST = 200  # folders


class ImageRates:
    """The rates that are in the settings. GUI thread only, but for `of` and for what `opening` makes."""

    def __init__(self, store: SettingsStore) -> None:
        self._store = store

    def of(self, spec: str) -> Fraction | None:
        """What was said of this folder, frames a second; None where nothing was."""
        text = self._store.settings.image_rates.get(_key(spec)) if is_local(spec) else None
        return None if text is None else parse_rate(text)

    def set(self, spec: str, rate: Fraction) -> None:
        """Remember it; of very many folders those longest ago are forgotten."""
        others = {folder: text for folder, text in self._store.settings.image_rates.items() if folder != _key(spec)}
        kept = list(others.items())[-(_MOST - 1) :]
        self._store.change(image_rates={**dict(kept), _key(spec): str(rate)})

    def opening(self, open_source: Callable[..., VideoSource]) -> Callable[[str], VideoSource]:
        """Opens folders of images at their rate, and all else as it is. Touches the disk."""

        def open_at_rate(spec: str) -> VideoSource:
            rate = self.of(spec)
            # What was a folder may be a file by now, which has its own rate.
            return open_source(spec) if rate is None or not Path(spec).is_dir() else open_source(spec, fps=rate)

        return open_at_rate


def _key(spec: str) -> str:
    return str(Path(spec).absolute())
