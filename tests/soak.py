"""`make soak`: the long sweeps at their full counts; writes counts, failures and minutes to docs/soak.md.

`python -m tests.soak tests/engine/models` runs those of a part, and writes their rows alone.
"""

import datetime
import os
import platform
import re
import sys
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import onnxruntime
import pytest

from engine.atomic import write_text

REPORT = Path(__file__).resolve().parent.parent / "docs" / "soak.md"


@dataclass
class Sweep:
    """One test function; a parametrised one counts its cases unless they say themselves what they count."""

    minutes: float = 0.0
    failures: int = 0
    cases: int = 0
    counts: list[object] = field(default_factory=list)

    def total(self) -> object:
        """The counts of all cases together; how many cases there were, where they say nothing."""
        numbers = [count for count in self.counts if isinstance(count, int)]
        if len(numbers) == len(self.counts):
            return sum(numbers) or self.cases
        return ", ".join(str(count) for count in self.counts)


class Tally:
    """A pytest plugin that sums up every sweep: what it counted, how often it failed, how long it took."""

    def __init__(self) -> None:
        self.sweeps: dict[str, Sweep] = {}

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = report.nodeid.removeprefix("tests/").partition("[")[0]
        sweep = self.sweeps.setdefault(name, Sweep())
        sweep.minutes += report.duration / 60
        sweep.failures += report.outcome == "failed"
        if report.when == "call":
            sweep.cases += 1
            sweep.counts += [value for key, value in report.user_properties if key == "count"]


def main() -> int:
    """Run the tests that are marked `soak` and write the report. Returns pytest's exit status."""
    os.environ["STEADYMASK_SOAK"] = "1"
    part = sys.argv[1:]
    tally = Tally()
    status = pytest.main(["-m", "soak", "-o", "timeout=7200", *(part or ["tests"])], plugins=[tally])
    today = datetime.date.today().isoformat()
    rows = {} if not part else dict(re.findall(r"^\| (`\S+?::\w+`) (\|.*)$", REPORT.read_text("utf-8"), re.MULTILINE))
    for name, sweep in tally.sweeps.items():
        rows[f"`{name}`"] = f"| {sweep.total()} | {sweep.failures} | {sweep.minutes:.1f} | {today} |"
    lines = [
        "# Long sweeps",
        "",
        f"Written by `make soak`, last on {today}: {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}, PyAV {version('av')}, PySide6 "
        f"{version('PySide6-Essentials')}, torch {version('torch')}, onnxruntime {onnxruntime.__version__}.",
        "",
        "| sweep | count | failures | minutes | on |",
        "| --- | ---: | ---: | ---: | --- |",
        *(f"| {name} {values}" for name, values in sorted(rows.items())),
        "",
    ]
    write_text(REPORT, "\n".join(lines))
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
