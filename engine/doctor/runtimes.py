"""What the doctor finds out about packages, runtimes and the GPU. Loads no torch in this process."""

import ctypes
import importlib.metadata
import shutil
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from functools import partial

from engine.asking import NoAnswer, TooSlow, ask, run
from engine.backends import hardware, table
from engine.doctor.finding import Finding

CHILD_S = 11.0
"""Longest wait for one child, seconds; all run at the same time, so that the whole stays under 15."""

Package = tuple[str, tuple[str, ...], bool]
"""Name to show, distributions that bring it, and whether masks on the CPU need it."""

_PACKAGES: tuple[Package, ...] = (
    ("PySide6", ("PySide6-Essentials", "PySide6"), False),
    ("PyAV", ("av",), True),
    ("OpenCV", ("opencv-python-headless", "opencv-python", "opencv-contrib-python"), True),
    ("numpy", ("numpy",), True),
    ("onnx", ("onnx",), True),
)
"""What is needed beside the runtimes."""

_CPU, _CUDA, _TENSORRT = "CPUExecutionProvider", "CUDAExecutionProvider", "TensorrtExecutionProvider"
_WITHOUT_GPU = "with an NVIDIA GPU, install its driver; without one the CPU does the work"
_BUSY = "run `steadymask doctor` again when the machine is less busy; if it stays, restart the machine"


def packages() -> list[Finding]:
    """Versions of what Steadymask stands on, read without importing it."""
    return [_package(*entry) for entry in (("steadymask", ("steadymask",), False), *_runtimes(), *_PACKAGES)]


def _runtimes() -> list[Package]:
    """What brings the runtimes; one that another's package brings as well is not told twice."""
    found: list[Package] = []
    for runtime in table.RUNTIMES:
        if not any(set(runtime.packages) <= set(distributions) for _, distributions, _ in found):
            found.append((runtime.name, runtime.packages, runtime.essential))
    return found


def _package(name: str, distributions: tuple[str, ...], essential: bool) -> Finding:
    key = f"package-{name.lower()}"
    found = [(each, version) for each in distributions if (version := _version(each))]
    if not found:
        return Finding(
            key,
            "Runtimes",
            name,
            "missing",
            reason=f"{distributions[0]} is not installed in {sys.prefix}",
            remedy=f"install it there: {sys.executable} -m pip install {distributions[0]}",
            essential=essential,
        )
    value = ", ".join(f"{each} {version}" for each, version in found)
    if name == "onnxruntime" and len(found) > 1:
        return Finding(
            key,
            "Runtimes",
            name,
            "warning",
            value,
            reason="both packages write the same files, so the one installed last is the one that runs",
            remedy="pip uninstall onnxruntime onnxruntime-gpu, then pip install onnxruntime-gpu",
        )
    return Finding(key, "Runtimes", name, "ok", value)


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def built_in_providers() -> list[str]:
    """Providers that this onnxruntime was built with. Raises ImportError or OSError where it cannot be loaded."""
    import onnxruntime

    return list(onnxruntime.get_available_providers())


def providers_to_try() -> list[str]:
    """Every provider that is built in, and those that runtimes are made of; these alone if none can be listed."""
    try:
        built_in = built_in_providers()
    except (ImportError, OSError):
        built_in = []
    return list(dict.fromkeys([*(each for runtime in table.RUNTIMES for each in runtime.providers), *built_in]))


def provider(name: str) -> list[Finding]:
    """Whether onnxruntime's provider `name` is built in and really starts."""
    short = name.removesuffix("ExecutionProvider")
    key, essential = f"provider-{short.lower()}", name == _CPU
    label = f"onnxruntime {_title(name, short)}"
    remedies = {
        _CUDA: 'pip install "steadymask[gpu]", which brings the CUDA and cuDNN libraries',
        _TENSORRT: "optional: install NVIDIA TensorRT and put the folder of its libraries on the library search path",
    }
    remedy = remedies.get(name, table.runtime_of("onnxruntime").remedy)

    def missing(reason: str, remedy: str) -> list[Finding]:
        return [Finding(key, "Runtimes", label, "missing", "", reason, remedy, essential)]

    try:
        built_in = built_in_providers()
    except (ImportError, OSError) as error:
        return missing(f"onnxruntime cannot be loaded ({error})", "pip install --force-reinstall onnxruntime-gpu")
    if name not in built_in:
        return missing("this onnxruntime was built without it", "with an NVIDIA GPU: pip install onnxruntime-gpu")
    if name in (_CUDA, _TENSORRT) and not hardware.nvidia_driver():
        return missing("no NVIDIA driver was found on this machine", _WITHOUT_GPU)
    try:
        answer = ask("provider", name, timeout_s=CHILD_S)
    except TooSlow as error:
        return [Finding(key, "Runtimes", label, "warning", "built in", str(error), _BUSY)]
    except NoAnswer as error:
        return missing(f"it does not start: {error}", remedy)
    if answer.data["active"] != name:
        said = answer.data["preload"] or _told(answer.notes) or "onnxruntime does not say why"
        return missing(f"it does not start: {said}", remedy)
    return [Finding(key, "Runtimes", label, "ok", "starts")]


def _told(notes: str) -> str | None:
    """The reason in onnxruntime's log: what follows its first error, without its source lines."""
    for line in notes.splitlines():
        if "[E:onnxruntime" in line:
            return line.rpartition(" : FAIL : ")[2].strip() or None
    return None


def _title(provider: str, short: str) -> str:
    """How a provider is shown: as its device, or as the runtime that is made of nothing else."""
    alone = [runtime.title for runtime in table.RUNTIMES if runtime.providers == (provider,)]
    return alone[0] if alone else hardware.NAMES.get(short.lower(), short)


def other_runtimes() -> list[Callable[[], list[Finding]]]:
    """A check for each runtime that is not made of providers."""
    known = {"torch": torch}
    others = [runtime for runtime in table.RUNTIMES if not runtime.providers]
    return [known.get(runtime.name, partial(starts, runtime)) for runtime in others]


def starts(runtime: table.Runtime) -> list[Finding]:
    """Whether a runtime loads (in a child)."""
    key, label = f"runtime-{runtime.name}", f"{runtime.title} starts"
    try:
        problem = ask("runtime", runtime.name, timeout_s=CHILD_S).data["problem"]
    except TooSlow as error:
        return [Finding(key, "Runtimes", label, "warning", "", str(error), _BUSY)]
    except NoAnswer as error:
        problem = f"it cannot be loaded: {error}"
    if problem is None:
        return [Finding(key, "Runtimes", label, "ok", f"runs {runtime.runs}")]
    return [Finding(key, "Runtimes", label, "missing", "", problem, runtime.remedy, runtime.essential)]


def torch() -> list[Finding]:
    """Whether torch loads (in a child), and whether it can use a GPU."""
    try:
        found = ask("torch", timeout_s=CHILD_S).data
    except TooSlow as error:
        return [Finding("torch", "Runtimes", "torch starts", "warning", "", str(error), _BUSY)]
    except NoAnswer as error:
        return [
            Finding(
                "torch",
                "Runtimes",
                "torch starts",
                "missing",
                reason=f"it cannot be loaded: {error}",
                remedy="pip install --force-reinstall torch; masks need none, training and --backend torch do",
            )
        ]
    built = f"for CUDA {found['cuda']}" if found["cuda"] else "for the CPU"
    loads = Finding("torch", "Runtimes", "torch starts", "ok", f"{found['version']}, built {built}")
    if found["problem"] is None:
        return [loads, Finding("torch-cuda", "Runtimes", "torch CUDA", "ok", ", ".join(found["gpus"]))]
    if found["cuda"] is None:
        reason = f"torch {found['version']} was built without CUDA"
        remedy = "with an NVIDIA GPU, install a build with CUDA: https://pytorch.org/get-started/locally"
    elif not hardware.nvidia_driver():
        reason, remedy = "no NVIDIA driver was found on this machine", _WITHOUT_GPU
    else:
        reason, remedy = found["problem"], "update the NVIDIA driver, and see that `nvidia-smi` lists the GPU"
    return [loads, Finding("torch-cuda", "Runtimes", "torch CUDA", "missing", "", reason, remedy)]


def gpus() -> list[Finding]:
    """The NVIDIA driver and its GPUs, as `nvidia-smi` tells them."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        if not hardware.nvidia_driver():
            return [_no_driver("no NVIDIA driver was found on this machine", _WITHOUT_GPU)]
        reason = "the driver's library is there, its tool nvidia-smi is not, so the GPUs cannot be listed"
        remedy = (
            "install the driver's tools (Debian and Ubuntu: nvidia-utils; in a container: the `utility` capability)"
        )
        return [Finding("nvidia-driver", "GPU", "NVIDIA driver", "warning", _cuda_of_driver(), reason, remedy)]
    try:
        log = ElementTree.fromstring(run([tool, "-q", "-x"], timeout_s=CHILD_S).data)
    except (NoAnswer, ElementTree.ParseError) as error:
        remedy = "restart the machine; if it stays, install the driver again, in the version of the running kernel"
        return [_no_driver(f"nvidia-smi fails: {error}", remedy)]
    version = f"{log.findtext('driver_version', '?')}, CUDA up to {log.findtext('cuda_version', '?')}"
    driver = Finding("nvidia-driver", "GPU", "NVIDIA driver", "ok", version)
    cards = [
        Finding(
            f"gpu-{index}",
            "GPU",
            f"GPU {index}",
            "ok",
            f"{card.findtext('product_name', '?')}, memory {card.findtext('fb_memory_usage/total', '?')}, "
            f"{card.findtext('fb_memory_usage/free', '?')} free",
        )
        for index, card in enumerate(log.findall("gpu"))
    ]
    none = Finding(
        "gpu-0",
        "GPU",
        "GPU",
        "missing",
        reason="the driver sees no GPU",
        remedy="check that the card is seated and powered; in a container, that it is passed on (--gpus all)",
    )
    return [driver, *(cards or [none])]


def _no_driver(reason: str, remedy: str) -> Finding:
    return Finding("nvidia-driver", "GPU", "NVIDIA driver", "missing", "", reason, remedy)


def _cuda_of_driver() -> str:
    """The newest CUDA that the driver knows, from its library; empty where that does not answer."""
    version = ctypes.c_int()
    try:
        library = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
        if library.cuDriverGetVersion(ctypes.byref(version)) != 0:
            return ""
    except (OSError, AttributeError):
        return ""
    return f"CUDA up to {version.value // 1000}.{version.value % 1000 // 10}"
