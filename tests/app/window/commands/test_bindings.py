"""What every command does, on fakes: no window is made."""

from types import SimpleNamespace
from unittest.mock import Mock, call

import pytest

from app.commands.bindings import Parts, bind
from app.settings import Settings
from app.shortcuts import COMMANDS

IDS = {command.id for command in COMMANDS}


def fakes(**parts: object) -> Parts:
    """Parts that take down what is asked of them; `parts` in the place of some."""
    made = {name: parts.get(name, Mock(name=name)) for name in Parts.__dataclass_fields__}
    return Parts(**made)  # type: ignore[arg-type]


def test_every_command_of_the_table_does_something() -> None:
    assert set(bind(fakes())) == IDS
    assert set(bind(fakes(open_demo=None))) == IDS - {"open-demo"}


def test_every_command_runs_on_these_parts_alone() -> None:
    parts = fakes(
        controller=Mock(playhead=Mock(speed=1.0, loop=False)),
        view=Mock(divider=0.5),
        store=SimpleNamespace(settings=Settings()),
    )
    for run in bind(parts).values():
        run()
    parts.alone.toggle.assert_called_once_with()
    parts.window.close.assert_called_once_with()
    parts.open_demo.assert_called_once_with()
    parts.docks.reset.assert_called_once_with()
    toggled = [call("Classes"), call("Model"), call("Compare"), call("Curves")]
    assert parts.docks.toggle.mock_calls == toggled


def test_playing_goes_to_the_controller() -> None:
    parts = fakes()
    commands = bind(parts)
    for command_id in ("play", "next-10", "backward", "stop", "clear-range", "clear-b"):
        commands[command_id]()
    assert parts.controller.mock_calls == [
        call.playhead.toggle(),
        call.playhead.step(10),
        call.playhead.shuttle(-1),
        call.playhead.shuttle(0),
        call.playhead.set_range(None),
        call.b.use(None),
    ]


@pytest.mark.parametrize(
    ("speed", "faster", "slower"),
    [(1.0, 2.0, 0.5), (4.0, 4.0, 2.0), (0.25, 0.5, 0.25), (-1.0, -2.0, -0.5), (0.7, 1.0, 0.5)],
)
def test_speed_goes_through_the_usual_ones_in_its_direction(speed: float, faster: float, slower: float) -> None:
    parts = fakes(controller=Mock(playhead=Mock(speed=speed)))
    commands = bind(parts)
    commands["faster"]()
    commands["slower"]()
    assert parts.controller.playhead.mock_calls == [call.set_speed(faster), call.set_speed(slower)]


def test_what_can_be_on_or_off_looks_at_how_it_is_when_it_is_asked_for() -> None:
    store = SimpleNamespace(settings=Settings())
    parts = fakes(store=store, controller=Mock(playhead=Mock(loop=True)))
    commands = bind(parts)
    commands["show-masks"]()
    commands["outline"]()
    store.settings = Settings(masks_shown=False, style="outline")
    commands["show-masks"]()
    commands["outline"]()
    commands["loop"]()
    assert parts.looks.mock_calls == [
        call.show_masks(False),
        call.show_outlines(True),
        call.show_masks(True),
        call.show_outlines(False),
    ]
    assert parts.controller.playhead.mock_calls == [call.set_loop(False)]


@pytest.mark.parametrize(
    ("command_id", "part", "asked"),
    [
        ("open-stream", "opening", call.ask_address()),
        ("view-wipe", "comparing", call.set_mode("wipe")),
        ("next-moment", "measuring", call.go_to_moment(1)),
        ("previous-moment", "measuring", call.go_to_moment(-1)),
        ("record", "exporting", call.toggle_recording()),
        ("import-model", "modelling", call.ask_import()),
        ("copy-report", "assistance", call.copy_report()),
        ("more-opacity", "looks", call.change_opacity(10)),
        ("all-classes", "looks", call.show_all()),
        ("pin-span", "curves", call.bar.pin_button.click()),
        ("pan-left", "view", call.pan(-0.1, 0)),
    ],
)
def test_a_command_asks_the_part_that_can_do_it(command_id: str, part: str, asked: object) -> None:
    parts = fakes()
    bind(parts)[command_id]()
    assert getattr(parts, part).mock_calls == [asked]
