"""A model's tensors: every one checked against what it claims, the large ones set aside while the graph is worked on.

A graph is copied several times on its way into the library. Its large tensors are not: they go into one file, to which
the graph refers as ONNX's external data does, and come back at the end.
"""

import math
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, BinaryIO, TypeVar

from onnx import ModelProto, SparseTensorProto, TensorProto, helper, numpy_helper

from engine.errors import ModelError
from engine.models.vetting import megabytes, open_regular

ASIDE = "weights.bin"
"""Name of the file of weights in the working folder, which is the working directory of whoever works on the graph."""

_LARGE = 64 * 1024  # bytes; smaller tensors may hold shapes that the graph's checks need to see
_CHUNK = 2**20
_RANK_MAX, _COUNT_MAX = 64, 2**48
_BITS = {  # of types that do not fill whole bytes
    name: bits
    for bits, names in ((4, ("INT4", "UINT4", "FLOAT4E2M1")), (2, ("INT2", "UINT2")), (6, ("FLOAT6E2M3", "FLOAT6E3M2")))
    for name in names
}
_NUMBER = re.compile(r"[0-9]{1,18}")
_M = TypeVar("_M")


def each(message: Any, kind: type[_M]) -> Iterator[_M]:
    """Every message of one kind inside `message`, at any depth: subgraphs, functions and attributes included."""
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for inner in (value,) if hasattr(value, "ListFields") else value:
            if isinstance(inner, kind):
                yield inner
            else:
                yield from each(inner, kind)


def refuse_external(model: ModelProto, path: Path) -> None:
    """Raise ModelError when a tensor of `path` keeps its values in another file."""
    for tensor in each(model, TensorProto):
        if _is_external(tensor):
            raise ModelError(
                f"{path} keeps its tensor {tensor.name!r} in another file, which a bundle of Steadymask never does; "
                "import the model that it was made from"
            )


def set_aside(model: ModelProto, path: Path, store: Path, *, bytes_max: int) -> ModelProto:
    """Check every tensor, take external data in, and return the model with its large tensors in `store`.

    path: where the model was read from; external data is looked for in its folder only. store: the file to write.
    bytes_max: what all tensors may take together. `model` itself is not whole afterwards: drop it. Raises ModelError
    that names the tensor and what is wrong with it.
    """
    # Whoever runs a sparse tensor makes a dense one of it.
    total = sum(
        _claim(sparse.dims, sparse.values.data_type, sparse.values.name, path)
        for sparse in each(model, SparseTensorProto)
    )
    with store.open("wb") as out:
        for tensor in each(model, TensorProto):
            size = _claim(tensor.dims, tensor.data_type, tensor.name, path)
            total += size
            if total > bytes_max:
                raise ModelError(
                    f"{path} claims {megabytes(total)} and more for its tensors (the last is {tensor.name!r}), at most "
                    f"{megabytes(bytes_max)} can be taken in; choose a smaller model, or allow more memory with "
                    "--memory"
                )
            if _is_external(tensor):
                _take_in(tensor, size, path, out)
            else:
                _check_values(tensor, size, path)
                if size >= _LARGE and tensor.data_type != TensorProto.STRING:
                    _move(tensor, size, out)
    return ModelProto.FromString(model.SerializeToString())


def bring_back(model: ModelProto, store: Path) -> None:
    """Put what `set_aside` wrote to `store` back into a model that was made from the model it returned."""
    with store.open("rb") as stream:
        for tensor in each(model, TensorProto):
            if _is_external(tensor):
                where = {entry.key: entry.value for entry in tensor.external_data}
                stream.seek(int(where["offset"]))
                tensor.raw_data = stream.read(int(where["length"]))
                tensor.ClearField("external_data")
                tensor.ClearField("data_location")


def _is_external(tensor: TensorProto) -> bool:
    return tensor.data_location == TensorProto.EXTERNAL or len(tensor.external_data) > 0


def _claim(dims: list[int], data_type: int, name: str, path: Path) -> int:
    """Bytes that a tensor of these dimensions takes; one per string. Raises ModelError for what cannot be."""
    if data_type not in TensorProto.DataType.values() or data_type == TensorProto.UNDEFINED:
        raise ModelError(f"{path} has a tensor {name!r} of unknown type {data_type}; export it again")
    if len(dims) > _RANK_MAX or any(side < 0 for side in dims) or math.prod(dims) > _COUNT_MAX:
        raise ModelError(f"{path} has a tensor {name!r} of impossible shape {list(dims)[:8]}; export it again")
    count = math.prod(dims)
    if data_type == TensorProto.STRING:
        return count
    bits = _BITS.get(TensorProto.DataType.Name(data_type))
    if bits is None:
        return count * helper.tensor_dtype_to_np_dtype(data_type).itemsize
    return -(-count * bits // 8)


def _check_values(tensor: TensorProto, size: int, path: Path) -> None:
    """Raise ModelError unless a tensor holds as many values as its shape says."""
    if tensor.HasField("raw_data"):
        held = len(tensor.raw_data)
        fits = held == size
    else:
        values = getattr(tensor, helper.tensor_dtype_to_field(tensor.data_type))
        count = math.prod(tensor.dims)
        held = len(values)
        if tensor.data_type in (TensorProto.COMPLEX64, TensorProto.COMPLEX128):
            count *= 2
        packed = TensorProto.DataType.Name(tensor.data_type) in _BITS
        fits = size <= 4 * held <= 4 * count if packed else held == count
    if not fits:
        raise ModelError(
            f"{path} has a tensor {tensor.name!r} of shape {list(tensor.dims)[:8]} that takes {size:,} bytes, but "
            f"{held:,} {'bytes' if tensor.HasField('raw_data') else 'values'} are there; download or export it again"
        )


def _move(tensor: TensorProto, size: int, out: BinaryIO) -> None:
    """Write a tensor's values to `out`, and leave in it where they are."""
    raw = tensor.raw_data
    if not tensor.HasField("raw_data"):
        if TensorProto.DataType.Name(tensor.data_type) in _BITS:
            return
        raw = numpy_helper.to_array(tensor).tobytes()
    _refer(tensor, out.tell(), size)
    out.write(raw)


def _refer(tensor: TensorProto, offset: int, size: int) -> None:
    for field in ("raw_data", "external_data", helper.tensor_dtype_to_field(tensor.data_type)):
        tensor.ClearField(field)
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", ASIDE), ("offset", offset), ("length", size)):
        tensor.external_data.add(key=key, value=str(value))


def _take_in(tensor: TensorProto, size: int, path: Path, out: BinaryIO) -> None:
    """Copy a tensor's external data to `out` if it is large, into the tensor otherwise. Raises ModelError."""
    where = {entry.key: entry.value for entry in tensor.external_data}
    what = f"{path}: the tensor {tensor.name!r}"
    source = _beside(path, where.get("location", ""), what)
    numbers = {key: where.get(key, "0" if key == "offset" else str(size)) for key in ("offset", "length")}
    for key, text in numbers.items():
        if not _NUMBER.fullmatch(text):
            raise ModelError(f"{what} has {text[:40]!r} for the {key} of its data, not a number; export it again")
    offset, length = int(numbers["offset"]), int(numbers["length"])
    if tensor.data_type == TensorProto.STRING or length != size:
        raise ModelError(f"{what} takes {size:,} bytes, its data has {length:,}; export it again")
    with open_regular(source) as stream:
        found = os.fstat(stream.fileno())
        if found.st_nlink > 1:
            raise ModelError(f"{what} has its data behind a hard link, {source}; put a copy in its place")
        if offset + length > found.st_size:
            raise ModelError(
                f"{what} has its data at bytes {offset:,} to {offset + length:,} of {source}, which has "
                f"{found.st_size:,}; download or export both files again"
            )
        stream.seek(offset)
        if size < _LARGE:
            tensor.raw_data = stream.read(size)
            tensor.ClearField("external_data")
            tensor.ClearField("data_location")
            return
        _refer(tensor, out.tell(), size)
        for start in range(0, size, _CHUNK):
            out.write(stream.read(min(_CHUNK, size - start)))


def _beside(path: Path, location: str, what: str) -> Path:
    """The file at `location` in the folder of `path`; no step on the way there may lead elsewhere."""
    parts = PurePosixPath(location).parts
    if (
        not parts
        or ".." in parts
        or "\\" in location
        or "\0" in location
        or PurePosixPath(location).is_absolute()
        or PureWindowsPath(location).drive
    ):
        raise ModelError(
            f"{what} has its data at {location[:200]!r}, outside the model's folder; put the data beside the model and "
            "export it again"
        )
    place = path.parent
    for part in parts:
        place = place / part
        try:
            found = place.lstat()
        except (OSError, ValueError) as error:
            raise ModelError(f"{what} has its data in {place}, which is not there; put it beside the model") from error
        if stat.S_ISLNK(found.st_mode) or _is_junction(found):
            raise ModelError(f"{what} has its data behind a link, {place}; put a copy in its place")
    return place


def _is_junction(found: os.stat_result) -> bool:
    """Whether this is a junction of Windows: no symbolic link, but it leads elsewhere as well."""
    return getattr(found, "st_reparse_tag", 0) == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", None)
