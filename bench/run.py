"""`make bench`: what things cost here, each as a ratio to a floor or a peer measured in the same run."""

import importlib
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    sys.exit(importlib.import_module("bench.all").main())
