"""Texts that are nearly the same: case, blanks, punctuation, a few words changed; clusters of them, by MinHash.

A text is the set of its pieces of five characters, after lower case and with everything but letters and digits taken
for one blank. Two texts are near when they share a given part of their pieces (Jaccard), estimated from the smallest
values of some hash functions (Broder 1997). Pairs are looked for among texts that agree in a band of these values
(locality-sensitive hashing, Indyk and Motwani 1998). Clusters are what is linked by pairs, directly or by others.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    Codes = np.ndarray[Any, np.dtype[np.int64]]
    Hashes = np.ndarray[Any, np.dtype[np.uint64]]
    Ints32 = np.ndarray[Any, np.dtype[np.uint32]]

PIECE = 5  # characters
HASHES = 32
BAND = 2  # hashes that a pair must agree in to be looked at; of pairs that share 0.5, 99 % are, of 0.4, 94 %
LONGEST = 600  # characters looked at; texts alike so far are taken for alike
CHUNK = 1_500_000  # characters hashed at a time, so that memory stays small and the cache warm


def clusters(texts: "pd.Series[Any]", share: float) -> "Codes":
    """A code for each text, the same for texts in one cluster; each missing or empty text is a cluster of its own.

    Args:
        texts: the texts; other values are read as text.
        share: of their pieces that two texts have to have in common to be near.
    """
    import pandas as pd

    plain = normal(texts)
    codes, distinct = pd.factorize(plain.where(plain.str.len() > 0))
    if not len(distinct):
        return np.arange(len(texts))
    cluster = _linked(signatures(list(distinct)), share)
    found = np.where(codes >= 0, cluster[codes], 0)
    nothing = np.flatnonzero(codes < 0)
    found[nothing] = len(distinct) + np.arange(len(nothing))
    return found.astype(np.int64)


def normal(texts: "pd.Series[Any]") -> "pd.Series[Any]":
    """Lower case, with one blank for all that is no letter or digit; missing ones stay missing."""
    import pandas as pd

    cut = [None if gap else str(text)[:LONGEST] for text, gap in zip(texts, texts.isna(), strict=True)]
    plain = pd.Series(cut, index=texts.index, dtype="string").str.lower()
    return plain.str.replace(r"[\W_]+", " ", regex=True).str.strip().astype(object)


def signatures(texts: list[str]) -> "Ints32":
    """The smallest value of each hash function over the pieces of each text, (texts, HASHES)."""
    random = np.random.default_rng(0)
    factors = random.integers(1, 2**63, HASHES, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    found = np.empty((len(texts), HASHES), np.uint32)
    begin = 0
    while begin < len(texts):
        end, size = begin, 0
        while end < len(texts) and (end == begin or size < CHUNK):
            size += len(texts[end]) + PIECE
            end += 1
        found[begin:end] = _signed(texts[begin:end], factors)
        begin = end
    return found


def _signed(texts: list[str], factors: "Hashes") -> "Ints32":
    """Signatures of some texts: all their characters in one row, pieces that would span two texts left out."""
    padded = [text.ljust(PIECE) for text in texts]
    lengths = np.fromiter(map(len, padded), np.int64, len(padded))
    letters = np.frombuffer("".join(padded).encode("utf-32-le"), np.uint32).astype(np.uint64)
    pieces = np.zeros(len(letters) - PIECE + 1, np.uint64)
    for k in range(PIECE):  # a polynomial of the letters, modulo 2**64
        pieces = pieces * np.uint64(0x9E3779B97F4A7C15) + letters[k : k + len(pieces)]
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    within = np.ones(len(letters), bool)
    for k in range(1, PIECE):
        within[starts + lengths - k] = False
    pieces = pieces[within[: len(pieces)]]
    pieces ^= pieces >> np.uint64(29)
    first = np.concatenate([[0], np.cumsum(lengths - PIECE + 1)[:-1]])
    found = np.empty((len(texts), len(factors)), np.uint32)
    for k, factor in enumerate(factors):
        hashed = ((pieces * factor) >> np.uint64(32)).astype(np.uint32)
        found[:, k] = np.minimum.reduceat(hashed, first)
    return found


def _linked(signed: "Ints32", share: float) -> "Codes":
    """Codes of what is linked: in each band's buckets a text is held against the two before it and the first."""
    cluster = np.arange(len(signed))
    if len(signed) < 2:
        return cluster
    pairs: list[Any] = []
    for b in range(0, HASHES, BAND):
        key = signed[:, b].astype(np.uint64) << np.uint64(32) | signed[:, b + 1].astype(np.uint64)
        order = np.lexsort((signed[:, (b + BAND) % HASHES], key))
        ordered = key[order]
        new = np.concatenate([[True], ordered[1:] != ordered[:-1]])
        leader = np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))
        for other in (np.arange(len(order)) - 1, np.arange(len(order)) - 2, leader):
            same = (other >= leader) & (other < np.arange(len(order)))
            pairs.append(np.stack([order[same], order[other[same]]]))
    candidates = np.unique(np.sort(np.concatenate(pairs, axis=1), axis=0), axis=1)
    alike = np.zeros(candidates.shape[1], np.int64)
    for k in range(HASHES):
        alike += signed[candidates[0], k] == signed[candidates[1], k]
    first, second = candidates[:, alike >= share * HASHES]
    return _components(first, second, len(signed))


def _components(first: "Codes", second: "Codes", count: int) -> "Codes":
    """The number of each node's connected component."""
    if not len(first):
        return np.arange(count)
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = coo_array((np.ones(len(first), np.int8), (first, second)), shape=(count, count))
    return np.asarray(connected_components(links, directed=False)[1], np.int64)
