"""Decides what a file is before anything parses it: by what kind of file it is, its size, its first bytes, its fields.

Reads little and never blocks: a pipe or a device is refused before it is opened. Standard library only.
"""

import os
import stat
from collections.abc import Iterable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from engine.errors import ModelError

if TYPE_CHECKING:
    import onnx

PROTOBUF_MAX = 2**31 - 1
"""Bytes that one ONNX file can hold at most; what is larger keeps its weights in files beside it."""

METADATA = 14
"""Number of the field of an ONNX file that each entry of its metadata stands in."""

_HEAD = 512
_FIELDS_MAX = 20_000
_ENTRY_MAX = 16 * 2**20
_VARINT_MAX = 10
_NODES_MAX = 100_000
# ModelProto's fields and their wire types: 0 a number, 2 bytes with their length in front.
_WIRES = {1: 0, 2: 2, 3: 2, 4: 2, 5: 0, 6: 2, 7: 2, 8: 2, 14: 2, 20: 2, 25: 2, 26: 2}
_GRAPH = 7
_KEY, _VALUE = 1, 2

HOW_TO_EXPORT = (
    "Opening a PyTorch file can run any program that is in it, so Steadymask does not. Export the network where it was "
    "made, and import the .onnx:\n"
    "    model.eval()\n"
    '    torch.onnx.export(model, (torch.rand(1, 3, 512, 512),), "model.onnx", dynamo=True)'
)
_PICKLES = frozenset({".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".bin", ".tar"})
_WEB = (b"<!doctype", b"<html", b"<head", b"<?xml")
_OTHERS = (  # (offset, bytes, what it is, what to do)
    (0, b"version https://git-lfs", "a Git LFS pointer, not the file itself", "fetch the file with `git lfs pull`"),
    (0, b"\x1f\x8b", "a gzip archive", "unpack it, and import the .onnx from inside"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it, and import the .onnx from inside"),
    (0, b"BZh", "a bzip2 archive", "unpack it, and import the .onnx from inside"),
    (0, b"\xfd7zXZ", "an xz archive", "unpack it, and import the .onnx from inside"),
    (0, b"\x28\xb5\x2f\xfd", "a zstd archive", "unpack it, and import the .onnx from inside"),
    (257, b"ustar", "a tar archive", "unpack it, and import the .onnx from inside"),
    (0, b"\x89HDF", "an HDF5 file, as Keras writes them", "convert it with tf2onnx"),
    (4, b"TFL3", "a TensorFlow Lite model", "convert it with tf2onnx"),
    (4, b"ORTM", "onnxruntime's own .ort format", "take the .onnx that it was made from"),
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field at the top of a protobuf message: its number, and where its value stands in the file, in bytes."""

    number: int
    start: int
    length: int


@contextmanager
def open_regular(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading, if it is one: a folder, pipe, socket or device is refused and never waited for.

    Raises ModelError that names `path` and the reason.
    """
    try:
        _refuse_unless_regular(path.stat(), path)
        # Between the two looks the file may have become a pipe: opening that must not wait for a writer.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
        descriptor = os.open(path, flags)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ModelError(f"there is no model file {path}; check the path") from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error
    with os.fdopen(descriptor, "rb") as stream:
        _refuse_unless_regular(os.fstat(descriptor), path)
        yield stream


@contextmanager
def open_model(path: Path, *, bytes_max: int = PROTOBUF_MAX) -> Iterator[BinaryIO]:
    """Open an `.onnx` that looks like one from outside: its size, name, first bytes and outer fields. At its start.

    bytes_max: how large it may be. Raises ModelError that names `path`, says what it is instead, and what to do.
    """
    if path.suffix.lower() in _PICKLES:
        raise ModelError(f"{path} looks like a PyTorch file by its name. {HOW_TO_EXPORT}")
    with open_regular(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        _refuse_other_formats(stream.read(_HEAD), path, size)
        if path.suffix.lower() != ".onnx":
            raise ModelError(f"{path} is not named .onnx; if it is an ONNX model, rename it")
        if size > bytes_max:
            more = "" if bytes_max >= PROTOBUF_MAX else ", or allow more memory with --memory"
            raise ModelError(
                f"{path} is {megabytes(size)}, at most {megabytes(bytes_max)} can be read here; export it in half "
                f"precision, choose a smaller model{more}"
            )
        fields = top_fields(stream, size, path)
        graphs = sum(field.number == _GRAPH for field in fields)
        if graphs != 1:
            raise ModelError(f"{path} is not an ONNX model: it holds {graphs} graphs instead of one; download it again")
        stream.seek(0)
        yield stream


def read_metadata(path: Path) -> dict[str, str]:
    """The metadata of an `.onnx` by key, read without parsing graph and weights: as fast for a large model.

    Raises ModelError that names `path`.
    """
    with open_model(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        entries = {}
        for field in top_fields(stream, size, path):
            if field.number == METADATA:
                key, value = _metadata_entry(stream, field, path)
                entries[key] = value
        return entries


def top_fields(stream: BinaryIO, size: int, path: Path) -> list[Field]:
    """The outermost fields of the ONNX file `path`, in its order. size: bytes of the file.

    Raises ModelError when they are not those of an ONNX model, or when one is longer than the file.
    """
    fields = []
    for number, wire, start, length in _walk(stream, 0, size, path):
        if _WIRES.get(number) != wire:
            raise ModelError(
                f"{path} is not an ONNX model, or damaged (field {number} of type {wire} at byte {start}); "
                "download or export it again"
            )
        fields.append(Field(number, start, length))
    return fields


def vet_graph(model: "onnx.ModelProto", path: Path) -> None:
    """Raise ModelError where a graph runs in circles: nodes that wait for each other, functions that call themselves.

    `path` is named in the message. Nodes must stand in the order in which they run, as ONNX demands.
    """
    functions = {(function.domain, function.name): function for function in model.functions}
    waiting = {key: [call for node in functions[key].node for call in _calls(node)] for key in functions}
    sizes: dict[tuple[str, str], int] = {}  # nodes of a function when those it calls are written out
    while ready := [key for key, calls in waiting.items() if not any(call in waiting for call in calls)]:
        for key in ready:
            sizes[key] = sum(sizes.get(call, 1) for call in waiting[key])
        for key in ready:
            del waiting[key]
    if waiting:
        names = ", ".join(sorted(name for _, name in waiting))
        raise ModelError(f"{path} has functions that call themselves ({names[:200]}); export it without functions")
    if max(sizes.values(), default=0) > _NODES_MAX:
        raise ModelError(
            f"{path} has functions of over {_NODES_MAX:,} nodes when written out; export it without functions"
        )
    _vet_order(model.graph, frozenset(), path)
    for function in functions.values():
        _vet_nodes(function.node, set(function.input), path)


def _calls(node: "onnx.NodeProto") -> Iterator[tuple[str, str]]:
    yield node.domain, node.op_type
    for attribute in node.attribute:
        for graph in (attribute.g, *attribute.graphs):
            for inner in graph.node:
                yield from _calls(inner)


def _vet_order(graph: "onnx.GraphProto", outer: Set[str], path: Path) -> None:
    known = {*outer, *(entry.name for entry in graph.input), *(tensor.name for tensor in graph.initializer)}
    known.update(sparse.values.name for sparse in graph.sparse_initializer)
    _vet_nodes(graph.node, known, path)
    for output in graph.output:
        if output.name not in known:
            raise ModelError(f"{path} promises an output {output.name!r} that nothing in it makes; export it again")


def _vet_nodes(nodes: "Iterable[onnx.NodeProto]", known: set[str], path: Path) -> None:
    """Check nodes in their order; `known` are the names that are there before them, and grows by theirs."""
    for node in nodes:
        missing = [name for name in node.input if name and name not in known]
        if missing:
            raise ModelError(
                f"{path}: the node {node.name!r} ({node.op_type}) takes {missing[0]!r}, which nothing before it makes: "
                "the graph is cyclic, cut, or out of order; export it again"
            )
        for attribute in node.attribute:
            for graph in (attribute.g, *attribute.graphs):
                _vet_order(graph, known, path)
        known.update(name for name in node.output if name)


def megabytes(count: int) -> str:
    """A count of bytes for people, in units of 1,000,000."""
    return f"{count / 1e6:,.1f} MB" if count < 1e8 else f"{count / 1e6:,.0f} MB"


def _refuse_unless_regular(found: os.stat_result, path: Path) -> None:
    mode = found.st_mode
    if stat.S_ISREG(mode):
        return
    kinds = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"))
    kind = next((name for check, name in kinds if check(mode)), "a device")
    raise ModelError(f"{path} is {kind}, not a file; give the path of an .onnx file")


def _refuse_other_formats(head: bytes, path: Path, size: int) -> None:
    if not head:
        raise ModelError(f"{path} is empty; download or export it again")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        if b"data.pkl" in head or b"/version" in head:
            raise ModelError(f"{path} is a PyTorch checkpoint. {HOW_TO_EXPORT}")
        raise ModelError(f"{path} is a zip archive; unpack it, and import the .onnx from inside")
    if head[0] == 0x80 and head[1:2] <= b"\x05":
        raise ModelError(f"{path} is a pickle, as PyTorch writes them. {HOW_TO_EXPORT}")
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:9].lower().startswith(_WEB):
        raise ModelError(f"{path} is a web page, not a model; download the file itself, not the page that shows it")
    for offset, magic, what, remedy in _OTHERS:
        if head[offset:].startswith(magic):
            raise ModelError(f"{path} is {what}; {remedy}")
    if _is_safetensors(head, size):
        raise ModelError(
            f"{path} is a safetensors file: weights without the network's graph; give the .onnx that belongs to it"
        )
    if all(byte >= 32 or byte in b"\t\r\n" for byte in head):
        raise ModelError(f"{path} is a text file, not a model; give the path of an .onnx file")


def _is_safetensors(head: bytes, size: int) -> bool:
    return head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= size


def _metadata_entry(stream: BinaryIO, field: Field, path: Path) -> tuple[str, str]:
    if field.length > _ENTRY_MAX:
        raise ModelError(f"{path} has {megabytes(field.length)} in one entry of its metadata; it is damaged")
    text = {_KEY: "", _VALUE: ""}
    for number, wire, start, length in list(_walk(stream, field.start, field.start + field.length, path)):
        if wire == 2 and number in text:
            stream.seek(start)
            text[number] = stream.read(length).decode("utf-8", "replace")
    return text[_KEY], text[_VALUE]


def _walk(stream: BinaryIO, start: int, end: int, path: Path) -> Iterator[tuple[int, int, int, int]]:
    """Yield (number, wire type, start, length) for each field of the message in `start` .. `end`, bytes."""
    place, count = start, 0
    while place < end:
        tag, place = _varint(stream, place, end, path)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            _, behind = _varint(stream, place, end, path)
        elif wire == 2:
            length, place = _varint(stream, place, end, path)
            behind = place + length
        elif wire in (1, 5):
            behind = place + (8 if wire == 1 else 4)
        else:
            raise ModelError(f"{path} is not an ONNX model (a field of type {wire} at byte {place}); check the file")
        if behind > end:
            raise ModelError(
                f"{path} is cut short or damaged: field {number} ends at byte {behind:,}, the file at {end:,}; "
                "download or export it again"
            )
        count += 1
        if count > _FIELDS_MAX:
            raise ModelError(f"{path} is not an ONNX model: it has over {_FIELDS_MAX:,} outer fields; check the file")
        yield number, wire, place, behind - place
        place = behind


def _varint(stream: BinaryIO, place: int, end: int, path: Path) -> tuple[int, int]:
    """The number that is written at `place`, and the byte behind it."""
    stream.seek(place)
    value = 0
    for index, byte in enumerate(stream.read(min(_VARINT_MAX, end - place))):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, place + index + 1
    raise ModelError(f"{path} is not an ONNX model, or cut short (at byte {place:,}); download or export it again")
