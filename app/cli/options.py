"""Options that several commands share."""

from typing import Annotated, Literal

import typer

from engine.backends.base import DEFAULT_BACKEND, Device
from engine.backends.table import RUNTIMES, runtime_names

DeviceWord = Literal["auto", "cpu", "cuda", "tensorrt"]
"""What may be typed behind --device: where to run, or the runtime that was once asked for there."""


def _known(backend: str) -> str:
    if backend not in runtime_names():
        raise typer.BadParameter(f"{backend!r} is not one of {', '.join(map(repr, runtime_names()))}.")
    return backend


MethodOption = Annotated[
    str,
    typer.Option(
        "--method", help="Model by its name in the library, the path of an .onnx, or a method such as ema(street)."
    ),
]
FirstMethodOption = Annotated[
    str | None,
    typer.Option(
        "--method",
        help="Model or method for slot A, as the other commands take it.",
        show_default="the one chosen last",
    ),
]
MethodBOption = Annotated[
    str | None,
    typer.Option("--b", help="Method beside it in slot B, such as ema(street, alpha=0.7).", show_default=False),
]
DeviceOption = Annotated[
    DeviceWord,
    typer.Option(help="What to run on. `auto` takes the fastest that is there; `tensorrt` is --backend tensorrt."),
]
BackendOption = Annotated[
    str,
    typer.Option(
        callback=_known,
        metavar=f"<{'|'.join(runtime_names())}>",
        help=f"Runtime: {', '.join(f'{runtime.name} runs {runtime.runs}' for runtime in RUNTIMES)}.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output, nothing else.")]
OverwriteOption = Annotated[
    bool,
    typer.Option("--overwrite", help="Replace files in the way that Steadymask did not write; says which, beforehand."),
]


MATTES = ("prores", "vp9", "ffv1", "png", "h264", "trimap")
"""What else there is of mattes, as it is asked for."""


def _movies(wanted: list[str] | None) -> list[str] | None:
    for each in wanted or ():
        if each not in MATTES:
            raise typer.BadParameter(f"{each!r} is not one of {', '.join(map(repr, MATTES))}.")
    return wanted


BackgroundOption = Annotated[
    str,
    typer.Option(
        metavar="WHAT",
        help="Of mattes, what the overlay video shows: overlay (the person coloured), checkerboard, green, #rrggbb, "
        "blur, alpha, band (its edge alone), or the path of a picture or of a clip, which is looped.",
    ),
]
MatteOption = Annotated[
    list[str] | None,
    typer.Option(
        callback=_movies,
        metavar=f"<{'|'.join(MATTES)}>",
        help="Of mattes, also a movie with alpha (prores: .mov, vp9: .webm, ffv1: .mkv, png: rgba/*.png), h264 over "
        "the --background, or trimap (trimap/*.png) for other matting programs. May be given again and again.",
        show_default=False,
    ),
]
PremultipliedOption = Annotated[
    bool, typer.Option("--premultiplied", help="Multiply the colours there with alpha. [default: straight]")
]


ForegroundOption = Annotated[
    bool,
    typer.Option(
        "--foreground-colours",
        help="Of mattes, estimate the person's own colours at the edge, so that no old background shines through.",
    ),
]


RefineOption = Annotated[
    Literal["closed-form"] | None,
    typer.Option(
        "--refine",
        help="Of mattes, solve alpha along the edge from each frame's colours, for final work: seconds a frame. Needs "
        "steadymask[matting].",
    ),
]


def where(device: DeviceWord, backend: str = DEFAULT_BACKEND) -> tuple[Device, str]:
    """The device and the runtime that are meant. Raises typer.BadParameter where they contradict each other."""
    if device != "tensorrt":
        return device, backend
    if backend not in (DEFAULT_BACKEND, "tensorrt"):
        raise typer.BadParameter(
            f"TensorRT is a runtime, and so is {backend}; leave out --device tensorrt, or --backend {backend}",
            param_hint="--device",
        )
    return "auto", "tensorrt"


def usual_b(a: str) -> str:
    """What stands beside the model `a`: what was trained from it to be consistent, else itself smoothed."""
    from engine.models.library import consistent_of, list_models

    entries = list_models()
    card = next((entry.card for entry in entries if entry.name == a), None)
    return (consistent_of(card, entries) if card is not None else None) or f"ema({a})"
