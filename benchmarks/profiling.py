"""What understanding costs: the profile of a table of 1,000,000 rows by 50 columns, and `plan` on 10,000 rows.

    python benchmarks/profiling.py [--rows 1000000] [--columns 50] [--plan-rows 10000]

Prints seconds, seconds of processor time (which say more on a busy machine) and peak memory, each step in a process of
its own, beside the aims: 60 s and 4 GiB for the profile (the csv read included), 5 s for `plan` (the start of Python
included).
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from overhead import make_task

WORDS = np.array("red blue green slow quick old new big small river stone house tree cloud bird road".split())  # noqa: SIM905


def texts(rows: int, rng: np.random.Generator) -> list[str]:
    """Six words each."""
    return [" ".join(row) for row in WORDS[rng.integers(0, len(WORDS), (rows, 6))]]


def codes(rows: int, rng: np.random.Generator) -> list[str]:
    """Ten letters each, the first of the alphabet more often."""
    letters = np.array(list("ABCDEFGH"))[np.minimum(rng.geometric(0.3, (rows, 10)) - 1, 7)]
    return ["".join(row) for row in letters]


MAKERS: dict[str, Callable[[int, np.random.Generator], Any]] = {
    "real": lambda rows, rng: np.where(rng.random(rows) < 0.05, np.nan, rng.normal(50, 20, rows).round(4)),
    "whole": lambda rows, rng: rng.integers(0, 5_000, rows),
    "category": lambda rows, rng: rng.choice([f"kind {k}" for k in range(12)], rows),
    "many": lambda rows, rng: np.char.add("shop", rng.integers(0, 20_000, rows).astype(str)),
    "date": lambda rows, rng: (np.datetime64("2020-01-01") + rng.integers(0, 900, rows)).astype(str),
    "text": texts,
    "code": codes,
    "truth": lambda rows, rng: rng.random(rows) < 0.3,
}
SORTS = ("real", "whole", "category", "real", "many", "date", "text", "code", "real", "truth")


def make_table(rows: int, columns: int) -> pd.DataFrame:
    """A mixed table: four in ten columns are numbers, the others categories, dates, texts, codes and truth values."""
    rng = np.random.default_rng(0)
    table = {f"{SORTS[k % 10]}{k}": MAKERS[SORTS[k % 10]](rows, rng) for k in range(columns - 1)}
    return pd.DataFrame({**table, "y": rng.integers(0, 2, rows)})


MAKE = "import sys, profiling; profiling.make_table(*map(int, sys.argv[2:])).to_csv(sys.argv[1], index=False)"
PROFILE = """
import resource, sys, time
from modelwright.records.problem import Problem
from modelwright.task import profiling, tables
from pathlib import Path
def clocks():
    return time.monotonic(), time.process_time()
began = clocks()
table = tables.read_table(Path(sys.argv[1]))
read = clocks()
problem = Problem(
    name="x", root="", kind="binary", targets=("y",), metric="auc", higher_is_better=True, classes=(0, 1)
)
found = profiling.profile(table, None, problem)
done = clocks()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "linux" else 2**30)
print(*(b - a for a, b in zip(began, read)), *(b - a for a, b in zip(read, done)), peak)
"""


def measure_profile(table: Path) -> list[float]:
    """Seconds of reading and of its processor time, the same of profiling, and peak memory in GiB."""
    done = subprocess.run([sys.executable, "-c", PROFILE, str(table)], check=True, capture_output=True, text=True)
    return [float(each) for each in done.stdout.split()]


def measure_plan(folder: Path, times: int = 3) -> tuple[float, float]:
    """Seconds of `modelwright plan`, from the start of Python to its end, and of its processor time; the best."""
    spent = []
    for _ in range(times):
        start, before = time.monotonic(), os.times()
        command = [sys.executable, "-m", "modelwright", "plan", str(folder), "--json"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        after = os.times()
        work = after.children_user + after.children_system - before.children_user - before.children_system
        spent.append((time.monotonic() - start, work))
    return min(spent)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=50)
    parser.add_argument("--plan-rows", type=int, default=10_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        print(f"plan on {args.plan_rows:,} rows, start of Python included", end="  ", flush=True)
        wall, work = measure_plan(make_task(Path(scratch) / "task", args.plan_rows * 10 // 9))
        print(f"{wall:5.2f} s ({work:.2f} s of work)   aim: under 5 s")
        table = Path(scratch) / "table.csv"
        # made elsewhere: the peak memory of a process begins with that of the one that started it
        make = [sys.executable, "-c", MAKE, str(table), str(args.rows), str(args.columns)]
        subprocess.run(make, check=True, cwd=Path(__file__).parent)
        print(f"a csv of {args.rows:,} rows by {args.columns} columns, {table.stat().st_size / 2**20:.0f} MiB")
        read, read_work, seconds, work, peak = measure_profile(table)
    print(f"reading it       {read:5.1f} s ({read_work:.1f} s of work)")
    print(f"its profile      {seconds:5.1f} s ({work:.1f} s of work)   aim: under 60 s, the reading included")
    print(f"peak memory      {peak:5.2f} GiB   aim: under 4 GiB")


if __name__ == "__main__":
    main()
