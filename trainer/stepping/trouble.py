"""Whatever breaks a job, in one plain sentence. This module does not import torch."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from engine.errors import BackendError
from trainer.job import Job, JobError

_FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
_SHORT = ("out of memory", "can't allocate memory", "bad allocation", "bad_alloc", "Failed to allocate", "ALLOC_FAILED")
"""How torch, onnxruntime, their allocators and CUDA's libraries say that there is no memory."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that the device or the machine has no memory left."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError | BackendError) and any(words in str(error) for words in _SHORT)


def is_full(error: OSError) -> bool:
    """Whether `error` says that there is no room left to write."""
    return error.errno in _FULL


@contextmanager
def plainly(job: Job) -> Iterator[None]:
    """Within the block: what is nobody's mistake in the program is raised as JobError, which says what to do."""
    try:
        yield
    except OSError as error:
        if not job.folder.is_dir():
            raise job.gone() from error
        place = os.fsdecode(error.filename) if error.filename else job.folder
        if is_full(error):
            raise JobError(
                f"{place} cannot be written, there is no room left ({error.strerror}); free some and resume: the "
                "checkpoints are whole"
            ) from error
        raise JobError(
            f"{place} cannot be read or written ({error.strerror or error}); see to it and resume: the checkpoints are "
            "whole"
        ) from error
    except (RuntimeError, MemoryError, BackendError) as error:
        if not is_out_of_memory(error):
            raise
        raise JobError(
            f"{job.folder} ran out of memory ({str(error).partition('. ')[0] or 'no more is told'}); close other "
            "programs, or set a smaller crop or batch under [train] in a new training, and resume: the checkpoints are "
            "whole"
        ) from error
