"""What can stand in slot A or B: any model, and around any method the usual remedies against flicker.

`WRAPPERS` lists these, and the controls, which are steady by doing nothing; another one is a row there.
A seek (`reset`) or a cut empties the memory of each.
"""

from engine.backends.base import DEFAULT_BACKEND, Device
from engine.methods.base import Method, Wrapper, model_of, run_in
from engine.methods.pool import MethodPool, unsmoothed
from engine.methods.spec import MethodSpec, example, parse_method
from engine.methods.wrappers import WRAPPERS, Option, WrapperKind, remedies
from engine.segmenter import load_model

__all__ = [
    "WRAPPERS",
    "Method",
    "MethodPool",
    "MethodSpec",
    "Option",
    "Wrapper",
    "WrapperKind",
    "example",
    "make_pool",
    "model_of",
    "parse_method",
    "remedies",
    "run_in",
    "unsmoothed",
]


def make_pool(*, device: Device = "auto", threads: int | None = None, backend: str = DEFAULT_BACKEND) -> MethodPool:
    """A pool whose models run on `device` with `backend`, as `engine.segmenter.load_model` has it."""
    return MethodPool(lambda name: load_model(name, device=device, threads=threads, backend=backend))
