"""Streaming measures of consistency: one frame in, one result out, bounded state.

Scores are 0..100, flicker and shares 0..1; what cannot be computed is None. The names are fixed in the whole program.
"""

from engine.measures.consistency import ConsistencyMeter
from engine.measures.etc import EtcConsistency
from engine.measures.labelled import VideoConsistency
from engine.measures.lag import Lag
from engine.measures.matting import MattingScores
from engine.measures.pair import PairCounts, count_pair
from engine.measures.soft import SoftConsistency
from engine.measures.spans import Interval, SpanSums, resample

__all__ = [
    "ConsistencyMeter",
    "EtcConsistency",
    "Interval",
    "Lag",
    "MattingScores",
    "PairCounts",
    "SoftConsistency",
    "SpanSums",
    "VideoConsistency",
    "count_pair",
    "resample",
]
