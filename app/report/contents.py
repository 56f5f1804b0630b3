"""Of which files a comparison is made. Loads no plots."""

import re

from engine.ownership.survey import Contents

PLACED_FIRST = ("compare.mp4", "curves.png", "flicker_map_a.png", "flicker_map_b.png", "worst.png", "frames.csv")
"""A video that is being watched cannot be replaced on every system, so it is tried before anything else is touched."""
PLACED_LAST = ("summary.json", "report.html")
"""While these are not there, the folder holds no comparison."""
COMPARISON = Contents("comparison", re.compile("|".join(map(re.escape, (*PLACED_FIRST, *PLACED_LAST)))))
