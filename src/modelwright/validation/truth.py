"""How much of the answer one column tells on its own: by its values, by its order, by where it is missing."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    Column = pd.Series[Any]
    Array = np.ndarray[Any, np.dtype[Any]]

LEAST = 30  # rows below which nothing can be told
NAMES = 25  # values for each name without digits, at least, for names to be looked at
LONG = 100  # characters from which text is not taken for a name
PAIRS = 20_000  # of rows, held against each other for their order
STEPS = 5  # distinct values of a column, at least, for its order to count as a rounding of the target


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

    def told_by_gaps(self, column: "Column") -> tuple[float, str]:
        """How much it tells whether the column has a value at all."""
        gaps = column.isna().to_numpy()
        if gaps.all() or not gaps.any():
            return 0.0, ""
        if not self.classes:
            filled, empty = self.values[~gaps].mean(), self.values[gaps].mean()
            place = (filled if len(self.values) else 0) / len(self.values), empty / len(self.values)
            how = f"where it has a value the answer is at rank {place[0]:.0%} on average, elsewhere at {place[1]:.0%}"
            return self._told_by_value(gaps.astype(int)), how
        shares = [float((~gaps[self.values == code]).mean()) for code in np.unique(self.values)]
        how = f"it has a value in {max(shares):.0%} of the rows of one class and in {min(shares):.0%} of another"
        return self._told_by_value(gaps.astype(int)), how

    def rounded(self, column: "Column") -> bool:
        """Whether the column is a rounding or another monotone reading of a number: no two rows are out of order."""
        if self.classes or column.dtype.kind not in "iuf" or column.nunique() < STEPS:
            return False
        known = column.notna().to_numpy()
        numbers, values = column.to_numpy("float64", na_value=np.nan)[known], self.values[known]
        if known.mean() < 0.5 or len(numbers) < LEAST:
            return False
        first, second = np.random.default_rng(0).integers(0, len(numbers), (2, PAIRS))
        signs = np.sign(numbers[first] - numbers[second]) * np.sign(values[first] - values[second])
        return bool(abs(signs[signs != 0].mean()) > 0.999) if (signs != 0).sum() > LEAST else False

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
