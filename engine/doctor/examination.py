"""The doctor: what of this machine Steadymask can use, and for what is missing the reason and the remedy.

Everything is looked at at the same time; what may crash or hang is asked in child processes with a time limit, so the
whole takes seconds and always ends. torch is loaded in a child only.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from engine.doctor import machine, runtimes
from engine.doctor.finding import Finding
from engine.video.cameras import cameras_to_try

SCHEMA = 1
"""Version of the document of `as_json`."""

Check = Callable[[], list[Finding]]


def examine(more: Iterable[Check] = ()) -> list[Finding]:
    """Look at everything and return the findings, grouped.

    more: further checks, such as that of the window, which this package cannot see; they run beside the others.
    """
    cameras = cameras_to_try()
    checks: list[Check] = [
        machine.system,
        runtimes.packages,
        *(partial(runtimes.provider, name) for name in runtimes.providers_to_try()),
        runtimes.torch,
        runtimes.gpus,
        machine.codecs,
        machine.overlay,
        *(partial(machine.camera, index, name) for index, name in cameras),
        machine.disks,
        machine.models,
        *more,
    ]
    with ThreadPoolExecutor(len(checks), thread_name_prefix="doctor") as pool:
        findings = [finding for found in pool.map(lambda check: check(), checks) for finding in found]
    if not any(finding.group == "Cameras" for finding in findings):
        findings.append(machine.no_camera())
    return findings


def can_work(findings: Iterable[Finding]) -> bool:
    """Whether masks can be made here on the CPU: nothing essential is missing."""
    return not any(finding.essential and finding.status == "missing" for finding in findings)


def as_json(findings: list[Finding]) -> dict[str, Any]:
    """The findings as one JSON document: `schema`, `ok` (masks can be made on the CPU) and `findings`."""
    return {"schema": SCHEMA, "ok": can_work(findings), "findings": [finding.as_json() for finding in findings]}
