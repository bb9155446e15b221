"""Codes of one length without separators as their characters: one column per position, and how often each occurs."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd

from ..records.profile import Role
from .base import Step, distinct_strings, put_together, separator_of, string_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..interfaces import Array
    from ..records.problem import Problem
    from ..records.profile import Profile

    Series = pd.Series[Any]

LONGEST_CODE = 64  # characters
ALIKE = 0.98  # share of the distinct values that have the length of the code
ALPHABET = 30  # characters; of a larger alphabet each occurs too seldom to be worth a column of counts
REPEATS = 4  # rows per value from which the code as a whole stays as a category


@dataclass(frozen=True)
class _Code:
    """What fit learned of one column."""

    positions: tuple[tuple[str, ...], ...]  # the characters that occur at each position, in their order
    counted: tuple[str, ...]  # characters that get a column of counts
    sums: tuple[str, ...]  # sums over the code that vary, of SUMS
    whole: tuple[str, ...]  # the values of a code that repeats, () for one that does not

    @property
    def length(self) -> int:
        return len(self.positions)


SUMS = ("different", "most", "run", "digits")


class Characters(Step):
    """Codes of one length without blanks or separators become one column per position: `code.1`, `code.2` and so on.

    Each is a category in the order of its characters, so that trees split it like a number while a linear model or a
    network sees a value of its own for each character. Beside them, where they vary: `code.different` (characters that
    differ), `code.most` (how often the commonest occurs), `code.run` (the longest run of one character),
    `code.digits`, and `code.count.A` and so on where no more than thirty characters occur in all. The code itself is
    dropped, or becomes a category where it stands in four rows or more on average. A position that is the same in all
    rows is declined; a value of another length has no characters, and a character not seen in fit is missing at its
    position.

    Args:
        counts: count each character.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "row"

    def __init__(self, counts: bool = True) -> None:
        self.counts = counts

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:  # noqa: ARG003
        """None when there is a column of codes of one length."""
        return None if profile.names(Role.CODE) else "no column holds codes of one length"

    def fit(self, table: pd.DataFrame, y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Find the columns of codes, and the characters at their positions."""
        self.codes_: dict[str, _Code] = {}
        declined = []
        for name in string_names(table):
            positions = positions_of(table[name])
            if not positions:
                continue
            self.codes_[name] = self._learn(table[name], positions)
            same = [str(k) for k, known in enumerate(positions, 1) if len(known) < 2]
            if same:
                declined.append(f"characters: position {', '.join(same)} of {name} is the same in all rows.")
        self.declined_ = tuple(declined)
        return self

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with the characters in place of the codes."""
        added: dict[str, Any] = {}
        for name, code in self.codes_.items():
            rows, letters = _letters(table[name], code.length)
            if code.whole:
                added[name] = pd.Categorical(table[name], categories=list(code.whole))
            for k, known in enumerate(code.positions):
                if len(known) > 1:
                    added[f"{name}.{k + 1}"] = _category(letters[:, k], known)[rows]
            sums = _sums(letters)
            added.update({f"{name}.{what}": sums[what][rows] for what in code.sums})
            for character in code.counted:
                added[f"{name}.count.{character}"] = _count(letters, character)[rows]
        return put_together(table, added, drop=list(self.codes_))

    def _learn(self, column: "Series", positions: tuple[tuple[str, ...], ...]) -> _Code:
        _, letters = _letters(column, len(positions))
        sums = _sums(letters)
        alphabet = sorted({character for known in positions for character in known})
        few = self.counts and len(alphabet) <= ALPHABET
        values = pd.unique(column.dropna())
        repeats = column.count() >= REPEATS * len(values)
        return _Code(
            positions=positions,
            counted=tuple(c for c in alphabet if few and _varies(_count(letters, c))),
            sums=tuple(what for what in SUMS if _varies(sums[what])),
            whole=tuple(sorted(str(v) for v in values)) if repeats else (),
        )


def positions_of(column: "Series") -> tuple[tuple[str, ...], ...]:
    """The characters that occur at each position of strings of one length without blanks or parts; () for others."""
    values = [str(value) for value in pd.unique(column.dropna())]
    size, times = Counter(map(len, values)).most_common(1)[0] if values else (0, 0)
    if not 2 <= size <= LONGEST_CODE or times < ALIKE * len(values) or any(len(v.split()) != 1 for v in values):
        return ()
    if separator_of(distinct_strings(column))[0]:
        return ()  # taken apart by another step
    fitting = (v for v in values if len(v) == size)
    return tuple(tuple(sorted(set(characters))) for characters in zip(*fitting, strict=True))


def _letters(column: "Series", length: int) -> "tuple[Array, Array]":
    """For each row its place (rows,) among the distinct values, and their characters as code points (values, length).

    A value that is missing or of another length has zeros for characters; the last place is that of a missing value.
    """
    rows, distinct = pd.factorize(column)
    texts = [text if len(text := str(value)) == length else "" for value in distinct]
    letters = np.array([*texts, ""], dtype=f"U{length}").view(np.uint32).reshape(len(texts) + 1, length)
    return rows, letters  # code -1 of a missing value is the last place


def _category(letters: "Array", known: "Sequence[str]") -> pd.Categorical:
    """Characters (values,) at one position as an ordered category of those known."""
    points = np.array([ord(character) for character in known], dtype=np.uint32)  # ascending, as sorted() left them
    places = np.minimum(np.searchsorted(points, letters), len(points) - 1)
    codes = np.where(points[places] == letters, places, -1)
    return pd.Categorical.from_codes(codes.tolist(), categories=pd.Index(list(known), dtype=object), ordered=True)


def _sums(letters: "Array") -> "dict[str, Array]":
    """What is counted over a whole code, each (values,), NaN for a value that has no characters."""
    there = letters[:, 0] > 0
    in_order = np.sort(letters, axis=1)
    made = {
        "different": 1 + (np.diff(in_order, axis=1) != 0).sum(axis=1),
        "most": _longest_run(in_order),
        "run": _longest_run(letters),
        "digits": ((letters >= ord("0")) & (letters <= ord("9"))).sum(axis=1),
    }
    return {what: np.where(there, values, np.nan) for what, values in made.items()}


def _longest_run(letters: "Array") -> "Array":
    """The length of the longest run of one value in each row (values,)."""
    run = np.ones(len(letters), dtype=np.int64)
    longest = run.copy()
    for k in range(1, letters.shape[1]):
        run = np.where(letters[:, k] == letters[:, k - 1], run + 1, 1)
        longest = np.maximum(longest, run)
    return longest


def _count(letters: "Array", character: str) -> "Array":
    """How often a character occurs in each code (values,), NaN for a value that has no characters."""
    return np.where(letters[:, 0] > 0, (letters == ord(character)).sum(axis=1), np.nan)


def _varies(values: "Array") -> bool:
    values = values[~np.isnan(values)]
    return len(values) > 0 and bool((values != values[0]).any())
