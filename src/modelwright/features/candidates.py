"""Candidates for a combination of columns: which sums, products and ratios of two, and of three, are worth a look."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from .combinations import Combination, Part, rounded
from .evidence import Bins, Residual

if TYPE_CHECKING:
    from ..interfaces import Array

NATURAL = 10.0  # times that spreads may differ for a sum in natural units to be worth a look
SAME = 1.25  # times that spreads may differ for a sum in natural units to be all there is to look at
CENTRED = 0.3  # standard deviations that a mean is off zero for a product of deviations to differ from the plain one
ONE_SIGN = 0.99  # share of the values of a divisor that have its sign
MOST_PAIRS = 400  # pairs whose sums, products and ratios are all looked at; of more, those whose cells explain most
FEW = 3  # values
COARSE = 8  # bins by bins are the cells of a pair


@dataclass(frozen=True)
class Scale:
    """What decides how a column may be combined."""

    mean: float
    spread: float
    divides: bool  # its values have one sign
    few: bool  # it has two or three values only: others may depend on it, but nothing is added to it

    @classmethod
    def of(cls, values: "Array") -> "Scale | None":
        """The scale of a column (rows,); None for one that does not vary, or only beyond all measure."""
        filled = values[~np.isnan(values)]
        if not len(filled):
            return None
        low, high = np.quantile(filled, [0.01, 0.99])
        cut = np.clip(filled, low, high) if low < high else filled
        mean, spread = float(cut.mean()), float(cut.std())
        if not (np.isfinite(spread) and 1e-12 < spread < 1e12):
            return None
        signs = max(float((filled > 0).mean()), float((filled < 0).mean()))
        few = len(np.unique(filled[:1000])) <= FEW and len(np.unique(filled)) <= FEW
        return cls(mean, spread, signs >= ONE_SIGN, few)


Scales = Mapping[str, Scale]


def of_two(
    first: str, second: str, scales: Scales, operations: Sequence[str], adds: bool = True
) -> Iterator[Combination]:
    """Combinations of two columns: the same pair in natural units and brought to one scale, where these differ.

    Without `adds`, as for columns that are combinations themselves, there are products only.
    """
    a, b = scales[first], scales[second]
    if adds and not (a.few or b.few):
        for factor in _factors(a.spread / b.spread):
            if "sum" in operations:
                yield Combination("sum", (Part(first), Part(second, factor)))
            if "difference" in operations:
                yield Combination("sum", (Part(first), Part(second, -factor)))
    if "product" in operations:
        yield Combination("product", (Part(first), Part(second)))
        centres = [rounded(s.mean) if abs(s.mean) > CENTRED * s.spread else 0.0 for s in (a, b)]
        if any(centres) and not (a.few or b.few):
            yield Combination("product", (Part(first, centre=centres[0]), Part(second, centre=centres[1])))
    if adds and "ratio" in operations:
        if b.divides and not b.few:
            yield Combination("ratio", (Part(first), Part(second)))
        if a.divides and not a.few:
            yield Combination("ratio", (Part(second), Part(first)))


def _factors(ratio: float) -> list[float]:
    """Factors of the second column, given how many times wider the first is."""
    found = [1.0] if 1 / NATURAL <= ratio <= NATURAL else []
    return found if 1 / SAME <= ratio <= SAME else [*found, rounded(ratio)]


def of_three(parent: Combination, third: str, scales: Scales, operations: Sequence[str]) -> Iterator[Combination]:
    """A combination of two extended by a third column."""
    scale = scales[third]
    if parent.operation == "sum":
        if scale.few:
            return
        spread = float(np.mean([abs(p.factor) * scales[p.column].spread for p in parent.parts]))
        for factor in _factors(spread / scale.spread):
            for sign in (1, -1):
                if ("sum" if sign > 0 else "difference") in operations:
                    yield Combination("sum", (*parent.parts, Part(third, sign * factor)))
    elif parent.operation == "product":
        if "product" in operations:
            centre = rounded(scale.mean) if any(p.centre for p in parent.parts) and not scale.few else 0.0
            yield Combination("product", (*parent.parts, Part(third, centre=centre)))
        if "ratio" in operations and scale.divides and not scale.few:
            yield Combination("ratio", (*parent.parts, Part(third)))


def promising_pairs(columns: "Mapping[str, Array]", residual: Residual) -> list[tuple[str, str]]:
    """Pairs of columns, all of them or those whose cells explain most of what is left (FAST: Lou et al. 2013)."""
    pairs = list(combinations(columns, 2))
    if len(pairs) <= MOST_PAIRS:
        return pairs
    coded = {}
    for name, values in columns.items():
        bins = Bins(values, COARSE)
        coded[name] = bins.codes(values), bins.size
    explained = []
    for first, second in pairs:
        (a, _), (b, size) = coded[first], coded[second]
        explained.append(residual.strength(a * size + b, coded[first][1] * size).share)
    best = np.argsort(-np.array(explained), kind="stable")[:MOST_PAIRS]
    return [pairs[k] for k in sorted(best)]
