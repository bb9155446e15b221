"""What each candidate would bring to a blend: a model that errs elsewhere brings more than one more of the same."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..interfaces import Kind
from .candidates import Candidate
from .greedy import Goodness

if TYPE_CHECKING:
    from ..interfaces import Array
    from ..records.problem import Problem

SHARES = (0.1, 0.25, 0.5)  # weights at which a candidate is tried beside the blend


def contributions(
    candidates: Sequence[Candidate],
    weights: Mapping[int, float],
    kind: Kind,
    problem: "Problem",
    goodness: Goodness,
) -> dict[int, float]:
    """The gain in goodness that each candidate brings, by experiment number; never negative.

    For one that is not in the blend, what the best of a few weights beside it gains; for a member, what the blend loses
    without it, the others taking its place by their weights. A member that stands alone is worth nothing by this, since
    there is no blend without it. Looks a few times at each candidate, so costs a few scores each.

    Args:
        candidates: those of `weights` among them.
        weights: the present blend, by experiment number; they sum to one.
        kind: mixes predictions.
        problem: passed to the kind.
        goodness: of a prediction, higher is better.
    """
    predictions = {c.number: c.prediction for c in candidates}

    def blended(shares: Mapping[int, float]) -> "Array":
        total = sum(shares.values())
        return kind.mix([predictions[n] for n in shares], [w / total for w in shares.values()], problem)

    blend = blended(weights)
    present = goodness(blend)
    found: dict[int, float] = {}
    for c in candidates:
        if c.number not in weights:
            mixed = (kind.mix([blend, c.prediction], [1 - share, share], problem) for share in SHARES)
            found[c.number] = max(0.0, *(goodness(one) - present for one in mixed))
        else:
            rest = {n: w for n, w in weights.items() if n != c.number}
            found[c.number] = max(0.0, present - goodness(blended(rest))) if rest else 0.0
    return found
