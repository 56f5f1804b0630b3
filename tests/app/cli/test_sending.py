"""`steadymask send`, with a virtual camera that sends nowhere."""

import json
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.program import app
from engine.methods import MethodPool
from tests.engine.exporting.tiny import write_frames
from tests.engine.fakes import FakeMethod
from tests.engine.mattes import FakeMatte, disc
from tests.engine.virtual_cameras import FakeModule


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> FakeModule:
    made = {"matte": FakeMatte([disc((96, 64), (48, 32), 16)]), "street": FakeMethod("street")}
    monkeypatch.setattr("engine.methods.make_pool", lambda **_: MethodPool(lambda name: made[name]))  # type: ignore[arg-type, return-value]
    module = FakeModule()
    monkeypatch.setitem(sys.modules, "pyvirtualcam", module)
    return module


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_frames(tmp_path / "walk", 8)


def test_a_clip_is_sent_to_its_end(module: FakeModule, clip: Path) -> None:
    words = ["send", str(clip), "--method", "matte", "--background", "green", "--json"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["device"], said["size"], said["error"]) == ("Fake Camera", [96, 64], None)
    assert said["sent"] + said["dropped"] <= 8
    (camera,) = module.cameras
    assert said["sent"] >= 1
    assert tuple(camera.sent[0][2, 2]) == (0, 177, 64)
    assert camera.closed


def test_what_is_no_matte_has_nothing_behind_it(module: FakeModule, clip: Path) -> None:
    done = CliRunner().invoke(app, ["send", str(clip), "--method", "street", "--background", "blur"])
    assert done.exit_code == 1
    assert "gives classes and no matte, which --background blur needs" in done.stderr
    assert module.cameras == []


def test_without_a_device_it_ends_with_the_remedy(module: FakeModule, clip: Path) -> None:
    module.missing = True
    begin = time.monotonic()
    done = CliRunner().invoke(app, ["send", str(clip), "--method", "matte", "--loop"])
    assert done.exit_code == 1
    assert "there is no virtual camera that can be sent to (v4l2loopback: no device found); " in done.stderr
    assert time.monotonic() - begin < 20
