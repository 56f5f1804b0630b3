"""What `verdict.json` may hold, as the engine writes it, and run folders of trainings that have ended."""

import json
from pathlib import Path
from typing import Any

from app.training.record import Record
from engine.measures import Interval
from engine.models.bundle import read_graph, read_weights, write_bundle
from engine.verdict import ClassResult, Condition, Outcome, Verdict
from trainer.job import Job, JobSpec, JobState
from trainer.steady import ClipSpan, plan_steadying

DOWN, TC_UP = Interval(-0.0103, -0.0062), Interval(1.2, 4.9)


def kept(
    *, found: tuple[int, int] = (40, 40), area: tuple[float, float] = (0.1, 0.1), kept: bool | None = True
) -> ClassResult:
    """One class, before and after."""
    return ClassResult(share=0.1, objects=40, found=found, iou=(99.0, 98.0), area=area, kept=kept)


def document(
    outcome: Outcome = "better",
    *,
    flicker: tuple[float | None, float | None] = (0.0241, 0.0159),
    interval: Interval | None = DOWN,
    tc: tuple[float, float] = (85.1, 88.4),
    tc_interval: Interval | None = TC_UP,
    agreement: tuple[float, float] | None = (96.4, 96.1),
    classes: dict[str, ClassResult] | None = None,
    latency: tuple[float | None, float | None] = (14.2, 14.3),
    failed: tuple[str, ...] = (),
    unknown: tuple[str, ...] = (),
    reason: str = "Flicker is down.",
    clips: tuple[Path, ...] = (),
) -> dict[str, Any]:
    """A verdict on 96 frames. failed, unknown: conditions that are not met, and those that cannot be told."""
    classes = {"car": kept(), "road": kept()} if classes is None else classes

    def condition(name: str, **more: Any) -> Condition:
        passed = False if name in failed else None if name in unknown else True
        return Condition(name, "", passed, f"{name} says so.", **more)

    both = agreement or (None, None)
    conditions = (
        condition("flicker", interval=interval),
        condition("tc", interval=tc_interval),
        condition(
            "agreement",
            values={"agreement_baseline": both[0], "agreement_candidate": both[1]},
            thresholds={"most_down": 1.0},
        ),
        condition("objects"),
        condition("classes"),
        condition("ghosts"),
        condition("lag"),
        condition("inside"),
        condition("street"),
    )
    verdict = Verdict(outcome, (reason,), conditions, 96, 96, "street itself", ("sign: seen now and then",), classes)
    sides = [
        {
            "model": "street",
            "flicker": flicker[place],
            "tc": tc[place],
            "latency_p50": latency[place],
            "by_class": {"flicker": {"car": (0.1, 0.08)[place], "road": 0.02, "sky": None}, "tc": {}},
        }
        for place in (0, 1)
    ]
    judged = [
        {"clip": str(clip.absolute()), "learnt": [[0, 17]], "chose": [18, 21], "judged": [22, 29]} for clip in clips
    ]
    return {
        "verdict": outcome,
        "reason": reason,
        **verdict.as_json(),
        "baseline": sides[0],
        "candidate": sides[1],
        "clips": judged,
    }


def ended(folder: Path, clip: Path, status: str = "done", **said: Any) -> Record:
    """A training of the bundled model on `clip`, in a folder of its own, as it is left when it ends.

    said: of the verdict, as `document` takes it. The student is the model itself.
    """
    start = Path("resources/models/street.safetensors").absolute()
    plan = plan_steadying([ClipSpan(clip)], start)
    job = Job.create(folder, JobSpec.model_validate(plan.spec.model_dump()))
    graph, card = read_graph(start.with_suffix(".onnx"))
    with job.claim() as claim:
        write_bundle(folder / "student", graph, read_weights(start), card, placing=claim)
    if status == "done":
        (folder / "verdict.json").write_text(json.dumps(document(**said, clips=(clip,))), "utf-8")
    state = JobState(status=status, pid=1, started=0, heartbeat=0)  # type: ignore[arg-type]
    (folder / "state.json").write_text(state.model_dump_json(), "utf-8")
    job.events_path.write_text("", "utf-8")
    record = Record(folder)
    record.read_on()
    return record
