"""From a table to what a network reads: numbers on a tame scale without gaps, and codes of levels and characters.

Works with numpy alone. Infinite values count as missing; levels that are rare or new share one code.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from . import frames

if TYPE_CHECKING:
    from ..interfaces import Array

FAR = 4.0  # spreads from the middle beyond which a number grows like its logarithm
TAIL = 0.02  # share of values beyond; with more of them a column is mapped to a normal distribution
KNOTS = 257  # of that map
MISSING, OTHER, KNOWN = 0, 1, 2  # codes of a missing value, a rare or new one, and the first known one
MOST_LEVELS = 4000  # known levels of a column, the commonest
LETTERS = (3, 24)  # characters of a code, at least and at most
LIKE = 0.95  # share of the values of a column that have the usual length where it holds codes
VARIED = 50  # a column with fewer distinct values is told by them, without its characters


class Coder:
    """What was learnt of the columns of a table; see `encode`.

    Attributes: `curved` (columns,) tells which numbers take more than a few values, `sizes` how many codes each
    column of codes has.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self.names = frames.number_names(table)
        self.ranked = {name: frames.levels(table[name]) for name in frames.ordered_names(table)}
        raw = self._raw(table)
        with np.errstate(all="ignore"):
            self._learn_scales(raw)
        self.gaps = np.flatnonzero(np.isnan(raw).any(axis=0) & ~np.isnan(raw).all(axis=0))
        self.levels = {name: _common(table[name]) for name in frames.repeating_names(table)}
        spelt = {name: _alphabets(table[name]) for name in frames.string_names(table)}
        self.letters = {name: found for name, found in spelt.items() if found}
        self.sizes = [KNOWN + len(known) for known in self.levels.values()]
        self.sizes += [KNOWN + len(alphabet) for found in self.letters.values() for alphabet in found]
        some = self._tame(raw[:: max(1, len(raw) // 5000)])
        varied = np.array([len(np.unique(column)) > 4 for column in some.T], dtype=bool)
        self.curved = np.concatenate([varied, np.zeros(len(self.gaps), dtype=bool)])

    @property
    def width(self) -> int:
        """Columns of numbers."""
        return len(self.curved)

    def encode(self, table: pd.DataFrame) -> tuple["Array", "Array"]:
        """Numbers (rows, width) float32, then codes (rows, len(sizes)) int64.

        The numbers are followed by a column of 0 and 1 for each in which fit rows lacked a value.
        """
        raw = self._raw(table)
        numbers = np.hstack([self._tame(raw), np.isnan(raw[:, self.gaps])]).astype(np.float32)
        codes = np.empty((len(table), len(self.sizes)), dtype=np.int64)
        place = 0
        for name, known in self.levels.items():
            found = frames.codes(table[name], known) + KNOWN
            found[found < KNOWN] = OTHER
            codes[:, place] = np.where(table[name].isna().to_numpy(), MISSING, found)
            place += 1
        for name, alphabets in self.letters.items():
            codes[:, place : place + len(alphabets)] = _spell(table[name], alphabets)
            place += len(alphabets)
        return numbers, codes

    def _raw(self, table: pd.DataFrame) -> "Array":
        ranks = frames.code_matrix(table, self.ranked)
        ranks[ranks < 0] = np.nan
        return np.hstack([frames.numbers(table, self.names), ranks])

    def _learn_scales(self, raw: "Array") -> None:
        """Middle and spread of each column, and for those with heavy tails the knots of a map."""
        columns = [column[~np.isnan(column)] for column in raw.T]
        self.middle = np.array([np.median(column) if len(column) else 0.0 for column in columns])
        self.spread = np.array([_spread(column) for column in columns])
        self.maps: dict[int, tuple[Array, Array]] = {}
        for k, column in enumerate(columns):
            far = np.abs((column - self.middle[k]) / self.spread[k]) > FAR
            if len(column) and far.mean() > TAIL:
                self.maps[k] = _normal_map(column)

    def _tame(self, raw: "Array") -> "Array":
        """Straight within four spreads around the middle, logarithmic beyond; 0 for what is missing."""
        scaled = (raw - self.middle) / self.spread
        far = np.abs(scaled)
        tame = np.where(far > FAR, np.sign(scaled) * (FAR + np.log1p(np.maximum(far - FAR, 0))), scaled)
        for k, (knots, places) in self.maps.items():
            tame[:, k] = np.interp(raw[:, k], knots, places)
        tame[np.isnan(raw)] = 0.0
        return np.asarray(tame)


def _spread(column: "Array") -> float:
    """Of the middle half as that of a normal distribution, else of all values; never zero."""
    if len(column):
        low, high = np.quantile(column, [0.25, 0.75])
        for spread in ((high - low) / 1.349, float(column.std())):
            if np.isfinite(spread) and spread > 1e-30:
                return float(spread)
    return 1.0


def _normal_map(column: "Array") -> tuple["Array", "Array"]:
    """Knots, and the quantiles of the standard normal distribution that belong to them."""
    from scipy.special import ndtri

    shares = np.linspace(0, 1, KNOTS)
    knots, where = np.unique(np.quantile(column, shares), return_inverse=True)
    mean = np.bincount(where.ravel(), shares) / np.bincount(where.ravel())  # of equal knots
    return knots, np.asarray(ndtri(np.clip(mean, 0.002, 0.998)))


def _common(column: "pd.Series[Any]") -> "pd.Index[Any]":
    """The levels of a column that are not rare, the commonest where there are too many."""
    known = frames.levels(column)
    counts = column.value_counts().reindex(known).to_numpy()
    least = 1 if len(column) < 500 else 2 if len(column) < 5000 else 3
    if len(known) > MOST_LEVELS:
        known, counts = known[np.argsort(-counts, kind="stable")], np.sort(counts)[::-1]
    return known[:MOST_LEVELS][counts[:MOST_LEVELS] >= least]


def _alphabets(column: "pd.Series[Any]") -> "list[Array]":
    """The characters that stand at each place of a column of codes; [] where the column holds none."""
    text = column.dropna().astype(str)
    if text.nunique() < VARIED:
        return []
    lengths = text.str.len()
    length = int(lengths.mode().iloc[0])
    if not LETTERS[0] <= length <= LETTERS[1] or (lengths == length).mean() < LIKE:
        return []
    places = _characters(text[lengths == length].to_numpy(dtype=object), length)
    found = [np.unique(place) for place in places.T]
    return found if max(map(len, found)) <= VARIED * 2 else []


def _characters(text: "Array", length: int) -> "Array":
    """Code points (rows, length), 0 beyond the end of a text."""
    return np.ascontiguousarray(text.astype(f"U{length}")).view(np.uint32).reshape(len(text), length)


def _spell(column: "pd.Series[Any]", alphabets: "list[Array]") -> "Array":
    """Codes of the characters at each place (rows, places)."""
    missing = column.isna().to_numpy()
    text = column.to_numpy(dtype=object).copy()
    text[missing] = ""
    points = _characters(text.astype(str), len(alphabets))
    codes = np.empty(points.shape, dtype=np.int64)
    for k, alphabet in enumerate(alphabets):
        near = np.searchsorted(alphabet, points[:, k]).clip(max=len(alphabet) - 1)
        codes[:, k] = np.where(alphabet[near] == points[:, k], near + KNOWN, OTHER)
    codes[missing] = MISSING
    return codes
