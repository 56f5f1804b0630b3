"""Optical flow by name, one file per estimator.

A flow from picture S to picture E is float32 (h, w, 2): the point seen at (x, y) in S is at (x + dx, y + dy) in E, in
pixels, pixel middles at whole numbers. It is what fetches E's values onto S's pixels (`engine.flow.warp`).

`dis` and `dis-live` are for training and for methods that warp, `farneback` scores (method and scorer must differ),
`farneback-live` stands for it while a clip plays, `raft` scores too where torchvision is installed. The synthetic
street brings its own exact flow.
"""

from collections.abc import Callable

from engine.errors import UnknownNameError
from engine.flow.base import Flow
from engine.flow.dis import Dis
from engine.flow.farneback import Farneback
from engine.flow.motion import EXACT_FLOW, LIVE_WIDTH, SCORING_WIDTH, Motion, MotionEstimator, measure_size
from engine.flow.warp import visible_pixels, warp

__all__ = [
    "EXACT_FLOW",
    "FLOWS",
    "LIVE_FLOW",
    "LIVE_WIDTH",
    "SCORING_FLOW",
    "SCORING_WIDTH",
    "TRAINING_FLOW",
    "Flow",
    "Motion",
    "MotionEstimator",
    "make_flow",
    "measure_size",
    "visible_pixels",
    "warp",
]

SCORING_FLOW = "farneback"
LIVE_FLOW = "farneback-live"
TRAINING_FLOW = "dis"


def _raft() -> Flow:
    # Brings torch along, which the window's process must not load.
    from engine.flow.raft import Raft

    return Raft()


FLOWS: dict[str, Callable[[], Flow]] = {
    "dis": lambda: Dis("dis"),
    "dis-live": lambda: Dis("dis-live"),
    "farneback": Farneback,
    "farneback-live": lambda: Farneback("farneback-live"),
    "raft": _raft,
}


def make_flow(name: str) -> Flow:
    """The estimator `name`. Raises UnknownNameError; BackendError where `raft` has no torchvision to run on."""
    if name not in FLOWS:
        raise UnknownNameError(f"there is no flow {name!r}; known: {', '.join(FLOWS)}")
    return FLOWS[name]()
