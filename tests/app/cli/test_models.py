"""`steadymask models` as a user runs it: in a process of its own, with a home of its own."""

import json
from pathlib import Path

import pytest
from PIL import Image

from app.cli.models import _names, _positive, _triple
from engine.importing.prepare import preview_frame
from tests.app.cli.serving import Run
from tests.app.cli.test_program import WITHOUT_QT, steadymask
from tests.engine.importing.foreign_models import foreign
from tests.engine.importing.recurrent_models import recurrent
from tests.engine.models.hostile_models import saved


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEADYMASK_HOME", str(tmp_path / "home"))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return saved(foreign(output="softmax", classes=3), "net.onnx")(tmp_path)


@pytest.fixture
def models(command: Run) -> Run:
    return lambda *words: command("models", *words)


def test_a_model_comes_is_used_and_goes(models: Run, model: Path, tmp_path: Path) -> None:
    stated = ("--classes", "sea, land,sky", "--mean", "0", "--std", "255,254,253", "--channels", "bgr")
    dry = models("import", model, "--name", "mine", *stated, "--dry-run", "--json")
    assert dry.returncode == 0, dry.stderr
    assert json.loads(dry.stdout)["added"] is False
    assert "nothing was added" in dry.stderr

    done = models(
        "import", model, "--name", "mine", *stated, "--licence", "MIT", "--preview-out", tmp_path / "look.png"
    )
    assert done.returncode == 0, done.stderr
    for word in ("sea, land, sky", "guessed: ", "stated", "255, 254, 253", "bgr", "softmax", "MIT", "%"):
        assert word in done.stdout
    assert "guessed: layout, scale, output" in done.stderr
    assert "mine is in the library" in done.stderr
    with Image.open(tmp_path / "look.png") as picture:
        assert picture.size == preview_frame().shape[1::-1]

    listed = json.loads(models("list", "--json").stdout)["models"]
    origins = {entry["name"]: entry["origin"] for entry in listed}
    assert (origins["street"], origins["mine"]) == ("bundled", "own")
    shown = models("show", "mine", "--json")
    document = json.loads(shown.stdout)
    assert document["card"]["foreign"]["channels"] == "bgr"
    assert document["classes"] == ["sea", "land", "sky"]
    assert document["measurements"] == []
    assert Path(document["files"][0]).is_file()

    again = models("import", model, "--name", "mine")
    assert again.returncode == 1
    assert "there is a model 'mine' already" in again.stderr
    both = models("remove", "mine", "street")
    assert (both.returncode, both.stdout) == (1, "")
    assert "bundled" in both.stderr
    removed = models("remove", "mine", "--json")
    assert json.loads(removed.stdout) == {"removed": ["mine"]}
    assert not Path(document["files"][0]).exists()
    gone = models("show", "mine")
    assert gone.returncode == 2
    assert "known models: portrait, street" in gone.stderr


def test_a_recurrent_model_is_known_by_its_form(models: Run, tmp_path: Path) -> None:
    file = saved(recurrent(), "rvm.onnx")(tmp_path)
    done = models("import", file, "--name", "rvm", "--downsample-ratio", "0.5", "--dry-run")
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.replace("│", " ").split())
    for words in (
        "matting by its form",
        "of earlier frames: r1i, r2i",
        "downsample_ratio 0.5 stated",
        "its name 'pha'",
    ):
        assert words in said
    assert "task" not in done.stderr


def test_tables_for_people(models: Run, tmp_path: Path) -> None:
    (tmp_path / "home" / "models" / "torn").mkdir(parents=True)
    listed = steadymask("models", "list", code=WITHOUT_QT)  # started as it is at a user's
    assert listed.returncode == 0
    assert "street" in listed.stdout
    assert "torn: there is no model file" in listed.stderr
    shown = models("show", "street")
    assert "miou" in shown.stdout
    assert "non-commercial" in shown.stdout


def test_what_is_no_model_is_refused_and_nothing_is_made(models: Run, tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    path.write_bytes(b"PK\x03\x04")
    done = models("import", path, "--name", "mine", "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert "torch.onnx.export(" in done.stderr
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("import",),
        ("import", "x.onnx"),
        ("import", "x.onnx", "--name", "a", "--layout", "chwn"),
        ("import", "x.onnx", "--name", "a", "--mean", "1,2"),
        ("import", "x.onnx", "--name", "a", "--std", "0"),
        ("import", "x.onnx", "--name", "a", "--classes", "a,a"),
        ("import", "x.onnx", "--name", "a", "--scale", "0"),
        ("show", "nothing"),
        ("remove",),
        ("remove", "nothing"),
        ("rename", "x"),
    ],
)
def test_wrong_usage_is_status_2(models: Run, words: tuple[str, ...]) -> None:
    done = models(*words)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_options_are_read() -> None:
    assert _triple("123.7, 116.3,103.5") == (123.7, 116.3, 103.5)
    assert _positive("255") == (255.0, 255.0, 255.0)
    assert _names(" background,person ") == ("background", "person")


def test_help_explains_each_command(models: Run) -> None:
    overview = models("--help")
    assert overview.returncode == 0
    for command in ("list", "show", "import", "remove"):
        assert command in overview.stdout
    assert "--preview-out" in models("import", "--help").stdout
