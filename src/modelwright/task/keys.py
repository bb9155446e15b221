"""Which columns of two tables are the same key: declared ones first, then values that are found in each other.

Small whole numbers contain each other by chance, so containment counts only as far as it goes beyond chance, and names
decide where the values do not. Measurements (numbers with decimals), truth values and long texts are no keys.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..joins import Keys, distinct_keys
from . import dates

if TYPE_CHECKING:
    from ..interfaces import Array

    Series = pd.Series[Any]

KEY_WORDS = frozenset(
    [
        "id",
        "ids",
        "key",
        "no",
        "nr",
        "nbr",
        "num",
        "number",
        "code",
        "ref",
        "fk",
        "pk",
        "sk",
        "uid",
        "uuid",
        "guid",
        "idx",
    ]
)
WHOLE_WORDS = frozenset(["hybrid", "invalid", "orchid", "pyramid", "stupid"])
LONGEST = 64  # characters of a key, on average
SAME, CLOSE, RELATED = 0.95, 0.6, 0.4  # of how alike two names are
FEW, MANY = 2, 20  # keys two tables must share where names are the same, and where they say nothing
SOME, NEARLY = 0.05, 0.95  # share of the keys that must be found, likewise
BEYOND = 0.5  # by how much containment must exceed what chance gives


def words(name: str) -> list[str]:
    """Words of a column or table name: "CustomerID" and "customer_id" -> customer, id."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name).lower()
    found = re.findall(r"[a-z]+|\d+", spaced)
    return [w for word in found for w in (_split_id(word) if word not in KEY_WORDS else [word])]


def _split_id(word: str) -> list[str]:
    """The word customerid is two."""
    two = len(word) > 5 and word.endswith("id") and word[-3] not in "aiou" and word not in WHOLE_WORDS
    return [word[:-2], "id"] if two else [word]


def singular(word: str) -> str:
    """The singular of an English word: customers -> customer, cities -> city, boxes -> box."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def core(name: str) -> tuple[str, ...]:
    """The words of a name that say what is meant, each in the singular: CustomerID -> customer; id -> nothing."""
    return tuple(singular(w) for w in words(name) if w not in KEY_WORDS)


def alike(first: str, first_table: str, second: str, second_table: str) -> float:
    """How sure two column names mean the same key, 0..1; `id` in customers is the customer_id of others."""
    ours, theirs = core(first), core(second)
    if _initials(first, second) or _initials(second, first):
        return CLOSE
    if ours and theirs:
        if ours == theirs:
            return 1.0
        if set(ours) & set(theirs):
            return 0.5
        return CLOSE if _abbreviated(ours[0], theirs[0]) and len(ours) == len(theirs) == 1 else 0.0
    if not ours and not theirs:
        return RELATED if words(first) == words(second) else 0.0
    named, table = (ours, second_table) if ours else (theirs, first_table)
    of_table = tuple(singular(w) for w in words(table))
    return SAME if named == of_table or (of_table and named == of_table[-1:]) else 0.0


def _initials(short: str, long: str) -> bool:
    """Whether a name such as sid is short for one such as student_id."""
    initial = re.fullmatch(r"([a-z]{1,2})_?id", short.lower())
    meant = core(long)
    return bool(
        initial and meant and words(long)[-1] == "id" and meant[0] != short.lower() and meant[0].startswith(initial[1])
    )


def _abbreviated(first: str, second: str) -> bool:
    short, long = sorted((first, second), key=len)
    return len(short) >= 3 and long.startswith(short)


@dataclass(frozen=True, eq=False)
class KeyColumn:
    """A column that may be a key; its keys are counted when somebody asks."""

    values: "Series"
    whole: bool  # whole numbers, which are found in each other by chance
    date: bool

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.values.name)

    @cached_property
    def _coded(self) -> "tuple[Array, pd.Index[Any]]":
        return distinct_keys(self.values)

    @property
    def codes(self) -> "Array":
        """The key of each row (rows,), -1 where it is missing."""
        return self._coded[0]

    @property
    def distinct(self) -> "pd.Index[Any]":
        """The keys as text."""
        return self._coded[1]

    @cached_property
    def unique(self) -> bool:
        """Whether no key occurs twice."""
        return len(self.distinct) == int((self.codes >= 0).sum())

    @cached_property
    def numbers(self) -> "Array":
        """The keys as sorted numbers, where they are whole numbers."""
        found: Array = np.sort(pd.to_numeric(pd.Series(self.distinct), errors="coerce").dropna().to_numpy(dtype=float))
        return found


class Candidates:
    """The columns of a table that may be keys, looked at once."""

    def __init__(self, table: pd.DataFrame, name: str, leave_out: Sequence[str] = ()) -> None:
        self.table, self.name = table, Path(name).name.split(".")[0]
        self.names = [str(c) for c in table.columns if c not in leave_out]
        self._seen: dict[str, KeyColumn | None] = {}

    def column(self, name: str) -> KeyColumn | None:
        """A column as a key; None where it can be none."""
        if name not in self._seen:
            self._seen[name] = key_column(self.table[name])
        return self._seen[name]

    @property
    def columns(self) -> list[KeyColumn]:
        """All that may be keys."""
        return [found for name in self.names if (found := self.column(name)) is not None]

    def unique(self, names: Sequence[str]) -> bool:
        """Whether no combination of these columns' keys occurs twice."""
        if len(names) == 1:
            found = self.column(names[0])
            return found is not None and found.unique
        keys, codes = Keys.of(self.table, names)
        return keys.size == int((codes >= 0).sum())


def key_column(values: "Series") -> KeyColumn | None:
    """A column as a key; None for measurements, truth values, long texts and columns of one value."""
    kind = values.dtype.kind if not isinstance(values.dtype, pd.CategoricalDtype) else "O"
    if kind == "b" or kind not in "iufOM" or not len(values):
        return None
    sample = values.dropna()
    sample = sample.iloc[:: max(1, len(sample) // 1000)]
    if not len(sample):
        return None
    if kind == "f" and not bool((sample % 1 == 0).all()):
        return None
    texts = sample.astype(str)
    if kind == "O" and float(texts.str.len().mean()) > LONGEST:
        return None
    if sample.nunique() < FEW and values.nunique() < FEW:
        return None
    whole = kind in "iuf" or bool(texts.str.fullmatch(r"\s*-?\d{1,15}(?:\.0+)?\s*").all())
    date = kind == "M" or (not whole and dates.find_format(sample.astype(object)) is not None)
    return KeyColumn(values, whole, date)


@dataclass(frozen=True)
class Link:
    """How the rows of one table find theirs in another, with the numbers it rests on."""

    keys: tuple[tuple[str, str], ...]
    mine_unique: bool  # no two rows of the first table have the same key
    theirs_unique: bool
    found: float  # share of the first table's rows whose key is in the other
    back: float  # share of the other table's keys that are in the first
    common: int  # keys that are in both
    names: float  # how alike the names are
    chance: float = 0.0  # share that chance alone would find
    declared: bool = False

    @property
    def many(self) -> bool:
        """Several rows of the other table may belong to one of the first."""
        return not self.theirs_unique

    @property
    def accepted(self) -> bool:
        """Whether this is evidence enough."""
        if self.declared:
            return self.common > 0
        share = max(self.found, self.back)
        if not self.mine_unique and not self.theirs_unique:
            return self.names >= SAME and self.common >= MANY and share >= 0.5
        if self.names >= SAME:
            return self.common >= FEW and share >= SOME
        enough = self.common >= (MANY if self.chance > 0 else 3)
        if self.names >= RELATED:
            return enough and (self.found - self.chance >= BEYOND or min(self.found, self.back) >= 0.99)
        sure = self.found if self.theirs_unique else self.back
        return enough and sure >= NEARLY and share - self.chance >= BEYOND

    @property
    def confidence(self) -> float:
        """0..1."""
        if self.declared:
            return 1.0
        sure = max(self.found, self.back)
        return round(min(0.99, 0.4 * max(self.names, sure - self.chance) + 0.35 * sure + 0.24 * self.names), 2)

    def because(self, mine: str, theirs: str) -> str:
        """The reason in words, with the numbers."""
        ours, others = (" and ".join(f"`{pair[side]}`" for pair in self.keys) for side in (0, 1))
        text = f"{ours} of {mine} is {others} of {theirs}" + (", a declared key" if self.declared else "")
        text += f" ({self.found:.0%} of the rows find theirs, {self.back:.0%} of the keys there are found"
        chance = self.names < SAME and not self.declared and self.chance >= 0.01
        return text + (f", of which chance would give {self.chance:.0%})" if chance else ")")


def measure(mine: Candidates, theirs: Candidates, pairs: Sequence[tuple[str, str]], declared: bool = False) -> Link:
    """The numbers of one pair of keys, of one or several columns."""
    ours, others = [a for a, _ in pairs], [b for _, b in pairs]
    names = min(alike(a, mine.name, b, theirs.name) for a, b in pairs)
    left, right = mine.column(ours[0]), theirs.column(others[0])
    chance = 0.0
    if len(pairs) == 1 and left is not None and right is not None:
        known = right.distinct.get_indexer(left.distinct) >= 0
        there = np.append(known, False)[left.codes]
        common, size = int(known.sum()), len(right.distinct)
        chance = _chance(left, right)
    else:
        keys, _ = Keys.of(theirs.table, others)
        codes = keys.find(mine.table, ours)
        there = codes >= 0
        common, size = len(np.unique(codes[there])), keys.size
    return Link(
        keys=tuple(pairs),
        mine_unique=mine.unique(ours),
        theirs_unique=theirs.unique(others),
        found=float(there.mean()) if len(there) else 0.0,
        back=common / max(1, size),
        common=common,
        names=names,
        chance=chance,
        declared=declared,
    )


def _chance(left: KeyColumn, right: KeyColumn) -> float:
    """Share of whole numbers that would be found in others if both were drawn from where the others lie."""
    if not (left.whole and right.whole):
        return 0.0
    a, b = left.numbers, right.numbers
    if not len(a) or not len(b):
        return 0.0
    within = float(((a >= b[0]) & (a <= b[-1])).mean()), float(((b >= a[0]) & (b <= a[-1])).mean())
    dense = min(1.0, len(b) / (b[-1] - b[0] + 1)), min(1.0, len(a) / (a[-1] - a[0] + 1))
    return float(max(within[0] * dense[0], within[1] * dense[1]))


def best_link(mine: Candidates, theirs: Candidates) -> tuple[Link | None, Link | None]:
    """The best accepted key between two tables, and the best of those that were not accepted.

    One row for each key beats several, one column beats two, and then the surest wins.
    """
    singles = [measure(mine, theirs, [pair]) for pair in _pairs(mine, theirs)]
    singles.sort(key=lambda link: (-link.names, -max(link.found, link.back), -link.common))
    good = [link for link in singles if link.accepted]
    rejected = next((link for link in singles if not link.accepted and link.common), None)
    ones = [link for link in good if link.theirs_unique]
    if ones:
        return max(ones, key=lambda link: (link.confidence, link.common)), rejected
    owned = [link for link in good if link.mine_unique and not _is_date(mine, link)]
    composite = _composite(mine, theirs, {link.keys[0] for link in owned})
    if composite is not None and composite.theirs_unique:
        return composite, rejected
    if owned:
        return max(owned, key=lambda link: (link.confidence, link.common)), rejected
    if composite is not None:
        return composite, rejected
    rest = [link for link in good if not link.mine_unique and not _is_date(mine, link)]
    return max(rest, key=lambda link: (link.common, link.confidence), default=None), rejected


def _is_date(mine: Candidates, link: Link) -> bool:
    found = mine.column(link.keys[0][0])
    return found is not None and found.date


def _pairs(mine: Candidates, theirs: Candidates) -> list[tuple[str, str]]:
    """Columns that may be the same key: by name, or by kind where one of them names rows."""
    found = []
    for a in mine.columns:
        for b in theirs.columns:
            if a.date != b.date or (a.whole != b.whole and a.name != b.name):
                continue
            named = alike(a.name, mine.name, b.name, theirs.name) >= RELATED
            if named or (not a.date and (a.unique or b.unique) and min(len(a.distinct), len(b.distinct)) >= 3):
                found.append((a.name, b.name))
    return found


def _composite(mine: Candidates, theirs: Candidates, owned: set[tuple[str, str]]) -> Link | None:
    """Two or three columns of the same names that together name the rows of the other table, or of this one."""
    shared = [
        (a.name, b.name)
        for a in mine.columns
        for b in theirs.columns
        if alike(a.name, mine.name, b.name, theirs.name) >= SAME and a.date == b.date and (a.name, b.name) not in owned
    ]
    by_mine: Link | None = None
    for size in (2, 3):
        for pairs in combinations(shared[:8], size):
            if len({a for a, _ in pairs}) < size or len({b for _, b in pairs}) < size:
                continue
            if theirs.unique([b for _, b in pairs]):
                link = measure(mine, theirs, pairs)
                if link.found >= SOME and link.common >= FEW:
                    return link
            elif by_mine is None and mine.unique([a for a, _ in pairs]):
                link = measure(mine, theirs, pairs)
                by_mine = link if max(link.found, link.back) >= SOME and link.common >= FEW else None
    return by_mine
