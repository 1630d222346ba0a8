"""Evidently's reports on tabular data, as its documentation sets them up: of drift between two frames, or on one.

Run by an environment that has evidently, and nothing of ours.
"""

import json
import sys
import time

import numpy as np
import pandas as pd
from evidently import Dataset, Report
from evidently.presets import DataDriftPreset, DataSummaryPreset


def frame(path: str) -> pd.DataFrame:
    """The columns of one file: numbers, and categories by their codes."""
    with np.load(path) as held:
        numbers = {f"n{index}": column for index, column in enumerate(held["numbers"])}
        names = np.array([f"value {code}" for code in range(int(held["codes"].max()) + 1)], dtype=object)
        values = {f"c{index}": names[column] for index, column in enumerate(held["codes"])}
    return pd.DataFrame({**numbers, **values})


def memory(name: str) -> int:
    """A figure of this process's memory, in bytes."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(name))


def main() -> None:
    """The seconds of a report, and the most memory that it took above its input."""
    what, reference, current = sys.argv[1:]
    old = Dataset.from_pandas(frame(reference)) if what == "drift" else None
    new = Dataset.from_pandas(frame(current))
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak is counted from here
    before = memory("VmRSS")
    begun = time.perf_counter()
    Report([DataDriftPreset() if what == "drift" else DataSummaryPreset()]).run(new, old)
    seconds = time.perf_counter() - begun
    print(json.dumps({"seconds": seconds, "memory": memory("VmHWM") - before}))


if __name__ == "__main__":
    main()
