"""`steadymask steady`: a model that flickers less on somebody's own clips. Wires only; what is done is in `trainer`."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from app.cli.hub import hub_progress
from app.cli.options import JsonOption, OverwriteOption
from app.cli.terminal import DONE, FAILED, console, errors, follow, frame_range, print_json, replacing

NOT_BETTER = 3
"""Exit status of a student that is not better, or worse."""

STEADY_HELP = """Train a model to flicker less on your own clips, without labels, and judge what came of it.

    Of each clip the first 60 % are learnt from, the next 13 % choose, the last 27 % judge. The student is the same
    network as before: it costs nothing more. Of a model that is only an .onnx a new small student learns what it says,
    which takes longer, and the two are compared. RUN then holds student.onnx, student.safetensors and verdict.json,
    whatever the verdict; nothing is added to the library without --keep. Ctrl+C stops it, the same command resumes.

    The exit status is 0 for better, 3 for not better or worse, 1 when it failed or was stopped.

    \b
    Examples:
      steadymask steady drive.mp4 --out steady            minutes
      steadymask steady a.mp4 b.mp4 --preset standard --out steady --keep street-drive
      steadymask steady desk.mp4 --student portrait.onnx --out steady
      steadymask steady drive.mp4 --labelled labelled_images --out steady
    """


def steady(
    clips: Annotated[list[Path], typer.Argument(help="Videos, or folders of images.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="Run folder; an interrupted run in it is resumed.")],
    student: Annotated[
        str,
        typer.Option(
            "--student",
            help="Model by its name in the library, the path of its .onnx, or a Hugging Face model.",
        ),
    ] = "street",
    preset: Annotated[Literal["quick", "standard", "thorough"], typer.Option(help="How long to learn.")] = "quick",
    teacher: Annotated[
        str | None,
        typer.Option(help="Model of the same classes to learn from.", show_default="the model as it is"),
    ] = None,
    labelled: Annotated[
        Path | None,
        typer.Option(
            "--labelled",
            help="Images with labels: two thirds are learnt again, the rest tell the accuracy before and after.",
            show_default=False,
        ),
    ] = None,
    layout: Annotated[
        str | None, typer.Option(help="Layout of the labelled images, a dataset's name.", show_default="found out")
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="Split of the labelled images.", show_default="what the layout judges by")
    ] = None,
    keep: Annotated[str | None, typer.Option("--keep", help="Put it into the library under this name.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="What its card calls it.", show_default=False)] = None,
    range_: Annotated[
        str | None, typer.Option("--range", help="Frames of every clip that count, like 100:200.", show_default="all")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of the training.", show_default="the preset's")] = None,
    threads: Annotated[int, typer.Option(min=0, help="CPU threads; 0 for all cores.")] = 0,
    device: Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="What to train on.")] = "auto",
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """`steadymask steady`; its help is STEADY_HELP."""
    from engine.models.keeping import keep_bundle
    from engine.models.library import Library
    from trainer.hub import Guests
    from trainer.job import Job
    from trainer.steady import ClipSpan, Labelled, plan_steadying, read_verdict

    frames = frame_range(range_)
    with errors(), Library() as library:
        if keep is not None:
            library.refuse_name(keep)
        job = Job(out)
        if not job.exists():
            spans = [ClipSpan(clip, frames) for clip in clips]
            with hub_progress() as tell, Guests(out, library, tell=tell) as guests:
                plan = plan_steadying(
                    spans,
                    guests.weights(student),
                    preset=preset,
                    name=keep or name or guests.named(student),
                    teacher=None if teacher is None else guests.teacher(teacher),
                    seed=seed,
                    threads=threads,
                    device=device,
                    labelled=None if labelled is None else Labelled(labelled, layout, split or ""),
                )
                if student in guests:
                    plan = replace(plan, start=guests.place(student))
                job = Job.create(out, plan.spec, replacing(overwrite))
                guests.settle()
        status = job.status()
        if status == "done":
            console.print(f"{job.folder} is done already, and was left as it is", markup=False)
        else:
            job.refuse_foreign(replacing(overwrite))
            status = follow(job)
        if status != "done":
            raise typer.Exit(FAILED)
        document = read_verdict(job.folder)
        if keep is not None:
            keep_bundle(job.folder / "student.onnx", keep, library)
            console.print(f"kept in the library as {keep}", markup=False)
    if as_json:
        print_json({"folder": str(job.folder), **document})
    else:
        _show(document)
    raise typer.Exit(DONE if document["verdict"] == "better" else NOT_BETTER)


def _show(document: dict) -> None:
    """The verdict, its reasons, and the numbers before and after."""
    out = Console(highlight=False, soft_wrap=True)
    out.print(f"{document['verdict']}: {document['reason']}", markup=False)
    for reason in document["reasons"][1:]:
        out.print(f"  {reason}", markup=False)
    table = Table("on frames it did not learn from", "before", "after")
    sides = document["baseline"], document["candidate"]
    rows = (("flicker, %", "flicker", 100), ("tc", "tc", 1), ("ms a frame", "latency_p50", 1))
    for label, measure, times in rows:
        values = [side[measure] for side in sides]
        table.add_row(label, *("–" if value is None else f"{times * value:.2f}" for value in values))
    if accuracy := document.get("labelled"):
        both = (f"{accuracy[key]:.2f}" for key in ("miou_before", "miou_after"))
        table.add_row(f"miou on {accuracy['images']} labelled images", *both)
    if taught := document.get("teacher"):
        both = ("–" if taught[key] is None else f"{taught[key]:.2f}" for key in ("agreement_before", "agreement_after"))
        table.add_row(f"agreement with {taught['model']}, its teacher (not judged)", *both)
    out.print(table)
    if new := document.get("new_student"):
        out.print(
            f"a new student, {new['family']} of {new['parameters']:,} parameters, taught by "
            f"{document['baseline']['model']}",
            markup=False,
        )
