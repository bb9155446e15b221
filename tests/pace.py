"""Limits of time that hold on a slow or busy machine too: stretched by how long known work takes at that moment.

A machine that others use as well takes half as long again, or twice as long, for the same work, in processor time too.
A test that measures time therefore times a yardstick next to what it tests, and allows what a quiet core would take
times how much slower the yardstick was. A quick machine gets no less than the limit.
"""

import json
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

TRIES = 5
YARDSTICK_S = 0.08  # what the yardstick takes on a quiet core of a common server of 2023, in seconds

_TEXT = json.dumps([{"n": i, "v": [i / 7] * 8, "s": "word" * 5} for i in range(2000)])
_NAMES = pd.Series(np.random.default_rng(0).normal(size=200_000).round(3).astype(str))


def slowness() -> float:
    """How many times as long as a quiet core this process takes at this moment, at least 1."""
    began = time.process_time()
    for _ in range(3):
        json.loads(_TEXT)
    pd.factorize(_NAMES)
    counts: dict[int, int] = {}
    for i in range(100_000):
        counts[i % 1000] = counts.get(i % 1000, 0) + i
    return max(1.0, (time.process_time() - began) / YARDSTICK_S)


def takes_less_than(limit: float, work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> bool:
    """Whether `work` takes less than `limit` seconds of a quiet core in one of several tries.

    `clock` tells processor time of this process, or wall time (`time.perf_counter`) where the work is another process.
    """
    told = []
    for _ in range(TRIES):
        before = slowness()
        began = clock()
        work()
        took = clock() - began
        allowed = limit * max(before, slowness())
        if took < allowed:
            return True
        told.append(f"{took:.3f} s where {allowed:.3f} s are allowed")
    sys.stdout.write("\n".join(told))
    return False
