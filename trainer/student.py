"""The verbs that make a student: learn and export, or export once more."""

from trainer.export import export_student
from trainer.job import JobSpec
from trainer.loop import train
from trainer.processes import Owner
from trainer.recipe import Recipe


def train_student(owner: Owner, spec: JobSpec, recipe: Recipe) -> None:
    """Train a student, and export it."""
    train(owner, spec, recipe)
    export_again(owner, spec, recipe)


def export_again(owner: Owner, spec: JobSpec, recipe: Recipe) -> None:
    """Export the student that was trained."""
    if owner.leads:
        export_student(owner, spec, recipe)
