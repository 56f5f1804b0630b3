"""Run by torch's launcher in each of two processes: trains the job in the folder named, and stops it before step 3."""

import sys
from pathlib import Path

import torch

from trainer.job import Job, JobStopped
from trainer.loop import train
from trainer.processes import own
from trainer.recipe import parse_recipe

torch.set_num_threads(1)
job = Job(Path(sys.argv[1]))
spec = job.spec()
steps = 0
try:
    with own(job) as owner:
        obey = owner.obey

        def stop_in_time() -> None:
            global steps
            steps += 1
            if steps == 4 and owner.leads:
                job.control("stop")
            obey()

        owner.obey = stop_in_time  # type: ignore[method-assign]
        train(owner, spec, parse_recipe(spec.recipe, "test"))
except JobStopped:
    (job.folder / f"stopped-{'leader' if owner.leads else 'helper'}").write_text(str(steps))
finally:
    torch.distributed.destroy_process_group()
