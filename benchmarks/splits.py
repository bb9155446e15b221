"""Simulated tasks on which random folds are too good: what the chosen plan promises, what they do, and the truth.

    python benchmarks/splits.py [--seeds 5] [--only NAME,NAME]

A line for each task: in how many seeds the chosen plan is one that mirrors the test, its estimate lies within two
standard errors of the score on truly new rows, and that of random folds does not (on honest tasks: does too); the mean
estimates and scores, and how many standard errors apart they are; the schemes. An estimate is held against new rows as
predicted by the same models, see `modelwright.testing.honesty`. The exit status is 1 when a plan is wrong, or when more
than one estimate in seven is off by more than two errors: the errors do not know what other training rows would have
made of the models (Bates, Hastie and Tibshirani 2021), so that about one in ten is, and not one in twenty.
"""

import argparse
import sys
import time
from collections import Counter

import numpy as np

from modelwright.testing import simulated
from modelwright.testing.honesty import both

ERRORS = 2.0
TITLES = "promise  new  errors off"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    names = [n for n in simulated.ALL if not asked.only or n in asked.only.split(",")]
    print(f"{'':30}naive |   chosen plan             |   random folds")
    print(f"{'task':15} plan  within  off  | {TITLES} | {TITLES} | seconds, schemes")
    wrong = missed = 0
    for name in names:
        began = time.monotonic()
        tasks = [simulated.ALL[name](seed) for seed in range(asked.seeds)]
        pairs = [both(task) for task in tasks]
        right = sum(mine.plan.scheme in task.schemes for task, (mine, _) in zip(tasks, pairs, strict=True))
        within = sum(mine.off <= ERRORS for mine, _ in pairs)
        fooled = sum((naive.off <= ERRORS) == task.honest for task, (_, naive) in zip(tasks, pairs, strict=True))
        wrong, missed = wrong + asked.seeds - right, missed + asked.seeds - within
        columns = []
        for estimates in zip(*pairs, strict=True):
            value, new, off = (np.mean([getattr(e, field) for e in estimates]) for field in ("value", "new", "off"))
            columns.append(f"{value:6.3f} {new:6.3f} {off:8.1f}   ")
        schemes = ", ".join(f"{s} {n}" for s, n in Counter(mine.plan.scheme.value for mine, _ in pairs).items())
        print(
            f"{name:15} {right}/{asked.seeds}   {within}/{asked.seeds}     {fooled}/{asked.seeds}  | "
            f"{' | '.join(columns)} | {time.monotonic() - began:.0f} s, {schemes}",
            flush=True,
        )
    return int(wrong > 0 or missed > asked.seeds * len(names) / 7)


if __name__ == "__main__":
    sys.exit(main())
