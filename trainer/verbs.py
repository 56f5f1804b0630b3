"""What a job can do: verb → where in the trainer that is, as `module:function`. Imports neither Qt nor torch.

The function is called in the child, with (owner: Owner, spec: JobSpec, recipe: Recipe). It raises JobStopped when asked
to stop and SteadymaskError when it fails.
"""

from engine.errors import UnknownNameError

VERBS = {
    "train": "trainer.student:train_student",
    "export": "trainer.student:export_again",
    "steady": "trainer.steady.run:steady",
}


def known_verb(verb: str) -> str:
    """The verb itself. Raises UnknownNameError for one that there is not."""
    if verb not in VERBS:
        raise UnknownNameError(f"there is no verb {verb!r}; known: {', '.join(VERBS)}")
    return verb
