"""`steadymask send`: masks of a camera or a clip to a virtual camera, until somebody ends it."""

import time
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from app.cli.options import (
    BackendOption,
    BackgroundOption,
    DeviceOption,
    ForegroundOption,
    JsonOption,
    MethodOption,
    where,
)
from app.cli.terminal import DONE, FAILED, console, errors, fail, interrupted, print_json, warn
from engine.backends.base import DEFAULT_BACKEND
from engine.errors import SteadymaskError

if TYPE_CHECKING:
    from engine.results.sending import SendingState

SEND_HELP = """Send CLIP with its masks to a virtual camera, which calls and streams take for a real one, until Ctrl+C.

    A model of mattes shows the person over the --background; with one of classes they are coloured. Nothing is sent of
    a frame that is too late. It needs steadymask[virtual-camera], and on Linux v4l2loopback, on Windows and macOS OBS
    Studio.

    \b
    Examples:
      steadymask send camera:0 --method matte --background blur
      steadymask send talk.mp4 --method matte --background office.jpg --loop
    """

_TOLD_S = 0.5


def send(
    clip: Annotated[str, typer.Argument(help="`camera:0`, a URL, a video or a folder of images.", show_default=False)],
    method: MethodOption = "street",
    device: DeviceOption = "auto",
    backend: BackendOption = DEFAULT_BACKEND,
    opacity: Annotated[float, typer.Option(min=0, max=1, help="Opacity of the masks.")] = 0.5,
    style: Annotated[Literal["fill", "outline"], typer.Option(help="Fill classes, or outline them.")] = "fill",
    background: BackgroundOption = "overlay",
    foreground_colours: ForegroundOption = False,
    loop: Annotated[bool, typer.Option("--loop", help="Play a clip over and over.")] = False,
    as_json: JsonOption = False,
) -> None:
    """See SEND_HELP."""
    from engine.frame_result import FrameResult
    from engine.live.player import Player, PlayerItem
    from engine.methods import make_pool
    from engine.results.drawing import Drawing, Painter
    from engine.results.folder import parts_of
    from engine.results.matte import parse_ground
    from engine.results.sending import Sender
    from engine.video import open_video

    place, runtime = where(device, backend)
    ends: list[BaseException | None] = []
    with errors():
        drawing = Drawing(opacity, style, ground=parse_ground(background), foreground_colours=foreground_colours)
        made_by = make_pool(device=place, backend=runtime).make(method)
        parts_of((), made_by.card, drawing)
        Painter(made_by.card.class_set, drawing).close()  # a picture that cannot be read is told before anything begins
        warn(made_by.report.warning)
        source = open_video(clip)
    rate = None if source.frame_rate is None else float(source.frame_rate)
    sender = Sender(source.size, made_by.card.class_set, drawing, rate)

    def deliver(item: PlayerItem) -> None:
        if isinstance(item, FrameResult):
            sender.put(item)
        else:
            ends.append(item.error)

    begin = time.monotonic()
    player = Player(source, deliver, made_by)
    player.set_loop(loop)
    player.play()
    try:
        with interrupted() as stopped, console.status("opens the virtual camera") as line:
            while not stopped() and not ends and sender.state.running:
                line.update(_told(sender.state))
                time.sleep(_TOLD_S)
    finally:
        player.close()
        sender.stop()
        made_by.close()
    state = sender.state
    error = state.error or next((str(each) for each in ends if each is not None), None)
    if error is not None:
        fail(SteadymaskError(error))
    if as_json:
        print_json(
            {
                "clip": clip,
                "method": made_by.name,
                "device": state.device,
                "size": state.size,
                "sent": state.sent,
                "dropped": state.dropped,
                "seconds": round(time.monotonic() - begin, 2),
                "error": error,
            }
        )
    elif state.device:
        console.print(f"{state.sent} pictures sent to {state.device}", markup=False)
    raise typer.Exit(DONE if error is None else FAILED)


def _told(state: "SendingState") -> str:
    """How it goes, in one line."""
    if not state.device:
        return "opens the virtual camera"
    rate = "" if state.rate is None else f", {state.rate:.0f} a second"
    return f"{state.size[0]}×{state.size[1]}{rate}, {state.sent} sent, {state.dropped} left out → {state.device}"
