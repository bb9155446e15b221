"""Run modelwright and its peers side by side on the same tasks, cores and budget, and print tables for the log.

    python benchmarks/peers.py TASKS_ROOT --tasks NAME NAME --peers autogluon_best flaml lama \
        --budget 5m --seeds 0 1 2 --run-peer path/to/run_peer.py --grade path/to/grade.py --venvs DIR --out results/

TASKS_ROOT holds task folders (`task/`, `answers.csv`, `task.json`); the two programs are described in
`comparing/running.py`. One tool runs at a time, seed by seed and task by task, each time another tool first. Every
measurement is kept in --out as soon as it is made, with its submission, and is not made again: a comparison can be
interrupted and gone on with, or cut into pieces with --only, --tasks and --seeds. --only-report measures nothing. A
run that gave no score counts as made, and its tool as last on that task; --retry makes those again.

Scores are means over seeds; ranks are among the tools of this call. The check says where modelwright is worse than
the baseline (--baseline, else the first peer) by more than one percent of the baseline's error plus one standard
error. The error is the score itself where less is better, and one minus the score where more is. The standard error
is that of the difference of the two means over seeds, from test rows resampled in pairs. Honesty: what
cross-validation and the sealed rows promised, less what was graded, in standard errors of both together; positive:
promised too much.

Peers get each date as its parts too (--date-parts), as modelwright takes them for itself. All tools are held to the
first --cpus cores. Answers are timed with the models in memory (`one row`), and as found on disk (`first row`): of
modelwright from a table as read, of peers from columns prepared already. Exit status 1 when a measurement is missing.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from comparing import tables
from comparing.rows import OURS, Key, Row, Store, Task, order, read_task
from comparing.running import Bench, measure

from modelwright.errors import SettingsError
from modelwright.settings import seconds


def hold_to(cpus: int) -> None:
    """Hold this process, and so all that it starts, to some cores, where the system can."""
    if hasattr(os, "sched_setaffinity"):  # Linux
        allowed = sorted(os.sched_getaffinity(0))
        if len(allowed) < cpus:
            sys.exit(f"--cpus {cpus} are more than the {len(allowed)} cores there are: give fewer.")
        os.sched_setaffinity(0, allowed[:cpus])


def wanted(row: Row | None, retry: bool) -> bool:
    """Whether a measurement is still to be made."""
    return row is None or (retry and row.graded is None)


def run_all(keys: Sequence[Key], tasks: dict[str, Task], bench: Bench, *, retry: bool) -> None:
    """Make the measurements that are not there yet, one after the other."""
    for place, key in enumerate(keys, start=1):
        if wanted(bench.store.read(key), retry):
            print(f"{place}/{len(keys)} {key} ...", end=" ", flush=True)
            row = measure(key, tasks[key.task], bench)
            print(f"{row.graded} in {row.wall_s} s {row.note}", flush=True)


def report(keys: Sequence[Key], tasks: Sequence[Task], tools: Sequence[str], baseline: str | None, store: Store) -> str:
    """All tables of the measurements that are there."""
    rows = [row for row in map(store.read, keys) if row is not None]
    found = tables.grouped(rows)
    parts = ["## Scores (rank)", tables.score_table(found, tasks, tools)]
    if baseline:
        made, reasons = tables.checks(found, tasks, baseline, store)
        passed = f"{sum(c.passed for c in made)} of {len(made)} tasks pass."
        parts += [f"## Against {baseline}", tables.check_table(made, baseline), passed, *_bullets(reasons)]
    parts += ["## What it costs", tables.cost_table(rows, tools)]
    kept, reasons = tables.promises(rows, tasks, store)
    parts += ["## Honesty", tables.honesty_table(kept), *_bullets(reasons)]
    parts += ["## Every task", tables.detail_table(rows, tasks, tools)]
    missing = [str(key) for key in keys if store.read(key) is None]
    parts += [f"## Missing: {len(missing)} of {len(keys)}", *_bullets(missing)] if missing else []
    return "\n\n".join(parts)


def _bullets(lines: Sequence[str]) -> list[str]:
    return ["\n".join(f"- {line}" for line in lines)] if lines else []


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path, help="folder of task folders")
    parser.add_argument("--tasks", nargs="+", required=True, help="names of task folders")
    parser.add_argument("--peers", nargs="*", default=[], help="names of peers, as run_peer.py knows them")
    parser.add_argument("--budget", default="5m")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--cpus", type=int, default=2)
    parser.add_argument("--run-peer", type=Path)
    parser.add_argument("--venvs", type=Path, help="folder of the peers' virtual environments")
    parser.add_argument("--grade", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--baseline", help="the peer to check against (default: the first of --peers)")
    parser.add_argument("--only", nargs="+", help="measure these tools only; the tables have all")
    parser.add_argument("--only-report", action="store_true")
    parser.add_argument("--retry", action="store_true", help="make measurements without a score again")
    parser.add_argument("--keep", action="store_true", help="keep run folders and models, in OUT/work")
    parser.add_argument("--flags", default="", help="more flags for `modelwright run`")
    args = parser.parse_args(words)
    if args.peers and not args.only_report and not (args.run_peer and args.venvs):
        parser.error("--peers need --run-peer and --venvs")
    if args.baseline and args.baseline not in args.peers:
        parser.error(f"--baseline {args.baseline} is not one of --peers")
    unknown = sorted(set(args.only or ()) - {OURS, *args.peers})
    if unknown:
        parser.error(f"--only {unknown[0]} is neither {OURS} nor one of --peers")
    try:
        args.budget_s = seconds(args.budget)
    except SettingsError as error:
        parser.error(str(error))
    return args


def main(words: Sequence[str] | None = None) -> int:
    """Measure what is missing, and print the tables."""
    args = arguments(words)
    tasks = [read_task(args.root / name) for name in args.tasks]
    tools = [OURS, *args.peers]
    keys = order(args.tasks, tools, args.budget_s, args.seeds)
    store = Store(args.out)
    if not args.only_report:
        hold_to(args.cpus)
        bench = Bench(store, args.cpus, args.grade, args.run_peer, args.venvs, tuple(args.flags.split()), args.keep)
        todo = [key for key in keys if not args.only or key.tool in args.only]
        run_all(todo, {t.name: t for t in tasks}, bench, retry=args.retry)
    told = report(keys, tasks, tools, args.baseline or next(iter(args.peers), None), store)
    (args.out / "report.md").write_text(told + "\n", encoding="utf-8")
    print(f"\n{told}")
    return 1 if any(store.read(key) is None for key in keys) else 0


if __name__ == "__main__":
    sys.exit(main())
