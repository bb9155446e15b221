"""How alike two texts of a row are, by the words and pieces of words that they share, the rare ones above all."""

from difflib import SequenceMatcher
from itertools import combinations
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd

from .. import grams
from ..records.profile import Role
from .base import Step, put_together, text_names

if TYPE_CHECKING:
    from ..interfaces import Array
    from ..records.problem import Problem
    from ..records.profile import Profile

COMPARED = 3  # text columns that are compared pair by pair, at most
SORTS = {
    "words": grams.Sort("words", 1, 1),
    "phrases": grams.Sort("words", 1, 3),
    "pieces": grams.Sort("characters", 2, 4),
    "stems": grams.Sort("characters", 5, 6),
}
SHORT = 200  # characters of a text, on average, up to which texts are laid beside each other letter by letter
CUT = 400  # characters of each that are


class TextLikeness(Step):
    """Of two texts, columns named `a~b.words` and so on; the texts stay.

    For words, phrases, and pieces of words of two lengths: the cosine of TF-IDF, and the share of each text's weight
    that the other one has too. Of short texts also the share of letters that match in order, whether the first and the
    last words are the same, and how the lengths compare. All are missing where a text is.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "rows"
    effort: ClassVar[float] = 2.0

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:  # noqa: ARG003
        """None when there are two columns of text."""
        return None if len(profile.names(Role.TEXT)) > 1 else "there are no two columns of text to compare"

    def fit(self, table: pd.DataFrame, y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Learn how rare grams are."""
        names = text_names(table)[:COMPARED]
        self.pairs_ = list(combinations(names, 2))
        texts = [text for name in (names if self.pairs_ else ()) for text in grams.texts_of(table[name])]
        self.rarity_ = {how: _rarity(sort, texts) for how, sort in SORTS.items()} if texts else {}
        self.short_ = bool(texts) and float(np.mean([len(t) for t in texts])) <= SHORT
        return self

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with the columns beside it."""
        added: dict[str, Any] = {}
        for first, second in self.pairs_:
            gone = table[first].isna().to_numpy() | table[second].isna().to_numpy()
            one, other = grams.texts_of(table[first]), grams.texts_of(table[second])
            made: dict[str, Array] = {}
            for how, sort in SORTS.items():
                made |= _shared(how, sort, self.rarity_[how], one, other)
            if self.short_:
                made |= _beside(one, other)
            added |= {f"{first}~{second}.{name}": np.where(gone, np.nan, values) for name, values in made.items()}
        return put_together(table, added)


def _rarity(sort: grams.Sort, texts: list[str]) -> tuple["Array", int]:
    """In how many distinct texts each gram stands (as buckets that have any, with counts), and how many there are."""
    distinct = list(dict.fromkeys(texts))
    counts = grams.count(distinct, sort)
    rows = np.bincount(counts.indices, minlength=grams.BUCKETS)
    kept = np.flatnonzero(rows)
    return np.column_stack([kept, rows[kept]]).astype(np.int32), len(distinct)


def _weighed(texts: list[str], sort: grams.Sort, rarity: tuple["Array", int]) -> Any:
    """Logarithms of counts by rarity (texts, grams)."""
    found, (known, total) = grams.count(texts, sort), rarity
    rows = np.zeros(len(found.indices))
    if len(known):
        places = np.searchsorted(known[:, 0], found.indices).clip(max=len(known) - 1)
        rows = np.where(known[places, 0] == found.indices, known[places, 1], 0)
    found.data = (1 + np.log(found.data)) * (np.log((1 + total) / (1 + rows)) + 1)
    return found


def _shared(
    how: str, sort: grams.Sort, rarity: tuple["Array", int], one: list[str], other: list[str]
) -> "dict[str, Array]":
    """The cosine of two texts, and the share of each one's weight that is found in the other; each row's own."""
    distinct = list(dict.fromkeys([*one, *other]))
    places = {text: k for k, text in enumerate(distinct)}
    weights = _weighed(distinct, sort, rarity)
    first, second = (weights[[places[t] for t in texts]] for texts in (one, other))
    lengths = [np.sqrt(np.asarray(m.multiply(m).sum(axis=1)).ravel()) for m in (first, second)]
    sums = [np.maximum(np.asarray(m.sum(axis=1)).ravel(), 1e-9) for m in (first, second)]
    cosine = np.asarray(first.multiply(second).sum(axis=1)).ravel() / np.maximum(lengths[0] * lengths[1], 1e-9)
    common = np.asarray(first.minimum(second).sum(axis=1)).ravel()
    return {how: cosine, f"{how}_of_first": common / sums[0], f"{how}_of_second": common / sums[1]}


def _beside(one: list[str], other: list[str]) -> "dict[str, Array]":
    """Letters that match in order, first and last words, lengths; each distinct pair once."""
    codes, distinct = pd.factorize(pd.Series(list(zip(one, other, strict=True)), dtype=object))
    found = np.array([_measured(a[:CUT].lower(), b[:CUT].lower()) for a, b in distinct]).reshape(-1, 5)
    names = ("letters", "same_first", "same_last", "more_words", "more_letters")
    return dict(zip(names, found[codes].T, strict=True))


def _measured(one: str, other: str) -> tuple[float, ...]:
    first, second = one.split(), other.split()
    both = bool(first) and bool(second)
    return (
        SequenceMatcher(None, one, other, autojunk=False).ratio(),
        float(both and first[0] == second[0]),
        float(both and first[-1] == second[-1]),
        float(len(first) - len(second)),
        float(np.log1p(len(one)) - np.log1p(len(other))),
    )
