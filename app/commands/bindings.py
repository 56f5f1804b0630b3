"""What every command of the table does in the window."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from app.compare.comparing import MODES

if TYPE_CHECKING:
    from app.main_window import MainWindow

_PAN = 0.1  # of what is in view
_OPACITY = 10  # percent points
_WIPE = 0.05  # of the picture's width in the window
_FASTER = (0.25, 0.5, 1.0, 2.0, 4.0)


def bind(window: "MainWindow") -> dict[str, Callable[[], object]]:
    """Give every command of this window what it does, by its id in `app.shortcuts.COMMANDS`."""
    clip, view, looks, ask = window.controller, window.view, window.looks, window.opening
    play = clip.playhead
    compare = window.comparing
    demo: dict[str, Callable[[], object]] = {"open-demo": window.open_demo} if window.demo is not None else {}
    return demo | {
        "open-file": ask.ask_file,
        "open-folder": ask.ask_folder,
        "open-camera": ask.ask_camera,
        "open-stream": ask.ask_address,
        "reconnect": clip.reopen,
        "close-clip": clip.close_clip,
        "models": window.modelling.show_library,
        "import-model": window.modelling.ask_import,
        "model-card": window.modelling.show_card,
        "preferences": window.assistance.show_preferences,
        "shortcuts": window.assistance.show_keys,
        "guide": window.assistance.show_guide,
        "copy-report": window.assistance.copy_report,
        "show-log": window.assistance.show_log,
        "about": window.assistance.show_about,
        "export": window.exporting.ask,
        "report": window.exporting.ask_report,
        "record": window.exporting.toggle_recording,
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
        "loop": lambda: play.set_loop(not play.loop),
        "mark-in": play.mark_in,
        "mark-out": play.mark_out,
        "clear-range": lambda: play.set_range(None),
        "show-masks": lambda: looks.show_masks(not window.settings.masks_shown),
        "outline": lambda: looks.show_outlines(window.settings.style == "fill"),
        "more-opacity": lambda: looks.change_opacity(_OPACITY),
        "less-opacity": lambda: looks.change_opacity(-_OPACITY),
        "all-classes": window.classes.show_all,
        "fit": view.fit,
        "actual-size": view.actual_size,
        "zoom-in": lambda: view.zoom(1),
        "zoom-out": lambda: view.zoom(-1),
        "pan-left": lambda: view.pan(-_PAN, 0),
        "pan-right": lambda: view.pan(_PAN, 0),
        "pan-up": lambda: view.pan(0, -_PAN),
        "pan-down": lambda: view.pan(0, _PAN),
        "dock-classes": lambda: _toggle_dock(window, "Classes"),
        "dock-model": lambda: _toggle_dock(window, "Model"),
        "dock-compare": lambda: _toggle_dock(window, "Compare"),
        "dock-curves": lambda: _toggle_dock(window, "Curves"),
        **{f"view-{mode}": partial(compare.set_mode, mode) for mode in MODES},
        "wipe-left": lambda: view.move_divider(view.divider - _WIPE),
        "wipe-right": lambda: view.move_divider(view.divider + _WIPE),
        "swap": compare.swap,
        "clear-b": lambda: clip.b.use(None),
        "next-moment": lambda: window.measuring.go_to_moment(1),
        "previous-moment": lambda: window.measuring.go_to_moment(-1),
        "pin-span": window.curves.bar.pin_button.click,
        "measure-clip": window.measuring.toggle_measure_clip,
        "reset-layout": window.docks.reset,
        "full-screen": lambda: window.setWindowState(window.windowState() ^ Qt.WindowState.WindowFullScreen),
    }


def _next_speed(speed: float, way: int) -> float:
    """The next of the usual speeds, in the same direction of play."""
    amount = abs(speed)
    choices = [each for each in _FASTER if (each - amount) * way > 1e-6]
    chosen = (min(choices) if way > 0 else max(choices)) if choices else amount
    return -chosen if speed < 0 else chosen


def _toggle_dock(window: "MainWindow", title: str) -> None:
    dock = window.docks[title]
    dock.setVisible(dock.isHidden())
