"""What a file is, before it is parsed: the reading itself. What is refused is in hostile_models.py."""

import io
import os
import stat
from pathlib import Path

import onnx
import pytest

from engine.errors import ModelError
from engine.models.vetting import open_model, open_regular, read_metadata, top_fields, vet_graph
from engine.models.weights import ASIDE, bring_back, set_aside
from resources import MODELS
from tests.engine.importing.foreign_models import foreign
from tests.engine.models.hostile_models import bombed, saved


def test_metadata_is_read_without_the_graph(tmp_path: Path) -> None:
    texts = {"names": "ä, ö", "empty": "", "long": "x" * 100_000}
    path = saved(foreign(metadata=texts))(tmp_path)
    assert read_metadata(path) == texts
    whole = path.read_bytes()
    graph = next(field for field in top_fields(io.BytesIO(whole), len(whole), path) if field.number == 7)
    path.write_bytes(whole[: graph.start] + bytes(graph.length) + whole[graph.start + graph.length :])
    assert read_metadata(path) == texts


def test_fields_are_those_that_protobuf_writes(tmp_path: Path) -> None:
    model = onnx.load(MODELS / "street.onnx")
    data = model.SerializeToString()
    numbers = [field.number for field in top_fields(io.BytesIO(data), len(data), tmp_path)]
    assert numbers.count(7) == 1
    assert numbers.count(8) == len(model.opset_import)
    assert numbers.count(14) == len(model.metadata_props)


def test_a_good_model_opens_at_its_start(tmp_path: Path) -> None:
    path = saved(foreign())(tmp_path)
    with open_model(path) as stream:
        assert stream.read() == path.read_bytes()
    link = tmp_path / "link.onnx"
    link.symlink_to(path)
    with open_model(link) as stream:
        assert stream.read(1) == b"\x08"
    with pytest.raises(ModelError, match=r"at most .* --memory"), open_model(path, bytes_max=100):
        pass


@pytest.mark.skipif(os.name != "posix", reason="pipes")
def test_a_file_that_becomes_a_pipe_between_two_looks_does_not_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.onnx"
    os.mkfifo(path)
    regular = (MODELS / "street.onnx").stat()
    assert stat.S_ISREG(regular.st_mode)
    monkeypatch.setattr(Path, "stat", lambda self, **kwargs: regular)
    with pytest.raises(ModelError, match="is a pipe"), open_regular(path):
        pass


def test_good_graphs_pass() -> None:
    vet_graph(onnx.load(MODELS / "street.onnx"), Path("street.onnx"))
    body = onnx.helper.make_graph(
        [onnx.helper.make_node("Identity", ["outside"], ["inside"])],
        "body",
        [],
        [onnx.helper.make_tensor_value_info("inside", onnx.TensorProto.FLOAT, [1])],
    )
    nodes = [onnx.helper.make_node("If", ["yes"], ["bomb"], then_branch=body, else_branch=body)]
    constants = [
        onnx.helper.make_tensor("yes", onnx.TensorProto.BOOL, [], [True]),
        onnx.helper.make_tensor("outside", onnx.TensorProto.FLOAT, [1], [1.0]),
    ]
    vet_graph(bombed(nodes, *constants), Path("nested.onnx"))


@pytest.mark.parametrize("typed", [False, True])
def test_weights_come_back_as_they_were(typed: bool, tmp_path: Path) -> None:
    model = onnx.load(MODELS / "street.onnx")
    if typed:
        for tensor in model.graph.initializer:
            if tensor.data_type == onnx.TensorProto.FLOAT:
                values = onnx.numpy_helper.to_array(tensor)
                tensor.ClearField("raw_data")
                tensor.float_data.extend(values.ravel().tolist())
    wanted = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    store = tmp_path / ASIDE
    light = set_aside(model, tmp_path / "street.onnx", store, bytes_max=10**9)
    assert light.ByteSize() < store.stat().st_size / 4
    bring_back(light, store)
    assert len(light.graph.initializer) == len(wanted)
    for tensor in light.graph.initializer:
        assert (onnx.numpy_helper.to_array(tensor) == wanted[tensor.name]).all()


def test_half_bytes_are_counted_as_such(tmp_path: Path) -> None:
    model = foreign()
    model.graph.initializer.append(onnx.helper.make_tensor("fours", onnx.TensorProto.INT4, [5], [1, 2, 3, 4, 5]))
    set_aside(model, tmp_path / "model.onnx", tmp_path / ASIDE, bytes_max=10**6)
    model.graph.initializer[-1].raw_data = b"12"
    with pytest.raises(ModelError, match="takes 3 bytes, but 2 bytes are there"):
        set_aside(model, tmp_path / "model.onnx", tmp_path / ASIDE, bytes_max=10**6)
