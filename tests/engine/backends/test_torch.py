"""torch alone: models it cannot run, weights that do not fit, CUDA that does not start, half precision."""

import shutil
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper

from engine import load_model, open_video
from engine.backends import hardware
from engine.backends import torch as backend
from engine.errors import BackendError, ModelError
from engine.models.bundle import read_graph, read_weights, write_bundle
from engine.models.card import Foreign, ModelCard
from resources import DEMO_CLIP, MODELS


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A copy of a bundled model, to be damaged."""
    for suffix in (".onnx", ".safetensors"):
        shutil.copy(MODELS / f"street{suffix}", tmp_path / f"mine{suffix}")
    return tmp_path / "mine.onnx"


def rewrite(path: Path, weights: dict[str, NDArray] | None = None, **changes: object) -> ModelCard:
    """Write the bundle again with other weights or another card, hashes and all."""
    model, card = read_graph(path)
    tensors = read_weights(path.with_suffix(".safetensors")) if weights is None else weights
    return write_bundle(path.with_suffix(""), model, tensors, card.model_copy(update=changes))


def demo_frame() -> NDArray[np.uint8]:
    with open_video(str(DEMO_CLIP)) as video:
        return video.read(10).rgb


def test_an_imported_model_names_itself_and_the_other_backend(bundle: Path) -> None:
    foreign = Foreign(file="theirs.onnx", file_hash="sha256:0", layout="nchw", channels="rgb", output="logits")
    rewrite(bundle, foreign=foreign)
    bundle.with_suffix(".safetensors").unlink()
    with pytest.raises(BackendError, match=r"street was imported from theirs\.onnx .* use the backend onnxruntime"):
        load_model(bundle, device="cpu", backend="torch")


def test_a_bundle_without_weights_names_the_file(bundle: Path) -> None:
    bundle.with_suffix(".safetensors").unlink()
    with pytest.raises(BackendError, match=r"no mine\.safetensors beside .* use the backend onnxruntime"):
        load_model(bundle, device="cpu", backend="torch")


def test_weights_that_were_changed_are_refused(bundle: Path) -> None:
    weights = bundle.with_suffix(".safetensors")
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(ModelError, match="was changed after its card was written"):
        load_model(bundle, device="cpu", backend="torch")


def test_weights_that_serve_training_alone_may_be_missing(bundle: Path) -> None:
    weights = read_weights(bundle.with_suffix(".safetensors"))
    kept = {name: value for name, value in weights.items() if not name.startswith("auxiliary.")}
    assert len(kept) < len(weights)
    rewrite(bundle, kept)
    whole, bare = (load_model(name, device="cpu", backend="torch", threads=1) for name in ("street", bundle))
    frame = demo_frame()
    assert (whole.segment(frame).classes == bare.segment(frame).classes).all()


def test_a_weight_that_is_missing_or_too_many_is_named(bundle: Path) -> None:
    weights = read_weights(bundle.with_suffix(".safetensors"))
    name = "classify.1.bias"
    weights["surplus"] = weights.pop(name)
    rewrite(bundle, weights)
    with pytest.raises(BackendError, match=f"missing {name}; too many surplus; export it again"):
        load_model(bundle, device="cpu", backend="torch")


def test_a_weight_of_another_shape_is_refused(bundle: Path) -> None:
    weights = read_weights(bundle.with_suffix(".safetensors"))
    name = "classify.1.bias"
    weights[name] = np.zeros(len(weights[name]) + 1, np.float32)
    rewrite(bundle, weights)
    with pytest.raises(BackendError, match="does not fit the network of its card"):
        load_model(bundle, device="cpu", backend="torch")


@pytest.mark.parametrize("changes", [{"family": "abacus"}, {"options": {"beads": 10}}])
def test_a_network_of_a_later_version_is_refused(bundle: Path, changes: dict[str, object]) -> None:
    rewrite(bundle, **changes)
    with pytest.raises(BackendError, match=r"this version cannot build its network.*update Steadymask"):
        load_model(bundle, device="cpu", backend="torch")


def test_torch_that_cannot_be_loaded_is_an_error_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "engine.backends.torch", None)
    with pytest.raises(BackendError, match=r"torch cannot be loaded .*pip install torch.*the backend onnxruntime"):
        load_model("street", backend="torch")


def test_a_build_without_cuda_names_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.version, "cuda", None)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    model = load_model("street", device="cuda", backend="torch")
    warning = model.report.warning or ""
    assert warning.startswith("CUDA was asked for, CPU is running: ")
    assert f"this torch ({torch.__version__}) was built without CUDA; install" in warning


def test_a_driver_that_does_not_start_gives_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def init() -> None:
        raise RuntimeError("The NVIDIA driver on your system is too old (found version 11040)")

    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "init", init)
    monkeypatch.setattr(hardware, "nvidia_driver", lambda: True)
    for device in ("cuda", "auto"):
        model = load_model("street", device=device, backend="torch")  # type: ignore[arg-type]
        assert "too old (found version 11040)); update the NVIDIA driver" in (model.report.warning or "")
    monkeypatch.setattr(torch.cuda, "init", lambda: None)
    model = load_model("street", device="cuda", backend="torch")
    assert "sees no GPU; check CUDA_VISIBLE_DEVICES" in (model.report.warning or "")


def test_cuda_that_fails_on_the_way_leaves_the_cpu_with_whole_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver answers, the network is halved and moved, the first frame fails: as an unknown GPU makes it fail."""
    real = backend.TorchSession._forward

    def fail_in_half(self: backend.TorchSession, *words: object, **named: object) -> object:
        if self._dtype == torch.float16:
            raise RuntimeError("no kernel image is available for execution on the device")
        return real(self, *words, **named)  # type: ignore[arg-type]

    plain = load_model("street", device="cpu", backend="torch", threads=1)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch, "device", lambda name, real=torch.device: real("cpu" if name == "cuda" else name))
    monkeypatch.setattr(backend.TorchSession, "_forward", fail_in_half)
    model = load_model("street", device="cuda", backend="torch", threads=1)
    monkeypatch.undo()
    assert (model.report.provider, model.report.precision) == ("torch-cpu", "float32")
    assert "CUDA failed to start" in (model.report.warning or "")
    assert "no kernel image" in (model.report.warning or "")
    frame = demo_frame()
    ours, theirs = (each.segment(frame, scores=True).scores for each in (plain, model))
    assert ours is not None
    assert theirs is not None
    assert (ours == theirs).all()


def test_half_precision_gives_nearly_the_same_masks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs on CUDA, on the CPU: the same arithmetic in half precision, told in the report."""
    frame = demo_frame()
    whole = load_model("street", device="cpu", backend="torch", threads=1).segment(frame, scores=True)
    monkeypatch.setitem(backend._PRECISION, "cpu", torch.float16)
    model = load_model("street", device="cpu", backend="torch", threads=1)
    half = model.segment(frame, scores=True)
    assert model.report.precision == "float16"
    assert half.scores is not None
    assert half.scores.dtype == np.float32
    assert (half.classes == whole.classes).mean() > 0.99


def test_the_network_is_in_eval_mode_and_channels_last() -> None:
    network = load_model("street", device="cpu", backend="torch")._session._network  # type: ignore[attr-defined]
    assert not any(module.training for module in network.modules())
    kernels = [value for name, value in network.named_parameters() if value.ndim == 4]
    assert all(kernel.is_contiguous(memory_format=torch.channels_last) for kernel in kernels)


def test_a_scale_in_the_normalisation_counts(bundle: Path) -> None:
    _, card = read_graph(bundle)
    network = backend._network(bundle, card)
    normal = card.normalisation
    scaled = normal.model_copy(update={"scale": 2.0})
    same = normal.model_copy(update={"scale": 2.0, "std": tuple(2 * value for value in normal.std)})
    frame = demo_frame()

    def scores(normalisation: object) -> NDArray[np.float32]:
        changed = card.model_copy(update={"normalisation": normalisation})
        found = backend.TorchSession(network, changed, device="cpu", threads=1).run(frame, scores=True).scores
        assert found is not None
        return found

    assert np.allclose(scores(same), scores(normal), atol=1e-3)
    assert not np.allclose(scores(scaled), scores(normal), atol=1)


@pytest.mark.parametrize("source", [(64, 64), (97, 61), (33, 500), (180, 241), (720, 1280)])
def test_bytes_are_resized_bit_for_bit_as_the_graph_does(source: tuple[int, int]) -> None:
    height, width = 360, 480
    frame = np.random.default_rng(1).integers(0, 256, (*source, 3), dtype=np.uint8)
    graph = helper.make_graph(
        [helper.make_node("Resize", ["frame", "", "", "size"], ["out"], mode="linear")],
        "resize",
        [
            helper.make_tensor_value_info("frame", TensorProto.UINT8, [1, *source, 3]),
            helper.make_tensor_value_info("size", TensorProto.INT64, [4]),
        ],
        [helper.make_tensor_value_info("out", TensorProto.UINT8, [1, height, width, 3])],
    )
    model: onnx.ModelProto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    size = np.array([1, height, width, 3], np.int64)
    expected = session.run(None, {"frame": frame[np.newaxis], "size": size})[0][0]
    resized = backend.resize_bytes(torch.from_numpy(frame), height, width).numpy()
    assert (resized == expected).all()


def test_a_failure_of_the_runtime_names_device_and_frame() -> None:
    model = load_model("street", device="cpu", backend="torch")
    with pytest.raises(BackendError, match="CPU failed on a frame of 8×4"):
        model._session.run(np.zeros((4, 8, 2), np.uint8))
