"""What can be asked for: what to do to which clip, with which methods, into which folder.

Requests are frozen and pickle: the command line, the window and a program on another machine make the same ones and run
them by the same code. Where they run is for whoever runs them to say: with how many threads, and in which pool.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from engine.backends.base import DEFAULT_BACKEND, Device
from engine.exporting.wanted import FRAMES, Graph, Precision, Wanted
from engine.flow import SCORING_FLOW
from engine.methods import Method, MethodPool, make_pool
from engine.ownership.survey import Ask, Survey
from engine.progress import CancelCheck, Progress, never
from engine.results.drawing import Drawing
from engine.results.folder import BOTH, Part
from engine.results.masks import Summary, export_masks
from engine.results.refine import Refine
from engine.video.clips import Clip

Told = Callable[[Survey], object]
"""Told what will be replaced, before it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What every request says.

    spec: what opens the clip. folder: of the results. device, backend: what models run on. fps: rate of a folder of
    images. replaces: paths inside `folder` of files that we did not write and that may be replaced; None for whatever
    is in the way. By default nothing may be.
    """

    spec: str
    folder: Path
    device: Device = "auto"
    backend: str = DEFAULT_BACKEND
    fps: Fraction | None = None
    replaces: frozenset[str] | None = frozenset()

    @property
    def methods(self) -> tuple[str, ...]:
        """What makes the masks, slot A first."""
        raise NotImplementedError

    @property
    def clip(self) -> Clip:
        """The clip that is meant."""
        return Clip(self.spec, self.folder.name)

    def make_pool(self, threads: int | None = None) -> MethodPool:
        """A pool whose models run where the request says. threads: CPU threads, None for all."""
        return make_pool(device=self.device, threads=threads, backend=self.backend)

    def allows(self, told: Told) -> Ask:
        """What says whether files in the way may be replaced; it tells of those that will be."""

        def ask(found: Survey) -> bool:
            allowed = self.replaces is None or self.replaces.issuperset(found.foreign)
            if allowed:
                told(found)
            return allowed

        return ask


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRequest(Request):
    """Write the masks of a clip. parts: what beside the table. range_: (first, last) frame, both included, or None for
    all. drawing: how the overlay looks. refine: how alpha is refined, of mattes.
    """

    method: str
    parts: tuple[Part, ...] = BOTH
    range_: tuple[int, int] | None = None
    drawing: Drawing = field(default_factory=Drawing)
    refine: Refine | None = None

    @property
    def methods(self) -> tuple[str, ...]:
        """The one that makes the masks."""
        return (self.method,)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareRequest(Request):
    """Compare methods `a` and `b` on a clip. flow: what is measured along. verdict: whether B is judged against A too.
    matches: (class of B, class of A) where names do not say it, see `engine.models.mapping`.

    The page, the video and the plots are drawn by `app.report.folder.run_comparison`, which runs it.
    """

    a: str
    b: str
    flow: str = SCORING_FLOW
    verdict: bool = True
    matches: tuple[tuple[str, str], ...] = ()

    @property
    def methods(self) -> tuple[str, ...]:
        """A and B."""
        return self.a, self.b


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelExportRequest(Request):
    """Write `model` (a name, or the path of its `.onnx`) in another form to `folder`, judged on the first `frames`
    frames of the clip. graph, precision: see `engine.exporting.wanted`.

    It is run by `engine.exporting.child.export_in_child`, in a process of its own.
    """

    model: str
    graph: Graph = "own"
    precision: Precision = "fp32"
    frames: int = FRAMES

    @property
    def methods(self) -> tuple[str, ...]:
        """The model."""
        return (self.model,)

    def wanted(self, threads: int | None = None) -> Wanted:
        """What is asked of the export. threads: of the CPU while it is judged, None for all."""
        return Wanted(
            model=self.model,
            to=self.folder.absolute(),
            graph=self.graph,
            precision=self.precision,
            clip=self.spec,
            frames=self.frames,
            device=self.device,
            threads=threads,
            replaces=self.replaces,
        )


@contextmanager
def opened(request: Request, pool: MethodPool) -> Iterator[tuple[Method, ...]]:
    """The request's methods, made in `pool`, within the block. Raises as `engine.segmenter.load_model` does."""
    with ExitStack() as stack:
        methods = []
        for text in request.methods:
            methods.append(pool.make(text))
            stack.callback(methods[-1].close)
        yield tuple(methods)


def segment(
    request: SegmentRequest,
    pool: MethodPool | None = None,
    *,
    told: Told = lambda found: None,
    progress: Progress | None = None,
    cancelled: CancelCheck = never,
) -> Summary:
    """Run it, see `engine.results.masks.export_masks`. pool: where models come from, so that several requests share
    them; None for one of its own.

    Raises ModelError, BackendError or UnknownNameError where there is no such method, and as `export_masks` does.
    """
    with opened(request, pool or request.make_pool()) as (method,):
        return export_masks(
            request.clip,
            method,
            request.folder,
            fps=request.fps,
            drawing=request.drawing,
            parts=request.parts,
            range_=request.range_,
            refine=request.refine,
            ask=request.allows(told),
            progress=progress,
            cancelled=cancelled,
        )
