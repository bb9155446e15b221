"""What ties test rows to training rows beyond a random split: the reason for a plan, and the fields that follow."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    Rows = np.ndarray[Any, np.dtype[np.int64]]

EVIDENCE = 8  # test rows that a random split would tie to training rows, below which nothing can be told
RARE = 0.1  # of what a random split gives: so much less is no chance
NEARER = 0.5  # of what a random split gives: the border between a test of known and one of new entities
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")  # the words of user_id, userId, USER_ID


@dataclass(frozen=True)
class Structure:
    """How test rows relate to training rows, in words and as fields of the plan."""

    why: str
    group: str | None = None
    rule: str = ""
    columns: tuple[str, ...] = ()  # of the rule `copies`
    time: str | None = None
    units: int | None = None  # groups, or times that can begin a fold, in train: no more folds than that
    folds: int | None = None  # the number of folds, where the structure says it
    sealable: bool = True  # whether enough is left when some is set aside


@dataclass
class Notes:
    """What was measured on the way: remarks for the paragraph, and a line of evidence each."""

    remarks: list[str] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)


def words(name: object) -> set[str]:
    """The words of a column's name, in lower case."""
    return {word.lower() for word in WORD.findall(str(name))}


def spread(rows: int, most: int) -> "Rows":
    """At most so many of the rows, ascending, the same each time.

    Drawn and not counted off: in a panel of stores by days, every twenty-fifth row may be one store.
    """
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(0).permutation(rows)[:most])
