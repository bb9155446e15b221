"""Counting pieces of text: words and runs of words, characters and runs of characters, as a sparse matrix of counts.

A gram is known by a hash of 64 bits, of which the first `BITS` name its column (the hashing trick: Weinberger et al.,
"Feature hashing for large scale multitask learning", 2009), so that no text has to be remembered. All grams of many
texts are hashed at once: with prefix sums of c[i] * B^i modulo 2^64, the hash of any run of characters is one
subtraction and one multiplication. Works with numpy and scipy alone, the latter imported when something is
counted.

A process that fits models reads each text once: `remember` keeps the counts of texts it has seen, by their content.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from .interfaces import Array

BITS = 22
BUCKETS = 1 << BITS
BASE = 0x9E3779B97F4A7C15 | 1  # odd, so that it can be divided by
BACK = pow(BASE, -1, 1 << 64)
MIX = np.uint64(0xD6E8FEB86659FD93)
PIECE = 1_000_000  # characters that are hashed at once
LONGEST = 200_000  # characters of a text that are looked at
KEPT = 256 * 2**20  # bytes of counts that a process remembers for each way of counting
FEW = 100  # texts; fewer are counted anew each time
SPACE = 32


@dataclass(frozen=True)
class Sort:
    """Which grams are counted.

    Attributes:
        unit: words (marks of punctuation are words too) or characters.
        low, high: of how many units a gram is, at least and at most.
        keep_case: whether `Sea` and `sea` differ.
        across: of characters, whether a gram may reach from one word into the next.
    """

    unit: Literal["words", "characters"] = "words"
    low: int = 1
    high: int = 2
    keep_case: bool = False
    across: bool = False


def texts_of(column: "pd.Series[Any]") -> list[str]:
    """The texts of a column; empty ones where they are missing."""
    return [text if isinstance(text, str) else "" for text in column]


def count(texts: Sequence[str], sort: Sort) -> Any:
    """How often each gram stands in each text: a csr matrix (texts, BUCKETS) float32, its indices not sorted."""
    memory = _memories.get(sort)
    if memory is None or len(texts) < FEW:
        return _count(texts, sort)
    return memory.read(texts)


def remember(sort: Sort) -> None:
    """Keep what is counted in this way from now on, within limits; for processes that fit on the same texts again."""
    _memories.setdefault(sort, _Memory(sort))


class _Memory:
    """The counts of texts that were seen before."""

    def __init__(self, sort: Sort) -> None:
        self.sort = sort
        self.places: dict[str, int] = {}
        self.counts: Any = None

    def read(self, texts: Sequence[str]) -> Any:
        """As `count`."""
        fresh = list(dict.fromkeys(t for t in texts if t not in self.places))
        if fresh:
            found = _count(fresh, self.sort)
            size = 8 * (found.nnz + (0 if self.counts is None else self.counts.nnz))
            if size > KEPT and len(fresh) == len(set(texts)):
                order = {text: k for k, text in enumerate(fresh)}
                return found[[order[t] for t in texts]]
            if size > KEPT:  # begin anew with what is asked for now
                self.places, self.counts = {}, None
                return self.read(texts)
            start = len(self.places)
            self.places |= {text: start + k for k, text in enumerate(fresh)}
            self.counts = found if self.counts is None else _stacked([self.counts, found])
        return self.counts[[self.places[t] for t in texts]]


_memories: dict[Sort, _Memory] = {}  # empty until a model is fitted


def _count(texts: Sequence[str], sort: Sort) -> Any:
    """Count, some texts at a time."""
    blocks, start, size = [], 0, 0
    for end, text in enumerate(texts, start=1):
        size += len(text) + 2
        if size >= PIECE or end == len(texts):
            blocks.append(_count_some(texts[start:end], sort))
            start, size = end, 0
    if not blocks:
        return _count_some([], sort)
    return blocks[0] if len(blocks) == 1 else _stacked(blocks)


def _stacked(blocks: Sequence[Any]) -> Any:
    from scipy import sparse

    return sparse.vstack(blocks, format="csr")


def _count_some(texts: Sequence[str], sort: Sort) -> Any:
    from scipy import sparse

    cleaned = [_clean(text, sort.keep_case) for text in texts]
    points = np.frombuffer("".join(cleaned).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    ends = np.cumsum([len(text) for text in cleaned], dtype=np.int64)
    owner = np.repeat(np.arange(len(texts), dtype=np.int32), np.diff(ends, prepend=0))
    reader = _words if sort.unit == "words" else _characters
    parts = list(reader(points, owner, sort))
    rows = np.concatenate([rows for rows, _ in parts]) if parts else np.empty(0, dtype=np.int32)
    hashes = np.concatenate([hashes for _, hashes in parts]) if parts else np.empty(0, dtype=np.uint64)
    hashes ^= hashes >> np.uint64(32)
    hashes *= MIX
    columns = (hashes >> np.uint64(64 - BITS)).astype(np.int32)
    ones = np.ones(len(rows), dtype=np.float32)
    return sparse.coo_matrix((ones, (rows, columns)), shape=(len(texts), BUCKETS)).tocsr()  # sums what is double


def _clean(text: str, keep_case: bool) -> str:
    """A space before and after, single spaces between."""
    text = " ".join(text[:LONGEST].split())
    return f" {text if keep_case else text.lower()} "


class _Hasher:
    """Hashes of runs of points, by where they start and end."""

    def __init__(self, points: "Array") -> None:
        powers = np.full(len(points), BASE, dtype=np.uint64)
        powers[:1] = 1
        powers = np.cumprod(powers)
        self.sums = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum((points + np.uint32(1)) * powers)])
        back = np.full(len(points), BACK, dtype=np.uint64)
        back[:1] = 1
        self.back = np.cumprod(back)

    def __call__(self, starts: "Array", ends: "Array") -> "Array":
        return np.asarray((self.sums[ends] - self.sums[starts]) * self.back[starts])


def _characters(points: "Array", owner: "Array", sort: Sort) -> "list[tuple[Array, Array]]":
    """For each length the texts and hashes of its grams."""
    hasher, found = _Hasher(points), []
    blanks = np.concatenate([[0], np.cumsum(points == SPACE)])
    for length in range(sort.low, sort.high + 1):
        last = len(points) - length
        if last < 0:
            break
        starts = np.arange(last + 1)
        inside = owner[: last + 1] == owner[length - 1 :]
        spaces = blanks[starts + length] - blanks[starts]
        if length == 1 or sort.across:
            inside &= spaces < length
        else:  # at the edges of a word, its first and last gram have the space
            inside &= blanks[starts + length - 1] == blanks[starts + 1]
            inside &= spaces < length
        starts = starts[inside]
        found.append((owner[starts], hasher(starts, starts + length) + np.uint64(length)))
    return found


def _words(points: "Array", owner: "Array", sort: Sort) -> "list[tuple[Array, Array]]":
    """The same for words: letters and digits in a row, or any other single mark."""
    if not len(points):
        return []
    distinct, where = np.unique(points, return_inverse=True)
    kinds = np.array([_kind(int(point)) for point in distinct], dtype=np.int8)[where.ravel()]
    letters = kinds == 1
    begins = kinds == 2
    begins[1:] |= letters[1:] & ~letters[:-1]  # each text begins with a space
    starts = np.flatnonzero(begins)
    stops = kinds == 2
    stops[:-1] |= letters[:-1] & ~letters[1:]
    ends = np.flatnonzero(stops) + 1
    one, texts = _Hasher(points)(starts, ends), owner[starts]
    run, found = one.copy(), []
    for length in range(1, sort.high + 1):
        if length > 1:
            run = run[:-1] * np.uint64(BASE) + one[length - 1 :]
        count = len(one) - length + 1
        if count <= 0:
            break
        inside = texts[:count] == texts[length - 1 :]
        if length >= sort.low:
            found.append((texts[:count][inside], run[inside] + np.uint64(length)))
    return found


@lru_cache(maxsize=100_000)
def _kind(point: int) -> int:
    """0 a space, 1 a letter, digit or what is written on one, 2 any other mark."""
    character = chr(point)
    if character.isspace():
        return 0
    return 1 if character.isalnum() or character == "_" or 0x300 <= point < 0x370 else 2


class Vocabulary:
    """The grams of one sort that are common enough, and how they are weighed."""

    def __init__(self, sort: Sort, weighing: str = "tfidf") -> None:
        self.sort, self.weighing = sort, weighing

    def fit_transform(self, texts: list[str], least: int, most: int) -> Any:
        """Take the grams that stand in so many texts at least, the commonest `most`; the matrix of these texts."""
        counts = count(texts, self.sort)
        rows = np.bincount(counts.indices, minlength=BUCKETS)
        kept = np.flatnonzero(rows >= least)
        if len(kept) > most:
            kept = np.sort(kept[np.argsort(-rows[kept], kind="stable")[:most]])
        self.kept = kept.astype(np.int32)
        self.rarity = (np.log((1 + len(texts)) / (1 + rows[kept])) + 1).astype(np.float32)
        return self._weighed(counts)

    def transform(self, texts: list[str]) -> Any:
        """The matrix of other texts (texts, grams)."""
        return self._weighed(count(texts, self.sort))

    def _weighed(self, counts: Any) -> Any:
        from scipy import sparse

        if counts.nnz < len(self.kept):
            places = np.searchsorted(self.kept, counts.indices).clip(max=max(0, len(self.kept) - 1))
            known = self.kept[places] == counts.indices if len(self.kept) else np.zeros(counts.nnz, dtype=bool)
        else:
            table = np.full(BUCKETS, -1, dtype=np.int32)
            table[self.kept] = np.arange(len(self.kept), dtype=np.int32)
            places = table[counts.indices]
            known = places >= 0
        before = np.concatenate([[0], np.cumsum(known)])
        columns, values = places[known], counts.data[known]
        values = np.ones_like(values) if self.weighing == "presence" else (1 + np.log(values)) * self.rarity[columns]
        shape = (counts.shape[0], len(self.kept))
        matrix = sparse.csr_matrix((values, columns, before[counts.indptr]), shape=shape)
        return matrix if self.weighing == "presence" else _normed(matrix)


def _normed(matrix: Any) -> Any:
    """Each row of a csr matrix on the unit sphere; empty ones stay."""
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    matrix.data /= np.repeat(np.where(lengths > 0, lengths, 1.0), np.diff(matrix.indptr)).astype(np.float32)
    return matrix
