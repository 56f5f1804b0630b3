"""What the doctor finds out about the machine: system, video, cameras, disks, and the bundled models."""

import os
import platform
import sys
import tempfile
from pathlib import Path

import psutil

import resources
from engine.asking import NoAnswer, TooSlow, ask
from engine.doctor.finding import Finding
from engine.doctor.runtimes import CHILD_S
from engine.errors import ModelError
from engine.storage.size import free_space, nearest
from engine.video.cameras import ask_camera, none_found

GIB = 2**30
DISK_GIB = 2.0
MEMORY_GIB = 2.0
"""Less free space in a folder, or less available memory, is worth a warning, GiB."""

CODECS = ("h264", "hevc", "vp9", "av1", "mpeg4", "ffv1", "prores", "mjpeg")
_ESSENTIAL_CODEC = "h264"
_REINSTALL_AV = "pip install --force-reinstall av (its wheels bring FFmpeg with every codec)"
_BUSY = "run `steadymask doctor` again when the machine is less busy"


def system() -> list[Finding]:
    """Python, operating system, cores and memory."""
    memory = psutil.virtual_memory()
    free = f"{memory.available / GIB:.1f} of {memory.total / GIB:.1f} GiB available"
    python = f"{platform.python_version()} in {sys.prefix}"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    enough = memory.available >= MEMORY_GIB * GIB
    return [
        Finding("python", "System", "Python", "ok", python),
        Finding("os", "System", "System", "ok", platform.platform()),
        Finding("cpu", "System", "CPU", "ok", f"{platform.machine()}, {cores} of {os.cpu_count()} cores may be used"),
        Finding("memory", "System", "Memory", "ok", free)
        if enough
        else Finding(
            "memory",
            "System",
            "Memory",
            "warning",
            free,
            f"less than {MEMORY_GIB:.0f} GiB is available; large frames may not fit",
            "close other programs",
        ),
    ]


def codecs() -> list[Finding]:
    """Which codecs decode, each tried on a picture in a child."""
    try:
        problems = ask("codecs", *CODECS, timeout_s=CHILD_S).data
    except TooSlow as error:
        return [Finding("codecs", "Video", "Codecs", "warning", "", str(error), _BUSY)]
    except NoAnswer as error:
        reason = f"the decoders cannot be tried: {error}"
        return [Finding("codecs", "Video", "Codecs", "missing", "", reason, _REINSTALL_AV, essential=True)]
    return [_codec(name, problems[name]) for name in CODECS]


def _codec(name: str, problem: str | None) -> Finding:
    if problem is None:
        return Finding(f"codec-{name}", "Video", f"{name} in", "ok", "decodes")
    essential = name == _ESSENTIAL_CODEC
    return Finding(f"codec-{name}", "Video", f"{name} in", "missing", "", problem, _REINSTALL_AV, essential)


def overlay() -> list[Finding]:
    """Whether an overlay video can be written, tried in a child."""
    key, label = "encoder-h264", "overlay out"
    try:
        problem = ask("overlay", timeout_s=CHILD_S).data["problem"]
    except TooSlow as error:
        return [Finding(key, "Video", label, "warning", "", str(error), _BUSY)]
    except NoAnswer as error:
        problem = str(error)
    if problem is None:
        return [Finding(key, "Video", label, "ok", "H.264 by libx264")]
    return [Finding(key, "Video", label, "missing", "", problem, _REINSTALL_AV, essential=True)]


def camera(index: int, name: str) -> list[Finding]:
    """Whether a camera answers with a picture, tried in a child; nothing where a guessed index holds none."""
    found = ask_camera(index, name)
    if found is None:
        return []
    key, label = f"camera-{index}", found.spec
    if found.size is None:
        return [Finding(key, "Cameras", label, "missing", name, found.problem, found.remedy)]
    rate = f", {found.rate:g} frames/s" if found.rate else ""
    return [Finding(key, "Cameras", label, "ok", "{}, {}×{}{}".format(name, *found.size, rate))]


def no_camera() -> Finding:
    """Said where no camera was found at all."""
    return Finding(
        "camera",
        "Cameras",
        "Cameras",
        "missing",
        reason="no camera was found",
        remedy=f"{none_found()}. Videos need none",
    )


def disks() -> list[Finding]:
    """Free space of the folders that are written to."""
    from engine.models.library import library_folder

    folders = (
        ("disk-models", "own models", library_folder()),
        ("disk-temp", "temporary", Path(tempfile.gettempdir())),
        ("disk-here", "this folder", Path.cwd()),
    )
    return [disk(*entry) for entry in folders]


def disk(key: str, label: str, folder: Path) -> Finding:
    """Free space and permission in `folder`, or in what of its path is there already."""
    try:
        there = nearest(folder)
        free, _ = free_space(there)
    except OSError as error:
        return Finding(key, "Disk", label, "warning", str(folder), str(error), "check that the disk is connected")
    value = f"{folder}: {free / GIB:.1f} GiB free"
    if not os.access(there, os.W_OK):
        reason = f"{there} may not be written to"
        return Finding(key, "Disk", label, "warning", value, reason, "choose another folder or change its permissions")
    if free < DISK_GIB * GIB:
        reason = f"less than {DISK_GIB:.0f} GiB is free; masks of one long video take more"
        return Finding(key, "Disk", label, "warning", value, reason, "free some space, or write results elsewhere")
    return Finding(key, "Disk", label, "ok", value)


def models() -> list[Finding]:
    """Whether the bundled models are what they were when they were packed."""
    paths = sorted(resources.MODELS.glob("*.onnx"))
    if paths:
        return [_model(path) for path in paths]
    return [
        Finding(
            "model",
            "Models",
            "bundled",
            "missing",
            reason=f"there is no model in {resources.MODELS}",
            remedy="install Steadymask again",
            essential=True,
        )
    ]


def _model(path: Path) -> Finding:
    from engine.models.bundle import read_graph, read_weights

    key = f"model-{path.stem}"
    try:
        _, card = read_graph(path)
        weights = path.with_suffix(".safetensors")
        if weights.exists() or card.weights_hash is not None:
            read_weights(weights)
    except ModelError as error:
        reason, remedy = str(error), "install Steadymask again"
        return Finding(key, "Models", path.stem, "missing", "", reason, remedy, essential=True)
    return Finding(key, "Models", path.stem, "ok", f"version {card.version}, intact")
