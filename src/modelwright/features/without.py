"""Columns left out: to see what a doubtful column makes of the score, or because it cannot be what it seems to be."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from .base import Step

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array
    from ..records.problem import Problem
    from ..records.profile import Profile


class Without(Step):
    """The table without some columns; those that it does not have are no trouble.

    Never tried for its own sake: a strategist takes it for the columns of a finding (see `validation.leaks`), and it
    stands before all other steps, so that nothing is made of what is left out.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "row"

    def __init__(self, columns: Sequence[str] = ()) -> None:
        self.columns = columns

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:  # noqa: ARG003
        """Always a reason: it is for comparisons."""
        return "columns are left out only where a finding casts doubt on them"

    def fit(self, table: "pd.DataFrame", y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Nothing to learn."""
        self.found_ = tuple(name for name in self.columns if name in table.columns)
        return self

    def transform(self, table: "pd.DataFrame") -> "pd.DataFrame":
        """The table without the columns."""
        return table.drop(columns=list(self.found_))
