"""What the window remembers between starts: one small JSON file, replaced as a whole."""

import logging
import os
from pathlib import Path
from typing import Annotated

from platformdirs import user_config_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.atomic import write_text

_LOG = logging.getLogger(__name__)


class Settings(BaseModel):
    """Remembered choices.

    opacity: of the masks over the picture, 0..1.
    masks_shown: whether masks are drawn at all.
    folder: where the file dialog opens.
    geometry: the window's size and place, in Qt's own encoding (base64).
    """

    model_config = ConfigDict(extra="ignore")

    opacity: Annotated[float, Field(ge=0, le=1)] = 0.55
    masks_shown: bool = True
    folder: str = ""
    geometry: str = ""


def settings_folder() -> Path:
    """Where settings and the crash sentinel live: $STEADYMASK_HOME, or the system's folder for settings."""
    home = os.environ.get("STEADYMASK_HOME")
    return Path(home) if home else user_config_path("steadymask", appauthor=False)


def read_settings(folder: Path) -> Settings:
    """Read `settings.json` from `folder`; the defaults where there is none or it is damaged."""
    path = folder / "settings.json"
    try:
        return Settings.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Settings()
    except (OSError, ValidationError) as error:
        _LOG.warning("%s cannot be used, starting with the defaults: %s", path, error)
        return Settings()


def write_settings(folder: Path, settings: Settings) -> None:
    """Replace `settings.json` in `folder`. Touches the disk: call it off the GUI thread. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / "settings.json", settings.model_dump_json(indent=2))
