"""What can stand in slot A or B: any model, and around any method the usual remedies against flicker.

ema(M, alpha=0.7)       p ← alpha·p_prev + (1 − alpha)·p_now on the softmax of the scores, then argmax
median(M, n=5)          most frequent class of the last n frames
hold(M, n=3)            segment every n-th frame and keep it
propagate(M, every=5)   segment every n-th frame and warp its mask along the flow
constant(M), frozen(M), blurred(M)   controls: steady by doing nothing, see `engine.methods.controls`

A seek (`reset`) or a cut empties the memory of each.
"""

from engine.backends.base import DEFAULT_BACKEND, Device
from engine.methods.base import Method, Wrapper, model_of
from engine.methods.pool import MethodPool, unsmoothed
from engine.methods.spec import WRAPPERS, MethodSpec, parse_method
from engine.segmenter import load_model

__all__ = [
    "WRAPPERS",
    "Method",
    "MethodPool",
    "MethodSpec",
    "Wrapper",
    "make_pool",
    "model_of",
    "parse_method",
    "unsmoothed",
]


def make_pool(*, device: Device = "auto", threads: int | None = None, backend: str = DEFAULT_BACKEND) -> MethodPool:
    """A pool whose models run on `device` with `backend`, as `engine.segmenter.load_model` has it."""
    return MethodPool(lambda name: load_model(name, device=device, threads=threads, backend=backend))
