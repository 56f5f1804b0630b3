"""The command line. Wires only: what is done is in `engine` and `trainer`, the same code that the window uses."""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal, cast

import typer
from rich.console import Console
from rich.table import Table

from app.cli.measure import COMPARE_HELP, compare, evaluate
from app.cli.models import models
from app.cli.options import (
    BackendOption,
    BackgroundOption,
    DeviceOption,
    FirstMethodOption,
    ForegroundOption,
    JsonOption,
    MatteOption,
    MethodBOption,
    MethodOption,
    OverwriteOption,
    PremultipliedOption,
    RefineOption,
    usual_b,
    where,
)
from app.cli.sending import SEND_HELP, send
from app.cli.steadying import STEADY_HELP, steady
from app.cli.terminal import (
    DONE,
    FAILED,
    console,
    errors,
    frame_range,
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
from engine.backends.base import DEFAULT_BACKEND

app = typer.Typer(
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="""Per-frame masks for video, fast, with a model that runs on your machine.

    `steadymask CLIP` opens the app on a video, a folder of images, `camera:0` or a stream URL; without CLIP it opens
    empty. The commands do the same work without a window. `steadymask COMMAND --help` explains one.

    \b
    Examples:
      steadymask drive.mp4                          watch the masks
      steadymask camera:0                           ... of the first camera
      steadymask drive.mp4 --b "ema(street)"        two methods on the same frames
      steadymask segment drive.mp4 --out masks      write masks, overlay video and table to masks/drive/
      steadymask segment clips/ --out masks --json  a folder of clips; results as JSON
      steadymask compare drive.mp4 --out compared   what would smoothing do, and cost?
      steadymask bench drive.mp4                    how fast is it here?
      steadymask evaluate camvid --root CAMVID      how right is it, and how steady?
      steadymask models import net.onnx --name net  take in a model of any origin
      steadymask send camera:0 --background blur    to a virtual camera, for calls

    \b
    Exit status:
      0  done
      1  some input failed; what could be made was made
      2  wrong usage

    Results go to standard output; progress, notes, warnings and errors to standard error. With --json, standard output
    holds one JSON document and nothing else. Nothing asks questions. The bundled weights are for research use,
    non-commercial.
    """,
)
app.add_typer(models, name="models")
app.command(help=COMPARE_HELP)(compare)
app.command(help=STEADY_HELP)(steady)
app.command(help=SEND_HELP)(send)
app.command()(evaluate)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"steadymask {version('steadymask')}")
        raise typer.Exit


@app.callback()
def whole(
    _: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and exit.")
    ] = False,
) -> None:
    """What holds for every command."""


@app.command("open")
def open_app(
    clip: Annotated[str | None, typer.Argument(help="Video, folder of images, `camera:0` or URL.")] = None,
    method: FirstMethodOption = None,
    method_b: MethodBOption = None,
    device: DeviceOption = "auto",
    fps: Annotated[
        str | None,
        typer.Option(help="Rate of a folder of images, like 25 or 30000/1001; it is remembered for this folder."),
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Open the bundled clip, A beside B.")] = False,
) -> None:
    """Open the app. Without a display, say so; with --demo, then do the same headless and write the result."""
    from app.display import display_problem
    from app.settings import DEFAULT_METHOD
    from resources import DEMO_CLIP

    place, runtime = where(device)
    rate = rational(fps)
    if rate is not None and (clip is None or demo or not Path(clip).is_dir()):
        raise typer.BadParameter(
            "it goes with a folder of images; what else can be opened has a rate", param_hint="--fps"
        )
    if demo:
        clip, method = str(DEMO_CLIP), method or DEFAULT_METHOD
        method_b = method_b or usual_b(method)
    problem = display_problem()
    if problem is None:
        from app.window import open_window

        raise typer.Exit(open_window(clip, method=method, method_b=method_b, device=place, backend=runtime, fps=rate))
    if not demo or method is None or method_b is None:
        console.print(f"No window: {problem}.", markup=False)
        raise typer.Exit(FAILED)
    console.print(f"No window: {problem}. Doing the same headless.", markup=False)
    from app.cli.headless import compare_demo

    with errors():
        raise typer.Exit(compare_demo(Path("out"), method, method_b, place, runtime))


@app.command()
def segment(
    clips: Annotated[
        list[str],
        typer.Argument(help="Videos, folders of images, folders of those, `camera:0` or URLs.", show_default=False),
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder for the results; one folder a clip is made in it.")],
    method: MethodOption = "street",
    device: DeviceOption = "auto",
    backend: BackendOption = DEFAULT_BACKEND,
    fps: Annotated[
        str | None, typer.Option(help="Rate of folders of images, like 25 or 30000/1001. [default: 25]")
    ] = None,
    opacity: Annotated[float, typer.Option(min=0, max=1, help="Opacity of the masks in the overlay video.")] = 0.5,
    style: Annotated[Literal["fill", "outline"], typer.Option(help="Fill classes in it, or outline them.")] = "fill",
    only: Annotated[Literal["masks", "overlay"] | None, typer.Option(help="Leave the other one out.")] = None,
    background: BackgroundOption = "overlay",
    matte: MatteOption = None,
    premultiplied: PremultipliedOption = False,
    foreground_colours: ForegroundOption = False,
    refine: RefineOption = None,
    span: Annotated[
        str | None, typer.Option("--range", metavar="FIRST:LAST", help="Frames, counted from 0, both included.")
    ] = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write the masks of CLIPS: for each clip a folder OUT/STEM with indexed PNG masks, an overlay video, frames.csv
    and summary.json; of a model of mattes alpha/ as well, grey PNG of 16 bits.

    Results of ours there with other options are replaced. A folder that holds anything else is left as it is, and the
    clip fails: masks that you corrected, too. --overwrite replaces files with the names above; all else stays, and the
    source always does.

    A clip that was finished before with the same options is left alone, one that was cut off is taken up again, and one
    that fails does not stop the others. Ctrl+C ends a camera or a stream, with its results whole; of a clip, what is
    done waits for the same command.
    """
    from engine.methods import make_pool
    from engine.results.drawing import Drawing
    from engine.results.folder import BOTH, Part, parts_of
    from engine.results.matte import parse_ground
    from engine.results.refine import check_refinable
    from engine.video.clips import survey_clips
    from engine.work import SegmentRequest
    from engine.work import segment as run

    rate, range_ = rational(fps), frame_range(span)
    place, runtime = where(device, backend)
    with errors():
        drawing = Drawing(
            opacity,
            style,
            ground=parse_ground(background),
            premultiplied=premultiplied,
            foreground_colours=foreground_colours,
        )
        found = survey_clips(clips)
        pool = make_pool(device=place, backend=runtime)
        first = pool.make(method)  # stays loaded for all clips
        asked = (*(BOTH if only is None else (only,)), *dict.fromkeys(matte or ()))
        parts = parts_of(cast("tuple[Part, ...]", asked), first.card, drawing)
        check_refinable(refine, first.card)
    warn(first.report.warning)
    left_out = warn_left_out(found)
    if refine is not None:
        console.print("alpha is solved frame by frame, which takes seconds each; the very first time a minute more")
    summaries = []
    with errors(), progress_bars() as bars, interrupted() as stopped:
        for clip in found.clips:
            bar = bars.add_task(clip.stem, total=None)
            request = SegmentRequest(
                spec=clip.what,
                folder=out / clip.stem,
                device=place,
                backend=runtime,
                fps=rate if clip.path is not None and clip.path.is_dir() else None,
                replaces=None if overwrite else frozenset(),
                method=method,
                parts=parts,
                range_=range_,
                drawing=drawing,
                refine=refine,
            )
            summary = run(request, pool, told=warn_of, progress=progress_of(bars, bar), cancelled=stopped)
            bars.update(bar, completed=summary.frames, total=summary.frames or 1)
            summaries.append(summary)
            if stopped():
                break
    failed = sum(summary.error is not None for summary in summaries)
    if as_json:
        print_json({"clips": [summary.as_json() for summary in summaries], "failed": failed, "left_out": left_out})
    for summary in summaries:
        alpha = "" if summary.alpha is None else f", {summary.alpha} alpha"
        alpha += "" if summary.refined is None else f", {summary.refined}"
        tell(summary.clip, summary.error, summary.note, f"{summary.frames} frames{alpha} → {summary.folder}", as_json)
    raise typer.Exit(FAILED if failed else DONE)


@app.command()
def bench(
    clip: Annotated[str, typer.Argument(help="Video or folder of images.")],
    method: MethodOption = "street",
    device: DeviceOption = "auto",
    backend: BackendOption = DEFAULT_BACKEND,
    frames: Annotated[int, typer.Option(min=20, help="Frames of the clip in each of five alternating rounds.")] = 150,
    peer: Annotated[bool, typer.Option(help="Also run the loop that people write today, in torch.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Measure speed: decoding, the bare graph, the whole way from file to overlay, and the loop people write today."""
    from engine.benchmark import benchmark
    from engine.segmenter import load_model

    place, runtime = where(device, backend)
    with errors():
        model = load_model(method, device=place, backend=runtime)
        warn(model.report.warning)
        result = benchmark(clip, model, frames=frames, peer=peer).as_json()
    if as_json:
        print_json(result)
        return
    table = Table("measure", "value", title=f"{result['method']} on {result['clip']}, {result['provider']}")
    for key, value in result.items():
        if key not in ("clip", "method", "provider"):
            table.add_row(key, str(value))
    Console().print(table)


@app.command()
def doctor(as_json: JsonOption = False) -> None:
    """Print what of this machine can be used: runtimes, GPU, video, cameras, disk, models, window; for everything
    that is missing the reason and the remedy.

    The exit status is 1 when masks cannot be made here even on the CPU.
    """
    from app.cli.doctor import doctor as examine

    raise typer.Exit(examine(as_json))


@app.command()
def train(
    out: Annotated[Path, typer.Option("--out", help="Run folder; an interrupted run in it is resumed.")],
    root: Annotated[Path, typer.Option("--root", help="The dataset's folder.")],
    recipe: Annotated[str, typer.Option(help="Bundled recipe by name, or the path of a .toml.")] = "street-base",
    start: Annotated[Path | None, typer.Option(help="Weights to start from: a bundle's .safetensors.")] = None,
    threads: Annotated[int, typer.Option(min=0, help="CPU threads; 0 for all cores.")] = 0,
    device: Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="What to train on.")] = "auto",
    no_start: Annotated[
        bool, typer.Option("--no-start", help="Only make the run folder, for accelerate's launcher to start.")
    ] = False,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Train a model from labelled images in a child process, and follow it.

    Ctrl+C stops it; the same command resumes. A run that is done is left as it is, and so is a folder that holds
    anything that is no run; --overwrite replaces files there with the names of a run's, all else stays.
    """
    from app.cli.terminal import follow
    from trainer.job import Job, training_spec

    with errors():
        job = Job(out)
        if not job.exists():
            spec = training_spec(recipe, root, start=start, threads=threads, device=device)
            job = Job.create(out, spec, replacing(overwrite))
        status = job.status()
        if no_start:
            launch = f"accelerate launch -m trainer {job.spec().verb} {job.folder}"
            console.print(f"{job.folder} is made; start it with: {launch}", markup=False)
        elif status == "done":
            console.print(f"{job.folder} is done already, and was left as it is", markup=False)
        else:
            job.refuse_foreign(replacing(overwrite))
            status = follow(job)
    if as_json:
        print_json({"folder": str(job.folder), "status": status})
    raise typer.Exit(DONE if status == "done" or no_start else FAILED)


def main() -> None:
    """Entry point of the console script. `steadymask CLIP` opens CLIP: a first word that is no command is a clip."""
    words = sys.argv[1:]
    commands = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    groups = {group.name for group in app.registered_groups}
    if not words or words[0] not in {*commands, *groups, "--help", "-h", "--version"}:
        words = ["open", *words]
    app(args=words, prog_name="steadymask")
