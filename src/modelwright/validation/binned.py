"""Columns of two tables as small whole numbers, for a model that asks which table a row is from.

Numbers and dates become quantile bins, categories the ranks of their commonest values and how common a value is,
texts a few statistics and their commonest words. A missing value has a bin of its own.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from . import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    Column = pd.Series[Any]
    Bins = np.ndarray[Any, np.dtype[np.int8]]

BINS = 16
COMMON = BINS - 2  # values of a category with a bin each; the last two are for the rare and the missing
TEXT = 25  # characters from which strings are texts
WORDS = 24  # commonest words of a text column


def of(column: "Column") -> "Iterator[tuple[bool, Bins]]":
    """The column's views, each as (whether bins have an order, bins (rows,) in 0 .. BINS - 1)."""
    if column.dtype.kind in "biufM" or clock.is_date(column):
        yield True, of_numbers(clock.read(column.astype("int8") if column.dtype.kind == "b" else column))
        return
    texts = column.astype(object).where(column.notna(), np.nan)
    known = texts.dropna().astype(str)
    if len(known) and known.str.len().mean() >= TEXT and known.nunique() > 0.2 * len(known):
        yield from _of_texts(texts)
    else:
        yield from _of_categories(texts)


def of_numbers(numbers: "np.ndarray[Any, np.dtype[np.float64]]") -> "Bins":
    """Quantile bins; the last is for missing values."""
    known = numbers[np.isfinite(numbers)]
    if not len(known):
        return np.full(len(numbers), BINS - 1, np.int8)
    edges = np.unique(np.quantile(known, np.arange(1, BINS - 1) / (BINS - 1)))
    found = np.searchsorted(edges, numbers, side="left")
    return np.where(np.isfinite(numbers), np.minimum(found, BINS - 2), BINS - 1).astype(np.int8)


def _of_categories(values: "Column") -> "Iterator[tuple[bool, Bins]]":
    import pandas as pd

    codes, distinct = pd.factorize(values)
    counts = np.bincount(codes[codes >= 0], minlength=max(1, len(distinct)))
    rank = np.empty(len(counts), np.int64)
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    yield False, np.where(codes < 0, BINS - 1, np.minimum(rank[codes], COMMON)).astype(np.int8)
    if len(distinct) > COMMON:
        yield True, of_numbers(np.where(codes < 0, np.nan, counts[codes].astype("float64")))


def _of_texts(values: "Column") -> "Iterator[tuple[bool, Bins]]":
    texts = values.fillna("").astype(str).str[:2000]
    length = texts.str.len().to_numpy("float64")
    yield True, of_numbers(np.where(values.isna(), np.nan, length))
    for pattern in (r"\s+", r"\d", r"[A-Z]", r"[^\w\s]"):
        yield True, of_numbers(texts.str.count(pattern).to_numpy("float64") / np.maximum(1, length))
    words = [set(text.lower().split()) for text in texts]
    counts: dict[str, int] = {}
    for row in words:
        for word in row:
            counts[word] = counts.get(word, 0) + 1
    for word in sorted(counts, key=lambda w: (-counts[w], w))[:WORDS]:
        yield False, np.fromiter((word in row for row in words), np.int8, len(words))
