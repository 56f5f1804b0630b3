"""Why no window can be opened: told in one line, and never by an abort."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import display

ROOT = Path(__file__).parents[3]
ASK = "from app.display import display_problem; print(display_problem() or 'none')"

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="displays are told apart on Linux only")


def ask(path: str = "", **variables: str) -> str:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    if path:
        environment["PYTHONPATH"] = os.pathsep.join([path, environment.get("PYTHONPATH", "")])
    child = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=ROOT,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    assert child.stdout.count("\n") == 1, "one line"
    return child.stdout.strip()


def test_no_display_at_all() -> None:
    assert "neither DISPLAY nor WAYLAND_DISPLAY is set" in ask()


@pytest.mark.parametrize("platform", ["offscreen", "minimal"])
def test_a_platform_that_needs_no_display(platform: str) -> None:
    assert ask(QT_QPA_PLATFORM=platform) == "none"


@pytest.mark.parametrize("name", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_a_display_that_does_not_answer_is_told_and_not_an_abort(name: str) -> None:
    problem = ask(**{name: ":4321" if name == "DISPLAY" else "wayland-4321"})
    # Either the display is named or, where the platform plugin's own libraries are missing, what to install.
    assert "4321" in problem or "apt install" in problem


def test_an_unknown_platform_is_told() -> None:
    assert "cannot open a window" in ask(QT_QPA_PLATFORM="nonsense", DISPLAY=":4321")


def test_missing_system_libraries_name_the_packages(tmp_path: Path) -> None:
    package = tmp_path / "PySide6"
    package.mkdir()
    reason = "libEGL.so.1: cannot open shared object file: No such file or directory"
    (package / "__init__.py").write_text(f"raise ImportError({reason!r})")
    problem = ask(str(tmp_path), QT_QPA_PLATFORM="offscreen")
    assert "libEGL.so.1" in problem
    assert "apt install libegl1" in problem


def test_missing_pyside_says_how_to_install_it(tmp_path: Path) -> None:
    (tmp_path / "PySide6").mkdir()
    (tmp_path / "PySide6" / "__init__.py").write_text("raise ModuleNotFoundError(\"No module named 'PySide6'\")")
    assert "pip install PySide6-Essentials" in ask(str(tmp_path), QT_QPA_PLATFORM="offscreen")


def test_asking_loads_no_qt() -> None:
    code = f"{ASK}; import sys; assert not [name for name in sys.modules if name.startswith('PySide6')]"
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True, capture_output=True)


def test_only_paths_of_cv2_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM_PLUGIN_PATH", "/somewhere/site-packages/cv2/qt/plugins")
    monkeypatch.setenv("QT_QPA_FONTDIR", "/home/me/fonts")
    display.drop_cv2_plugin_path()
    assert "QT_QPA_PLATFORM_PLUGIN_PATH" not in os.environ
    assert os.environ["QT_QPA_FONTDIR"] == "/home/me/fonts"
