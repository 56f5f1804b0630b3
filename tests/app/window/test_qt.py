"""What the window needs of Qt's bindings."""

import subprocess
import sys

COUNT = """
import sys
from PySide6.QtCore import QObject, Signal
class Bell(QObject):
    rung = Signal()
bell = Bell()
before = sys.getrefcount(True)
for _ in range(1000):
    bell.rung.emit()
sys.exit(0 if abs(sys.getrefcount(True) - before) < 500 else 7)
"""


def test_emitting_a_signal_gives_no_reference_away() -> None:
    """PySide6 6.12.0 returns a borrowed True from every emit; before Python 3.12 that ends the process soon."""
    child = subprocess.run([sys.executable, "-c", COUNT], capture_output=True, text=True, timeout=60, check=False)
    assert child.returncode == 0, f"these bindings lose references, use another PySide6: {child.stderr}"


def test_the_gui_process_loads_no_torch() -> None:
    code = "import app.main_window, app.window, sys; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
