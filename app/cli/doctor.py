"""What `steadymask doctor` prints."""

import os
from typing import get_args

from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.cli.terminal import DONE, FAILED, console, print_json
from app.display import display_problem
from engine.doctor import as_json as document
from engine.doctor import can_work, examine
from engine.doctor.finding import Finding, Group

_WINDOW_S = 11.0
_COLOURS = {"ok": "green", "warning": "yellow", "missing": "red"}


def doctor(as_json: bool) -> int:
    """Look at this machine, print what was found, and return the exit status."""
    with console.status("looking at this machine"):
        findings = examine([window])
    if as_json:
        print_json(document(findings))
    else:
        show(findings, Console(highlight=False))
    return DONE if can_work(findings) else FAILED


def window() -> list[Finding]:
    """Whether a window can be opened here."""
    problem = display_problem(timeout_s=_WINDOW_S)
    if problem is not None:
        remedy = "open it in a desktop session; `steadymask segment` and the other commands need no window"
        return [Finding("window", "Window", "Window", "missing", "", problem, remedy)]
    platform = os.environ.get("QT_QPA_PLATFORM") or os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY")
    return [Finding("window", "Window", "Window", "ok", f"opens on {platform or 'the desktop'}")]


def show(findings: list[Finding], out: Console) -> None:
    """Print the findings as a table, group by group; a status is a word, so that it reads without colours too."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    for _ in range(2):
        table.add_column(no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    for group in get_args(Group):
        rows = [finding for finding in findings if finding.group == group]
        if rows:
            table.add_row(Text(group, style="bold"), "", "")
        for finding in rows:
            table.add_row(Text(f"  {finding.status}", style=_COLOURS[finding.status]), finding.label, _told(finding))
    out.print(table)
    if can_work(findings):
        out.print("\nNothing that masks need is missing.")
    else:
        broken = ", ".join(each.label for each in findings if each.essential and each.status == "missing")
        out.print(Text(f"\nMasks cannot be made here until this is mended: {broken}.", style="red"))


def _told(finding: Finding) -> Text:
    lines = [finding.value] if finding.value else []
    if finding.reason is not None:
        lines += [finding.reason, f"→ {finding.remedy}"]
    return Text("\n".join(lines))
