"""What strings are made of: parts, characters that each carry meaning, several values, or a place.

All of it is told from some of a column's values, distinct ones but for lists; see `roles` for which test comes first.
"""

import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..coordinates import coordinate_pairs

if TYPE_CHECKING:
    import pandas as pd

SEPARATORS = "/_|:;@-."
LONGEST_COMPOSITE = 40  # characters
LONGEST_CODE = 64
LONGEST_ITEM = 40  # of a list
EVEN = 0.93  # of the largest entropy: positions that even in their characters are drawn at random
ALPHABET = 10  # characters from which a code may be a hash; four letters, drawn evenly, may be a strand of DNA
LIKE = 0.98  # share of the values that have to look alike
LIST_SEPARATORS = ("|", ";", ",", "/", "+", "&")
PLACE = re.compile(
    r"^\s*(?:POINT\s*)?[(\[]?\s*([+-]?\d{1,3}(?:\.\d+)?)(?:\s*[,;]\s*|\s+)([+-]?\d{1,3}(?:\.\d+)?)\s*[)\]]?\s*$",
    re.IGNORECASE,
)


def composite(sample: "pd.Series[str]") -> tuple[str, int]:
    """Separator and number of parts of short codes that all have the same number of parts; ("", 0) for others."""
    if not len(sample) or sample.str.len().max() > LONGEST_COMPOSITE or sample.str.contains(r"\s").mean() > 0.01:
        return "", 0
    start = sample.iloc[0] + sample.iloc[-1]  # either has it, or the other
    for separator in (s for s in SEPARATORS if s in start):
        parts = sample.str.count(re.escape(separator)) + 1
        common = int(parts.mode().iloc[0])
        if common > 1 and (parts == common).mean() >= 0.99:
            whole = ~sample.str.contains(
                rf"^{re.escape(separator)}|{re.escape(separator)}{{2}}|{re.escape(separator)}$"
            )
            if whole.mean() >= 0.99:
                return separator, common
    return "", 0


# --- codes ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Positions:
    """The characters of strings of one length, position by position."""

    length: int
    characters: tuple[int, ...]  # different ones at each position
    even: float  # mean entropy of the positions that vary, of what the alphabet could give
    alphabet: int  # different characters at all positions that vary
    counter: bool  # what varies are digits behind a beginning that all values have

    @property
    def random(self) -> bool:
        """Whether the characters look drawn at random, as those of hashes, uuids and tokens are."""
        return self.alphabet >= ALPHABET and self.even >= EVEN


def positions(sample: "pd.Series[str]") -> Positions | None:
    """How strings of one length without blanks are made up; None for strings of several lengths."""
    distinct = list(dict.fromkeys(sample))
    length, times = Counter(map(len, distinct)).most_common(1)[0] if distinct else (0, 0)
    if not 2 <= length <= LONGEST_CODE or times < LIKE * len(distinct):
        return None
    fitting = [text for text in distinct if len(text) == length]
    if any(character.isspace() for text in fitting for character in text):
        return None
    columns = [Counter(characters) for characters in zip(*fitting, strict=True)]
    varied = [k for k, found in enumerate(columns) if len(found) > 1]
    alphabet = {character for k in varied for character in columns[k]}
    reach = math.log(max(2, min(len(alphabet), len(fitting))))
    even = float(np.mean([_entropy(columns[k]) / reach for k in varied])) if varied else 0.0
    tail = bool(varied) and all(c.isdigit() for c in alphabet) and varied[-1] - varied[0] + 1 == len(varied)
    return Positions(
        length=length,
        characters=tuple(len(found) for found in columns),
        even=even,
        alphabet=len(alphabet),
        counter=tail and varied[-1] == length - 1 and varied[0] > 0,
    )


def _entropy(counts: "Counter[str]") -> float:
    shares = np.array(list(counts.values())) / counts.total()
    return float(-(shares * np.log(shares)).sum())


# --- lists ----------------------------------------------------------------------------------------------------------


def list_separator(sample: "pd.Series[str]") -> str:
    """What stands between the values of a cell that holds several; "" where it holds one.

    Values of a list are short, come again in other rows, and are not as many in every row; the clauses of prose hardly
    come again, and a composite has the same number of parts everywhere.
    """
    if not len(sample):
        return ""
    for separator in LIST_SEPARATORS:
        if sample.str.contains(separator, regex=False).mean() >= 0.2 and _repeats(sample, separator):
            return separator
    return ""


def is_json(sample: "pd.Series[str]") -> bool:
    """Whether the texts are JSON arrays of plain values, or lists as Python prints them."""
    if not len(sample) or sample.str.match(r"^\s*\[.*\]\s*$").mean() < LIKE:
        return False
    for text in sample.head(50):
        try:
            found = json.loads(text.replace("'", '"'))
        except ValueError:
            return False
        if any(isinstance(item, dict | list) for item in found):
            return False
    return True


def _repeats(sample: "pd.Series[str]", separator: str) -> bool:
    rows = [[item.strip() for item in text.split(separator)] for text in sample]
    sizes = np.array([len(row) for row in rows])
    if len(np.unique(sizes)) == 1 or (sizes == np.bincount(sizes).argmax()).mean() > LIKE:
        return False
    items = [item for row in rows for item in row]
    if not all(items) or max(map(len, items)) > LONGEST_ITEM or all(re.fullmatch(r"[\d.+-]+", i) for i in items):
        return False
    among = Counter(item for row in rows for item in set(row))
    again = sum(times for times in among.values() if times > max(1, len(rows) / 500))
    once = sum(len(set(row)) == len(row) for row in rows) / len(rows)
    return again >= 0.9 * sum(among.values()) and once >= 0.9 and 2 * len(among) < len(items)


# --- places ---------------------------------------------------------------------------------------------------------


def is_place(sample: "pd.Series[str]") -> bool:
    """Whether the texts are pairs of degrees, as `48.85,2.35` or `POINT(2.35 48.85)`."""
    found = sample.str.extract(PLACE)
    if not len(found) or found[0].notna().mean() < LIKE:
        return False
    numbers = found.dropna()
    if numbers.apply(lambda c: c.str.contains(".", regex=False)).to_numpy().mean() < 0.5:
        return False  # whole numbers with a comma may be anything
    a, b = (numbers[k].astype(float).abs() for k in (0, 1))
    return bool((a <= 180).all() and (b <= 180).all() and ((a <= 90).all() or (b <= 90).all()))


def place_pairs(ranges: "dict[str, tuple[float, float]]") -> tuple[tuple[str, str], ...]:
    """Pairs of number columns (latitude, longitude), told by their names and by values that are degrees.

    Args:
        ranges: smallest and largest value of each number column.
    """
    norths = (n for n, (low, high) in ranges.items() if low >= -90 and high <= 90)
    easts = (n for n, (low, high) in ranges.items() if low >= -180 and high <= 360)
    return coordinate_pairs(norths, easts)
