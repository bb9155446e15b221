"""How missing values are written: words and numbers that stand for no value, told and never changed.

A word such as `?` or `unknown` is often, and 0 or -1 sometimes, a value like any other. So nothing is replaced here:
the profile says what it saw, and a person or an experiment decides.
"""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..records.profile import Role
from .counted import Counted

WORDS = frozenset(
    ["?", "??", "-", "--", "---", ".", "..", "_", "*", "/", "n/a", "na", "n.a.", "n.a", "#n/a", "nan", "null", "nil",
     "none", "(none)", "[none]", "missing", "(missing)", "unknown", "(unknown)", "unk", "unspecified", "undefined",
     "not available", "not applicable", "not known", "not specified", "not given", "not recorded", "not provided",
     "no data", "no value", "no answer", "empty", "(empty)", "blank", "(blank)", "tbd", "xna", "k.a.", "s/d", "xx",
     "inconnu", "unbekannt", "keine angabe", "desconocido"]
)  # fmt: skip
LONGEST = max(map(len, WORDS))
SENTINELS = (-1.0, -9.0, -99.0, -999.0, -9999.0, -99999.0, 99.0, 999.0, 9999.0, 99999.0, 999999.0, -88.0, -77.0)
SPIKE = 0.005  # share of the rows that a sentinel has, at least
APART = 0.5  # of the range of the other values, by which a positive sentinel lies beyond them
NOT_ZERO = frozenset(
    ["height", "weight", "bmi", "pressure", "glucose", "insulin", "thickness", "cholesterol", "heart", "pulse",
     "latitude", "longitude", "altitude", "year", "built", "speed", "wavelength", "temperature", "income", "salary"]
)  # fmt: skip
KEPT = 8  # spellings told of one column
LOOKED = 1_000  # commonest values of a column of text that are looked at


def spellings(
    train: Counted, test: Counted | None, role: Role, noted: Mapping[str, int] | None = None
) -> tuple[tuple[str, int], ...]:
    """Spellings of a missing value with how often each occurs in train and test, the commonest first.

    Args:
        train: the column in the training table.
        test: in the test table.
        role: what the column is for.
        noted: what the reader of the files took for missing already.
    """
    found: dict[str, int] = dict(noted or {})
    for column in (train, test):
        if column is None or not column.distinct:
            continue
        if column.kind == "O":
            for text, count in _words(column):
                found[text] = found.get(text, 0) + count
        elif role is Role.NUMBER and column is train:
            found |= _numbers(column)
    return tuple(sorted(found.items(), key=lambda item: (-item[1], item[0]))[:KEPT])


def _words(column: Counted) -> list[tuple[str, int]]:
    """Words of a column of text; a column of one value has none."""
    if column.distinct <= 1:
        return []
    order = np.argsort(-column.counts, kind="stable")[:LOOKED]  # what stands for no value is common
    return [
        (text, int(column.counts[k]))
        for k in order
        if len(text := str(column.known[k])) <= LONGEST and text.strip().lower() in WORDS
    ]


def _numbers(column: Counted) -> dict[str, int]:
    """Numbers that stand apart from the others and come too often: -999, or 9999 where the others end at 90."""
    fine = np.isfinite(column.floats)
    values, counts = column.floats[fine], column.counts[fine]
    if len(values) < 5:
        return {}
    told: dict[float, int] = {}
    for sentinel in SENTINELS:
        mine = values == sentinel
        times = int(counts[mine].sum())
        others = ~mine & ~np.isin(values, list(told))
        if times < max(2, SPIKE * counts.sum()) or not others.any():
            continue
        if _stands_apart(sentinel, values[others]) and times > 3 * np.median(counts[others]):
            told[sentinel] = times
    if zeros := _zeros(column.name, values, counts):
        told[0.0] = zeros
    return {f"{value:g}": times for value, times in told.items()}


def _stands_apart(sentinel: float, others: "np.ndarray[Any, np.dtype[np.float64]]") -> bool:
    """Whether a number lies beyond all others, and far: below positive ones, or above by half of their range."""
    low, high = others.min(), others.max()
    if sentinel < 0:
        return bool(low >= 0) if sentinel == -1 else bool(low > sentinel / 2)
    return bool(high < sentinel and sentinel - high > APART * max(high - low, 1.0))


def _zeros(name: str, values: "np.ndarray[Any, np.dtype[np.float64]]", counts: "np.ndarray[Any, Any]") -> int:
    """Rows with 0 in a column whose name says that it cannot be, where all other values lie far above it."""
    words = set(re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()))
    zero = values == 0
    rest = values[~zero]
    if not (words & NOT_ZERO) or not zero.any() or not len(rest) or rest.min() <= 0:
        return 0
    return int(counts[zero][0]) if rest.min() > 0.2 * np.median(rest) else 0
