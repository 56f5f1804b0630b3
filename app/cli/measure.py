"""`steadymask evaluate` and `steadymask compare`: measuring on the command line. Wires only."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.cli.options import BackendOption, DeviceOption, JsonOption, OverwriteOption, usual_b, where
from app.cli.terminal import (
    DONE,
    FAILED,
    console,
    document_text,
    errors,
    interrupted,
    print_json,
    progress_bars,
    progress_of,
    rational,
    replacing,
    tell,
    warn,
    warn_left_out,
    warn_of,
)
from app.report.tables import TableFormat, rich_tables, text_of
from engine.backends.base import DEFAULT_BACKEND
from engine.backends.table import runtime_of
from engine.evaluation import CONTROLS
from engine.methods import example, remedies
from engine.models.classes import VOID

FlowOption = Annotated[
    str, typer.Option(help="Flow that consistency is measured along: farneback, farneback-live, dis, dis-live, raft.")
]

_CONTROLS = ", ".join(each.partition("(")[0] for each in CONTROLS[:4])

COMPARE_HELP = f"""Run two methods on the same frames and write, for each clip, OUT/STEM with compare.mp4, report.html,
curves.png, flicker_map_a.png and _b.png, worst.png, frames.csv and summary.json.

An earlier comparison there is replaced. A folder that holds anything else is left as it is, and the clip fails.
--overwrite replaces files with the names above; all else stays, and the source always does.

Methods: a model's name or path, or {", ".join(example(name, "M") for name in remedies())}.

\b
Examples:
  steadymask compare drive.mp4 --b "ema(street, alpha=0.7)" --out compared
  steadymask compare clips/ --a street --b mine.onnx --out compared --json
"""


def evaluate(
    dataset: Annotated[str, typer.Argument(help="The dataset's layout: see docs/datasets.md.")],
    root: Annotated[Path | None, typer.Option("--root", help="The dataset's folder.", show_default=False)] = None,
    split: Annotated[str | None, typer.Option(help="Split to judge on. [default: the layout's own]")] = None,
    method: Annotated[
        list[str] | None, typer.Option("--method", help="Model, or a method such as ema(street); repeat for more rows.")
    ] = None,
    controls: Annotated[
        bool, typer.Option("--controls", help=f"Also judge {_CONTROLS}, … and the labels themselves.")
    ] = False,
    labels_map: Annotated[
        list[str] | None,
        typer.Option(
            "--labels-map",
            metavar="VALUE=CLASS",
            help="A value in the label files and the id of the class that it means, or `void`; repeat for more.",
            show_default=False,
        ),
    ] = None,
    flow: FlowOption = "farneback",
    device: DeviceOption = "auto",
    backend: BackendOption = DEFAULT_BACKEND,
    to_card: Annotated[bool, typer.Option("--record", help="Write the miou into the model's card.")] = False,
    shape: Annotated[TableFormat, typer.Option("--format", help="The form of the table.")] = "table",
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write the table to, instead of printing it.")
    ] = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Judge methods on a dataset, accuracy beside consistency: full image, no test-time augmentation, void ignored, IoU
    pooled over the set; tc and flicker are means over the clips, in brackets with 95 % intervals.

    \b
    Examples:
      steadymask evaluate camvid --root CAMVID --split val --controls
      steadymask evaluate folder --root CLIPS --method street --method "ema(street, alpha=0.7)"
      steadymask evaluate street-synthetic --format markdown --out table.md
    """
    from engine.atomic import write_text
    from engine.datasets import open_dataset
    from engine.evaluation import evaluate as judge
    from engine.evaluation import record
    from engine.methods import make_pool
    from engine.models.library import find_model
    from engine.ownership.claim import placing_of
    from engine.video.writer import export_error

    place, runtime = where(device, backend)
    if to_card and runtime_of(runtime).file != ".onnx":
        raise typer.BadParameter(
            f"the card's values are those of the .onnx; --backend {runtime} measures something else",
            param_hint="--record",
        )
    names = method or ["street"]
    mapping = dict(_label_value(text) for text in labels_map or ())
    with errors():
        sources = tuple(path for path in (root, *map(Path, names)) if path is not None)
        placing = None if out is None else placing_of(out, option="--out", ask=replacing(overwrite), sources=sources)
    with errors(), progress_bars() as bars:
        data = open_dataset(dataset, root, split, mapping)
        pool = make_pool(device=place, backend=runtime)
        first = pool.make(names[0])  # stays loaded for the whole table
        warn(first.report.warning)
        bar = bars.add_task(", ".join(names), total=None)
        result = judge(
            data,
            names,
            pool,
            flow=flow,
            controls=controls,
            progress=lambda done, total: bars.update(bar, completed=done, total=total),
        )
        first.close()
        if to_card:
            for name, row in zip(names, result.rows, strict=False):
                record(data, find_model(name), row)
    document = {**result.as_json(), "backend": runtime}
    if shape == "csv":  # a table of values has no place for them
        for said in (result.note, *result.warnings):
            warn(said)
    if out is not None and placing is not None:
        with errors():
            try:
                write_text(out, document_text(document) if shape == "json" else text_of(result, shape), placing=placing)
            except OSError as error:
                raise export_error(out, error) from error
    if as_json or (shape == "json" and out is None):
        print_json(document)
    elif out is not None:
        console.print(f"written: {out}", markup=False)
    elif shape == "table":
        for part in rich_tables(result):
            Console().print(part)
    elif shape != "json":
        sys.stdout.write(text_of(result, shape))


def compare(
    clips: Annotated[
        list[str],
        typer.Argument(help="Videos, folders of images, folders of those, or `camera:0`.", show_default=False),
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder for the results; one folder a clip is made in it.")],
    a: Annotated[str, typer.Option("--a", help="Method in slot A: a model, or around one as ema(street).")] = "street",
    b: Annotated[
        str | None,
        typer.Option("--b", help="Method in slot B. [default: what was trained from A to be consistent, else ema(A)]"),
    ] = None,
    flow: FlowOption = "farneback",
    device: DeviceOption = "auto",
    backend: BackendOption = DEFAULT_BACKEND,
    fps: Annotated[
        str | None, typer.Option(help="Rate of folders of images, like 25 or 30000/1001. [default: 25]")
    ] = None,
    verdict: Annotated[
        bool, typer.Option(help="Also say whether B is better than A: docs/verdict.md. Takes up to twice the time.")
    ] = True,
    matches: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar='"B CLASS=A CLASS"',
            help="Where the two know other classes: a class of B and the one of A that it stands for; nothing behind = "
            "for one that is not compared. May be given again and again. [default: by name]",
            show_default=False,
        ),
    ] = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """`steadymask compare`; its help is COMPARE_HELP."""
    from app.report.folder import run_comparison
    from app.report.page import answer, judged
    from engine.errors import SteadymaskError
    from engine.methods import make_pool
    from engine.video.clips import survey_clips
    from engine.work import CompareRequest

    answers = tuple(_match(text) for text in matches or ())
    rate = rational(fps)
    place, runtime = where(device, backend)
    with errors():
        found = survey_clips(clips)
        b = b or usual_b(a)
        pool = make_pool(device=place, backend=runtime)
        slots = pool.make(a), pool.make(b)  # stay loaded for all clips
        warn(slots[0].report.warning)
        left_out = warn_left_out(found)
    done, failed = [], 0
    with errors(), progress_bars() as bars, interrupted() as stopped:
        for clip in found.clips:
            bar = bars.add_task(clip.stem, total=None)
            request = CompareRequest(
                spec=clip.what,
                folder=out / clip.stem,
                device=place,
                backend=runtime,
                fps=rate if clip.path is not None and clip.path.is_dir() else None,
                replaces=None if overwrite else frozenset(),
                a=a,
                b=b,
                flow=flow,
                verdict=verdict,
                matches=answers,
            )
            try:
                result = run_comparison(request, pool, told=warn_of, progress=progress_of(bars, bar), cancelled=stopped)
            except SteadymaskError as error:
                failed += 1
                done.append({"clip": clip.what, "error": str(error)})
                tell(clip.what, str(error), None, "", as_json)
                continue
            failed += result.error is not None
            done.append({**result.as_json(), "folder": str(out / clip.stem)})
            said = f"{answer(result)} {judged(result)}".strip()
            tell(clip.what, result.error, result.note, f"{said} → {out / clip.stem / 'report.html'}", as_json)
            if stopped():
                break
    if as_json:
        print_json({"clips": done, "failed": failed, "left_out": left_out})
    raise typer.Exit(FAILED if failed else DONE)


def _label_value(text: str) -> tuple[int, int]:
    """(value in a file, class id or 255). Raises typer.BadParameter."""
    value, _, class_ = (part.strip() for part in text.partition("="))
    class_ = str(VOID) if class_ == "void" else class_
    if not (value.isdecimal() and class_.isdecimal() and int(value) <= VOID and int(class_) <= VOID):
        raise typer.BadParameter(
            f"{text!r} is not of the form VALUE=CLASS, such as 255=1 or 7=void", param_hint="--labels-map"
        )
    return int(value), int(class_)


def _match(text: str) -> tuple[str, str]:
    """(class of B, class of A or nothing). Raises typer.BadParameter."""
    theirs, equals, ours = (part.strip() for part in text.partition("="))
    if not theirs or not equals:
        raise typer.BadParameter(f"{text!r} is not of the form 'B class=A class'", param_hint="--map")
    return theirs, ours
