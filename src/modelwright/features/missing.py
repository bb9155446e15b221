"""What is missing as columns of its own, for estimators that fill gaps before they look."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd

from .base import Step, put_together

if TYPE_CHECKING:
    from ..interfaces import Array
    from ..records.problem import Problem
    from ..records.profile import Profile

LEAST = 0.01  # share of the rows
MOST = 0.99
COLUMNS = 30


class MissingPattern(Step):
    """For columns with gaps in 1 to 99 % of the rows: 1 where the value is missing, named `age.missing`.

    At most 30 columns get one, those nearest to half first; of columns missing in the same rows only the first does.
    `missing.cells` counts the gaps of the row, where more than one column has any.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "row"

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:  # noqa: ARG003
        """None when a column has gaps in 1 to 99 % of its rows."""
        if any(LEAST <= profile.column(name).missing <= MOST for name in profile.features):
            return None
        return "no column has gaps in 1 to 99 % of its rows"

    def fit(self, table: pd.DataFrame, y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Find the columns with gaps."""
        gaps = {name: table[name].isna().to_numpy() for name in table.columns}
        shares = {name: float(gap.mean()) for name, gap in gaps.items() if len(gap) and gap.any()}
        self.counted_ = tuple(shares) if len(shares) > 1 else ()
        wanted = [name for name, share in shares.items() if LEAST <= share <= MOST]
        first: dict[bytes, str] = {}
        alike = {name: first.setdefault(np.packbits(gaps[name]).tobytes(), name) for name in wanted}
        single = [name for name in wanted if alike[name] == name]
        chosen = sorted(single, key=lambda name: abs(shares[name] - 0.5))[:COLUMNS]
        self.columns_ = tuple(name for name in wanted if name in chosen)
        self.declined_ = tuple(
            f"missing: {name} is missing in the same rows as {other}." for name, other in alike.items() if name != other
        )
        return self

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with one column per pattern of gaps, and their number."""
        added: dict[str, Any] = {f"{name}.missing": table[name].isna().to_numpy(np.int8) for name in self.columns_}
        if self.counted_:
            added["missing.cells"] = table[list(self.counted_)].isna().sum(axis=1).to_numpy(np.int64)
        return put_together(table, added)
