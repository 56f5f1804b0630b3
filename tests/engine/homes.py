"""What a home of tests holds: models and runs."""

from pathlib import Path

from engine.models.bundle import read_graph, write_bundle
from resources import MODELS
from trainer.job import Job, JobSpec


def write_models(folder: Path, *names: str) -> Path:
    """The bundled model under other names, each in its folder as the library has it."""
    model, card = read_graph(MODELS / "street.onnx")
    for name in names:
        (folder / name).mkdir()
        write_bundle(folder / name / name, model, None, card.model_copy(update={"name": name}))
    return folder


def write_run(home: Path, name: str, *, checkpoint: str, size: int) -> Path:
    """A run folder with one checkpoint of `size` bytes."""
    job = Job.create(home / "runs" / name, JobSpec(recipe="", root="/data"))
    (job.checkpoints / checkpoint).write_bytes(bytes(size))
    return job.folder
