"""The demo without a window: two methods compared on the bundled clip, into a folder."""

from pathlib import Path

from rich.console import Console

from app.cli.terminal import DONE, FAILED, fail, progress_bars, warn
from app.report.folder import write_comparison
from app.report.page import answer
from engine.backends.base import Device
from engine.errors import SteadymaskError
from engine.methods import make_pool
from engine.video.clips import find_clips
from resources import DEMO_CLIP


def compare_demo(out: Path, a: str, b: str, device: Device, backend: str) -> int:
    """Compare methods `a` and `b` on the bundled clip, into a folder in `out`, and print where things are.

    Returns the exit status.
    """
    pool = make_pool(device=device, backend=backend)
    slots = pool.make(a), pool.make(b)
    warn(slots[0].report.warning)
    clip = find_clips([str(DEMO_CLIP)])[0]
    folder = (out / clip.stem).resolve()
    with progress_bars() as bars:
        bar = bars.add_task(clip.stem, total=None)
        result = write_comparison(
            clip, *slots, folder, progress=lambda done, total: bars.update(bar, completed=done, total=total)
        )
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
