"""How well tasks are understood: `plan` on made task folders and on a root of real ones, marked field by field.

    python benchmarks/formulation.py [--suite open|sealed|all|none] [--root FOLDER] [--only NAME,NAME] [--json FILE]

The made folders (`benchmarks/tasks_made/`) come with the right answer beside each; folders of a root have a task.json
beside a folder named task. Prints a line for each case and each miss, then the share of fields right by field and by
suite. The exit status is 1 when fewer than 98 % of the fields or 100 % of the metric directions are right.
"""

import argparse
import json
import multiprocessing
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from pathlib import Path

from tasks_made import rooted, suites
from tasks_made.case import Case
from tasks_made.running import Result, one_thread, run_case, run_folder

FIELDS_AIM, DIRECTIONS_AIM = 0.98, 1.0
DIRECTION = "higher_is_better"


def chosen(names: Iterable[str], only: list[str]) -> list[str]:
    """Those of the names that are wanted: all, or the ones that hold one of the words."""
    return [n for n in names if not only or any(word in n for word in only)]


def run(cases: list[Case], root: Path | None, only: list[str], keep: Path | None, workers: int) -> Iterator[Result]:
    """Results as they come, from so many processes."""
    wanted = set(chosen((c.name for c in cases), only))
    folders = rooted.tasks(root) if root is not None else []
    if root is not None and not folders:
        sys.exit(f"no task folders below {root}: each is a folder named task with a task.json beside it")
    kept = set(chosen((folder.parent.name for folder, _ in folders), only))
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=one_thread) as pool:
        jobs: dict[Future[Result], str] = {}
        for case in cases:
            if case.name in wanted:
                jobs[pool.submit(_made, case.suite, case.name, keep)] = case.name
        for folder, expect in folders:
            if folder.parent.name in kept:
                jobs[pool.submit(run_folder, folder, expect)] = folder.parent.name
        for job in as_completed(jobs):
            try:
                yield job.result()
            except BrokenProcessPool:
                sys.exit(f"the process died while {jobs[job]} (or one beside it) was run: try it with --only")


def _made(suite: str, name: str, keep: Path | None) -> Result:
    """One made case, found again by its name: a function with its decorator does not travel between processes."""
    return run_case(next(c for c in suites(suite) if c.name == name), keep)


def lines(result: Result) -> Iterator[str]:
    """A case: its score, and one line for each miss."""
    slow = f", {result.seconds:.1f} s" if result.seconds > 5 else ""
    yield f"{result.suite:6} {result.name:44} {result.right:3} of {len(result.marks):2}{slow}"
    if result.error and all(not m.right for m in result.marks):
        yield f"         no answer: {result.error[:300]}"
        return
    for mark in result.marks:
        if not mark.right:
            because = f" because: {mark.evidence[:300]}" if mark.evidence else ""
            yield f"         {mark.field}: expected {mark.expected}, got {mark.got[:300]}.{because}"


def totals(results: list[Result]) -> Iterator[str]:
    """Fields right of fields asked, by suite and by field."""
    suites_here = sorted({r.suite for r in results})
    counts: dict[str, dict[str, list[int]]] = defaultdict(lambda: {s: [0, 0] for s in suites_here})
    for result in results:
        for mark in result.marks:
            name = mark.field.split(" ")[0] if mark.field.startswith("finding ") else mark.field
            for row in (name, "all fields"):
                counts[row][result.suite][0] += mark.right
                counts[row][result.suite][1] += 1
    yield f"{'':24}" + "".join(f"{suite:>16}" for suite in suites_here) + f"{'together':>16}"
    for name in [*sorted(set(counts) - {"all fields"}), "all fields"]:
        cells = [counts[name][suite] for suite in suites_here]
        both = [sum(c[0] for c in cells), sum(c[1] for c in cells)]
        yield f"{name:24}" + "".join(f"{_share(right, of):>16}" for right, of in [*cells, both])


def _share(right: int, of: int) -> str:
    return f"{right}/{of} {100 * right / of:.1f} %" if of else "-"


def reached(results: list[Result]) -> bool:
    """Whether the aims are met, over all that was run."""
    every = [m for r in results for m in r.marks]
    directions = [m for m in every if m.field == DIRECTION]
    fields = sum(m.right for m in every) / max(1, len(every))
    return fields >= FIELDS_AIM and sum(m.right for m in directions) >= DIRECTIONS_AIM * len(directions)


def main() -> None:
    """Read the command line, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", choices=["open", "sealed", "all", "none"], default="open")
    parser.add_argument("--root", type=Path, help="folder of task folders, each with a task.json beside it")
    parser.add_argument("--only", default="", help="words of case names, separated by commas")
    parser.add_argument("--json", type=Path, help="where to write the marks")
    parser.add_argument("--keep", type=Path, help="where to leave the made folders")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--totals", action="store_true", help="print the totals and the names of missed fields only")
    args = parser.parse_args()
    only = [name for name in args.only.split(",") if name]
    cases = [] if args.suite == "none" else suites(args.suite)
    start, results = time.monotonic(), []
    for result in run(cases, args.root, only, args.keep, args.workers):
        results.append(result)
        if not args.totals:
            print("\n".join(lines(result)), flush=True)
    if args.totals:
        missed = [(r.name, [m.field for m in r.marks if not m.right]) for r in results]
        print("\n".join(f"{name}: {', '.join(fields)}" for name, fields in sorted(missed) if fields))
    if not results:
        sys.exit("nothing to run: no case has one of these words in its name")
    print()
    print("\n".join(totals(results)))
    print(f"{len(results)} folders in {time.monotonic() - start:.0f} s; aims: 98 % of all fields, 100 % of directions")
    if args.json:
        args.json.write_text(json.dumps([asdict(r) for r in results], indent=1))
    sys.exit(0 if reached(results) else 1)


if __name__ == "__main__":
    main()
