"""How fast a bundle answers, measured in a process of its own: `python latency.py BUNDLE TABLE` prints JSON.

row_ms_cold: the bundle opened and its first row answered, libraries not yet loaded. row_ms_warm: the median of many
single rows after that. rows10k_s: 10,000 rows at once (those of the table, repeated). All from a DataFrame as a user
has it, so that reading the types of its columns counts.
"""

import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from modelwright.deliver import bundle
from modelwright.task.tables import read_table

TIMES = 50  # single rows


def main() -> None:
    """Measure, and print."""
    table = read_table(Path(sys.argv[2]))

    start = time.perf_counter()
    model = bundle.load(sys.argv[1])
    model.predict(table.iloc[[0]])
    found = {"row_ms_cold": round(1000 * (time.perf_counter() - start), 1)}

    def seconds(places: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> float:
        rows = table.iloc[places].reset_index(drop=True)
        began = time.perf_counter()
        model.predict(rows)
        return time.perf_counter() - began

    single = [seconds(np.array([k % len(table)])) for k in range(TIMES)]
    found["row_ms_warm"] = round(1000 * statistics.median(single), 1)
    found["rows10k_s"] = round(seconds(np.arange(10_000) % len(table)), 2)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
