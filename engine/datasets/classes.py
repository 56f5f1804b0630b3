"""Whether the labels of a dataset and the masks of methods speak of the same classes."""

from engine.datasets.base import Dataset, LabelledFrame
from engine.errors import DatasetError
from engine.models.classes import VOID


def why_not_comparable(dataset: Dataset, names: tuple[str, ...]) -> str | None:
    """Why labels have to be left aside beside methods with the classes `names`; None where they can be compared."""
    if dataset.class_set is None or dataset.class_set.names == names:
        return None
    if dataset.binary and len(names) == len(dataset.class_set):
        return None
    theirs = dataset.class_set.names
    return (
        f"the labels of {dataset.name} ({_list(theirs)}) are not of the methods' classes ({_list(names)}), so they are "
        "left aside: no accuracy, only consistency and agreement with the first method"
    )


def check_labels(frame: LabelledFrame, clip: str, names: tuple[str, ...]) -> None:
    """Raise DatasetError that names the clip and the frame where a label holds what none of `names` is."""
    if frame.labels is None:
        return
    highest = int(frame.labels[frame.labels != VOID].max(initial=0))
    if highest >= len(names):
        raise DatasetError(
            f"{clip}, frame {frame.index}: its label holds the id {highest}; expected 0 to {len(names) - 1}, since the "
            f"methods know {_list(names)}, or {VOID} for void. Say in classes.json which classes the labels hold"
        )


def _list(names: tuple[str, ...]) -> str:
    """How many classes there are, and the first of them."""
    return f"{len(names)} classes: {', '.join(names[:_SHOWN])}{', …' * (len(names) > _SHOWN)}"


_SHOWN = 12
