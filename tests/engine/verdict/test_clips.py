"""The verdict on methods, over a clip: made-up ones, and the bundled model on the bundled clip."""

from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine import open_video
from engine.comparison import compare
from engine.datasets import LabelledFrame
from engine.errors import Cancelled, DatasetError
from engine.evaluation import CONTROLS
from engine.flow import SCORING_FLOW, MotionEstimator, make_flow
from engine.methods import Method, MethodPool, make_pool
from engine.pipeline import run_every_frame
from engine.segmentation import Segmentation
from engine.verdict import EvidenceMaker, Judge, Verdict, judge_street, referee_of
from engine.verdict import judge as judging
from resources import DEMO_CLIP
from tests.engine.test_comparison import SceneSource
from tests.engine.test_evaluation import SceneClip, dataset_of
from tests.engine.verdict.scene import Sure

REAL_FRAMES = 30


def pool() -> MethodPool:
    """Methods that see the scene of test_evaluation, with 5 % of noise, or `calm` with 1 %."""
    return MethodPool(lambda name: Sure(0.01 if name == "calm" else 0.05))  # type: ignore[arg-type, return-value]


def judged(source: SceneSource, baseline: Method, candidate: Method, **how: Any) -> Verdict:
    """The verdict that a comparison gives."""
    verdict = compare(source, "scene.mp4", baseline, candidate, verdict=True, **how).verdict
    assert verdict is not None
    return verdict


@pytest.fixture
def short_street(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scene in the place of the synthetic street, which takes its time."""
    monkeypatch.setattr(judging, "open_street", lambda root, split: dataset_of(SceneClip()))


@pytest.mark.usefixtures("short_street")
def test_a_calmer_model_is_better_and_the_street_is_asked() -> None:
    source, methods, told = SceneSource(), pool(), list[tuple[int, int | None]]()
    verdict = judged(source, methods.make("noisy"), methods.make("calm"), progress=lambda *done: told.append(done))
    assert verdict.outcome == "better", verdict.reasons
    assert verdict.condition("street").passed is True
    assert verdict.refereed == 29
    assert source.decoded == list(range(60))
    assert told[59] == (60, 60)
    assert told[-1] == (120, 120)


@pytest.mark.parametrize(
    "candidate", ["noisy", "frozen(calm)", "constant(calm)", "hold(calm, n=3)", "median(calm, n=5)"]
)
def test_what_is_refused_already_needs_no_street(candidate: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "open_street", lambda *_: pytest.fail("the street was asked"))
    methods = pool()
    verdict = judged(SceneSource(), methods.make("noisy"), methods.make(candidate))
    assert verdict.outcome == ("not better" if candidate == "noisy" else "worse")
    assert "refused already" in verdict.condition("street").says


def test_the_street_is_judged_by_its_labels() -> None:
    methods = pool()
    score = judge_street(methods.make("calm"), methods.make("noisy"), clips=(SceneClip(),))
    assert score.frames == 60
    assert score.baseline > score.candidate + 1
    with pytest.raises(DatasetError, match="frame 0 has no labels"):
        judge_street(methods.make("calm"), methods.make("noisy"), clips=(SceneClip(labelled=False),))
    with pytest.raises(Cancelled):
        judge_street(methods.make("calm"), methods.make("noisy"), clips=(SceneClip(),), cancelled=lambda: True)


def test_the_streets_of_the_verdict_are_kept_for_it() -> None:
    """They are there, they are labelled, and no recipe can reach their seeds."""
    from engine.datasets.synthetic import FIRST_RESERVED_SEED, SEEDS, open_street

    assert min(SEEDS["verdict"]) >= FIRST_RESERVED_SEED
    assert not set(SEEDS["verdict"]) & set(SEEDS["test"])
    frame: LabelledFrame = next(iter(open_street(None, "verdict").clips[0].frames()))
    assert frame.labels is not None


# ---- the real thing


class _Without:
    """A method with one of its classes given to another."""

    def __init__(self, inner: object, class_id: int, instead: int) -> None:
        self._inner, self._class, self._instead = inner, class_id, instead
        self.name = f"without {class_id}"

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        made = self._inner.segment(rgb)  # type: ignore[attr-defined]
        classes = np.where(made.classes == self._class, self._instead, made.classes).astype(np.uint8)
        return Segmentation(classes, made.source_size, made.inference_ms)


class _Flipping:
    """A method with 2 % of its pixels of another class, other ones each frame."""

    name = "flipping"

    def __init__(self, inner: object) -> None:
        self._inner, self._random = inner, np.random.default_rng(0)

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        made = self._inner.segment(rgb)  # type: ignore[attr-defined]
        wrong = self._random.random(made.classes.shape) < 0.02
        classes = np.where(wrong, (made.classes + 1) % 11, made.classes).astype(np.uint8)
        return Segmentation(classes, made.source_size, made.inference_ms)


@pytest.fixture(scope="module")
def verdicts() -> Iterator[dict[str, Verdict]]:
    """Of every control against `street`, all on the same frames of the bundled clip."""
    methods = make_pool(device="cpu")
    baseline = methods.make("street")
    names = baseline.card.class_set.names
    candidates = {each.partition("(")[0]: methods.make(each.format("street")) for each in CONTROLS}
    candidates |= {
        "itself": baseline,
        "sign dropped": _Without(baseline, names.index("sign"), names.index("building")),
        "flipping": _Flipping(baseline),
    }  # type: ignore[dict-item]
    judges = {name: Judge(baseline.card.class_set) for name in candidates}
    motions = MotionEstimator(make_flow(SCORING_FLOW))
    evidence = EvidenceMaker()
    for judge in judges.values():
        judge.begin_clip()
    with open_video(str(DEMO_CLIP)) as source:
        referee = referee_of(baseline, source, baseline)
        with closing(run_every_frame(source, baseline, referee, *candidates.values())) as results:
            for result in islice(results, REAL_FRAMES):
                motion = motions.update(result.frame.rgb)
                before, views, *made = (slot.segmentation for slot in result.slots)
                found = evidence.update(views, motion)
                for judge, after in zip(judges.values(), made, strict=True):
                    judge.weigh(found)  # about the frame before
                    judge.update(before, after, motion)
    yield {name: judge.verdict() for name, judge in judges.items()}
    baseline.close()


@pytest.mark.parametrize(
    ("control", "told"),
    [
        ("constant", "sky (gone)"),
        ("frozen", "car ("),
        ("blurred", "pole ("),
        ("ema", "something has just moved onto"),
        ("median", "something has just moved onto"),
        ("hold", "something has just moved onto"),
        ("propagate", "Classes are not kept: pole ("),
        ("sign dropped", "sign (gone)"),
        ("flipping", "Flicker is up"),
    ],
)
def test_no_control_beats_the_bundled_model(control: str, told: str, verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts[control]
    assert verdict.outcome == "worse"
    assert told in " ".join(verdict.reasons), verdict.reasons


def test_the_bundled_model_is_not_better_than_itself(verdicts: dict[str, Verdict]) -> None:
    assert verdicts["itself"].outcome == "not better"
    assert [each.name for each in verdicts["itself"].conditions if each.refuses] == ["flicker"]
    assert verdicts["itself"].refereed in (3, 4)  # one of every nine
