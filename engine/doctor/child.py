"""The doctor's child: `python -m engine.doctor.child QUESTION [WORD]` prints one JSON answer on standard output.

Here is what may crash, hang or load torch. Whatever libraries print goes to standard error.
"""

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Callable
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np


def provider(name: str) -> dict[str, Any]:
    """Run one convolution in onnxruntime's provider `name`; `active` is the provider that it really ran on."""
    import onnxruntime as ort
    from onnx import TensorProto, helper, numpy_helper

    from engine.backends.onnxruntime import preload

    failed = preload() if name in ("CUDAExecutionProvider", "TensorrtExecutionProvider") else None
    shape = [1, 3, 8, 8]
    graph = helper.make_graph(
        [helper.make_node("Conv", ["in", "kernel"], ["out"], pads=[1, 1, 1, 1])],
        "trial",
        [helper.make_tensor_value_info("in", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(np.ones((3, 3, 3, 3), np.float32), "kernel")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    asked = list(dict.fromkeys([name, "CPUExecutionProvider"]))
    session = ort.InferenceSession(model.SerializeToString(), providers=asked, enable_fallback=0)
    session.run(None, {"in": np.ones(shape, np.float32)})
    return {"active": session.get_providers()[0], "preload": failed}


def torch() -> dict[str, Any]:
    """torch's version, the CUDA that it was built for (None without), its GPUs, and why it sees none."""
    import torch

    from engine.backends.torch import cuda_problem

    problem = cuda_problem()
    if problem is None:
        try:
            # Bytes to the GPU and back: a card that this build of torch does not fit fails here.
            torch.ones(8, device="cuda").sum().item()
        except RuntimeError as error:
            problem = f"CUDA failed to start in torch {torch.__version__}: {error}"
    gpus = [] if problem else [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return {"version": torch.__version__, "cuda": torch.version.cuda, "gpus": gpus, "problem": problem}


def runtime(name: str) -> dict[str, Any]:
    """Import a runtime; `problem` is why that fails, or None."""
    from engine.backends.table import runtime_of
    from engine.errors import SteadymaskError

    try:
        runtime_of(name).load()
    except SteadymaskError as error:
        return {"problem": str(error)}
    return {"problem": None}


def camera(index: str) -> dict[str, Any]:
    """Size and rate of a camera's first picture; `size` is None when none comes, `problem` then says why."""
    import cv2

    from engine.errors import CameraError
    from engine.video.camera import CameraCapture

    try:
        with contextlib.closing(CameraCapture(int(index), f"camera {index}", cv2.VideoCapture)) as capture:
            picture = capture.read()
            rate = capture.frame_rate
    except CameraError as error:
        return {"size": None, "rate": None, "problem": str(error)}
    size = None if picture is None else [picture.shape[1], picture.shape[0]]
    return {"size": size, "rate": None if rate is None else float(rate), "problem": None if size else "no picture came"}


def codecs(*names: str) -> dict[str, str | None]:
    """For every codec why it does not decode, None when it does: a picture is encoded and decoded again."""
    return {name: _decode_problem(name) for name in names}


def _decode_problem(name: str) -> str | None:
    import av

    try:
        av.Codec(name, "r")
    except ValueError as error:  # UnknownCodecError is one
        return f"PyAV {av.__version__} has no decoder for it ({error})"
    try:
        encoder = av.Codec(name, "w")
    except ValueError:
        return None  # nothing to try it with here; the decoder is there
    formats = [each.name for each in encoder.video_formats or ()]
    file = BytesIO()
    try:
        with av.open(file, "w", format="matroska") as written:
            stream = written.add_stream(encoder.name, rate=25)
            assert isinstance(stream, av.VideoStream)
            stream.width, stream.height = 128, 64
            stream.pix_fmt = next((each for each in formats if "420" in each), formats[0] if formats else "yuv420p")
            picture = av.VideoFrame.from_ndarray(np.full((64, 128, 3), 90, np.uint8), format="rgb24")
            for packet in (*stream.encode(picture), *stream.encode(None)):
                written.mux(packet)
        file.seek(0)
        with av.open(file, "r") as read:
            count = len(list(read.decode(video=0)))
    except (av.FFmpegError, OSError, ValueError) as error:
        return f"a trial picture cannot be decoded ({error})"
    return None if count == 1 else f"a trial picture decodes to {count} pictures"


def overlay() -> dict[str, Any]:
    """Write and read an overlay video; `problem` is why that fails, or None."""
    from engine.errors import SteadymaskError
    from engine.video.writer import OverlayWriter

    with tempfile.TemporaryDirectory() as folder:
        try:
            with OverlayWriter(Path(folder) / "trial.mp4", (64, 48)) as writer:
                for index in range(2):
                    writer.write(np.full((48, 64, 3), 90, np.uint8), float(Fraction(index, 25)))
        except (SteadymaskError, ValueError) as error:
            return {"problem": str(error)}
    return {"problem": None}


_QUESTIONS: dict[str, Callable[..., Any]] = {
    "provider": provider,
    "torch": torch,
    "runtime": runtime,
    "camera": camera,
    "codecs": codecs,
    "overlay": overlay,
}


def main() -> None:
    """Answer the question on the command line."""
    question, *words = sys.argv[1:]
    answers = os.dup(1)
    os.dup2(2, 1)  # libraries print on standard output, below Python as well
    with contextlib.redirect_stdout(sys.stderr):
        answer = _QUESTIONS[question](*words)
    with os.fdopen(answers, "w") as out:
        json.dump(answer, out)


if __name__ == "__main__":
    main()
