"""What the window remembers between starts: one small JSON file, replaced as a whole."""

import logging
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_config_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from engine.atomic import write_text
from engine.backends.base import DEFAULT_BACKEND, Device

DEFAULT_METHOD = "street"

_LOG = logging.getLogger(__name__)


Movie = Literal["prores", "vp9", "ffv1", "png", "h264", "trimap"]
"""What there is of mattes alone; a trimap is no movie, and is asked for beside them."""
Written = Literal["masks", "overlay", "both", "neither"]
GroundName = Literal["overlay", "checkerboard", "green", "colour", "blur", "picture", "clip", "band", "alpha"]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


class Behind(BaseModel):
    """What a person is put over where a matte is shown.

    ground: what is chosen; `band` is the matte's edge alone, `alpha` all of it. colour, picture, clip: of one's own,
    whatever is chosen; the latter two are paths, empty for none. foreground: whether the person's own colours are
    estimated at the edge.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    ground: GroundName = "overlay"
    colour: Colour = "#2f5d8a"
    picture: str = ""
    clip: str = ""
    foreground: bool = False


class ExportChoices(BaseModel):
    """What the export sheet asks. slots: whose masks. what: is written. span: of the clip; `part` is from in to out,
    where they are set. folder: empty for the usual one. movies, premultiplied, behind: of mattes; None for what the
    window shows.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    slots: Literal["a", "b", "both"] = "a"
    what: Written = "both"
    span: Literal["whole", "part"] = "part"
    folder: str = ""
    movies: tuple[Movie, ...] = ()
    premultiplied: bool = False
    behind: Behind | None = None

    @field_validator("folder", mode="before")
    @classmethod
    def _speakable(cls, folder: Any) -> Any:
        """A name that no text can hold is left out."""
        return folder if not isinstance(folder, str) or _is_unicode(folder) else ""

    @field_validator("behind")
    @classmethod
    def _told(cls, behind: Behind | None) -> Behind | None:
        """As for the folder."""
        if behind is None:
            return None
        unspeakable = [name for name in ("picture", "clip") if not _is_unicode(getattr(behind, name))]
        return behind.model_copy(update=dict.fromkeys(unspeakable, ""))


class Settings(BaseModel):
    """Remembered choices; frozen, a change makes a copy (`with_changes`).

    theme: `system` follows the system's dark or light. opacity: of the masks over the picture, 0..1. masks_shown:
    whether masks are drawn at all. style: whether they fill their area or outline it.
    folder: where the file dialog opens. geometry, layout: the window's size and place, and its docks, in Qt's own
    encoding (base64). folded: docks of which the title alone is there, by title. method: in slot A, chosen last.
    device, backend: where models run and with which runtime, playing and exporting. They hold where the command line
    does not say.
    shortcuts: keys by command, where a person changed them; none for a command without a key.
    class_colours: `#rrggbb` by class, where a person changed them; by the class set's names, joined by commas.
    hidden_classes: names of classes that are not drawn, by class set as above, where a person changed which; else it is
    the background alone.
    matte_ground, matte_colour, matte_picture, matte_clip, matte_foreground: what a matte is shown over, see `Behind`.
    class_matches: which class of A each class of B stands for, where a person said so; by both class sets' names.
    export_folder, export_what, export_slots, export_movies, export_premultiplied: what was chosen last.
    export_presets: choices by the name that a person gave them. reopen: whether the last clip opens by itself at the
    start.
    image_rates: images a second by folder, where a person said so, as a fraction; the latest last.
    measure_clip: whether an open clip is measured to its end in the background. recent_addresses: of streams, without
    passwords, newest first. told_runs: names of run folders of ended trainings of which nothing more is to be told.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    theme: Literal["system", "dark", "light"] = "system"
    opacity: Annotated[float, Field(ge=0, le=1)] = 0.55
    masks_shown: bool = True
    style: Literal["fill", "outline"] = "fill"
    folder: str = ""
    geometry: str = ""
    layout: str = ""
    folded: tuple[str, ...] = ()
    method: str = DEFAULT_METHOD
    device: Device = "auto"
    backend: str = DEFAULT_BACKEND
    shortcuts: dict[str, tuple[str, ...]] = {}
    class_colours: dict[str, dict[str, Colour]] = {}
    hidden_classes: dict[str, tuple[str, ...]] = {}
    matte_ground: GroundName = "overlay"
    matte_colour: Colour = Behind().colour
    matte_picture: str = ""
    matte_clip: str = ""
    matte_foreground: bool = False
    class_matches: dict[str, dict[str, str]] = {}
    export_folder: str = ""
    export_what: Written = "both"
    export_slots: Literal["a", "b", "both"] = "a"
    export_movies: tuple[Movie, ...] = ()
    export_premultiplied: bool = False
    export_presets: dict[str, ExportChoices] = {}
    reopen: bool = False
    measure_clip: bool = True
    recent_addresses: tuple[str, ...] = ()
    image_rates: dict[str, Annotated[str, Field(pattern=r"^[1-9]\d*(/[1-9]\d*)?$")]] = {}
    told_runs: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _runtime_apart(cls, values: Any) -> Any:
        """Earlier versions wrote the runtime TensorRT as a device."""
        if isinstance(values, dict) and values.get("device") == "tensorrt":
            return values | {"device": "auto", "backend": "tensorrt"}
        return values

    @property
    def behind(self) -> Behind:
        """What a matte is shown over."""
        return Behind(**{name: getattr(self, f"matte_{name}") for name in Behind.model_fields})

    @staticmethod
    def fields_of(behind: Behind) -> dict[str, object]:
        """The fields of these settings that say so."""
        return {f"matte_{name}": value for name, value in behind}

    def with_changes(self, **fields: object) -> "Settings":
        """These settings with other values in `fields`; what is not named stays.

        Raises ValueError for a field that there is not, or a value that it cannot have.
        """
        unknown = sorted(set(fields) - set(type(self).model_fields))
        if unknown:
            raise ValueError(f"no such setting: {', '.join(unknown)}; there are {', '.join(type(self).model_fields)}")
        return type(self).model_validate({**dict(self), **fields})


def settings_folder() -> Path:
    """Where settings, sessions and the crash sentinel live: $STEADYMASK_HOME, or the system's folder for settings."""
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
    """Replace `settings.json` in `folder`. Touches the disk: call it off the GUI thread. Raises OSError.

    A folder whose name no text can hold (bytes that are no UTF-8) is left out, so that all else is kept.
    """
    unspeakable = {name: "" for name, value in settings if isinstance(value, str) and not _is_unicode(value)}
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / "settings.json", settings.model_copy(update=unspeakable).model_dump_json(indent=2))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
