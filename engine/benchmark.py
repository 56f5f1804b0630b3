"""How fast a clip becomes masks, against what the same machine could do at best and what people write today."""

import itertools
import statistics
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil

from engine.children import how_ended, last_line, python, run
from engine.errors import SteadymaskError
from engine.live.meter import LiveMeter
from engine.pipeline import run_every_frame
from engine.results.overlay import blend
from engine.segmenter import Segmenter
from engine.video import VideoSource, open_video

PEER_LOOP = Path(__file__).resolve().parent.parent / "benchmarks" / "peer_loop.py"
ROUNDS = 5


@dataclass(frozen=True)
class Benchmark:
    """Frames a second of the parts and the whole, each the median of rounds that alternate.

    decode_fps: decoding to RGB alone. bare_fps: the inference graph alone on a frame of the network's size, all cores.
    limit_fps: 1 / (1/decode + 1/bare), since on a CPU both share the cores. whole_fps: decode → mask → overlay at the
    network's size. ratio: whole / limit. peer_fps: `benchmarks/peer_loop.py` on the same clip and network, or None
    with the reason in `note`. latency_ms: p50 and p95 of one frame from RGB to mask. measure_ms: p50 and p95 of
    measuring a frame live (motion, visibility, tc, flicker of one method). peak_mb: highest resident memory of this
    process, MB.
    """

    clip: str
    method: str
    provider: str
    decode_fps: float
    bare_fps: float
    limit_fps: float
    whole_fps: float
    ratio: float
    peer_fps: float | None
    peer_ratio: float | None
    latency_ms: dict[str, float]
    measure_ms: dict[str, float]
    peak_mb: float
    frames: int
    note: str | None

    def as_json(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        return dict(vars(self))


def benchmark(clip: str, method: Segmenter, *, frames: int = 150, peer: bool = True) -> Benchmark:
    """Measure `clip` with `method`, using its first `frames` frames in each of five alternating rounds.

    Raises VideoError when the clip does not open or has no frame, BackendError when the runtime fails.
    """
    with open_video(clip) as source:
        first = next(iter(source.frames()), None)
        if first is None:
            raise source.error or SteadymaskError(f"{clip}: there is no frame to measure with")
        rgb = first.rgb
    network_size = method.card.input.size_for(rgb.shape[1], rgb.shape[0])
    small = cv2.resize(rgb, network_size, interpolation=cv2.INTER_AREA)
    method.segment(small)

    rounds = [
        (_decode(clip, frames), _bare(method, small, min(frames, 60)), _whole(clip, method, frames))
        for _ in range(ROUNDS)
    ]
    decode, bare, whole = (statistics.median(column) for column in zip(*rounds, strict=True))
    limit = 1 / (1 / decode + 1 / bare)
    latencies = [_timed(method, rgb) for _ in range(60)]
    measuring = _measuring(clip, method, min(frames, 100))
    peak_mb = _peak_mb()
    peer_fps, note = _peer(clip, method, min(frames, 40)) if peer else (None, "the peer loop was left out")
    return Benchmark(
        clip=Path(clip).name,
        method=method.name,
        provider=method.report.provider,
        decode_fps=round(decode, 1),
        bare_fps=round(bare, 1),
        limit_fps=round(limit, 1),
        whole_fps=round(whole, 1),
        ratio=round(whole / limit, 3),
        peer_fps=round(peer_fps, 2) if peer_fps else None,
        peer_ratio=round(whole / peer_fps, 2) if peer_fps else None,
        latency_ms=_percentiles(latencies),
        measure_ms=_percentiles(measuring),
        peak_mb=round(peak_mb, 1),
        frames=frames,
        note=note,
    )


def _decode(clip: str, frames: int) -> float:
    with open_video(clip) as source:
        begin = time.perf_counter()
        count = sum(1 for _ in itertools.islice(source.frames(), frames))
        return count / (time.perf_counter() - begin)


def _bare(method: Segmenter, small: np.ndarray, runs: int) -> float:
    begin = time.perf_counter()
    for _ in range(runs):
        method.segment(small)
    return runs / (time.perf_counter() - begin)


def _whole(clip: str, method: Segmenter, frames: int) -> float:
    palette = method.card.class_set.palette()
    with open_video(clip) as source, closing(run_every_frame(source, method)) as results:
        begin = time.perf_counter()
        count = 0
        for result in itertools.islice(results, frames):
            blend(result.frame.rgb, result.segmentation.classes, palette)
            count += 1
        _raise_error(source)
        return count / (time.perf_counter() - begin)


def _measuring(clip: str, method: Segmenter, frames: int) -> list[float]:
    """How long each frame's live measures take, ms, while nothing else runs."""
    meter, classes = LiveMeter(), len(method.card.class_set.names)
    times = []
    with open_video(clip) as source:
        for frame in itertools.islice(source.frames(), frames):
            made = method.segment(frame.rgb)
            begin = time.perf_counter()
            meter.update(frame.rgb, [made], [classes])
            times.append((time.perf_counter() - begin) * 1000)
    return times[1:] or times  # the first frame has nothing to be compared with


def _percentiles(times: list[float]) -> dict[str, float]:
    return {f"p{share}": round(float(np.percentile(times, share)), 2) for share in (50, 95)}


def _raise_error(source: VideoSource) -> None:
    if source.error is not None:
        raise source.error


def _timed(method: Segmenter, rgb: np.ndarray) -> float:
    begin = time.perf_counter()
    method.segment(rgb)
    return (time.perf_counter() - begin) * 1000


def _peer(clip: str, method: Segmenter, frames: int) -> tuple[float | None, str | None]:
    """Run the peer loop in a child process; torch stays out of this one."""
    weights = method.path.with_suffix(".safetensors")
    if not PEER_LOOP.exists():
        return None, "the peer loop is part of the repository, not of the installed package"
    if not weights.exists():
        return None, f"{method.name} has no .safetensors, so torch cannot run it"
    child = run(python(str(PEER_LOOP), str(Path(clip).resolve()), str(weights), str(frames)))
    if child.status != 0:
        return None, f"the peer loop failed: {last_line(child.notes) or how_ended(child.status)}"
    return float(child.said), None


def _peak_mb() -> float:
    """Highest resident memory of this process so far, MB."""
    memory = psutil.Process().memory_info()
    if hasattr(memory, "peak_wset"):
        return memory.peak_wset / 1e6
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
