"""The table of runtimes: a row and a file are all that another one needs."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from engine import load_model
from engine.backends import table
from engine.backends.base import DEFAULT_BACKEND
from engine.backends.table import RUNTIMES, Runtime, runtime_of
from engine.doctor import runtimes
from engine.errors import BackendError

ABACUS = Runtime(
    name="abacus",
    title="Abacus",
    module="tests.engine.backends.abacus",
    devices=("cpu",),
    file=".onnx",
    runs="the .onnx by hand",
    packages=("abacus-beads",),
    remedy="install it with `pip install abacus-beads`",
    environment=(("ABACUS_BEADS", "10"),),
)


@pytest.fixture
def abacus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "RUNTIMES", (*RUNTIMES, ABACUS))
    monkeypatch.setenv("ABACUS_BEADS", "")
    monkeypatch.delenv("ABACUS_BEADS")


def test_another_row_opens_sessions(abacus: None) -> None:
    model = load_model("street", device="cpu", backend="abacus")
    assert (model.report.provider, model.report.requested) == ("abacus-wood", "cpu")
    assert (model.segment(np.zeros((64, 64, 3), np.uint8)).classes == 3).all()
    assert os.environ["ABACUS_BEADS"] == "10"
    model.close()


def test_another_row_is_looked_at_by_the_doctor(abacus: None, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = {finding.id: finding for finding in runtimes.packages()}
    assert packages["package-abacus"].status == "missing"
    assert "pip install abacus-beads" in (packages["package-abacus"].remedy or "")
    assert runtimes.providers_to_try()[:3] == [
        "CPUExecutionProvider",
        "CUDAExecutionProvider",
        "TensorrtExecutionProvider",
    ]
    torch, abacus_check = runtimes.other_runtimes()
    assert torch is runtimes.torch
    (finding,) = abacus_check()  # the child's table has no such row
    assert (finding.id, finding.status, finding.remedy) == ("runtime-abacus", "missing", ABACUS.remedy)
    assert "there is no backend 'abacus'" in (finding.reason or "")


def test_a_runtime_that_loads_is_ok_for_the_doctor() -> None:
    (finding,) = runtimes.starts(runtime_of(DEFAULT_BACKEND))
    assert (finding.status, finding.value) == ("ok", "runs the .onnx")


def test_a_runtime_that_is_not_installed_names_its_remedy(abacus: None, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = replace(ABACUS, module="tests.engine.backends.nothing_of_that_name")
    monkeypatch.setattr(table, "RUNTIMES", (*RUNTIMES, gone))
    with pytest.raises(BackendError, match=r"abacus cannot be loaded .*pip install abacus-beads.*backend onnxruntime"):
        load_model("street", backend="abacus")


def test_a_device_that_a_runtime_does_not_know_is_refused_with_those_that_it_does(abacus: None) -> None:
    with pytest.raises(BackendError, match=r"abacus runs on cpu, not on cuda; ask for the device auto or cpu, or for"):
        load_model("street", device="cuda", backend="abacus")
    with pytest.raises(BackendError, match="tensorrt runs on cuda, not on cpu"):
        load_model("street", device="cpu", backend="tensorrt")


def test_a_runtime_in_the_place_of_a_device_is_told_apart() -> None:
    with pytest.raises(BackendError, match="tensorrt is a runtime and no device; ask for the backend tensorrt"):
        load_model("street", device="tensorrt")  # type: ignore[arg-type]


def test_the_table_loads_no_runtime() -> None:
    code = (
        "import sys, app.cli.options, engine.backends.table\n"
        "sys.exit(bool({'torch', 'onnxruntime', 'onnx'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-P", "-c", code], check=False).returncode == 0
