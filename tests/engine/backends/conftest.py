"""Before torch is loaded here: its idle workers sleep, as they do in `engine.backends.open_session`."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
