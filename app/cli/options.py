"""Options that several commands share."""

from typing import Annotated

import typer

from engine.backends.base import Backend, Device

MethodOption = Annotated[
    str,
    typer.Option(
        "--method", help="Model by its name in the library, the path of an .onnx, or a method such as ema(street)."
    ),
]
MethodBOption = Annotated[
    str | None,
    typer.Option("--b", help="Method beside it in slot B, such as ema(street, alpha=0.7).", show_default=False),
]
DeviceOption = Annotated[Device, typer.Option(help="What to run on. `auto` takes the fastest that is there.")]
BackendOption = Annotated[
    Backend, typer.Option(help="Runtime: onnxruntime runs the .onnx, torch the weights that were trained.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output, nothing else.")]
