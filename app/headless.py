"""The demo without a window: the bundled clip segmented into a folder, and one picture to look at."""

from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console

from app.terminal import DONE, FAILED, fail, progress_bars, warn
from engine.atomic import atomic_write
from engine.clips import find_clips
from engine.errors import SteadymaskError
from engine.mask_export import export_masks
from engine.methods import make_pool
from engine.overlay import blend
from engine.video import open_video
from resources import DEMO_CLIP


def segment_demo(out: Path, method: str, device: str) -> int:
    """Segment the bundled clip into `out` and print where things are. Returns the exit status."""
    model = make_pool(device=device).make(method)  # type: ignore[arg-type]
    warn(model.report.warning)
    clip = find_clips([str(DEMO_CLIP)])[0]
    with progress_bars() as bars:
        bar = bars.add_task(clip.stem, total=None)
        summary = export_masks(
            clip, model, out / clip.stem, progress=lambda done, total: bars.update(bar, completed=done, total=total)
        )
    if summary.error is not None:
        fail(SteadymaskError(summary.error))
        return FAILED
    folder = (out / clip.stem).resolve()
    write_picture(folder, model.card.class_set.palette(), summary.frames)
    Console(soft_wrap=True, highlight=False).print(
        f"{summary.frames} frames segmented by {summary.method} on {model.report.device}, {summary.fps} frames/s:\n"
        f"  {folder / 'overlay.mp4'}   the masks over the clip\n"
        f"  {folder / 'masks'}         one indexed PNG a frame\n"
        f"  {folder / 'picture.png'}   frames and masks side by side\n"
        f"  {folder / 'frames.csv'}    times and the share of each class\n"
        f"  {folder / 'summary.json'}  what was done",
        markup=False,
    )
    return DONE


def write_picture(folder: Path, palette: np.ndarray, frames: int, rows: int = 3) -> None:
    """Write `picture.png`: frames spread over the clip on the left, the same with their masks on the right."""
    pairs = []
    with open_video(DEMO_CLIP) as source:
        for row in range(rows):
            frame = source.read((2 * row + 1) * frames // (2 * rows))
            mask = np.asarray(Image.open(folder / "masks" / f"{frame.index:06d}.png"), np.uint8)
            pairs.append(np.hstack([frame.rgb, blend(frame.rgb, mask, palette, 0.6)]))
    with atomic_write(folder / "picture.png") as path:
        Image.fromarray(np.vstack(pairs)).save(path)
