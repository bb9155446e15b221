"""Greedy selection with replacement on out-of-fold predictions.

Caruana, Niculescu-Mizil, Crew and Ksikes, "Ensemble selection from libraries of models", ICML 2004. Starting from the
best model, the one whose addition improves the blend most is added, again and again; how often a model was taken is
its weight. Where no addition helps, half as much is tried of each: beside a leader that is far ahead, others are of use
in small shares only. Averages are taken in the space asked for (see `kinds.mixing`).
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from ..interfaces import Kind
from ..kinds import mixing
from ..records.answer import Space
from ..records.problem import Problem
from .candidates import Candidate, bill, room

if TYPE_CHECKING:
    from ..interfaces import Array

ROUNDS = 20  # additions at most
FINEST = 20  # a smaller share than about one in so many is not tried
Goodness = Callable[["Array"], float]  # of a prediction; higher is better


def greedy(
    candidates: Sequence[Candidate],
    kind: Kind,
    problem: Problem,
    goodness: Goodness,
    *,
    space: Space = "plain",
    ranks: Mapping[int, Sequence[float]] | None = None,
    afford: float = float("inf"),
    until: float = float("inf"),
) -> dict[int, float]:
    """Weights by experiment number; they sum to one.

    Args:
        candidates: at least one; more than a dozen only cost time.
        kind: mixes predictions.
        problem: passed to the kind.
        goodness: of a blend's prediction, on the rows by which weights are chosen.
        space: where averages are taken.
        ranks: quantiles of each candidate, where that is the space of ranks.
        afford: seconds that fitting all members on all rows may take in total (see `candidates.room`). The best
            candidate is always taken.
        until: a time.monotonic() value after which nothing more is tried.
    """
    single = {c.number: goodness(c.prediction) for c in candidates}
    first = max(candidates, key=lambda c: (single[c.number], -c.number))
    entered = {c.number: mixing.enter(kind, c.prediction, space, (ranks or {}).get(c.number, ())) for c in candidates}
    counts, members, blend, best = {first.number: 1}, [first], entered[first.number], single[first.number]
    total, added = 1, 0  # what has been taken, in parts of which the next one is one
    while added < ROUNDS and total < FINEST:
        gains = []
        for c in candidates:
            if time.monotonic() > until:
                break
            if c.number not in counts and bill([*members, c]) > room(first, afford):
                continue
            shares = [total / (total + 1), 1 / (total + 1)]
            mixed = mixing.average(kind, [blend, entered[c.number]], shares, problem, space)
            found = goodness(mixing.leave(kind, mixed, c.prediction, space))
            gains.append((found, -c.number, c, mixed))
        top = max(gains, key=lambda g: g[:2], default=None)
        if top is None or time.monotonic() > until:
            break
        if top[0] <= best + 1e-9 * max(1.0, abs(best)):
            counts, total = {number: 2 * count for number, count in counts.items()}, 2 * total
            continue
        best, _, taken, blend = top
        members += [] if taken.number in counts else [taken]
        counts[taken.number] = counts.get(taken.number, 0) + 1
        total, added = total + 1, added + 1
    return shares_of(counts)


def shares_of(counts: Mapping[int, float]) -> dict[int, float]:
    """Counts as weights that sum to one, the largest first."""
    total = sum(counts.values())
    return {n: c / total for n, c in sorted(counts.items(), key=lambda item: (-item[1], item[0]))}
