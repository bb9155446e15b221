"""Numbers hidden in texts, as in "3 rooms, 45 m2"."""

import re
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd

from ..records.profile import Role
from .base import Step, category_names, distinct_strings, put_together, text_names, varies
from .characters import positions_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..interfaces import Array
    from ..records.problem import Problem
    from ..records.profile import Profile

    Series = pd.Series[Any]

NUMBERS = 3  # of each text, the first ones
LEVELS = 5  # of a category, beyond which the order that the numbers give is worth a column
MOST = 0.5  # share of the texts that have a number
SOME = 0.1  # share of the texts that have a second or third one
NUMBER = re.compile(r"(?<![\w.,])[-+]?\d+(?:[.,]\d+)*")  # the 2 of m2 and the 7 of B7 are none
THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")


class NumberTexts(Step):
    """The first three numbers in texts, and in categories of more than five levels, as `size.number1`.

    The texts stay. Columns are taken in which most distinct values hold a number, and something beside it; a second or
    third number where a tenth of them do. A number stands free of letters before it; `1,200` is thousands, `1,5` has a
    decimal comma, and of `1.2.3` the first part counts. Each distinct text is read once: 100,000 of them take about 2
    seconds.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "row"

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:  # noqa: ARG003
        """None when most examples of a text or a category hold numbers."""
        columns = [profile.column(name) for name in profile.names(Role.TEXT, Role.CATEGORY)]
        wanted = [c for c in columns if c.role is Role.TEXT or c.distinct > LEVELS]
        return None if any(_hold_numbers(c.examples) for c in wanted) else "no texts hold numbers"

    def fit(self, table: pd.DataFrame, y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Find the columns, and how many numbers their texts have."""
        self.counts_: dict[str, int] = {}
        declined = []
        names = [name for name in text_names(table) if not positions_of(table[name])]  # codes are another step's
        for name in [*names, *(n for n in category_names(table) if table[n].nunique() > LEVELS)]:
            texts = distinct_strings(table[name])
            if not _hold_numbers(texts):
                continue
            found = np.array([_read(text) for text in texts])
            if any(varies(column) for column in found.T):
                self.counts_[name] = int(((~np.isnan(found)).mean(axis=0) >= SOME).sum())
            else:
                declined.append(f"number-texts: the numbers in {name} are the same in every row.")
        self.declined_ = tuple(declined)
        return self

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with the numbers beside it, missing where a text has none."""
        added: dict[str, Any] = {}
        for name, count in self.counts_.items():
            codes, distinct = pd.factorize(table[name])
            found = np.full((len(distinct) + 1, NUMBERS), np.nan)  # the last row serves code -1, a missing text
            for k, text in enumerate(distinct):
                found[k] = _read(str(text))
            added.update({f"{name}.number{k + 1}": found[codes, k] for k in range(count)})
        return put_together(table, added)


def _hold_numbers(texts: "Sequence[str]") -> bool:
    """Whether most texts hold a number, and something else."""
    return sum(_beside_others(text) for text in texts) > MOST * len(texts)


def _beside_others(text: str) -> bool:
    return (match := NUMBER.search(text)) is not None and match[0] != text.strip()


def _read(text: str) -> list[float]:
    """The first numbers of a text, NUMBERS of them, the rest missing."""
    found = [_number(match[0]) for match, _ in zip(NUMBER.finditer(text), range(NUMBERS), strict=False)]
    return [*found, *[np.nan] * (NUMBERS - len(found))]


def _number(written: str) -> float:
    if THOUSANDS.fullmatch(written):
        written = written.replace(",", "")
    elif len(parts := re.split(r"[.,]", written)) > 1:
        written = ".".join(parts) if len(parts) == 2 else parts[0]
    value = float(written)
    return value if np.isfinite(value) else np.nan
