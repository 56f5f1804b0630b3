"""The child of `importing`: reads a model that nobody trusts, wraps it, runs it, and writes it with its card.

    python -P -m engine.importing.child FILE     in a working folder with request.json and frame.raw

Writes model/NAME.onnx, classes.raw and answer.json into the working folder. It may crash: that is what it is for.
"""

import hashlib
import math
import os
import sys
import threading
from pathlib import Path

import numpy as np
import onnx
import psutil
from numpy.typing import NDArray

from engine.atomic import write_text
from engine.errors import BackendError, ModelError
from engine.importing.plan import Stated, clean, plan, wrap_foreign
from engine.importing.prepare import ANSWER, CLASSES, FINISHED, FRAME, REQUEST, Answer, Request
from engine.importing.trying import try_out
from engine.models.bundle import read_graph, read_weights, write_bundle
from engine.models.card import CARD_KEY, Foreign, ModelCard
from engine.models.vetting import megabytes, open_model, open_regular, read_metadata, vet_graph
from engine.models.weights import ASIDE, bring_back, each, set_aside
from engine.tasks import task_of

UNKNOWN_LICENCE = "not stated; ask whoever made the model"

_FILES_MB = 60  # of libraries' files that are mapped later
_ERROR_MAX = 1000
_REAL = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.BFLOAT16, onnx.TensorProto.DOUBLE)
_OUT_OF_MEMORY = (  # in the words of C++, onnxruntime and protobuf
    "bad_alloc",
    "bad allocation",
    "failed to allocate memory",
    "out of memory",
    "failed to serialize proto",
)


def main() -> None:
    """Answer the request in the working folder about the file that is named on the command line."""
    threading.Thread(target=end_with_parent, daemon=True).start()
    path = Path(sys.argv[1])
    request = Request.model_validate_json(Path(REQUEST).read_bytes())
    _limit_memory(request.memory_mb)
    try:
        answer = look(path, request)
    except (ModelError, BackendError) as error:
        answer = Answer(error=_told(str(error), path, request.memory_mb))
    except MemoryError:
        answer = Answer(error=_told(_OUT_OF_MEMORY[0], path, request.memory_mb))
    write_text(ANSWER, answer.model_dump_json(), durable=False)


def look(path: Path, request: Request) -> Answer:
    """Read, wrap, run and write the model at `path`. Raises ModelError, BackendError or MemoryError with the reason."""
    try:
        if CARD_KEY in read_metadata(path):
            model, card, tensors = _ours(path, request)
            notes: dict[str, str] = {}
        else:
            model, card, notes = _foreign(path, request)
            tensors = None
        preview = try_out(model, card, str(path), np.fromfile(FRAME, np.uint8).reshape(*request.frame, 3))
        Path(CLASSES).write_bytes(task_of(card.task).packed(preview.outputs).tobytes())
        bring_back(model, Path(ASIDE))
        Path(FINISHED).mkdir()
        card = write_bundle(Path(FINISHED, request.name), model, tensors, card)
    except (ModelError, BackendError, MemoryError):
        raise
    except Exception as error:
        # Damage can raise anything in onnx, numpy or protobuf: it is the file that is wrong, whatever it is.
        raise ModelError(f"{path} cannot be taken in ({type(error).__name__}: {error}); export it again") from error
    height, width = preview.classes.shape
    return Answer(card=card, notes=notes, size=(height, width), elapsed_ms=preview.inference_ms)


def _ours(path: Path, request: Request) -> tuple[onnx.ModelProto, ModelCard, dict[str, NDArray] | None]:
    """A bundle of our own under its new name: graph, card and tensors, all checked. Raises ModelError."""
    if request.stated != Stated() or request.licence is not None:
        raise ModelError(f"{path} is a bundle of Steadymask, whose card says all there is to say; give --name alone")
    with open_model(path, bytes_max=request.bytes_max):
        pass
    tensors = None
    peer = path.with_suffix(".safetensors")
    if os.path.lexists(peer):
        with open_regular(peer) as stream:
            size = os.fstat(stream.fileno()).st_size
        if size > request.bytes_max:
            raise ModelError(
                f"{peer} is {megabytes(size)}, at most {megabytes(request.bytes_max)} can be read here; allow more "
                "memory with --memory"
            )
        tensors = read_weights(peer)
    model, card = read_graph(path)
    vet_graph(model, path)
    light = set_aside(model, path, Path(ASIDE), bytes_max=request.bytes_max)
    return light, card.model_copy(update={"name": request.name}), tensors


def _foreign(path: Path, request: Request) -> tuple[onnx.ModelProto, ModelCard, dict[str, str]]:
    """A third-party model: our graph around it, its card, and why the card says what it says. Raises ModelError."""
    with open_model(path, bytes_max=request.bytes_max) as stream:
        data = stream.read()
    file_hash = "sha256:" + hashlib.sha256(data).hexdigest()
    try:
        model = onnx.ModelProto.FromString(data)
    except Exception as error:
        # protobuf raises DecodeError, which has no stable public home; what it means is the same for every cause.
        raise ModelError(f"{path} is not an ONNX model, or damaged ({error}); download or export it again") from error
    del data
    model.ClearField("training_info")
    vet_graph(model, path)
    model = set_aside(model, path, Path(ASIDE), bytes_max=request.bytes_max)
    model = clean(model)
    understood = plan(model, request.stated)
    wrapped = wrap_foreign(model, understood)
    card = ModelCard(
        name=request.name,
        version="1",
        task=understood.task,
        class_set=understood.class_set,
        input=understood.input,
        normalisation=understood.normalisation,
        family="imported",
        parameters=sum(math.prod(tensor.dims) for tensor in each(model, onnx.TensorProto) if tensor.data_type in _REAL),
        licence=request.licence or UNKNOWN_LICENCE,
        foreign=Foreign(
            file=clean_text(path.name),
            file_hash=file_hash,
            layout=understood.layout,
            channels=understood.channels,
            output=understood.output,
            guessed=understood.guessed,
            recurrence=understood.recurrence,
        ),
    )
    return wrapped, card, dict(understood.notes)


def _limit_memory(memory_mb: int) -> None:
    """Let this process take what is left of `memory_mb` (1,000,000 bytes each), where the system can hold it to that.

    Everywhere else the parent watches.
    """
    if sys.platform != "linux":
        return
    import resource

    # Counted against the limit is memory that is promised, not used: threads' stacks are promised and hardly used.
    used = psutil.Process().memory_info()
    left = max(0, memory_mb * 10**6 - used.rss - _FILES_MB * 10**6)
    resource.setrlimit(resource.RLIMIT_DATA, (used.data + left, used.data + left))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def end_with_parent() -> None:
    """End this process when its parent is gone: nobody else would stop it then."""
    os.read(0, 1)
    os._exit(1)


def _told(error: str, path: Path, memory_mb: int) -> str:
    """An error that names the file, on few lines, whatever the libraries said."""
    if any(sign in error.lower() for sign in _OUT_OF_MEMORY):
        more = "export it with a smaller input, or allow more with --memory"
        error = f"{path} needs more than {memory_mb} MB of memory; {more}"
    if str(path) not in error:
        error = f"{path}: {error}"
    return clean_text(error if len(error) <= _ERROR_MAX else f"{error[:_ERROR_MAX]}…")


def clean_text(text: str) -> str:
    """Text that is safe to show and to write: no control characters, no halves of characters."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(letter if letter.isprintable() or letter == "\n" else "\ufffd" for letter in text)


if __name__ == "__main__":
    main()
