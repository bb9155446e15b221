"""Composite codes as their parts: B/0/P is a letter, a number and a letter, 0001_01 two numbers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd

from ..records.profile import Role
from .base import Step, distinct_strings, parts_of, put_together, separator_of, string_names

if TYPE_CHECKING:
    from ..interfaces import Array
    from ..records.problem import Problem
    from ..records.profile import Profile

    Series = pd.Series[Any]

FEW = 50  # values of a part that are fine in a table of any length


@dataclass(frozen=True)
class _Code:
    """How one column is taken apart: for each part None (left out), "number", or its categories."""

    separator: str
    parts: int
    made: "tuple[Literal['number'] | tuple[str, ...] | None, ...]"


class CompositeParts(Step):
    """Strings of the same number of parts become one column per part, named `cabin.1`, `cabin.2` and so on.

    A part of digits becomes a number, another one a category whose values are those of fit; a value of another form
    is missing in all parts. A part that is the same in all rows, or different in most, is left out. The string itself
    is dropped.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "row"

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:  # noqa: ARG003
        """None when there is a composite column."""
        return None if profile.names(Role.COMPOSITE) else "no column holds codes that are made of parts"

    def fit(self, table: pd.DataFrame, y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Find the composite columns, their separators and what their parts are."""
        self.codes_: dict[str, _Code] = {}
        declined = []
        for name in string_names(table):
            separator, parts = separator_of(distinct_strings(table[name]))
            if separator:
                columns = _take_apart(table[name], separator, parts)
                made = tuple(_what(column) for column in columns)
                self.codes_[name] = _Code(separator, parts, made)
                left_out = [str(k) for k, what in enumerate(made, 1) if what is None]
                if left_out:
                    declined.append(f"composites: part {', '.join(left_out)} of {name} has one value or too many.")
        self.declined_ = tuple(declined)
        return self

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with the parts in place of the strings."""
        added: dict[str, Any] = {}
        for name, code in self.codes_.items():
            columns = _take_apart(table[name], code.separator, code.parts)
            for k, (column, what) in enumerate(zip(columns, code.made, strict=True), 1):
                if what == "number":
                    added[f"{name}.{k}"] = _numbers(column)
                elif what is not None:
                    added[f"{name}.{k}"] = pd.Categorical(column, categories=list(what))
        return put_together(table, added, drop=list(self.codes_))


def _take_apart(values: "Series", separator: str, parts: int) -> "list[Array]":
    """One object array (rows,) of str or None per part."""
    codes, distinct = pd.factorize(values)
    nothing = [None] * parts
    rows: list[Any] = [parts_of(str(value), separator, parts) or nothing for value in distinct]
    found = np.array([*rows, nothing], dtype=object)  # the last row serves code -1, a missing value
    return [found[codes, k] for k in range(parts)]


def _what(part: "Array") -> "Literal['number'] | tuple[str, ...] | None":
    filled = [value for value in part if value is not None]
    distinct = set(filled)
    if len(distinct) < 2:
        return None
    if all(_is_number(value) for value in distinct):
        return "number"
    return tuple(sorted(distinct)) if len(distinct) <= max(FEW, len(filled) / 2) else None


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdigit()


def _numbers(part: "Array") -> "Array":
    return np.array([float(v) if v is not None and _is_number(v) else np.nan for v in part], dtype=np.float64)
