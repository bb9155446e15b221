"""Places in a cell as numbers: `48.85,2.35` and `POINT(2.35 48.85)` are two columns each."""

import re
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd

from ..records.profile import Role
from .base import LIKE, Step, distinct_strings, put_together, string_names

if TYPE_CHECKING:
    from ..interfaces import Array
    from ..records.problem import Problem
    from ..records.profile import Profile

PLACE = re.compile(
    r"\s*(point\b)?\s*[(\[]?\s*([+-]?\d{1,3}(?:\.\d+)?)(?:\s*[,;]\s*|\s+)([+-]?\d{1,3}(?:\.\d+)?)\s*[)\]]?\s*",
    re.IGNORECASE,
)


class Places(Step):
    """Cells of two numbers become two columns, named `where.1` and `where.2` as they stand; the cell is dropped.

    A value of another form is missing in both.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "row"

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:  # noqa: ARG003
        """None when a column holds places."""
        return None if profile.names(Role.COORDINATES) else "no column holds two numbers in a cell"

    def fit(self, table: pd.DataFrame, y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Find the columns."""
        self.names_ = tuple(name for name in string_names(table) if _places(distinct_strings(table[name])))
        return self

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with the numbers in place of the cells."""
        added: dict[str, Any] = {}
        for name in self.names_:
            codes, distinct = pd.factorize(table[name])
            made = np.full((len(distinct) + 1, 2), np.nan)  # the last row serves code -1, a missing value
            for k, value in enumerate(distinct):
                match = PLACE.fullmatch(str(value))
                if match:
                    made[k] = float(match[2]), float(match[3])
            added.update({f"{name}.{k + 1}": made[codes, k] for k in (0, 1)})
        return put_together(table, added, drop=self.names_)


def _places(values: list[str]) -> bool:
    """Whether nearly all values are two numbers, most of them with a point, so that `3,4` is none."""
    found = [v for v in values if PLACE.fullmatch(v)]
    return bool(values) and len(found) >= LIKE * len(values) and sum(v.count(".") for v in found) >= len(found)
