"""Run every task folder below a folder under one budget, grade what comes out, and print a table.

    python benchmarks/tasks.py FOLDER --budget 2m --grade path/to/grade.py [--only NAME,NAME] [--out DIR] [--csv FILE]

A task folder holds `task/` (what a user hands over). The grader is a program called as `grade.py FOLDER SUBMISSION`
that prints JSON with `score`, and `thresholds` or `medal` where there are any; without `--grade`, no score is given.
Columns: the graded score; the cross-validated and the sealed estimate with standard errors; the gap (graded minus
cross-validated, positive: better than promised), also in its standard errors; wall time from the start of
the process to its end; seconds until a first submission lay there; peak memory of the whole process tree.
"""

import argparse
import csv
import json
import math
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import psutil

from modelwright.api import open_run
from modelwright.settings import seconds


@dataclass
class Row:
    """One line of the table."""

    task: str
    metric: str = ""
    graded: float | None = None
    medal: str = ""
    cv: float | None = None
    cv_error: float | None = None
    sealed: float | None = None
    sealed_error: float | None = None
    gap: float | None = None
    gap_errors: float | None = None
    wall_s: float = 0.0
    over_s: float = 0.0
    first_s: float | None = None
    peak_mb: float = 0.0
    experiments: int = 0
    note: str = ""


class Watch(threading.Thread):
    """Samples the process tree's memory, and notes when the first submission appears."""

    def __init__(self, pid: int, submission: Path, start: float) -> None:
        super().__init__(daemon=True)
        self.process, self.submission, self.start_time = psutil.Process(pid), submission, start
        self.peak, self.done = 0.0, threading.Event()
        self.first: float | None = None

    def run(self) -> None:
        """Sample until told to stop."""
        while not self.done.wait(0.1):
            if self.first is None and self.submission.exists():
                self.first = time.monotonic() - self.start_time
            try:
                tree = [self.process, *self.process.children(recursive=True)]
                self.peak = max(self.peak, sum(p.memory_info().rss for p in tree) / 2**20)
            except psutil.Error:
                continue  # a process of the tree ended between listing and asking


def run_task(folder: Path, budget: str, out: Path, grade: Path | None, extra: list[str]) -> Row:
    """Run and grade one task."""
    row, run = Row(folder.name), out / folder.name
    command = [sys.executable, "-m", "modelwright", "run", str(folder / "task"), "--budget", budget]
    start = time.monotonic()
    with subprocess.Popen(
        [*command, "--out", str(run), "--quiet", *extra], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        watch = Watch(process.pid, run / "submission.csv", start)
        watch.start()
        printed, _ = process.communicate()
    row.wall_s = round(time.monotonic() - start, 2)
    row.over_s = round(row.wall_s - seconds(budget), 2)
    watch.done.set()
    row.first_s = None if watch.first is None else round(watch.first, 1)
    row.peak_mb = round(watch.peak)
    if process.returncode != 0:
        row.note = f"exit code {process.returncode}: {printed.strip()[-200:]}"
        return row
    return read_results(row, run, folder, grade)


def read_results(row: Row, run: Path, folder: Path, grade: Path | None) -> Row:
    """Fill in estimates from the journal and the score from the grader."""
    opened = open_run(run)
    final = opened.facts["final"]
    row.metric, row.experiments = opened.problem.metric, len(opened.experiments)
    row.cv, row.cv_error = final["cv"]["value"], final["cv"]["error"]
    if final["sealed"]:
        row.sealed, row.sealed_error = final["sealed"]["value"], final["sealed"]["error"]
    if not (run / "bundle" / "bundle.json").exists():
        row.note = "no bundle"
    if grade is None or not (run / "submission.csv").exists():
        return row
    graded = subprocess.run(
        [sys.executable, str(grade), str(folder), str(run / "submission.csv")],
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(graded.stdout or "{}")
    if report.get("score") is None:
        row.note = f"not graded: {report.get('error') or graded.stderr.strip()[-200:]}"
        return row
    row.graded, row.medal = (
        report["score"],
        report.get("medal") or ("above median" if report.get("above_median") else ""),
    )
    sign = 1 if opened.problem.higher_is_better else -1
    row.gap = sign * (row.graded - row.cv)
    row.gap_errors = row.gap / combined_error(final, opened.profile.test_rows)
    return row


def combined_error(final: dict[str, Any], test_rows: int) -> float:
    """Standard error of graded minus promised: that of the estimate, and that of a score on so many test rows.

    The latter is taken from the sealed rows, scaled by how many they are; where none were sealed, from the estimate.
    """
    own = final["cv"]["error"]
    if not final["sealed"]:
        return math.hypot(own, own)
    return math.hypot(own, final["sealed"]["error"] * math.sqrt(final["sealed_rows"] / test_rows))


def table(rows: list[Row]) -> str:
    """The rows in Markdown."""

    def cell(value: object) -> str:
        return "" if value is None else f"{value:.5g}" if isinstance(value, float) else str(value)

    names = [f.name for f in fields(Row)]
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(cell(v).replace("|", "/") for v in asdict(row).values()) + " |" for row in rows]
    return "\n".join(lines)


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--budget", default="2m")
    parser.add_argument("--grade", type=Path)
    parser.add_argument("--only", default="", help="names of task folders, separated by commas")
    parser.add_argument("--out", type=Path, default=Path("runs") / f"tasks-{time.strftime('%Y%m%d-%H%M%S')}")
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--at-once", type=int, default=1, help="runs side by side: a harder test of keeping time")
    parser.add_argument("--flags", default="", help="more flags for `modelwright run`")
    args = parser.parse_args()
    only = [name for name in args.only.split(",") if name]
    folders = sorted(p.parent for p in args.folder.glob("*/task") if p.is_dir())
    folders = [f for f in folders if not only or f.name in only]
    if not folders:
        sys.exit(f"no task folders below {args.folder}: one holds a folder named task")
    args.out.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(args.at_once) as pool:
        jobs = [pool.submit(run_task, f, args.budget, args.out, args.grade, args.flags.split()) for f in folders]
        rows = []
        for job in jobs:
            rows.append(job.result())
            print(table(rows[-1:]).splitlines()[-1], flush=True)
    print("\n" + table(rows))
    if args.csv:
        with args.csv.open("w", newline="") as file:
            writer = csv.DictWriter(file, [f.name for f in fields(Row)])
            writer.writeheader()
            writer.writerows(asdict(row) for row in rows)


if __name__ == "__main__":
    main()
