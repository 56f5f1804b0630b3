"""The child process: `python -m trainer VERB FOLDER`. Started by `trainer.job`, with the run folder as working
directory and its output in `log.txt`."""

import sys
from pathlib import Path
from pkgutil import resolve_name

from engine.errors import SteadymaskError
from trainer.job import Job, JobStopped
from trainer.processes import own
from trainer.recipe import parse_recipe
from trainer.stepping.trouble import plainly
from trainer.verbs import VERBS
from trainer.watch import signals_stop


def main(arguments: list[str]) -> int:
    """Run one verb. Returns 0 when it finished or was stopped on request, 1 when it failed, 2 for a wrong usage."""
    if len(arguments) != 2 or arguments[0] not in VERBS:
        sys.stderr.write(f"usage: python -m trainer {'|'.join(VERBS)} RUN_FOLDER\n")
        return 2
    verb, job = arguments[0], Job(Path(arguments[1]))
    try:
        spec = job.spec()
        with signals_stop(), own(job, breaks_off=True) as owner, plainly(job):
            recipe = parse_recipe(spec.recipe, str(job.folder / "job.toml"))
            resolve_name(VERBS[verb])(owner, spec, recipe)
    except JobStopped as stop:
        sys.stderr.write(f"{stop}\n")
    except SteadymaskError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
