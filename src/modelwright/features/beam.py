"""The search for combinations of columns that explain what main effects leave: screen, extend, pick, look again."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from .candidates import Scale, of_three, of_two, promising_pairs
from .combinations import Combination
from .cuts import best_cuts
from .evidence import Coded, Residual, Strength

if TYPE_CHECKING:
    from ..interfaces import Array

SCREENED = 15_000  # rows on which all candidates are looked at; the best are looked at on all rows
SHORTLIST = 40
FINALISTS = 16  # of them, on all rows
AGAIN = 80  # candidates that are looked at once more beside their parts, of two columns and of three
EXTENDED = 12  # combinations of two that are extended by a third column
BETTER = 1.1  # times as much as its parent that a combination of three has to explain
LEAST = 0.001  # share of what is left that a column has to explain
PICKED = 4  # columns picked before the model is fitted again
ROUNDS = 5
GATED_ROWS = 500  # rows that have the value of a gate, and that have not
SUSPECTED = 5  # best candidates among which a gate shows
THOROUGH = 5  # passes of backfitting on all rows
STEP = 0.85  # share of what a column explains that three levels have to explain for the levels to be made a column


@dataclass(frozen=True)
class Found:
    """A combination that was picked, and the share of what was left that it explained then."""

    combination: Combination
    share: float


@dataclass
class Search:
    """Looks for combinations until nothing sure is left.

    Args:
        columns: numbers (rows,) by name, NaN for missing; the combinations found are added to it.
        gates: columns of two or three values, with the values that may be asked for.
        unexplained: fits main effects of the columns given on top of those of all columns, and gives what is left.
        most: columns to find.
        triples: whether three columns may be combined.
        operations: some of "sum", "difference", "product", "ratio", "threshold".
        sure: standard deviations above what noise explains that a combination has to reach.
    """

    columns: "dict[str, Array]"
    gates: Mapping[str, Sequence[float]]
    unexplained: "Callable[[Mapping[str, Array]], Residual]"
    most: int
    triples: bool
    operations: Sequence[str]
    sure: float

    def run(self) -> list[Found]:
        """What was found, in the order in which it can be computed."""
        scales = {name: Scale.of(values) for name, values in self.columns.items()}
        self.scales = {name: scale for name, scale in scales.items() if scale is not None}
        self.sources: dict[str, tuple[str, ...]] = {name: (name,) for name in self.scales}  # what a column is made of
        self.found: list[Found] = []
        self.made: dict[str, Array] = {}
        for _ in range(ROUNDS):
            room = self.most - len(self.found)
            if room <= 0 or len(self.scales) < 2:
                break
            residual = self.unexplained(self.made)
            shortlist = self._shortlist(residual)
            shortlist += self._gated(residual, self._suspected(shortlist))
            picked = self._pick(residual, shortlist, min(room, PICKED))
            if not picked and not self._pick(residual, self._gated(residual, self.gates), min(room, PICKED)):
                break
        return self.found

    # --- candidates -------------------------------------------------------------------------------------------------

    def _suspected(self, shortlist: Sequence[Combination]) -> list[str]:
        """Gates that the best candidates multiply others by: those others may count only together, where it is open."""
        return [gate for gate in self.gates if any(gate in c.columns for c in shortlist[:SUSPECTED])]

    def _gated(self, residual: Residual, gates: Iterable[str]) -> list[Combination]:
        """The candidates that explain most in the rows that have one value of a gate, for each of its values."""
        return [c for gate in gates for level in self.gates[gate] for c in self._shortlist(residual, (gate, level))]

    def _shortlist(self, residual: Residual, gate: tuple[str, float] | None = None) -> list[Combination]:
        """The candidates that explain most on some of the rows."""
        rows = np.arange(len(residual))
        if gate is not None:
            rows = np.flatnonzero(self.columns[gate[0]] == gate[1])
        rows = rows[:: max(1, len(rows) // SCREENED)]
        columns = {name: self.columns[name][rows] for name in self.scales if gate is None or name != gate[0]}
        left = residual.some(rows)
        ranked = [
            (left.share(candidate.values(columns)), candidate)
            for first, second in promising_pairs(columns, left)
            if self._depth(first, second) <= 3
            for candidate in of_two(first, second, self.scales, self.operations, not {first, second} & set(self.made))
        ]
        parts = {name: left.coded(values) for name, values in columns.items()}
        ranked = _again(ranked, columns, parts, left)
        if self.triples:
            further = self._extended(ranked[:EXTENDED], columns, left)
            better = _again(further, columns, parts, left)
            ranked = _ordered([*ranked, *((s, c) for s, c in better if s > BETTER * self._parent(c, ranked))])
        best = [candidate for share, candidate in ranked[:SHORTLIST] if share > 0]
        return best if gate is None else [replace(candidate, gate=gate) for candidate in best]

    def _extended(
        self, parents: list[tuple[float, Combination]], columns: "Mapping[str, Array]", left: Residual
    ) -> list[tuple[float, Combination]]:
        """Combinations of three that begin with one of the parents, with what they explain by themselves."""
        found: dict[frozenset[object], tuple[float, Combination]] = {}
        for _, parent in parents:
            for third in columns:
                if third in parent.columns or self._depth(*parent.columns, third) > 3:
                    continue
                for candidate in of_three(parent, third, self.scales, self.operations):
                    same = frozenset((candidate.operation, *candidate.parts))
                    if same not in found:
                        found[same] = left.share(candidate.values(columns)), candidate
        return list(found.values())

    @staticmethod
    def _parent(candidate: Combination, ranked: list[tuple[float, Combination]]) -> float:
        """What the best combination of two of its columns explains."""
        return max((share for share, c in ranked if set(c.columns) < set(candidate.columns)), default=0.0)

    def _depth(self, *names: str) -> int:
        return len({source for name in names for source in self.sources[name]})

    # --- picking ----------------------------------------------------------------------------------------------------

    def _pick(self, residual: Residual, shortlist: list[Combination], room: int) -> bool:
        """Take the best on all rows, and again when what it explains is taken away."""
        shortlist = self._finalists(residual, shortlist)
        parts = {name: residual.coded(self.columns[name]) for c in shortlist for name in _reads(c)}
        coded = [(c, residual.coded(c.values(self.columns)), [parts[name] for name in _reads(c)]) for c in shortlist]
        picked = 0
        while picked < room and coded:
            worth = [self._worth(residual.beside(codes, beside, THOROUGH)[0]) for _, codes, beside in coded]
            best = int(np.argmax(worth))
            if not worth[best]:
                break
            candidate, codes, beside = coded.pop(best)
            self._take(candidate, worth[best], residual, beside)
            residual = residual.beside(codes, beside, THOROUGH)[1]
            picked += 1
        return picked > 0

    def _finalists(self, residual: Residual, shortlist: list[Combination]) -> list[Combination]:
        """Those that do best on some of the rows, where there are many."""
        if len(residual) < 2 * SCREENED or len(shortlist) <= FINALISTS:
            return shortlist
        rows = np.arange(0, len(residual), len(residual) // SCREENED)
        columns = {name: values[rows] for name, values in self.columns.items()}
        left = residual.some(rows)
        parts = {name: left.coded(columns[name]) for c in shortlist for name in _reads(c)}
        worth = [left.beside(left.coded(c.values(columns)), [parts[n] for n in _reads(c)])[0].share for c in shortlist]
        return [shortlist[k] for k in np.argsort([-w for w in worth], kind="stable")[:FINALISTS]]

    def _worth(self, strength: Strength) -> float:
        """The share explained where it is sure and large enough, else 0."""
        return strength.share if strength.sureness >= self.sure and strength.share >= LEAST else 0.0

    def _take(self, candidate: Combination, share: float, residual: Residual, beside: "Sequence[Coded]") -> None:
        values = candidate.values(self.columns)
        self._add(candidate, share, values)
        if "threshold" in self.operations and candidate.operation == "sum":
            explained, cuts = best_cuts(values, residual, beside)
            if explained >= STEP * share:
                stepped = candidate.with_cuts(*cuts)
                self._add(stepped, explained, stepped.values(self.columns))

    def _add(self, combination: Combination, share: float, values: "Array") -> None:
        name = combination.name
        if name in self.columns or len(self.found) == self.most:
            return
        self.found.append(Found(combination, share))
        self.columns[name] = self.made[name] = values
        scale = Scale.of(values)
        if scale is not None:
            self.scales[name] = scale
            sources = tuple(dict.fromkeys(s for c in combination.columns for s in self.sources[c]))
            self.sources[name] = (name,) if combination.cuts else sources


def _reads(combination: Combination) -> tuple[str, ...]:
    return combination.columns + ((combination.gate[0],) if combination.gate else ())


def _ordered(ranked: list[tuple[float, Combination]]) -> list[tuple[float, Combination]]:
    return sorted(ranked, key=lambda each: -each[0])


def _again(
    ranked: list[tuple[float, Combination]],
    columns: "Mapping[str, Array]",
    parts: "Mapping[str, Coded]",
    left: Residual,
) -> list[tuple[float, Combination]]:
    """The best of them, by what they explain beside their parts."""
    best = [c for _, c in _ordered(ranked)[:AGAIN]]
    beside = [left.beside(left.coded(c.values(columns)), [parts[name] for name in c.columns])[0].share for c in best]
    return _ordered(list(zip(beside, best, strict=True)))
