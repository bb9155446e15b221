"""What looks too good: columns, ids and an order of rows that give the answer away.

Nothing is dropped: a column may be as good as it looks. A person reads the sentences and decides.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..records.finding import Finding, Severity
from ..records.profile import Role
from . import groups

if TYPE_CHECKING:
    import pandas as pd

    from ..records.problem import Problem
    from ..records.profile import Profile

    Column = pd.Series[Any]
    Array = np.ndarray[Any, np.dtype[Any]]

ROWS = 20_000  # rows looked at, spread evenly over the table
LEAST = 30  # rows below which nothing can be told
COPY = {True: 0.995, False: 0.998}  # share of a class, of a number, that a near-copy tells: rank correlation 0.999
CODED = 0.5  # the share from which an id, which should tell nothing, is worth a sentence
SORTED = 0.9  # the share from which rows stand in order of the target; series in time stay below
NAMES = 25  # values for each name without digits, at least, for names to be looked at
LONG = 100  # characters from which text is not taken for a name


def find(table: "pd.DataFrame", target: "Array", problem: "Problem", profile: "Profile") -> tuple[Finding, ...]:
    """Findings on what gives the target away, each with the column and the evidence; empty where nothing does.

    Args:
        table: the training rows in their own order, as read or as recipes get them; target columns are passed over.
        target: codes (n,) or values (n,) or (n, targets), as the kind gives them; nothing is said about masks.
        problem: what is asked.
        profile: which columns are ids.
    """
    if target.dtype.kind not in "biuf" or len(table) < LEAST:
        return ()
    some = np.arange(0, len(table), -(-len(table) // ROWS))
    names = [name for name in table.columns if name not in problem.targets and groups.countable(table[name])]
    columns = {name: table[name].iloc[some].reset_index(drop=True) for name in names}
    ids = {column.name for column in profile.columns if column.role is Role.ID} | {problem.id}
    found: list[Finding] = []
    for name, values in zip(problem.targets, np.atleast_2d(target[some].T), strict=False):
        found += _sentences(columns, ids, name, values, bool(problem.classes))
    return tuple(found)


def _sentences(
    columns: "dict[Any, Column]", ids: set[str | None], target: str, values: "Array", classes: bool
) -> Iterator[Finding]:
    import pandas as pd

    truth = Truth(values, classes)
    if truth.constant:
        return
    for name, column in columns.items():
        share, how = truth.told_by(column)
        if name in ids and share >= CODED:
            evidence = f"The id `{name}` tells {share:.0%} of what there is to know about `{target}` ({how})."
            done = "It is not used, but rows may have been numbered after the answer was known."
            yield Finding(
                sort="id-encodes-target", columns=(name,), evidence=evidence, severity=Severity.WARNING, done=done
            )
        elif name not in ids and share >= COPY[classes]:
            evidence = f"`{name}` alone tells `{target}` almost perfectly ({how})."
            done = "Make sure that it is known when a prediction is asked for."
            yield Finding(sort="near-copy", columns=(name,), evidence=evidence, severity=Severity.SERIOUS, done=done)
    share, how = truth.told_by_order(pd.Series(np.arange(len(values))))
    if share >= SORTED:
        evidence = f"The rows stand in order of `{target}` ({how})."
        done = "New rows will not, so their order must not be used."
        yield Finding(sort="row-order", evidence=evidence, severity=Severity.WARNING, done=done)


class Truth:
    """One target, and how much of it a column tells on its own: 0 for nothing, 1 for all.

    Classes are compared as they are, numbers by their ranks.
    """

    def __init__(self, values: "Array", classes: bool) -> None:
        self.classes = classes
        self.values = np.unique(values, return_inverse=True)[1] if classes else _ranks(values)
        self.constant = len(np.unique(values)) < 2

    def told_by(self, column: "Column") -> tuple[float, str]:
        """The most that the column tells, in one of several ways, and in which way, in words."""
        import pandas as pd

        column = column.astype("int64") if column.dtype.kind == "M" else column
        codes = pd.factorize(column, use_na_sentinel=False)[0]
        ways = [(self._told_by_value(codes), f"each of its {codes.max() + 1:,} values has an answer of its own")]
        if column.dtype.kind in "iuf":
            ways.append(self.told_by_order(column))
        elif column.dtype.kind == "O" and codes.max() + 1 > len(codes) / NAMES:
            texts = column.astype(str)
            if texts.str.len().mean() <= LONG:
                names = pd.factorize(texts.str.replace(r"\d+", "", regex=True))[0]
                if names.max() + 1 <= len(codes) / NAMES:
                    ways.append((self._told_by_value(names), "each name without its digits has an answer of its own"))
                digits = pd.to_numeric(texts.str.replace(r"\D+", "", regex=True).str[:15], errors="coerce")
                told, how = self.told_by_order(digits)
                ways.append((told, f"by its digits, {how}"))
        return max(ways)

    def told_by_order(self, column: "Column") -> tuple[float, str]:
        """How much the order of a column's numbers tells: neighbours of one class, or a rank correlation, squared."""
        known = column.notna().to_numpy()
        numbers, values = column.to_numpy("float64", na_value=np.nan)[known], self.values[known]
        if known.mean() < 0.5 or len(numbers) < LEAST or np.ptp(numbers) == 0 or np.ptp(values) == 0:
            return 0.0, ""
        if not self.classes:
            correlation = float(np.corrcoef(_ranks(numbers), values)[0, 1])
            return correlation**2, f"rank correlation {correlation:.4g}"
        order = np.random.default_rng(0).permutation(len(numbers))  # so that equal numbers come in no order
        order = order[np.argsort(numbers[order], kind="stable")]
        shares = np.bincount(values) / len(values)
        chance = 1 - (shares**2).sum()
        changes = np.count_nonzero(np.diff(values[order]))
        least = np.count_nonzero(shares) - 1
        how = f"in its order the class changes {changes:,} times, by chance it would {chance * len(values):,.0f} times"
        return float(1 - (changes - least) / (chance * len(values))), how

    def _told_by_value(self, codes: "Array") -> float:
        """How much knowing the value tells; the first row of each value pays for learning its answer."""
        kinds = codes.max() + 1
        rest = len(codes) - kinds
        if kinds > rest:  # nearly every row has a value of its own
            return 0.0
        if self.classes:
            table = np.zeros((kinds, self.values.max() + 1))
            np.add.at(table, (codes, self.values), 1)
            base = table.sum(axis=0).max() / len(codes)
            right = (table.max(axis=1) - 1).sum() / rest
            return float((right - base) / (1 - base))
        means = np.bincount(codes, self.values) / np.bincount(codes)
        within = ((self.values - means[codes]) ** 2).sum() / rest
        return float(1 - within / self.values.var())


def _ranks(values: "Array") -> "Array":
    import pandas as pd

    return pd.Series(values).rank().to_numpy("float64")
