"""Steadying: a student that flickers less, from a person's clips without labels. Importing it imports no torch."""

from trainer.steady.beginning import NEW, NEW_MATTE, begin, trainable
from trainer.steady.document import read_verdict
from trainer.steady.labelled import Labelled, holds_labels
from trainer.steady.plan import PRESET_NAMES, ClipSpan, Plan, plan_steadying
from trainer.steady.spans import Spans

__all__ = [
    "NEW",
    "NEW_MATTE",
    "PRESET_NAMES",
    "ClipSpan",
    "Labelled",
    "Plan",
    "Spans",
    "begin",
    "holds_labels",
    "plan_steadying",
    "read_verdict",
    "trainable",
]
