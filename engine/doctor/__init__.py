"""The doctor: what of this machine Steadymask can use, and for what is missing the reason and the remedy."""

from engine.doctor.examination import SCHEMA, as_json, can_work, examine
from engine.doctor.finding import Finding

__all__ = ["SCHEMA", "Finding", "as_json", "can_work", "examine"]
