"""`steadymask compare`, as a person calls it."""

import csv
import html
import json
import re
from pathlib import Path

import av
import pytest
from PIL import Image

from engine.models.bundle import read_card
from engine.models.library import Library
from engine.ownership.survey import MARKER
from tests.app.cli.serving import Run
from tests.app.cli.test_program import steadymask
from tests.engine.homes import write_models
from tests.engine.video.clips import picture, write_plain

FILES = {
    *("compare.mp4", "curves.png", "flicker_map_a.png", "flicker_map_b.png", "worst.png", "frames.csv"),
    *("summary.json", "report.html", MARKER),
}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_plain(tmp_path_factory.mktemp("clips") / "fähre & co.mp4", (picture(index) for index in range(14)))


def test_everything_is_there_and_the_page_needs_nothing_else(clip: Path, tmp_path: Path) -> None:
    done = steadymask("compare", clip, "--b", "hold(street, n=4)", "--out", tmp_path, "--device", "cpu", "--json")
    assert done.returncode == 0, done.stderr
    (document,) = json.loads(done.stdout)["clips"]
    folder = tmp_path / clip.stem
    assert {path.name for path in folder.iterdir()} == FILES
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert {**summary, "folder": str(folder)} == document
    assert summary["frames"] == 14
    assert summary["a"]["method"] == "street"
    assert summary["b"]["method"] == "hold(street, n=4)"
    assert summary["b"]["latency_max"] > 3 * summary["b"]["latency_p50"]
    for name in ("flicker", "tc", "tc_all", "agreement", "lag", "latency_p50"):
        assert name in summary["a"]
        assert name in summary["difference"]
    with av.open(str(folder / "compare.mp4")) as video:
        assert sum(1 for _ in video.decode(video=0)) == 14
    with (folder / "frames.csv").open(newline="", encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    assert [int(row["index"]) for row in rows] == list(range(14))
    assert rows[0]["flicker_a"] == ""
    assert all(0 <= float(row["flicker_a"]) <= 1 for row in rows[1:])
    for name in FILES:
        if name.endswith(".png"):
            with Image.open(folder / name) as drawn:
                assert min(drawn.size) > 100
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "fähre &amp; co.mp4" in page
    assert len(re.findall(r'src="data:image/png;base64,', page)) == 4
    assert not re.findall(r'(?:src|href)="(?!data:|compare\.mp4)', page)
    verdict = summary["verdict"]
    assert verdict["outcome"] in ("not better", "worse")
    assert f"B is {verdict['outcome']} than A" in page
    assert all(html.escape(reason) in page for reason in verdict["reasons"])
    assert all(html.escape(each["says"]) in page for each in verdict["conditions"])
    assert [each["name"] for each in verdict["conditions"]][0::8] == ["flicker", "street"]


def test_one_bad_clip_does_not_stop_the_others_and_leaves_nothing(command: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"no video")
    good = write_plain(tmp_path / "good.mp4", (picture(index) for index in range(5)))
    done = command("compare", bad, good, "--b", "frozen(street)", "--out", tmp_path / "out", "--device", "cpu")
    assert done.returncode == 1
    assert "bad.mp4" in done.stderr
    assert re.search(r"B is (not better|worse) than A\. [A-Z].*\. → .*report\.html", done.stdout)
    assert (tmp_path / "out" / "good" / "report.html").is_file()
    assert not list((tmp_path / "out").glob("bad/*"))


def test_without_a_verdict_nothing_is_said_about_it(command: Run, clip: Path, tmp_path: Path) -> None:
    done = command(
        *("compare", clip, "--b", "frozen(street)", "--out", tmp_path, "--device", "cpu", "--json", "--no-verdict")
    )
    assert done.returncode == 0, done.stderr
    (document,) = json.loads(done.stdout)["clips"]
    assert document["verdict"] is None
    assert "than A</b>" not in (tmp_path / clip.stem / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("method", ["ema(street, n=3)", "nothing", "ema(street, alpha=2)"])
def test_a_method_that_cannot_be_is_told(command: Run, method: str, clip: Path, tmp_path: Path) -> None:
    done = command("compare", clip, "--b", method, "--out", tmp_path / "out")
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("vehicles")
def test_classes_of_other_names_are_matched_by_hand(command: Run, clip: Path, tmp_path: Path) -> None:
    there = ("compare", clip, "--b", "vehicles", "--no-verdict", "--device", "cpu", "--json")
    done = command(*there, "--map", "vehicle=car", "--map", "sky=", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    (document,) = json.loads(done.stdout)["clips"]
    classes = document["classes"]
    assert classes["matches"]["vehicle"] == "car"
    assert (classes["left_out_a"], classes["left_out_b"]) == (["sky"], ["sky"])
    assert 0 < classes["share"] < 1
    assert document["b"]["agreement"] == 100, "it is the same network"
    page = (tmp_path / clip.stem / "report.html").read_text(encoding="utf-8")
    assert "B&#x27;s vehicle as car" in page
    assert "not compared are sky of A" in page
    unknown = command(*there, "--map", "lorry=car", "--out", tmp_path / "other")
    assert unknown.returncode != 0
    assert "B has no class 'lorry'" in unknown.stdout + unknown.stderr
    wrong = command(*there, "--map", "lorry", "--out", tmp_path / "other")
    assert wrong.returncode == 2
    assert "--map" in wrong.stderr


@pytest.fixture
def vehicles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home whose library has the bundled model with its cars called vehicles."""
    home = tmp_path / "home"
    (home / "models").mkdir(parents=True)
    write_models(home / "models", "vehicles")
    with Library(home / "models") as library:
        card = read_card(library.find("vehicles"))
        named = {"car": "vehicle"}
        library.relabel(
            "vehicles",
            [each.model_copy(update={"name": named.get(each.name, each.name)}) for each in card.class_set.classes],
        )
    monkeypatch.setenv("STEADYMASK_HOME", str(home))
