"""Steadying: a student that flickers less, from a person's clips without labels. Importing it imports no torch."""

from trainer.steady.document import read_verdict
from trainer.steady.plan import PRESET_NAMES, ClipSpan, Plan, plan_steadying, trainable
from trainer.steady.spans import Spans

__all__ = ["PRESET_NAMES", "ClipSpan", "Plan", "Spans", "plan_steadying", "read_verdict", "trainable"]
