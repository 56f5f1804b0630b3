"""`steadymask models …`: the library on the command line. Wires only; what is done is in `engine.models`."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from app.cli.hub import hub_progress
from app.cli.model_export import EXPORT_HELP, export
from app.cli.model_report import print_understood, summary, write_picture
from app.cli.options import JsonOption, OverwriteOption
from app.cli.terminal import console, errors, print_json, replacing, shown, warn
from app.models.facts import facts, size
from app.models.numbers import Triple, pixels, triple
from engine.tasks import TaskName

AllOption = Annotated[bool, typer.Option("--all", help="Also those that nobody needs to choose from.")]
NameArgument = Annotated[str, typer.Argument(help="The model's name in the library.", show_default=False)]

models = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="""The library: bundled models, and your own.

    \b
    Examples:
      steadymask models list
      steadymask models import person.onnx --name person --mean 0 --std 255 --preview talk.mp4 --preview-out look.png
      steadymask models import person.onnx --name matte --mean 0 --std 255 --task matting
      steadymask models export street --to out --precision int8 --clip drive.mp4
      steadymask models remove person
    """,
)
models.command(help=EXPORT_HELP)(export)


def _triple(text: str) -> Triple:
    return _read(text, positive=False)


def _positive(text: str) -> Triple:
    return _read(text, positive=True)


def _read(text: str, *, positive: bool) -> Triple:
    try:
        return triple(text, positive=positive)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _size(text: str) -> tuple[int, int]:
    try:
        return pixels(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _names(text: str) -> tuple[str, ...]:
    """Class names with commas between."""
    names = tuple(part.strip() for part in text.split(","))
    if not all(names) or len(set(names)) != len(names):
        raise typer.BadParameter(f"{text!r} must be different names with commas between, like background,person")
    return names


@models.command("list")
def list_command(everything: AllOption = False, as_json: JsonOption = False) -> None:
    """List the models that --method takes by name."""
    from engine.models.library import Library

    with errors(), Library() as library:
        entries = [entry for entry in library.entries() if entry.listed or everything]
        folder = library.folder
    if as_json:
        print_json({"folder": str(folder), "models": [summary(entry) for entry in entries]})
        return
    table = Table("model", "origin", "classes", "input", "licence")
    for entry in entries:
        if entry.card is None:
            table.add_row(escape(shown(entry.name)), entry.origin, "", "", "broken, see below")
        else:
            card = entry.card
            row = (entry.name, entry.origin, str(len(card.class_set)), size(card), shown(card.licence))
            table.add_row(*map(escape, row))
    Console().print(table)
    for entry in entries:
        if entry.card is not None and entry.card.summary:
            Console().print(shown(f"{entry.name}: {entry.card.summary}"), markup=False, highlight=False, soft_wrap=True)
    console.print(f"Your own models are in {shown(str(folder))}", markup=False)
    for entry in entries:
        if entry.broken is not None:
            warn(shown(f"{entry.name}: {entry.broken}"))


@models.command()
def show(name: NameArgument, as_json: JsonOption = False) -> None:
    """Show what is known of a model: its classes, licence, origin, and what was measured of exactly these weights."""
    from engine.errors import ModelError
    from engine.models.library import Library

    with errors(), Library() as library:
        entry = library.entry(name)
        card = entry.card
        if card is None:
            raise ModelError(entry.broken or f"{entry.path} has no card")
    if as_json:
        print_json({**summary(entry), "card": card.model_dump(mode="json", exclude={"measurements"})})
        return
    table = Table("field", Column("value", overflow="fold"), title=f"{name}, version {shown(card.version)}")
    for field, value in facts(card).items():
        table.add_row(field, escape(shown(value)))
    for path in entry.files():
        table.add_row("file", escape(shown(str(path))))
    Console().print(table)
    measured = Table("measure", "value", "measured on", "with")
    for m in card.current_measurements():
        measured.add_row(*(escape(shown(text)) for text in (m.measure, f"{m.value:g} ({m.unit})", m.data, m.command)))
    if measured.row_count:
        Console().print(measured)
    else:
        console.print("Nothing was measured of these weights.")


@models.command("import")
def import_command(
    file: Annotated[
        Path,
        typer.Argument(
            help="An .onnx of any origin, a bundle of ours, the folder of a Hugging Face model, or its name there.",
            show_default=False,
        ),
    ],
    name: Annotated[
        str | None,
        typer.Option(
            "--name",
            help="What to call it: a-z, 0-9, `_`, `.` and `-`. A Hugging Face model has a name.",
            show_default=False,
        ),
    ] = None,
    classes: Annotated[
        Any, typer.Option(parser=_names, metavar="A,B,…", help="Class names in the order of their ids.")
    ] = None,
    layout: Annotated[Literal["nchw", "nhwc"] | None, typer.Option(help="Order of the input's axes.")] = None,
    channels: Annotated[Literal["rgb", "bgr"] | None, typer.Option(help="Order of the input's colours.")] = None,
    mean: Annotated[
        Any, typer.Option(parser=_triple, metavar="M|R,G,B", help="Of pixels 0..255, in the file's order of channels.")
    ] = None,
    std: Annotated[
        Any, typer.Option(parser=_positive, metavar="S|R,G,B", help="As --mean: input = (pixel − mean) / std × scale.")
    ] = None,
    scale: Annotated[float | None, typer.Option(min=1e-9, help="Factor after mean and std. [default: 1]")] = None,
    output: Annotated[
        Literal["logits", "softmax", "sigmoid", "classes"] | None, typer.Option(help="What the output holds.")
    ] = None,
    output_name: Annotated[
        str | None, typer.Option("--output-name", help="Of several outputs, the one that tells the classes.")
    ] = None,
    input_size: Annotated[
        Any,
        typer.Option(
            "--input-size", parser=_size, metavar="WxH", help="What to give a network whose file does not say its size."
        ),
    ] = None,
    task: Annotated[
        TaskName,
        typer.Option(help="What it is for: classes, or a matte where its one channel tells how much is person."),
    ] = "semantic",
    downsample_ratio: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            max=1,
            help="Of a recurrent model, how far it shrinks frames within itself. [default: longer side to 512]",
        ),
    ] = None,
    licence: Annotated[str | None, typer.Option(help="The model's terms, for its card.")] = None,
    preview: Annotated[str | None, typer.Option(help="Clip to try it on. [default: the bundled one]")] = None,
    preview_out: Annotated[Path | None, typer.Option(help="Write the picture of the trial to this PNG.")] = None,
    memory: Annotated[
        float | None,
        typer.Option(
            min=0.5,
            help="GB of memory that looking at it may take.",
            show_default="1, for a Hugging Face model 12",
        ),
    ] = None,
    overwrite: OverwriteOption = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be imported; add nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Look at FILE in a process of its own, wrap it, run it on a picture, show what was understood, and add it.

    What is not stated is guessed where the file allows it, and said to be. For a network that takes pixels of 0..1,
    give --mean 0 --std 255. A bundle of ours needs nothing but --name.

    A recurrent network in the form of RobustVideoMatting (states r1i … in and r1o … out, alpha as pha) is known by its
    names: it becomes a method with a memory that gives mattes.

    A Hugging Face model for semantic segmentation (SegFormer, MobileNetV2, UperNet, …) is its folder, or its name
    there, like nvidia/segformer-b0-finetuned-ade-512-512: then it is downloaded. Its own files say all that it needs,
    and it can be trained afterwards.
    """
    from engine.importing.plan import Stated
    from engine.importing.prepare import preview_frame
    from engine.models.library import Library
    from engine.ownership.claim import placing_of
    from resources import DEMO_CLIP
    from trainer.hub import is_hub_model, prepare_any_import, suggested_name

    if std is not None and max(std) < 1:
        warn(
            f"--std {std[0]:g}… is for pixels of 0..1, and is taken for pixels of 0..255 as it stands; multiply mean "
            "and std by 255 if they come from there"
        )
    stated = Stated(
        classes=classes,
        layout=layout,
        channels=channels,
        mean=mean,
        std=std,
        scale=scale,
        output=output,
        task=task,
        downsample_ratio=downsample_ratio,
        output_name=output_name,
        input_size=input_size,
    )
    with errors(), Library() as library:
        if name is None and not is_hub_model(file):
            raise typer.BadParameter("give --name, what to call it in the library")
        name = name or suggested_name(file)
        library.refuse_name(name)
        if preview_out is not None:
            sources = (file, Path(preview or DEMO_CLIP))
            placing = placing_of(preview_out, option="--preview-out", ask=replacing(overwrite), sources=sources)
        frame = preview_frame(preview or DEMO_CLIP)
        with hub_progress() as tell:
            tell(f"looking at {file.name} in a process of its own")
            prepared = prepare_any_import(
                file,
                name=name,
                library=library,
                stated=stated,
                licence=licence,
                frame=frame,
                memory_mb=None if memory is None else int(memory * 1000),
                tell=tell,
            )
        with prepared:
            if preview_out is not None:
                write_picture(prepared, preview_out, placing)
            if not as_json:
                print_understood(prepared, preview or DEMO_CLIP.name)
            entry = None if dry_run else prepared.add()
    card = prepared.card
    if as_json:
        picture = None if preview_out is None else str(preview_out)
        shares = {name: round(share, 6) for name, share in prepared.shares().items()}
        print_json(
            {
                "name": name,
                "added": entry is not None,
                "path": None if entry is None else str(entry.path),
                "card": card.model_dump(mode="json", exclude={"measurements"}),
                "notes": dict(prepared.notes),
                "preview": {"clip": preview or str(DEMO_CLIP), "shares": shares, "picture": picture},
            }
        )
    if card.foreign is not None and card.foreign.guessed:
        warn(f"guessed: {', '.join(card.foreign.guessed)}; state what you know better, and look at the masks")
    console.print(f"{name} is in the library: --method {name}" if entry is not None else "nothing was added: --dry-run")


@models.command("save-pretrained")
def save_pretrained_command(
    name: Annotated[str, typer.Argument(help="A model by its name, or the path of its .onnx.", show_default=False)],
    folder: Annotated[Path, typer.Argument(help="Where to; made, and empty where it is there.", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """Save a Hugging Face model that was imported, or steadied, as transformers reads it: config, weights, processor.

    AutoModelForSemanticSegmentation.from_pretrained(FOLDER) then loads it.
    """
    from engine.models.library import find_model
    from trainer.hub import save_pretrained

    with errors():
        files = save_pretrained(find_model(name), folder)
    if as_json:
        print_json({"folder": str(folder), "files": files})
    else:
        console.print(f"{shown(str(folder))} holds {', '.join(files)}", markup=False)


@models.command()
def remove(
    names: Annotated[list[str], typer.Argument(help="Own models, by name.", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """Remove own models: all that are named, or none if one cannot be. Ctrl+C before the end leaves all of them."""
    from engine.models.library import Library

    with errors(), Library() as library:
        library.remove(*names)
    removed = list(dict.fromkeys(names))
    if as_json:
        print_json({"removed": removed})
    else:
        console.print(f"removed: {', '.join(removed)}", markup=False)
