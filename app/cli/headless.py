"""The demo without a window: two methods compared on the bundled clip, into a folder."""

from dataclasses import replace
from pathlib import Path

from rich.console import Console

from app.cli.terminal import DONE, FAILED, fail, progress_bars, progress_of, warn
from app.report.folder import run_comparison
from app.report.page import answer
from engine.backends.base import Device
from engine.errors import OccupiedError, SteadymaskError
from engine.ownership.survey import free_folder
from engine.work import CompareRequest
from resources import DEMO_CLIP


def compare_demo(out: Path, a: str, b: str, device: Device, backend: str) -> int:
    """Compare methods `a` and `b` on the bundled clip, into a folder in `out`, and print where things are.

    The folder gets a number where somebody else's files have its name. Returns the exit status.
    """
    folder = (out / DEMO_CLIP.stem).resolve()
    request = CompareRequest(
        spec=str(DEMO_CLIP), folder=folder, device=device, backend=backend, a=a, b=b, verdict=False
    )
    pool = request.make_pool()
    first = pool.make(a)  # stays loaded where the folder turns out to be taken
    warn(first.report.warning)
    with progress_bars() as bars:
        progress = progress_of(bars, bars.add_task(DEMO_CLIP.stem, total=None))
        try:
            result = run_comparison(request, pool, progress=progress)
        except OccupiedError as error:
            folder = free_folder(folder)
            warn(f"{error} Here they go to {folder}.")
            result = run_comparison(replace(request, folder=folder), pool, progress=progress)
    if result.error is not None:
        fail(SteadymaskError(result.error))
        return FAILED
    Console(soft_wrap=True, highlight=False).print(
        f"{result.frames} frames, A {result.a} beside B {result.b} on {result.provider}:\n"
        f"{answer(result)}\n"
        f"  {folder / 'report.html'}   all of it on a page\n"
        f"  {folder / 'compare.mp4'}   both methods side by side\n"
        f"  {folder / 'curves.png'}    flicker, tc and inference time over the clip\n"
        f"  {folder / 'worst.png'}     the moments that flicker most\n"
        f"  {folder / 'frames.csv'}    one row a frame\n"
        f"  {folder / 'summary.json'}  every measure of both",
        markup=False,
    )
    return DONE
