"""What every command of the table does in the window."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtWidgets import QWidget

from app.assistance import Assistance
from app.compare.comparing import MODES, Comparing
from app.curves.measuring import Measuring
from app.curves.panel import CurvesPanel
from app.dialogs.opening import Opening
from app.export.exporting import Exporting
from app.markers.markers import Markers
from app.mattes.grounds import Grounds
from app.menus.context import ContextMenus
from app.models.modelling import Modelling
from app.player.controller import Controller
from app.settings.store import SettingsStore
from app.stills.saving import FrameSaving
from app.training.steadying import Steadying
from app.views.alone import PictureAlone
from app.views.class_panel import ClassPanel
from app.views.compare_view import CompareView
from app.views.docks import Docks
from app.views.looks import Looks

_PAN = 0.1  # of what is in view
_OPACITY = 10  # percent points
_WIPE = 0.05  # of the picture's width in the window
_FASTER = (0.25, 0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True, slots=True)
class Parts:
    """What commands act upon.

    window: is closed. open_demo: opens the bundled clip; None where it is not there.
    """

    window: QWidget
    controller: Controller
    store: SettingsStore
    view: CompareView
    classes: ClassPanel
    curves: CurvesPanel
    docks: Docks
    looks: Looks
    grounds: Grounds
    opening: Opening
    comparing: Comparing
    measuring: Measuring
    exporting: Exporting
    modelling: Modelling
    steadying: Steadying
    assistance: Assistance
    alone: PictureAlone
    markers: Markers
    saving: FrameSaving
    menus: ContextMenus
    open_demo: Callable[[], object] | None


def bind(parts: Parts) -> dict[str, Callable[[], object]]:
    """Give every command what it does, by its id in `app.shortcuts.COMMANDS`."""
    clip, view, looks, ask = parts.controller, parts.view, parts.looks, parts.opening
    play = clip.playhead
    compare, window = parts.comparing, parts.window
    demo: dict[str, Callable[[], object]] = {} if parts.open_demo is None else {"open-demo": parts.open_demo}
    return demo | {
        "open-file": ask.ask_file,
        "open-folder": ask.ask_folder,
        "open-camera": ask.ask_camera,
        "open-stream": ask.ask_address,
        "reconnect": clip.reopen,
        "close-clip": clip.close_clip,
        "models": parts.modelling.show_library,
        "import-model": parts.modelling.ask_import,
        "model-card": parts.modelling.show_card,
        "copy-frame": parts.saving.copy,
        "save-frame": parts.saving.ask,
        "marker": parts.markers.toggle,
        "name-marker": parts.markers.ask_name,
        "next-marker": lambda: parts.markers.go(1),
        "previous-marker": lambda: parts.markers.go(-1),
        "context-menu": parts.menus.show,
        "steady": parts.steadying.open_sheet,
        "preferences": parts.assistance.show_preferences,
        "shortcuts": parts.assistance.show_keys,
        "guide": parts.assistance.show_guide,
        "measures": parts.assistance.show_measures,
        "copy-report": parts.assistance.copy_report,
        "show-log": parts.assistance.show_log,
        "about": parts.assistance.show_about,
        "export": parts.exporting.ask,
        "report": parts.exporting.ask_report,
        "record": parts.exporting.toggle_recording,
        "send": parts.exporting.sending.toggle,
        "quit": window.close,
        "play": play.toggle,
        "backward": lambda: play.shuttle(-1),
        "stop": lambda: play.shuttle(0),
        "forward": lambda: play.shuttle(1),
        "next": lambda: play.step(1),
        "previous": lambda: play.step(-1),
        "next-10": lambda: play.step(10),
        "previous-10": lambda: play.step(-10),
        "first": play.seek_start,
        "last": play.seek_end,
        "goto": ask.ask_place,
        "slower": lambda: play.set_speed(_next_speed(play.speed, -1)),
        "faster": lambda: play.set_speed(_next_speed(play.speed, 1)),
        "normal-speed": lambda: play.set_speed(1.0),
        "image-rate": ask.rate.ask,
        "loop": lambda: play.set_loop(not play.loop),
        "mark-in": play.mark_in,
        "mark-out": play.mark_out,
        "clear-range": lambda: play.set_range(None),
        "show-masks": lambda: looks.show_masks(not parts.store.settings.masks_shown),
        "outline": lambda: looks.show_outlines(parts.store.settings.style == "fill"),
        "more-opacity": lambda: looks.change_opacity(_OPACITY),
        "less-opacity": lambda: looks.change_opacity(-_OPACITY),
        "next-ground": parts.grounds.go_on,
        "all-classes": looks.show_all,
        "fit": view.fit,
        "actual-size": view.actual_size,
        "zoom-in": lambda: view.zoom(1),
        "zoom-out": lambda: view.zoom(-1),
        "pan-left": lambda: view.pan(-_PAN, 0),
        "pan-right": lambda: view.pan(_PAN, 0),
        "pan-up": lambda: view.pan(0, -_PAN),
        "pan-down": lambda: view.pan(0, _PAN),
        "dock-classes": partial(parts.docks.toggle, "Classes"),
        "dock-model": partial(parts.docks.toggle, "Model"),
        "dock-compare": partial(parts.docks.toggle, "Compare"),
        "dock-curves": partial(parts.docks.toggle, "Curves"),
        **{f"view-{mode}": partial(compare.set_mode, mode) for mode in MODES},
        "wipe-left": lambda: view.move_divider(view.divider - _WIPE),
        "wipe-right": lambda: view.move_divider(view.divider + _WIPE),
        "swap": compare.swap,
        "clear-b": lambda: clip.b.use(None),
        "next-moment": lambda: parts.measuring.go_to_moment(1),
        "previous-moment": lambda: parts.measuring.go_to_moment(-1),
        "pin-span": parts.curves.bar.pin_button.click,
        "measure-clip": parts.measuring.toggle_measure_clip,
        "reset-layout": parts.docks.reset,
        "full-screen": parts.alone.toggle,
    }


def _next_speed(speed: float, way: int) -> float:
    """The next of the usual speeds, in the same direction of play."""
    amount = abs(speed)
    choices = [each for each in _FASTER if (each - amount) * way > 1e-6]
    chosen = (min(choices) if way > 0 else max(choices)) if choices else amount
    return -chosen if speed < 0 else chosen
