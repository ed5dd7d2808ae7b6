"""What must never happen, each with a planted bug that must go red."""

import os

SOAK = bool(os.environ.get("VILLAGEPOINTS_SOAK"))  # the long run: make soak
