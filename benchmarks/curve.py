"""Quality over time: modelwright on some tasks under several budgets, and whether more time ever hurts.

    python benchmarks/curve.py TASKS_ROOT --tasks NAME NAME --budgets 30s 2m 10m 40m --seeds 0 1 2 \
        --grade path/to/grade.py --out results/

Measurements are kept in --out as `peers.py` keeps them, so the two share what either has made. A longer budget hurts
where its error is larger than that of the budget before it by more than one standard error of the difference (test
rows resampled in pairs, means over seeds). Exit status 1 when a measurement is missing.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from comparing.rows import OURS, Key, Row, Store, Task, read_task
from comparing.running import Bench
from comparing.scores import NotComparableError, error_of, error_of_difference
from comparing.tables import Cell, markdown, mean_score
from peers import hold_to, run_all

from modelwright.settings import seconds


def step(before: Sequence[Row], after: Sequence[Row], task: Task, store: Store) -> str:
    """What more time brought: the change of the error in percent, and whether it hurt."""
    small, large = (error_of(mean_score(rows), task) for rows in (before, after))
    change = f"{100 * (large - small) / small:+.1f} %" if small else ""
    try:
        noise = error_of_difference(after, before, task, store)
    except NotComparableError:
        return change
    return change + (" HURT" if large - small > noise else " gain" if small - large > noise else "")


def table(tasks: Sequence[Task], budgets: Sequence[str], seeds: Sequence[int], store: Store) -> str:
    """For each task and budget: the mean score over seeds, experiments, and the step from the budget before."""
    lines: list[list[Cell]] = []
    for task in tasks:
        cells: list[Cell] = [task.name, f"{task.metric} {'down' if task.lower else 'up'}"]
        before: list[Row] = []
        for budget in budgets:
            kept = [store.read(Key(task.name, OURS, seconds(budget), seed)) for seed in seeds]
            rows = [row for row in kept if row is not None and row.graded is not None]
            if not rows:
                cells.append("none")
                continue
            tried = sum(row.experiments or 0 for row in rows) / len(rows)
            told = f"; {step(before, rows, task, store)}" if before else ""
            cells.append(f"{mean_score(rows):.5g} ({tried:.0f} experiments{told})")
            before = rows
        lines.append(cells)
    return markdown(["task", "metric", *budgets], lines)


def main(words: Sequence[str] | None = None) -> int:
    """Measure what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path, help="folder of task folders")
    parser.add_argument("--tasks", nargs="+", required=True)
    parser.add_argument("--budgets", nargs="+", default=["30s", "2m", "10m", "40m"], help="shortest first")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--cpus", type=int, default=2)
    parser.add_argument("--grade", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only-report", action="store_true")
    args = parser.parse_args(words)
    tasks, store = [read_task(args.root / name) for name in args.tasks], Store(args.out)
    keys = [Key(t.name, OURS, seconds(b), s) for s in args.seeds for t in tasks for b in args.budgets]
    if not args.only_report:
        hold_to(args.cpus)
        run_all(keys, {t.name: t for t in tasks}, Bench(store, args.cpus, args.grade), retry=False)
    print("\n" + table(tasks, args.budgets, args.seeds, store))
    return 1 if any(store.read(key) is None for key in keys) else 0


if __name__ == "__main__":
    sys.exit(main())
