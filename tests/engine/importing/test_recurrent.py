"""Networks with a memory, in the form of RobustVideoMatting, taken in as methods that give mattes."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto

from engine.backends.onnxruntime import OnnxRuntimeSession
from engine.errors import ModelError
from engine.importing.plan import ForeignPlan, Stated, clean, plan, wrap_foreign
from engine.importing.prepare import prepare_import
from engine.methods import MethodPool, make_pool
from engine.models.library import Library
from engine.segmenter import load_model
from engine.tasks import Memory
from tests.engine.importing.recurrent_models import alphas_of, recurrent
from tests.engine.importing.test_plan import picture

SIZE = (48, 32)
KNOWN = Stated(channels="rgb", mean=(0, 0, 0), std=(255, 255, 255))


def taken_in(model: onnx.ModelProto, stated: Stated = KNOWN) -> tuple[ForeignPlan, OnnxRuntimeSession]:
    cleaned = clean(model)
    understood = plan(cleaned, stated)
    graph = wrap_foreign(cleaned, understood)
    onnx.checker.check_model(graph, full_check=True)
    return understood, OnnxRuntimeSession(graph.SerializeToString(), device="cpu", threads=1)


def frames(count: int, size: tuple[int, int] = SIZE) -> list[NDArray[np.uint8]]:
    """One picture that moves by two pixels a frame."""
    return [np.ascontiguousarray(np.roll(picture(*size), 2 * index, axis=1)) for index in range(count)]


@pytest.mark.parametrize("state", [("b", "c", "h", "w"), (1, 1, 32, 48)])
@pytest.mark.parametrize("ratio_shape", [(1,), (), None])
def test_states_go_on_from_frame_to_frame(state: tuple, ratio_shape: tuple[int, ...] | None) -> None:
    understood, session = taken_in(recurrent(state=state, size=SIZE, ratio_shape=ratio_shape))
    assert understood.task == "matting"
    assert understood.output_name == "pha"
    assert "output" not in understood.guessed
    assert "memory" in understood.notes
    clip = frames(4)
    memory: Memory = ()
    for frame, expected in zip(clip, alphas_of(clip), strict=True):
        made = session.run(frame, memory=memory)
        assert made.memory is not None
        assert len(made.memory) == 2
        assert made.alpha is not None
        np.testing.assert_allclose(made.alpha, expected, atol=2e-5)
        assert np.array_equal(made.classes, made.alpha >= 0.5)
        memory = made.memory
    alone = session.run(clip[-1])
    assert alone.memory is None
    assert alone.alpha is not None
    np.testing.assert_allclose(alone.alpha, alphas_of(clip[-1:])[0], atol=2e-5)
    session.close()


@pytest.mark.parametrize(
    ("stated", "size", "expected"),
    [(None, (1280, 720), 512 / 1280), (None, (960, 720), 512 / 960), (0.25, (1280, 720), 0.25)],
)
@pytest.mark.parametrize("ratio_shape", [(1,), (), (1, 1, 1, 1)])
def test_the_ratio_follows_the_size_unless_it_is_stated(
    stated: float | None, size: tuple[int, int], expected: float, ratio_shape: tuple[int, ...]
) -> None:
    known = Stated(channels="rgb", mean=(0, 0, 0), std=(255, 255, 255), downsample_ratio=stated)
    understood, session = taken_in(recurrent(ratio_shape=ratio_shape), known)
    assert understood.recurrence is not None
    assert understood.recurrence.downsample_ratio == (stated or "auto")
    assert understood.input.short_side == 720, "it shrinks frames itself"
    made = session.run(picture(*size), memory=())
    session.close()
    assert made.memory is not None
    assert made.memory[1].item() == pytest.approx(expected)


def test_a_small_network_is_given_its_picture_whole() -> None:
    _, session = taken_in(recurrent(size=SIZE))
    made = session.run(picture(*SIZE), memory=())
    session.close()
    assert made.memory is not None
    assert made.memory[1].item() == 1


def test_half_precision_keeps_its_states_in_it() -> None:
    _, session = taken_in(recurrent(size=SIZE, dtype=TensorProto.FLOAT16))
    first = session.run(picture(*SIZE), memory=())
    second = session.run(picture(*SIZE), memory=first.memory)
    session.close()
    assert second.memory is not None
    assert [state.dtype for state in second.memory] == [np.float16, np.float16]
    assert first.alpha is not None
    assert second.alpha is not None
    assert second.alpha.mean() > 1.2 * first.alpha.mean()


@pytest.mark.parametrize(
    ("model", "ratio", "told"),
    [
        (recurrent(left_out=["pha"]), None, "gives no 'pha'"),
        (recurrent(left_out=["r2o"]), None, "gives no 'r2o'"),
        (recurrent(ratio_shape=None), 0.5, "no input 'downsample_ratio'; leave out"),
    ],
)
def test_what_is_not_of_the_form_is_refused(model: onnx.ModelProto, ratio: float | None, told: str) -> None:
    with pytest.raises(ModelError, match=told):
        plan(clean(model), Stated(downsample_ratio=ratio))


def test_an_old_opset_is_raised() -> None:
    understood, session = taken_in(recurrent(size=SIZE, opset=10))
    session.close()
    assert understood.recurrence is not None


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recurrent model that was imported."""
    folder = tmp_path_factory.mktemp("recurrent")
    onnx.save(recurrent(size=SIZE), folder / "rvm.onnx")
    with (
        Library(folder / "library") as library,
        prepare_import(folder / "rvm.onnx", name="rvm", library=library, stated=KNOWN) as prepared,
    ):
        entry = prepared.add()
    assert entry.card is not None
    assert entry.card.task == "matting"
    assert entry.card.has_memory
    assert entry.card.foreign is not None
    assert entry.card.foreign.recurrence is not None
    assert entry.card.foreign.recurrence.states == ("r1i", "r2i")
    assert entry.card.foreign.recurrence.downsample_ratio == "auto"
    return entry.path


@pytest.fixture
def pool() -> MethodPool:
    return make_pool(device="cpu", threads=1)


def test_as_a_method_it_remembers_until_it_is_reset(path: Path, pool: MethodPool) -> None:
    method = pool.make(str(path))
    clip = frames(5)
    expected = alphas_of(clip)
    for _ in range(2):
        for frame, alpha in zip(clip, expected, strict=True):
            made = method.segment(frame)
            assert made.alpha is not None
            np.testing.assert_allclose(made.alpha, alpha, atol=2e-5)
        method.reset()
    method.close()


def test_a_cut_and_another_size_begin_anew(path: Path, pool: MethodPool) -> None:
    method = pool.make(str(path))
    night, day = (np.full((32, 48, 3), level, np.uint8) for level in (4, 250))
    method.segment(night)
    cut = method.segment(day)
    larger = method.segment(frames(1, (96, 64))[0])
    method.close()
    alone = load_model(path, device="cpu", threads=1)
    assert np.array_equal(cut.alpha, alone.segment(day).alpha)  # type: ignore[arg-type]
    assert np.array_equal(larger.alpha, alone.segment(frames(1, (96, 64))[0]).alpha)  # type: ignore[arg-type]
    alone.close()


def test_both_slots_share_a_step_and_not_their_memories(
    path: Path, pool: MethodPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = pool.make(str(path)), pool.make(f"ema({path}, alpha=0)")
    runs = []
    whole = OnnxRuntimeSession.run
    monkeypatch.setattr(OnnxRuntimeSession, "run", lambda *a, **k: runs.append(1) or whole(*a, **k))
    clip = frames(3)
    for frame, alpha in zip(clip, alphas_of(clip), strict=True):
        for method in (a, b):
            np.testing.assert_allclose(method.segment(frame).alpha, alpha, atol=2e-5)  # type: ignore[arg-type]
    assert len(runs) == 3
    b.reset()
    np.testing.assert_allclose(b.segment(clip[2]).alpha, alphas_of(clip[2:])[0], atol=2e-5)  # type: ignore[arg-type]
    assert len(runs) == 4
    for method in (a, b):
        method.close()
