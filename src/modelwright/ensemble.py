"""The blend: greedy selection with replacement on out-of-fold predictions.

Caruana, Niculescu-Mizil, Crew and Ksikes, "Ensemble selection from libraries of models", ICML 2004. Starting from the
best model, the one whose addition improves the blend most is added, again and again; how often a model was taken is
its weight. Averages are taken by the kind, in the space where averaging makes sense.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .interfaces import Kind
from .records.problem import Problem

if TYPE_CHECKING:
    from .interfaces import Array

POOL = 12  # experiments that may enter a blend
PER_FAMILY = 5  # of one family: five variants of one idea are one idea
ROUNDS = 20  # additions at most; weights are multiples of 1/20 or coarser


@dataclass(frozen=True)
class Candidate:
    """A model that could be part of the blend: its out-of-fold prediction, and what it costs to fit on all rows."""

    number: int
    prediction: "Array"
    cost: float  # seconds
    family: str
    scores: Mapping[int, float]  # by fold


def shortlist(candidates: Sequence[Candidate], folds: Sequence[int], higher_is_better: bool) -> list[Candidate]:
    """The candidates that may enter a blend: the best by their mean over those folds, a few of each family."""
    sign = 1.0 if higher_is_better else -1.0
    chosen: list[Candidate] = []
    taken: Counter[str] = Counter()
    for c in sorted(candidates, key=lambda c: (-sign * mean_score(c, folds), c.number)):
        if len(chosen) < POOL and taken[c.family] < PER_FAMILY:
            taken[c.family] += 1
            chosen.append(c)
    return chosen


def mean_score(candidate: Candidate, folds: Sequence[int]) -> float:
    """A candidate's own score: the mean over those folds."""
    return sum(candidate.scores[k] for k in folds) / len(folds)


def nested(
    candidates: Sequence[Candidate],
    kind: Kind,
    problem: Problem,
    value: Callable[["Array", Sequence[int]], float],
    rows: "Mapping[int, Array]",
    *,
    others: Callable[[int], Sequence[int]] | None = None,
    afford: float = float("inf"),
    seconds: float = float("inf"),
) -> "tuple[dict[int, float], Array, Array]":
    """Weights, the blend's out-of-fold prediction, and an honest one: each fold under weights chosen on the others.

    With tens of experiments and few rows, the best of them and the best weights are partly luck of the very rows they
    are chosen on. The score of the honest prediction does not count that luck as skill; that of the plain one does.

    Args:
        candidates: with `scores` for all folds in `rows`.
        kind: mixes predictions.
        problem: says whether higher is better.
        value: score of a prediction on those folds alone.
        rows: the places of each fold.
        others: the folds on which weights for one may be chosen, since they hold none of its rows; all but that one
            where rows are folded once. A fold with no others keeps the weights chosen on all.
        afford: seconds that fitting all members on all rows may take.
        seconds: of wall time for all of it.
    """
    folds = sorted(rows)
    asked = {k: [f for f in folds if f != k] if others is None else list(others(k)) for k in folds}
    each = seconds / (len(folds) + sum(map(len, asked.values())))  # for each fold that a choice looks at

    def choose(on: Sequence[int]) -> "tuple[dict[int, float], Array]":
        pool = shortlist(candidates, on, problem.higher_is_better)
        until = time.monotonic() + each * len(on)
        weights = greedy(pool, kind, problem, value, on, afford=afford, until=until)
        chosen = [next(c for c in pool if c.number == n) for n in weights]
        return weights, kind.mix([c.prediction for c in chosen], list(weights.values()), problem)

    weights, plain = choose(folds)
    honest = plain.copy()
    for k, on in asked.items():
        if on:
            honest[rows[k]] = choose(on)[1][rows[k]]
    return weights, plain, honest


def greedy(
    candidates: Sequence[Candidate],
    kind: Kind,
    problem: Problem,
    value: Callable[["Array", Sequence[int]], float],
    on: Sequence[int],
    *,
    afford: float = float("inf"),
    until: float = float("inf"),
) -> dict[int, float]:
    """Weights by experiment number; they sum to one.

    Args:
        candidates: at least one; more than a dozen only cost time.
        kind: mixes predictions.
        problem: passed to the kind.
        value: the score of a prediction on those folds; the problem says whether higher is better.
        on: the folds to look at, and no others.
        afford: seconds that fitting all members on all rows may take in total. The best candidate is always taken.
        until: a time.monotonic() value after which nothing more is tried.
    """
    sign = 1.0 if problem.higher_is_better else -1.0
    single = {c.number: sign * mean_score(c, on) for c in candidates}
    first = max(candidates, key=lambda c: (single[c.number], -c.number))
    counts, blend, best = {first.number: 1}, first.prediction, single[first.number]
    spent = first.cost
    for size in range(2, ROUNDS + 2):
        gains = []
        for c in candidates:
            if time.monotonic() > until:
                break
            if c.number not in counts and spent + c.cost > afford:
                continue
            mixed = kind.mix([blend, c.prediction], [(size - 1) / size, 1 / size], problem)
            gains.append((sign * value(mixed, on), -c.number, c, mixed))
        top = max(gains, key=lambda g: g[:2], default=None)
        if top is None or top[0] <= best + 1e-9 * max(1.0, abs(best)):
            break
        best, _, taken, blend = top
        spent += 0.0 if taken.number in counts else taken.cost
        counts[taken.number] = counts.get(taken.number, 0) + 1
    return shares(counts)


def shares(counts: Mapping[int, float]) -> dict[int, float]:
    """Counts as weights that sum to one, the largest first."""
    total = sum(counts.values())
    return {n: c / total for n, c in sorted(counts.items(), key=lambda item: (-item[1], item[0]))}
