"""Every command of the window, once: what it is called, where it stands, which keys start it. No Qt.

The menu bar, the help sheet and the page that changes keys are made from this table; what a command does is bound to
its id by the window.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    id: stable name, for settings. menu: where it stands. text: as the menu shows it. keys: shortcuts as people write
    them (`Ctrl+O`), the first one is shown. icon: of `resources/icons`. gap: a line above it. hint: a sentence that
    tells more than its name, for the help sheet.
    """

    id: str
    menu: str
    text: str
    keys: tuple[str, ...] = ()
    icon: str | None = None
    checkable: bool = False
    gap: bool = False
    hint: str = ""


COMMANDS: tuple[Command, ...] = (
    Command("open-file", "File", "Open a video…", ("Ctrl+O",), "open"),
    Command("open-folder", "File", "Open a folder of images…", ("Ctrl+Shift+O",), "folder"),
    Command("open-camera", "File", "Open a camera…", ("Ctrl+K",), "camera"),
    Command("open-stream", "File", "Open a stream…", ("Ctrl+U",), "stream"),
    Command("open-demo", "File", "Open the bundled clip", ("Ctrl+D",), "clip"),
    Command("reconnect", "File", "Open again", ("Ctrl+R",), "reconnect", hint="Connects anew to a camera or stream"),
    Command("close-clip", "File", "Close the clip", ("Ctrl+W",), gap=True),
    Command("export", "File", "Export…", ("Ctrl+E",), "export", gap=True, hint="Masks, overlay video and table"),
    Command(
        "report", "File", "Write a comparison…", ("Ctrl+Shift+E",), "report", hint="Video, curves and a page on A and B"
    ),
    Command(
        "record",
        "File",
        "Record",
        ("Ctrl+Shift+R",),
        "record",
        checkable=True,
        hint="Records the masks of A",
    ),
    Command(
        "send",
        "File",
        "Send to a virtual camera",
        icon="send",
        checkable=True,
        hint="For calls and streams: A, over what stands behind it",
    ),
    Command("copy-frame", "File", "Copy the frame", ("Ctrl+C",), "copy", gap=True, hint="As it is seen, as a picture"),
    Command("save-frame", "File", "Save the frame…", ("Ctrl+S",), hint="As it is seen, without masks, or a mask"),
    Command("preferences", "File", "Preferences…", ("Ctrl+,",), "settings", gap=True),
    Command("quit", "File", "Quit", ("Ctrl+Q",)),
    Command("play", "Playback", "Play or pause", ("Space",), "play"),
    Command("backward", "Playback", "Play backwards", ("J",), hint="Again for twice, four times the speed"),
    Command("stop", "Playback", "Stop", ("K",), hint="Pauses at the frame shown"),
    Command("forward", "Playback", "Play forwards", ("L",), hint="Again for twice, four times the speed"),
    Command("next", "Playback", "One frame on", ("Right",), "next", gap=True),
    Command("previous", "Playback", "One frame back", ("Left",), "previous"),
    Command("next-10", "Playback", "Ten frames on", ("Shift+Right",)),
    Command("previous-10", "Playback", "Ten frames back", ("Shift+Left",)),
    Command("first", "Playback", "First frame", ("Home",), "first"),
    Command("last", "Playback", "Last frame", ("End",), "last"),
    Command("goto", "Playback", "Go to frame or time…", ("G",), "goto"),
    Command("slower", "Playback", "Slower", ("[",), gap=True),
    Command("faster", "Playback", "Faster", ("]",), "speed"),
    Command("normal-speed", "Playback", "Normal speed", ("\\",)),
    Command("image-rate", "Playback", "Frame rate of the images…", (), hint="How many of a folder make a second"),
    Command("loop", "Playback", "Loop", ("Ctrl+L",), "loop", checkable=True),
    Command("mark-in", "Playback", "Set in", ("I",), "in", gap=True, hint="Playing and exports begin here"),
    Command("mark-out", "Playback", "Set out", ("O",), "out", hint="Playing and exports end here"),
    Command("clear-range", "Playback", "Clear in and out", ("Alt+I",)),
    Command("marker", "Playback", "Set or remove a marker", ("M",), "pin", gap=True, hint="At the frame shown"),
    Command("name-marker", "Playback", "Name the marker…", ("Shift+M",), hint="Sets one where there is none"),
    Command("next-marker", "Playback", "Next marker", (".",)),
    Command("previous-marker", "Playback", "Previous marker", (",",)),
    Command("show-masks", "View", "Show masks", ("H",), "eye", checkable=True),
    Command("outline", "View", "Outlines only", ("B",), "outline", checkable=True),
    Command("more-opacity", "View", "More opaque", ("Ctrl+Up",)),
    Command("less-opacity", "View", "Less opaque", ("Ctrl+Down",)),
    Command("next-ground", "View", "Next background", ("Shift+B",), hint="Of a matte: green, blurred, grey"),
    Command("all-classes", "View", "Show all classes", ("Shift+A",)),
    Command("fit", "View", "Fit the picture", ("F", "Ctrl+0"), "fit", gap=True),
    Command("actual-size", "View", "Actual size", ("Ctrl+1",), "actual"),
    Command("zoom-in", "View", "Zoom in", ("+", "=", "Ctrl++"), "plus"),
    Command("zoom-out", "View", "Zoom out", ("-", "Ctrl+-"), "minus"),
    Command("pan-left", "View", "Move left", ("Alt+Left",), hint="Moves the picture in the window"),
    Command("pan-right", "View", "Move right", ("Alt+Right",)),
    Command("pan-up", "View", "Move up", ("Alt+Up",)),
    Command("pan-down", "View", "Move down", ("Alt+Down",)),
    Command(
        "context-menu", "View", "Menu of the picture", ("Shift+F10",), hint="Of the timeline where that has the focus"
    ),
    Command("dock-classes", "View", "Classes", ("F2",), checkable=True, gap=True),
    Command("dock-model", "View", "Model", ("F3",), checkable=True),
    Command("dock-compare", "View", "Compare", ("F4",), checkable=True),
    Command("dock-curves", "View", "Curves", ("F10",), checkable=True),
    Command("reset-layout", "View", "Reset the layout"),
    Command(
        "full-screen", "View", "The picture alone", ("F11",), checkable=True, hint="All else steps aside; Esc ends it"
    ),
    Command("view-single", "Compare", "One method", ("F5",), "view-single", checkable=True, hint="A; again for B"),
    Command("view-side", "Compare", "Side by side", ("F6",), "view-side", checkable=True, hint="A left, B right"),
    Command("view-wipe", "Compare", "Wipe", ("F7", "A"), "view-wipe", checkable=True, hint="Drag the line"),
    Command(
        "view-difference", "Compare", "Difference", ("F8",), "view-difference", checkable=True, hint="Where they differ"
    ),
    Command("view-flicker", "Compare", "Flicker map", ("F9",), "view-flicker", checkable=True, hint="Where masks flip"),
    Command("wipe-left", "Compare", "Line to the left", ("Ctrl+Left",), hint="Moves the line of the wipe"),
    Command("wipe-right", "Compare", "Line to the right", ("Ctrl+Right",)),
    Command("swap", "Compare", "Swap A and B", ("X",), "swap", gap=True),
    Command("clear-b", "Compare", "Empty slot B", ()),
    Command("next-moment", "Compare", "Next worst moment", ("N",), gap=True, hint="Where masks flicker most"),
    Command("previous-moment", "Compare", "Previous worst moment", ("Shift+N",)),
    Command("pin-span", "Compare", "Pin a span", ("P",), checkable=True, hint="The readout looks at it alone"),
    Command("measure-clip", "Compare", "Measure the whole clip", (), checkable=True, hint="In the background"),
    Command("models", "Models", "Models…", ("Ctrl+M",), "model", hint="The library: cards, import, removal"),
    Command("import-model", "Models", "Import a model…", ("Ctrl+I",), "import"),
    Command("model-card", "Models", "Card of this model…", ("Ctrl+Shift+M",), "info"),
    Command(
        "steady", "Models", "Make A steady…", ("Ctrl+T",), "steady", gap=True, hint="On your clips, without labels"
    ),
    Command("shortcuts", "Help", "Keyboard shortcuts", ("F1", "?"), "keyboard"),
    Command("guide", "Help", "Guide", (), "help"),
    Command("measures", "Help", "What the numbers mean", (), hint="Flicker, tc, lag, and what is noise"),
    Command("copy-report", "Help", "Copy report", (), "copy", gap=True, hint="What to send with a question"),
    Command("show-log", "Help", "Show the log", ()),
    Command("about", "Help", "About Steadymask", (), "info", gap=True),
)

_FIRST = (
    ("play", "plays and pauses"),
    ("next", "steps"),
    ("mark-in", "sets in"),
    ("shortcuts", "shows all keys"),
)


class ShortcutConflict(ValueError):
    """A key is already another command's. key: the key; other: that command."""

    def __init__(self, key: str, other: Command) -> None:
        super().__init__(f"{key} already starts “{other.text.rstrip('…')}”; take it from there first")
        self.key = key
        self.other = other


class Shortcuts:
    """The keys of every command: those of the table, or a person's own."""

    def __init__(self, overrides: Mapping[str, tuple[str, ...]] | None = None) -> None:
        """overrides: keys by command id. Unknown commands, and keys that another command has by now, are left out."""
        known = {command_id: keys for command_id, keys in (overrides or {}).items() if command_id in _BY_ID}
        # First nobody has what changed hands, so that two commands can have swapped their keys.
        self._overrides: dict[str, tuple[str, ...]] = dict.fromkeys(known, ())
        for command_id, keys in known.items():
            self._overrides[command_id] = tuple(key for key in keys if self.owner(key) is None)

    @property
    def overrides(self) -> dict[str, tuple[str, ...]]:
        """What differs from the table, for the settings."""
        return dict(self._overrides)

    def keys(self, command_id: str) -> tuple[str, ...]:
        """The keys of a command, the one to show first. Raises KeyError for an unknown id."""
        return self._overrides.get(command_id, _BY_ID[command_id].keys)

    def owner(self, key: str) -> Command | None:
        """The command that `key` starts, or None."""
        wanted = key.casefold()
        return next((c for c in COMMANDS if wanted in (k.casefold() for k in self.keys(c.id))), None)

    def first_steps(self) -> str:
        """One line of the keys to know first, those left out that a person has taken away."""
        keys = [(self.keys(command_id), does) for command_id, does in _FIRST]
        return " · ".join(f"{key[0]} {does}" for key, does in keys if key)

    def rebind(self, command_id: str, keys: tuple[str, ...]) -> None:
        """Give a command these keys in place of its own, or none.

        Raises ShortcutConflict when another command has one of them (nothing has changed then), KeyError for an
        unknown id.
        """
        for key in keys:
            other = self.owner(key)
            if other is not None and other.id != command_id:
                raise ShortcutConflict(key, other)
        if keys == _BY_ID[command_id].keys:
            self._overrides.pop(command_id, None)
        else:
            self._overrides[command_id] = keys

    def reset(self, command_id: str | None = None) -> None:
        """Back to the keys of the table, for one command or for all.

        Raises ShortcutConflict when another command was given one of them meanwhile.
        """
        if command_id is None:
            self._overrides.clear()
        else:
            self.rebind(command_id, _BY_ID[command_id].keys)


_BY_ID = {command.id: command for command in COMMANDS}


def command(command_id: str) -> Command:
    """The command with this id. Raises KeyError."""
    return _BY_ID[command_id]
