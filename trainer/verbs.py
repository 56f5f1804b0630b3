"""What a job can do: verb → what runs, in the child. Neither Qt nor torch is imported until one runs."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.errors import UnknownNameError

if TYPE_CHECKING:
    from trainer.job import JobSpec
    from trainer.processes import Owner
    from trainer.recipe import Recipe


def _train(owner: "Owner", spec: "JobSpec", recipe: "Recipe") -> None:
    """Train a student, and export it."""
    from trainer.loop import train

    train(owner, spec, recipe)
    _export(owner, spec, recipe)


def _export(owner: "Owner", spec: "JobSpec", recipe: "Recipe") -> None:
    """Export the student that was trained."""
    from trainer.export import export_student

    if owner.leads:
        export_student(owner, spec, recipe)


VERBS: dict[str, "Callable[[Owner, JobSpec, Recipe], None]"] = {"train": _train, "export": _export}


def known_verb(verb: str) -> str:
    """The verb itself. Raises UnknownNameError for one that there is not."""
    if verb not in VERBS:
        raise UnknownNameError(f"there is no verb {verb!r}; known: {', '.join(VERBS)}")
    return verb
