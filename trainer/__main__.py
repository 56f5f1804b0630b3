"""The child process: `python -m trainer VERB FOLDER`. Started by `trainer.job`, with the run folder as working
directory and its output in `log.txt`."""

import sys
from pathlib import Path

from engine.errors import SteadymaskError
from trainer.job import Job, JobOwner, JobStopped
from trainer.recipe import parse_recipe


def main(arguments: list[str]) -> int:
    """Run one verb. Returns 0 when it finished or was stopped on request, 1 when it failed, 2 for a wrong usage."""
    if len(arguments) != 2 or arguments[0] not in ("train", "export"):
        sys.stderr.write("usage: python -m trainer train|export RUN_FOLDER\n")
        return 2
    verb, job = arguments[0], Job(Path(arguments[1]))
    try:
        spec = job.spec()
        recipe = parse_recipe(spec.recipe, str(job.folder / "job.toml"))
        with JobOwner(job) as owner:
            # Imported here: torch takes seconds to load, and a wrong folder should be told at once.
            from trainer.loop import export_student, train

            if verb == "train":
                train(owner, spec, recipe)
            export_student(owner, spec, recipe)
    except JobStopped as stop:
        sys.stderr.write(f"{stop}\n")
    except SteadymaskError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
