"""`steadymask doctor` as a user runs it, and its table."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from app.cli import doctor
from engine.doctor.finding import Finding
from tests.app.cli.test_program import WITHOUT_QT, steadymask

WELL = Finding("os", "System", "System", "ok", "Linux")
NO_GPU = Finding("nvidia-driver", "GPU", "NVIDIA driver", "missing", "", "there is none [1]", "install it " * 20)
BROKEN = Finding("model", "Models", "street", "missing", "", "damaged", "install it again", essential=True)


def printed(findings: list[Finding], width: int = 80) -> str:
    out = io.StringIO()
    doctor.show(findings, Console(file=out, width=width, highlight=False))
    return out.getvalue()


def test_doctor_prints_one_document(tmp_path: Path) -> None:
    done = steadymask("doctor", "--json", cwd=tmp_path, code=WITHOUT_QT)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["schema"], document["ok"]) == (1, True)
    found = {finding["id"]: finding for finding in document["findings"]}
    assert found["package-steadymask"]["status"] == "ok"
    assert found["model-street"]["status"] == "ok"
    assert str(tmp_path) in found["disk-here"]["value"]
    assert all(finding["reason"] and finding["remedy"] for finding in found.values() if finding["status"] != "ok")


def test_the_table_fits_80_columns_and_says_why_and_what_to_do() -> None:
    text = printed([NO_GPU, WELL])
    assert all(len(line) <= 80 for line in text.splitlines())
    assert text.index("System") < text.index("GPU")
    assert "there is none [1]" in text
    assert "→ install it" in text
    assert "Nothing that masks need is missing." in text


def test_the_table_names_what_is_broken() -> None:
    assert "Masks cannot be made here until this is mended: street." in printed([WELL, BROKEN])


@pytest.mark.parametrize(("findings", "status"), [([WELL, NO_GPU], 0), ([WELL, BROKEN], 1)])
@pytest.mark.parametrize("as_json", [True, False])
def test_the_exit_status_is_about_masks_alone(
    findings: list[Finding],
    status: int,
    as_json: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(doctor, "examine", lambda more: findings)
    assert doctor.doctor(as_json) == status
    out = capsys.readouterr().out
    assert json.loads(out)["ok"] == (status == 0) if as_json else "System" in out


def test_a_window_that_cannot_be_opened_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "display_problem", lambda timeout_s: "there is no display")
    (finding,) = doctor.window()
    assert (finding.status, finding.essential, finding.reason) == ("missing", False, "there is no display")
    monkeypatch.setattr(doctor, "display_problem", lambda timeout_s: None)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert doctor.window()[0].value == "opens on offscreen"
