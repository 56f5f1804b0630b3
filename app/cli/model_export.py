"""`steadymask models export`: a bundle as other files. Wires only; what is done is in `engine.exporting`."""

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from app.cli.options import JsonOption, OverwriteOption
from app.cli.terminal import (
    DONE,
    FAILED,
    console,
    errors,
    interrupted,
    print_json,
    progress_bars,
    progress_of,
    shown,
    warn_of,
)
from engine.errors import Cancelled

NOT_FAITHFUL = 3
"""Exit status of an export that was written, and does not do what it was made from."""

EXPORT_HELP = """Write a model in another form or precision, with a report on what became of its masks.

    TO is a folder, or the .onnx to write; a .safetensors (where the model has one) and NAME.parity.json stand beside
    it. --graph own is a model for Steadymask: import it, or use it by its path. --graph plain is for other tools: a
    float picture in, logits out, normalisation inside; the file says so itself.

    int8 takes its ranges from 16 frames that are drawn from the clip. The report holds both models against each other
    on the clip: pixels of the same class, largest logit difference, flicker, tc, latency. Its first line says so where
    the export flickers over 5 % more, gives another class on over 1 % of the pixels, or loses a class.

    The exit status is 0, 3 where the report is bad (the files are there all the same), 1 when nothing was written.

    \b
    Examples:
      steadymask models export street --to out --precision int8 --clip drive.mp4
      steadymask models export street --to out --graph plain --precision fp16
    """


def export(
    name: Annotated[str, typer.Argument(help="Model by its name in the library, or the path of an .onnx.")],
    to: Annotated[Path, typer.Option("--to", help="Folder for the files, or the .onnx to write.")],
    graph: Annotated[Literal["own", "plain"], typer.Option(help="For Steadymask, or for other tools.")] = "own",
    precision: Annotated[Literal["fp32", "fp16", "int8"], typer.Option(help="What the network computes in.")] = "fp32",
    clip: Annotated[
        str | None,
        typer.Option(
            "--clip", help="Video or folder of images to calibrate and judge on.", show_default="the bundled one"
        ),
    ] = None,
    frames: Annotated[int, typer.Option(min=2, help="How many of the clip's first frames are judged.")] = 100,
    device: Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="What to judge on.")] = "auto",
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """`steadymask models export`; its help is EXPORT_HELP."""
    from engine.exporting.export import export_model
    from engine.exporting.wanted import Wanted
    from resources import DEMO_CLIP

    wanted = Wanted(
        model=name,
        to=to,
        graph=graph,
        precision=precision,
        clip=clip or str(DEMO_CLIP),
        frames=frames,
        device=device,
        replaces=None if overwrite else frozenset(),
    )
    with errors(), progress_bars() as bars, interrupted() as stopped:
        bar = bars.add_task(f"{name}, {precision}", total=None)
        try:
            report = export_model(wanted, told=warn_of, progress=progress_of(bars, bar), cancelled=stopped)
        except Cancelled as error:
            console.print("Stopped. Nothing was written.")
            raise typer.Exit(FAILED) from error
    if as_json:
        print_json(report.as_json())
    else:
        out = Console(highlight=False, soft_wrap=True)
        for line in (report.sentence, *report.remarks):
            out.print(shown(line), markup=False)
        table = Table(f"{report.frames} frames of {shown(report.clip)}, {report.device}", "before", "after")
        for row in report.rows():
            table.add_row(*row)
        out.print(table)
        if report.contract_text:
            out.print(shown(report.contract_text), markup=False)
        for file in report.files:
            out.print(f"written: {shown(file)}", markup=False)
    if clip is None:
        console.print(f"Judged on the bundled clip, {DEMO_CLIP.name}; --clip takes one of your own.", markup=False)
    if graph == "own" and not as_json:
        first = report.files[0]
        console.print(f"Beside the original: --b {shown(first)}; steadymask models import takes it in.", markup=False)
    raise typer.Exit(DONE if report.good else NOT_FAITHFUL)
