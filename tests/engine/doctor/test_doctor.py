"""The doctor with fakes for everything that may be missing: each finding has its reason and its remedy."""

import importlib.metadata
import shutil
import sys
import threading
import time
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

import resources
from engine import doctor
from engine.asking import Answer, NoAnswer, TooSlow, ask, run
from engine.backends import hardware
from engine.doctor import examination, machine, runtimes
from engine.doctor.finding import Finding
from engine.video import cameras
from engine.video.camera import CameraInfo

CPU, CUDA, TENSORRT = "CPUExecutionProvider", "CUDAExecutionProvider", "TensorrtExecutionProvider"
GPU = {"version": "2.13.0+cu130", "cuda": "13.0", "gpus": ["Big GPU"], "problem": None}
SMI = """<nvidia_smi_log><driver_version>580.1</driver_version><cuda_version>13.0</cuda_version>
<gpu><product_name>Big GPU</product_name><fb_memory_usage><total>8192 MiB</total><free>8000 MiB</free></fb_memory_usage>
</gpu></nvidia_smi_log>"""

Answers = dict[str, Any]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """What the children say, by question: data, or an exception to raise; here all is well and there is no GPU."""
    said: Answers = {
        "provider": lambda name: {"active": name, "preload": None},
        "torch": GPU | {"version": "2.13.0+cpu", "cuda": None, "gpus": [], "problem": "built without CUDA"},
        "codecs": dict.fromkeys(machine.CODECS),
        "overlay": {"problem": None},
        "camera": {"size": [640, 480], "rate": 30.0, "problem": None},
    }

    def answer(question: str, *words: str, timeout_s: float, stop: threading.Event | None = None) -> Answer:
        found = said[question]
        if isinstance(found, Exception):
            raise found
        return Answer(found(*words) if callable(found) else found, said.get("notes", ""))

    monkeypatch.setattr(runtimes, "ask", answer)
    monkeypatch.setattr(machine, "ask", answer)
    monkeypatch.setattr(cameras, "ask", answer)
    monkeypatch.setattr(runtimes, "built_in_providers", lambda: [TENSORRT, CUDA, CPU])
    monkeypatch.setattr(examination, "cameras_to_try", lambda: [])
    monkeypatch.setattr(hardware, "nvidia_driver", lambda: False)
    monkeypatch.setattr(shutil, "which", lambda tool: None)
    return said


@pytest.fixture
def driver(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "nvidia_driver", lambda: True)


def by_id(findings: list[Finding]) -> dict[str, Finding]:
    assert len({finding.id for finding in findings}) == len(findings), "an id is used twice"
    return {finding.id: finding for finding in findings}


def raising(error: Exception) -> Callable[..., Any]:
    def fail(*words: object, **named: object) -> Any:
        raise error

    return fail


def test_a_machine_without_gpu_and_camera_can_work(answers: Answers) -> None:
    findings = by_id(doctor.examine())
    assert doctor.can_work(findings.values())
    assert findings["provider-cpu"].status == "ok"
    for missing in ("provider-cuda", "provider-tensorrt", "nvidia-driver", "torch-cuda", "camera"):
        assert findings[missing].status == "missing"
        assert findings[missing].reason
        assert findings[missing].remedy
    assert findings["nvidia-driver"].reason == "no NVIDIA driver was found on this machine"
    assert "2.13.0+cpu was built without CUDA" in (findings["torch-cuda"].reason or "")
    groups = [finding.group for finding in doctor.examine()]
    assert {"System", "Runtimes", "GPU", "Video", "Cameras", "Disk", "Models"} == set(groups)


def test_the_document_has_a_schema_and_every_field(answers: Answers) -> None:
    document = doctor.as_json(doctor.examine([lambda: [Finding("window", "Window", "Window", "ok", "opens")]]))
    assert (document["schema"], document["ok"]) == (1, True)
    fields = {"id", "group", "label", "status", "value", "reason", "remedy", "essential"}
    assert all(finding.keys() == fields for finding in document["findings"])
    assert document["findings"][-1]["group"] in ("Window", "Cameras")


def test_a_finding_without_its_reason_cannot_be_made() -> None:
    for words in ({"status": "missing"}, {"status": "warning", "reason": "old"}, {"status": "ok", "remedy": "none"}):
        with pytest.raises(ValueError, match="a reason and a remedy"):
            Finding("x", "System", "x", **words)  # type: ignore[arg-type]


def test_a_gpu_that_works(answers: Answers, driver: None, monkeypatch: pytest.MonkeyPatch) -> None:
    answers["torch"] = GPU
    monkeypatch.setattr(shutil, "which", lambda tool: "/usr/bin/nvidia-smi")
    monkeypatch.setattr(runtimes, "run", lambda command, timeout_s: Answer(SMI, ""))
    findings = by_id(doctor.examine())
    assert findings["nvidia-driver"].value == "580.1, CUDA up to 13.0"
    assert findings["gpu-0"].value == "Big GPU, memory 8192 MiB, 8000 MiB free"
    assert [findings[key].status for key in ("provider-cuda", "provider-tensorrt", "torch-cuda")] == ["ok"] * 3


def test_a_driver_that_does_not_answer(answers: Answers, driver: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda tool: "/usr/bin/nvidia-smi")
    monkeypatch.setattr(runtimes, "run", raising(NoAnswer("couldn't communicate with the NVIDIA driver")))
    (finding,) = runtimes.gpus()
    assert finding.status == "missing"
    assert "couldn't communicate" in (finding.reason or "")
    assert "restart the machine" in (finding.remedy or "")
    monkeypatch.setattr(runtimes, "run", lambda command, timeout_s: Answer("<nvidia_smi_log/>", ""))
    assert runtimes.gpus()[-1].reason == "the driver sees no GPU"


def test_a_driver_without_its_tools(answers: Answers, driver: None) -> None:
    (finding,) = runtimes.gpus()
    assert finding.status == "warning"
    assert "nvidia-utils" in (finding.remedy or "")


def test_a_provider_that_does_not_start_says_what_is_missing(answers: Answers, driver: None) -> None:
    answers["provider"] = {"active": CPU, "preload": "not found or not loadable: libcublas.so.13"}
    (finding,) = runtimes.provider(CUDA)
    assert finding.status == "missing"
    assert finding.reason == "it does not start: not found or not loadable: libcublas.so.13"
    assert "steadymask[gpu]" in (finding.remedy or "")
    answers["provider"] = {"active": CPU, "preload": None}
    answers["notes"] = (
        "2026 [E:onnxruntime:Default, x.cc:1 Get()] [ONNXRuntimeError] : 1 : FAIL : Failed to load x.so\n"
    )
    assert runtimes.provider(TENSORRT)[0].reason == "it does not start: Failed to load x.so"


def test_a_cpu_provider_that_crashes_is_the_end(answers: Answers) -> None:
    answers["provider"] = NoAnswer("it ended with status -11")
    findings = doctor.examine()
    assert not doctor.can_work(findings)
    assert "status -11" in (by_id(findings)["provider-cpu"].reason or "")


def test_onnxruntime_that_cannot_be_loaded(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtimes, "built_in_providers", raising(ImportError("DLL load failed")))
    findings = by_id(doctor.examine())
    assert findings["provider-cpu"].essential
    assert "DLL load failed" in (findings["provider-cpu"].reason or "")
    assert not doctor.can_work(findings.values())


def test_a_provider_that_was_not_built_in(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtimes, "built_in_providers", lambda: [CPU, "CoreMLExecutionProvider"])
    findings = by_id(doctor.examine())
    assert findings["provider-coreml"].status == "ok"
    assert findings["provider-cuda"].reason == "this onnxruntime was built without it"


def test_torch_that_cannot_be_loaded_is_missing_and_masks_are_made_all_the_same(answers: Answers) -> None:
    answers["torch"] = NoAnswer("OSError: libtorch_cpu.so: undefined symbol")
    findings = by_id(doctor.examine())
    assert "undefined symbol" in (findings["torch"].reason or "")
    assert "torch-cuda" not in findings
    assert doctor.can_work(findings.values())


def test_what_takes_too_long_is_not_called_missing(answers: Answers) -> None:
    for question in ("provider", "torch", "codecs", "overlay"):
        answers[question] = TooSlow("no answer within 11 s")
    findings = by_id(doctor.examine())
    assert doctor.can_work(findings.values())
    assert [findings[key].status for key in ("provider-cpu", "torch", "codecs", "encoder-h264")] == ["warning"] * 4


def test_codecs_that_are_missing(answers: Answers) -> None:
    answers["codecs"]["av1"] = "no decoder"
    findings = by_id(doctor.examine())
    assert (findings["codec-av1"].status, findings["codec-hevc"].status) == ("missing", "ok")
    assert doctor.can_work(findings.values())
    answers["codecs"]["h264"] = "no decoder"
    assert not doctor.can_work(machine.codecs())
    answers["codecs"] = NoAnswer("No module named 'av'")
    assert not doctor.can_work(machine.codecs())
    answers["overlay"] = {"problem": "libx264 is not there"}
    assert machine.overlay()[0].reason == "libx264 is not there"


def test_packages_that_are_missing_or_in_each_others_way(monkeypatch: pytest.MonkeyPatch) -> None:
    real, absent = importlib.metadata.version, {"onnx", "torch"}

    def version(name: str) -> str:
        if name in absent:
            raise importlib.metadata.PackageNotFoundError(name)
        return "1.2" if name.startswith("onnxruntime") else real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    findings = by_id(runtimes.packages())
    assert (findings["package-onnx"].status, findings["package-onnx"].essential) == ("missing", True)
    assert f"{sys.executable} -m pip install onnx" in (findings["package-onnx"].remedy or "")
    assert (findings["package-torch"].status, findings["package-torch"].essential) == ("missing", False)
    assert findings["package-onnxruntime"].status == "warning"
    assert "onnxruntime-gpu 1.2, onnxruntime 1.2" in findings["package-onnxruntime"].value
    assert findings["package-numpy"].status == "ok"


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A device file of a camera on Linux, instead of /dev/video7."""
    path = tmp_path / "video7"
    path.touch()
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(cameras, "Path", lambda name: path if str(name) == "/dev/video7" else Path(name))
    return path


def test_a_camera_that_answers(answers: Answers, node: Path) -> None:
    (finding,) = machine.camera(7, "Webcam")
    assert (finding.status, finding.value) == ("ok", "Webcam, 640×480, 30 frames/s")


def test_a_camera_without_permission_names_the_group(
    answers: Answers, node: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine.os, "access", lambda path, mode: False)
    (finding,) = machine.camera(7, "Webcam")
    assert "sudo usermod -aG video $USER" in (finding.remedy or "")


def test_cameras_that_do_not_answer(answers: Answers, node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers["camera"] = TooSlow("no answer within 11 s")
    assert machine.camera(7, "Webcam")[0].reason == "no answer within 11 s"
    answers["camera"] = {"size": None, "rate": None, "problem": "camera 7 cannot be opened."}
    assert machine.camera(7, "Webcam")[0].reason == "camera 7 cannot be opened."
    monkeypatch.setattr(sys, "platform", "darwin")
    assert machine.camera(7, "camera 7") == []
    monkeypatch.setattr(sys, "platform", "linux")
    node.unlink()
    assert "--device" in (machine.camera(7, "Webcam")[0].remedy or "")


def test_cameras_are_listed_untouched_on_linux_and_tried_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.video import camera

    monkeypatch.setattr(camera, "list_cameras", lambda: [CameraInfo(2, "Webcam")])
    monkeypatch.setattr(sys, "platform", "linux")
    assert cameras.cameras_to_try() == [(2, "Webcam")]
    monkeypatch.setattr(sys, "platform", "win32")
    assert [index for index, _ in cameras.cameras_to_try()] == [0, 1, 2, 3, 4]
    assert "Privacy & security" in (machine.no_camera().remedy or "")


def test_little_disk_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**12, 10**12 - 10**9, 10**9))
    finding = machine.disk("disk-here", "this folder", tmp_path / "not" / "yet")
    assert finding.status == "warning"
    assert "0.9 GiB free" in finding.value
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**12, 0, 10**12))
    assert machine.disk("disk-here", "this folder", tmp_path).status == "ok"
    monkeypatch.setattr(machine.os, "access", lambda path, mode: False)
    assert "may not be written to" in (machine.disk("disk-here", "this folder", tmp_path).reason or "")
    monkeypatch.setattr(shutil, "disk_usage", raising(OSError("the share is gone")))
    assert machine.disk("disk-here", "this folder", tmp_path).reason == "the share is gone"


def test_little_memory_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=8 * 2**30, available=2**30))
    finding = by_id(machine.system())["memory"]
    assert (finding.status, finding.value) == ("warning", "1.0 of 8.0 GiB available")


@pytest.mark.parametrize("suffix", [".onnx", ".safetensors"])
def test_a_damaged_bundled_model_is_the_end(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in resources.MODELS.glob("street.*"):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(resources, "MODELS", tmp_path)
    assert doctor.can_work(machine.models())
    damaged = tmp_path / f"street{suffix}"
    data = bytearray(damaged.read_bytes())
    data[len(data) // 2] ^= 1
    damaged.write_bytes(data)
    (finding,) = machine.models()
    assert (finding.status, finding.essential, finding.remedy) == ("missing", True, "install Steadymask again")
    assert f"street{suffix}" in (finding.reason or "")
    for path in tmp_path.iterdir():
        path.unlink()
    assert not doctor.can_work(machine.models())


def test_a_child_that_hangs_is_ended() -> None:
    begin = time.monotonic()
    with pytest.raises(TooSlow, match="no answer within 0 s"):
        run([sys.executable, "-c", "import time; time.sleep(60)"], timeout_s=0.3)
    assert time.monotonic() - begin < 20


def test_a_child_that_fails_gives_its_last_words() -> None:
    with pytest.raises(NoAnswer, match="ValueError: broken"):
        run([sys.executable, "-c", "raise ValueError('broken')"], timeout_s=60)
    with pytest.raises(NoAnswer, match="status 3"):
        run([sys.executable, "-c", "import sys; sys.exit(3)"], timeout_s=60)
    with pytest.raises(NoAnswer, match="cannot be started"):
        run(["/nowhere/nothing"], timeout_s=60)


def test_the_real_children_answer() -> None:
    """Asked with patience: how fast they are depends on the machine."""
    assert ask("provider", CPU, timeout_s=120).data == {"active": CPU, "preload": None}
    codecs = ask("codecs", *machine.CODECS, "none-such", timeout_s=120).data
    assert "has no decoder" in codecs.pop("none-such")
    assert codecs == dict.fromkeys(machine.CODECS)
    assert ask("overlay", timeout_s=120).data == {"problem": None}
    assert ask("torch", timeout_s=120).data.keys() == GPU.keys()
    absent = ask("camera", "63", timeout_s=120).data
    assert absent["size"] is None
    assert "camera 63" in absent["problem"]


def test_a_child_that_nobody_waits_for_any_more_is_ended() -> None:
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    began = time.monotonic()
    with pytest.raises(NoAnswer, match="not waited for"):
        run([sys.executable, "-c", "import time; time.sleep(60)"], timeout_s=60, stop=stop)
    assert time.monotonic() - began < 10
    assert run([sys.executable, "-c", "print(1)"], timeout_s=60, stop=threading.Event()).data.strip() == "1"
