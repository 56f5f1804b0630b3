"""`verdict.json`: what came of a steadying, for whoever asks. Imports no torch."""

import json
from pathlib import Path
from typing import Any

from trainer.job import JobError

VERDICT = "verdict.json"


def read_verdict(folder: Path) -> dict[str, Any]:
    """What a run folder's `verdict.json` holds. Raises JobError where there is none, or it is damaged."""
    path = folder / VERDICT
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise JobError(f"{path} is not there yet; resume the run until it is done") from error
    except (OSError, ValueError) as error:
        raise JobError(f"{path} cannot be read: {error}; remove it and resume the run, which judges anew") from error
    if not isinstance(document, dict) or "verdict" not in document:
        raise JobError(f"{path} holds no verdict; remove it and resume the run, which judges anew")
    return document
