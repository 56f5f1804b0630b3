"""`steadymask models export` as a user runs it."""

import json
from pathlib import Path

import pytest

from tests.app.cli.serving import Run
from tests.engine.exporting.tiny import write_frames, write_tiny


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    (folder / "models" / "tiny").mkdir(parents=True)
    write_tiny(folder / "models" / "tiny")
    monkeypatch.setenv("STEADYMASK_HOME", str(folder))
    return folder


def test_a_model_is_written_told_of_and_taken_in_again(command: Run, tmp_path: Path) -> None:
    clip, out = write_frames(tmp_path / "walk"), tmp_path / "out"
    words = ("models", "export", "tiny", "--to", out, "--clip", clip, "--device", "cpu")
    done = command(*words, "--precision", "fp16")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("tiny-fp16 does what tiny does: the same class on ")
    for told in ("before", "after", "Flicker, %", "Milliseconds a frame", f"written: {out / 'tiny-fp16.onnx'}"):
        assert told in done.stdout.replace("\n", "") or told in done.stdout
    again = command(*words, "--precision", "fp16", "--json")
    assert (again.returncode, again.stdout) == (1, "")
    assert "--overwrite" in again.stderr
    taken = command("models", "import", out / "tiny-fp16.onnx", "--name", "mine", "--json")
    assert taken.returncode == 0, taken.stderr
    assert json.loads(taken.stdout)["card"]["precision"] == "float16"
    shown = command("models", "show", "mine")
    assert "float16" in shown.stdout
    assert "Nothing was measured" in shown.stderr


def test_plain_logits_tell_how_they_are_called(command: Run, tmp_path: Path) -> None:
    to = tmp_path / "other.onnx"
    clip = write_frames(tmp_path / "walk")
    done = command(
        "models", "export", "tiny", "--to", to, "--graph", "plain", "--clip", clip, "--frames", "3", "--json"
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["frames"] == 3
    assert document["contract"]["input"]["range"] == [0, 1]
    assert document["files"] == [str(to), str(tmp_path / "other.parity.json")]
    assert document["good"] is True
    assert all(Path(file).exists() for file in document["files"])


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("nothing", "--to", "out"), 2, "there is no model 'nothing'"),
        (("tiny", "--to", "out", "--precision", "int4"), 2, "int4"),
        (("tiny", "--to", "out", "--frames", "1"), 2, "frames"),
        (("tiny",), 2, "--to"),
        (("tiny", "--to", "out", "--clip", "camera:demo"), 1, "record it"),
    ],
)
def test_what_cannot_be_done_is_said(
    command: Run, tmp_path: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    done = command("models", "export", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (status, "")
    assert said in done.stderr
    assert not (tmp_path / "out").exists()
