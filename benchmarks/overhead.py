"""What the house itself costs: time around the fits, idle cores, starting an experiment, opening a journal.

    python benchmarks/overhead.py [--budget 5m] [--rows 10000]

Prints four figures beside their aims: the share of the search's wall time (times the jobs side by side) not spent in
features, fit and predict; how busy the cores were over the whole run; the cost of one more experiment in a warm
process; the time to open a journal of 10,000 experiments.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from modelwright.api import open_run
from modelwright.chapters.machine import cores
from modelwright.executors.local import LocalExecutor
from modelwright.journal.journal import Journal
from modelwright.records.experiment import Job, Outcome, Proposal, Score, Status
from modelwright.settings import seconds
from modelwright.workspace import write_whole


def make_task(folder: Path, rows: int) -> Path:
    """A table of numbers and categories with interactions, 12 columns, a tenth of the rows as test."""
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(rows, 8))
    codes = rng.integers(0, 12, size=(rows, 4))
    signal = numbers[:, 0] * numbers[:, 1] + np.sin(2 * numbers[:, 2]) + (codes[:, 0] % 3) - 0.4 * codes[:, 1] % 2
    table = pd.DataFrame(numbers, columns=[f"n{k}" for k in range(8)])
    for k in range(4):
        table[f"c{k}"] = pd.Series(codes[:, k]).map(lambda v: f"level {v}")
    table.insert(0, "id", np.arange(rows))
    table["y"] = (signal + rng.normal(size=rows) > signal.mean()).astype(int)
    folder.mkdir(parents=True)
    cut = rows * 9 // 10
    table[:cut].to_csv(folder / "train.csv", index=False)
    table[cut:].drop(columns="y").to_csv(folder / "test.csv", index=False)
    (folder / "description.md").write_text("Predict `y` for each id. Judged by the area under the ROC curve.\n")
    return folder


def measure_run(folder: Path, budget: str) -> tuple[float, float, int, Path]:
    """Share not spent in work, share of busy core time, number of experiments, and the run folder."""
    out = folder.parent / "run"
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [
        sys.executable,
        "-m",
        "modelwright",
        "run",
        str(folder),
        "--budget",
        budget,
        "--out",
        str(out),
        "--quiet",
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    run = open_run(out)
    searching = float(run.facts["chapters"]["Searching"])
    work = sum(e.outcome.work for e in run.experiments if e.outcome and e.proposal.move != "refit")
    print(f"  wall {wall:.1f} s, searching {searching:.1f} s, experiments {len(run.experiments)}, cpu {cpu:.1f} s")
    return 1 - work / (searching * run.facts["run"]["jobs"]), cpu / (wall * cores()), len(run.experiments), out


def measure_start(run: Path, times: int = 20) -> float:
    """Median seconds from start to outcome of the dummy recipe in a warm process, its fit and predict not counted."""
    with tempfile.TemporaryDirectory() as scratch:
        base, costs = Path(scratch) / "run", []
        base.mkdir()
        for name in ("data", "cache"):
            (base / name).symlink_to(run / name)
        with LocalExecutor(1, 1, 0, base) as executor:
            for number in range(1, times + 3):
                folder = base / "experiments" / f"{number:04d}"
                folder.mkdir(parents=True)
                job = Job(number=number, proposal=Proposal(recipe="dummy", folds=(0,)))
                write_whole(folder / "job.json", job.model_dump_json())
                start = time.monotonic()
                executor.start(job, folder)
                (outcome,) = executor.wait(60)
                costs.append(time.monotonic() - start - outcome.work)
                assert outcome.status is Status.DONE, outcome.error
    return statistics.median(costs[2:])


def measure_journal(count: int = 10_000) -> float:
    """Seconds to open a journal of that many experiments."""
    score = Score(value=0.9, error=0.01, folds=dict.fromkeys(range(5), 0.9), replicates=(0.9,) * 10)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "journal.db"
        with Journal(path, create=True) as journal:
            for k in range(count):
                row = journal.open(Proposal(recipe="linear", params={"x": k, "y": 0.5}, reason="to see what happens"))
                journal.close(Outcome(number=row.number, status=Status.DONE, seconds=1.0), score, "within noise")
        start = time.monotonic()
        with Journal(path) as journal:
            assert len(journal.history()) == count
        return time.monotonic() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", default="5m")
    parser.add_argument("--rows", type=int, default=10_000)
    args = parser.parse_args()
    print(f"{cores()} cores, python {sys.version.split()[0]}, pid {os.getpid()}, budget {seconds(args.budget):g} s")
    with tempfile.TemporaryDirectory() as scratch:
        idle, busy, _, run = measure_run(make_task(Path(scratch) / "task", args.rows), args.budget)
        start = measure_start(run)
    print(f"share of the search not in features, fit and predict  {idle:6.1%}   aim: under 10 %")
    print(f"cores busy over the whole run                         {busy:6.1%}   aim: over 85 %")
    print(f"one more experiment in a warm process                 {1000 * start:4.0f} ms   aim: under 150 ms")
    print(f"opening a journal of 10,000 experiments               {measure_journal():5.2f} s   aim: under 1 s")


if __name__ == "__main__":
    main()
