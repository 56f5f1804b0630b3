"""Streaming measures of consistency: one frame in, one result out, bounded state.

Scores are 0..100, flicker and shares 0..1; what cannot be computed is None. The names are fixed in the whole program.
"""

from engine.consistency.etc import EtcConsistency
from engine.consistency.labelled import VideoConsistency
from engine.consistency.lag import Lag
from engine.consistency.meter import ConsistencyMeter
from engine.consistency.pair import PairCounts, count_pair
from engine.consistency.soft import SoftConsistency
from engine.consistency.spans import Interval, SpanSums, resample

__all__ = [
    "ConsistencyMeter",
    "EtcConsistency",
    "Interval",
    "Lag",
    "PairCounts",
    "SoftConsistency",
    "SpanSums",
    "VideoConsistency",
    "count_pair",
    "resample",
]
