"""Files that nobody should import: what each is, how it is made, and what its refusal must say."""

import io
import os
import pickle
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save as safetensors_bytes

from engine.models.bundle import graph_hash
from engine.models.card import CARD_KEY
from tests.engine.importing.foreign_models import INPUT, foreign

SECRET = "secret.bin"
"""A file outside the model's folder that external data must not reach."""


@dataclass(frozen=True)
class Hostile:
    """One file. build: makes it in an empty folder and returns its path. says: a pattern of the refusal.

    greedy: it asks for more memory than there is. posix: it needs pipes or links.
    """

    name: str
    build: Callable[[Path], Path]
    says: str
    greedy: bool = False
    posix: bool = False


def written(content: bytes, name: str = "model.onnx") -> Callable[[Path], Path]:
    """A builder of a file with this content."""

    def build(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return build


def saved(model: onnx.ModelProto, name: str = "model.onnx") -> Callable[[Path], Path]:
    return written(model.SerializeToString(), name)


def _zip(names: Iterable[str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, b"0" * 100)
    return out.getvalue()


class _Evil:
    def __reduce__(self) -> tuple[object, ...]:
        return os.system, ("touch owned",)


def _make_folder(folder: Path) -> Path:
    (folder / "model.onnx").mkdir()
    return folder / "model.onnx"


def _make_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "model.onnx")
    return folder / "model.onnx"


def _link_to(target: str) -> Callable[[Path], Path]:
    def build(folder: Path) -> Path:
        (folder / "model.onnx").symlink_to(target)
        return folder / "model.onnx"

    return build


def _sparse_file(folder: Path) -> Path:
    path = saved(foreign())(folder)
    os.truncate(path, 3 * 10**9)
    return path


def external(location: str, prepare: Callable[[Path], None] = lambda folder: None, **fields: object):
    """A builder of a valid model whose kernel is external data at `location`; `{folder}` stands for its folder."""

    def build(folder: Path) -> Path:
        model = foreign()
        tensor = model.graph.initializer[0]
        data = tensor.raw_data
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        values = {"location": location.replace("{folder}", str(folder)), **fields}
        for key, value in values.items():
            tensor.external_data.add(key=key, value=str(value))
        (folder / "good.bin").write_bytes(data)
        (folder.parent / SECRET).write_bytes(data)
        prepare(folder)
        return saved(model)(folder)

    return build


def _symlink(folder: Path) -> None:
    (folder / "link.bin").symlink_to(folder.parent / SECRET)


def _symlinked_folder(folder: Path) -> None:
    (folder / "inside").symlink_to(folder.parent, target_is_directory=True)


def _hard_link(folder: Path) -> None:
    os.link(folder.parent / SECRET, folder / "hard.bin")


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / "pipe.bin")


def _external_in_a_node(folder: Path) -> Path:
    model = bombed([])
    tensor = TensorProto(name="hidden", data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value=f"../{SECRET}")
    node = helper.make_node("Constant", [], ["bomb"])
    node.attribute.append(onnx.AttributeProto(name="value", type=onnx.AttributeProto.TENSOR, t=tensor))
    model.graph.node.insert(0, node)
    return saved(model)(folder)


def _shared_data(folder: Path) -> Path:
    """1,000 tensors of 4 MB each that all stand in the same 4 MB."""
    model = foreign()
    (folder / "good.bin").write_bytes(bytes(4_000_000))
    for index in range(1000):
        tensor = model.graph.initializer.add(
            name=f"copy{index}", data_type=TensorProto.FLOAT, dims=[1_000_000], data_location=TensorProto.EXTERNAL
        )
        tensor.external_data.add(key="location", value="good.bin")
    return saved(model)(folder)


def bombed(nodes: list[onnx.NodeProto], *constants: onnx.TensorProto, domains: Iterable[str] = ()) -> onnx.ModelProto:
    """A valid model that adds the greatest value of the tensor `bomb`, which `nodes` make, to its input."""
    model = foreign()
    added = [
        helper.make_node("ReduceMax", ["bomb"], ["fuse"], keepdims=0),
        helper.make_node("Add", [INPUT, "fuse"], ["lit"]),
    ]
    model.graph.node[0].input[0] = "lit"
    rest = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*nodes, *added, *rest])
    model.graph.initializer.extend(constants)
    model.opset_import.extend(helper.make_opsetid(domain, 1) for domain in domains)
    return model


def _ints(name: str, *values: int) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(values, np.int64), name)


def _endless() -> onnx.ModelProto:
    """A loop of 2⁶² turns."""
    real = helper.make_tensor_value_info("total", TensorProto.FLOAT, [])
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["again"]), helper.make_node("Sin", ["sum"], ["total"])],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("sum", TensorProto.FLOAT, []),
        ],
        [helper.make_tensor_value_info("again", TensorProto.BOOL, []), real],
    )
    return bombed(
        [
            helper.make_node("ReduceMin", [INPUT], ["begin"], keepdims=0),
            helper.make_node("Loop", ["turns", "yes", "begin"], ["bomb"], body=body),
        ],
        numpy_helper.from_array(np.array(2**62, np.int64), "turns"),
        numpy_helper.from_array(np.array(True), "yes"),
    )


ENDLESS = Hostile("a loop without end", saved(_endless()), "longer than 3 s")


def _nested(depth: int = 2000) -> bytes:
    """Subgraphs in subgraphs, written by hand: no library writes that deep."""

    def field(number: int, content: bytes) -> bytes:
        length, count = b"", len(content)
        while count >= 0x80:
            length, count = length + bytes([count & 0x7F | 0x80]), count >> 7
        return bytes([number << 3 | 2]) + length + bytes([count]) + content

    graph = b""
    for _ in range(depth):
        graph = field(1, field(5, field(1, b"body") + field(6, graph)))  # node, attribute, its name and graph
    return b"\x08\x08" + field(7, graph)


def _function(name: str, nodes: list[onnx.NodeProto]) -> onnx.FunctionProto:
    return helper.make_function(
        "f", name, ["x"], ["y"], nodes, [helper.make_opsetid("", 17), helper.make_opsetid("f", 1)]
    )


def _functions_in_circles() -> onnx.ModelProto:
    model = bombed([helper.make_node("A", [INPUT], ["bomb"], domain="f")], domains=["f"])
    model.functions.append(_function("A", [helper.make_node("B", ["x"], ["y"], domain="f")]))
    model.functions.append(_function("B", [helper.make_node("A", ["x"], ["y"], domain="f")]))
    return model


def _functions_that_double(levels: int = 30) -> onnx.ModelProto:
    model = bombed([helper.make_node("F0", [INPUT], ["bomb"], domain="f")], domains=["f"])
    for level in range(levels):
        inner = f"F{level + 1}" if level + 1 < levels else "Neg"
        domain = "f" if level + 1 < levels else ""
        twice = [
            helper.make_node(inner, ["x"], ["m"], domain=domain),
            helper.make_node(inner, ["m"], ["y"], domain=domain),
        ]
        model.functions.append(_function(f"F{level}", twice))
    return model


def _claiming(**fields: object) -> onnx.ModelProto:
    model = foreign()
    model.graph.initializer.append(TensorProto(**{"name": "claim", "data_type": TensorProto.FLOAT, **fields}))
    return model


def _sparse_tensor() -> onnx.ModelProto:
    model = bombed([helper.make_node("Identity", ["sparse"], ["bomb"])])
    values = numpy_helper.from_array(np.ones(1, np.float32), "sparse")
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, _ints("where", 7), [2**20, 2**20]))
    return model


def _cyclic() -> onnx.ModelProto:
    return bombed(
        [
            helper.make_node("Neg", ["b"], ["a"]),
            helper.make_node("Neg", ["a"], ["b"]),
            helper.make_node("Neg", ["b"], ["bomb"]),
        ]
    )


def _with_card(folder: Path, change: Callable[[onnx.ModelProto, dict[str, object]], None]) -> Path:
    """The bundled model, changed, with a card that names the hash of what it was changed to."""
    import json

    from resources import MODELS

    model = onnx.load(MODELS / "street.onnx")
    (entry,) = model.metadata_props
    card = json.loads(entry.value)
    change(model, card)
    del model.metadata_props[:]
    card["graph_hash"] = graph_hash(model)
    model.metadata_props.add(key=CARD_KEY, value=json.dumps(card))
    return saved(model, "street.onnx")(folder)


def _forged_with_external_data(folder: Path) -> Path:
    def change(model: onnx.ModelProto, card: dict[str, object]) -> None:
        tensor = model.graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value=f"../{SECRET}")

    return _with_card(folder, change)


def _forged_classes(folder: Path) -> Path:
    def change(model: onnx.ModelProto, card: dict[str, object]) -> None:
        card["class_set"]["classes"] = card["class_set"]["classes"][:3]  # type: ignore[index]

    return _with_card(folder, change)


def _foreign_peer(folder: Path) -> Path:
    path = _with_card(folder, lambda model, card: None)
    (folder / "street.safetensors").write_bytes(safetensors_bytes({"a": np.zeros(3, np.float32)}))
    return path


def _peer_is_a_pipe(folder: Path) -> Path:
    path = _with_card(folder, lambda model, card: None)
    os.mkfifo(folder / "street.safetensors")
    return path


GOOD = foreign().SerializeToString()
_SHAPE = _ints("shape", 2**17, 2**17)
_ONE = numpy_helper.from_array(np.ones((1, 1), np.float32), "one")

HOSTILE = [
    Hostile("nothing there", lambda folder: folder / "model.onnx", "there is no model file"),
    Hostile("empty", written(b""), "is empty"),
    Hostile("text", written(b"a plain text, not a model\n" * 30), "a text file"),
    Hostile("web page", written(b"\n <!DOCTYPE html><html><body>404</body></html>"), "a web page"),
    Hostile("git lfs pointer", written(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), "git lfs pull"),
    Hostile("zip", written(_zip(["model.onnx"])), "a zip archive"),
    Hostile("zip bomb of torch", written(_zip(["archive/data.pkl", "archive/version"])), r"torch\.onnx\.export"),
    Hostile("pt", written(_zip(["archive/data.pkl"]), "net.pt"), r"torch\.onnx\.export"),
    Hostile("pth", written(pickle.dumps(_Evil()), "net.pth"), r"torch\.onnx\.export"),
    Hostile("pickle", written(pickle.dumps(_Evil())), r"a pickle.*torch\.onnx\.export"),
    Hostile("gzip", written(b"\x1f\x8b\x08" + bytes(50)), "a gzip archive"),
    Hostile("hdf5", written(b"\x89HDF\r\n\x1a\n" + bytes(50)), "tf2onnx"),
    Hostile("png", written(b"\x89PNG\r\n\x1a\n" + bytes(200)), "is not an ONNX model"),
    Hostile("noise", written(np.random.default_rng(1).bytes(5000)), "is not an ONNX model"),
    Hostile("safetensors as onnx", written(safetensors_bytes({"a": np.zeros(9)})), "a safetensors file"),
    Hostile("safetensors", written(safetensors_bytes({"a": np.zeros(9)}), "a.safetensors"), "a safetensors file"),
    Hostile("onnx named zip", written(GOOD, "model.zip"), r"is not named \.onnx"),
    Hostile("folder", _make_folder, "is a folder"),
    Hostile("pipe", _make_pipe, "is a pipe", posix=True),
    Hostile("device", _link_to("/dev/zero"), "is a device", posix=True),
    Hostile("3 GB", _sparse_file, "is 3,000 MB", greedy=True, posix=True),
    Hostile("truncated", written(GOOD[:-30]), "is cut short or damaged"),
    Hostile("cut before the graph", written(GOOD[:2]), "holds 0 graphs"),
    Hostile("two graphs", written(GOOD + GOOD), "holds 2 graphs"),
    Hostile("graph longer than anything", written(b"\x08\x08\x3a\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), "is cut short"),
    Hostile("half a number", written(b"\x08\xff\xff"), "is not an ONNX model"),
    Hostile("graph of noise", written(b"\x08\x08\x3a\xe8\x07" + np.random.default_rng(2).bytes(1000)), "or damaged"),
    Hostile("external ../", external(f"../{SECRET}"), "outside the model's folder"),
    Hostile("external x/../../", external(f"inside/../../{SECRET}"), "outside the model's folder"),
    Hostile("external absolute", external("{folder}/good.bin"), "outside the model's folder"),
    Hostile("external with a drive", external("C:good.bin"), "outside the model's folder"),
    Hostile("external of windows", external(f"..\\{SECRET}"), "outside the model's folder"),
    Hostile("external nowhere", external(""), "outside the model's folder"),
    Hostile("external missing", external("missing.bin"), "is not there"),
    Hostile("external symlink", external("link.bin", _symlink), "behind a link", posix=True),
    Hostile("external linked folder", external(f"inside/{SECRET}", _symlinked_folder), "behind a link", posix=True),
    Hostile("external hard link", external("hard.bin", _hard_link), "behind a hard link", posix=True),
    Hostile("external pipe", external("pipe.bin", _pipe), "is a pipe", posix=True),
    Hostile("external folder", external("sub", lambda folder: (folder / "sub").mkdir()), "is a folder"),
    Hostile("external past the end", external("good.bin", offset=10), "which has 36"),
    Hostile("external far away", external("good.bin", offset=10**17), "has its data at bytes"),
    Hostile("external before the start", external("good.bin", offset=-4), "not a number"),
    Hostile("external of another length", external("good.bin", length=12), "takes 36 bytes"),
    Hostile("external number of 5,000 digits", external("good.bin", offset="9" * 5000), "not a number"),
    Hostile("external within a node", _external_in_a_node, "outside the model's folder"),
    Hostile("external shared 1,000 times", _shared_data, "claims .* for its tensors", greedy=True),
    Hostile("claims 4 TB", saved(_claiming(dims=[2**20, 2**20], raw_data=b"1234")), "claims", greedy=True),
    Hostile(
        "claims beyond counting", saved(_claiming(dims=[2**62] * 60, raw_data=b"1234")), "impossible shape", greedy=True
    ),
    Hostile("claims a little more", saved(_claiming(dims=[100], raw_data=b"1234")), "4 bytes are there"),
    Hostile("claims more numbers", saved(_claiming(dims=[100], float_data=[1.0])), "1 values are there"),
    Hostile("claims less than nothing", saved(_claiming(dims=[-4, -1], float_data=[1.0] * 4)), "impossible shape"),
    Hostile("type unknown", saved(_claiming(dims=[1], data_type=99, raw_data=b"1234")), "unknown type 99"),
    Hostile("sparse and huge", saved(_sparse_tensor()), "claims", greedy=True),
    Hostile(
        "constant of 64 GB",
        saved(bombed([helper.make_node("ConstantOfShape", ["shape"], ["bomb"])], _SHAPE)),
        "memory",
        greedy=True,
    ),
    Hostile(
        "expands to 64 GB",
        saved(bombed([helper.make_node("Expand", ["one", "shape"], ["bomb"])], _ONE, _SHAPE)),
        "memory",
        greedy=True,
    ),
    Hostile(
        "tiles to 64 GB",
        saved(bombed([helper.make_node("Tile", ["one", "shape"], ["bomb"])], _ONE, _SHAPE)),
        "memory|more than",
        greedy=True,
    ),
    Hostile(
        "counts to 10¹²",
        saved(
            bombed(
                [
                    helper.make_node("Range", ["from", "to", "step"], ["numbers"]),
                    helper.make_node("Cast", ["numbers"], ["bomb"], to=TensorProto.FLOAT),
                ],
                *(
                    numpy_helper.from_array(np.array(v, np.int64), n)
                    for n, v in (("from", 0), ("to", 10**12), ("step", 1))
                ),
            )
        ),
        "memory",
        greedy=True,
    ),
    Hostile("input of 100,000 pixels a side", saved(foreign(size=(100_000, 100_000))), "sides of 1 to", greedy=True),
    Hostile("functions that double", saved(_functions_that_double()), "over 100,000 nodes", greedy=True),
    Hostile("functions in circles", saved(_functions_in_circles()), "functions that call themselves"),
    Hostile("cyclic", saved(_cyclic()), "the graph is cyclic"),
    Hostile("nested too deep", written(_nested()), "or damaged"),
    Hostile("rank", saved(bombed([helper.make_node("Neg", ["nothing"], ["bomb"])])), "the graph is cyclic, cut"),
    Hostile("no third channel", saved(foreign(channels=4)), "channel"),
    Hostile("300 classes", saved(foreign(classes=300)), "300|255|256"),
    Hostile(
        "operator of its own",
        saved(bombed([helper.make_node("Evil", [INPUT], ["bomb"], domain="x.y")], domains=["x.y"])),
        "Evil",
    ),
    Hostile("forged card with external data", _forged_with_external_data, "in another file"),
    Hostile("forged card with fewer classes", _forged_classes, "3 classes|ids"),
    Hostile("bundle with weights of others", _foreign_peer, "no Steadymask card; put the right one"),
    Hostile("bundle beside a pipe", _peer_is_a_pipe, "is a pipe", posix=True),
]
