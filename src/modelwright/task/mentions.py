"""Columns that a description names and no table has: the target among them, or any other."""

import re
from collections.abc import Iterable, Iterator

from .prose import Prose, normalise

NAME = r"[`'\"\u201c]([A-Za-z][\w .-]{0,40}?)[`'\"\u201d]"
THING = r"(?:value|column|field|label|target|variable)s?"
TARGET = re.compile(
    rf"\b(?:predict|forecast|estimate|guess|tell us)(?:ing|s)?\s+(?:the |each |a )?"
    rf"(?:{THING}\s+(?:of |in |called |named )?(?:the )?)?{NAME}"
    rf"|\b(?:target|label|answer|response|dependent)(?:\s+(?:column|variable|field))?\s+"
    rf"(?:is|are|called|named|stands in|in)?\s*(?:the column )?{NAME}"
    rf"|{NAME}\s+is\s+(?:the |our |your )?(?:target|label|answer|column to predict|response)",
    re.IGNORECASE,
)
COLUMN = re.compile(
    rf"\b(?:columns?|fields?|features?|variables?)\s+(?:called |named )?{NAME}"
    rf"|{NAME}\s+(?:column|field|feature|variable)\b",
    re.IGNORECASE,
)
FILE = re.compile(r"\.(?:csv|tsv|json|jsonl|parquet|md|txt|zip|gz|png|jpg|xlsx|npy|db)$|/", re.IGNORECASE)


def target_named(prose: Prose, known: Iterable[str]) -> tuple[str, str] | None:
    """A target that the text names in quotation marks and no table has, with the sentence; None for none."""
    return next(_absent(TARGET, prose, known), None)


def columns_named(prose: Prose, known: Iterable[str]) -> list[tuple[str, str]]:
    """Columns that the text names as such and no table has, each with its sentence."""
    return list(dict(_absent(COLUMN, prose, known)).items())


def _absent(pattern: re.Pattern[str], prose: Prose, known: Iterable[str]) -> Iterator[tuple[str, str]]:
    there = {normalise(name) for name in known}
    for sentence in prose.sentences:
        for hit in pattern.finditer(sentence.text):
            name = next(group for group in hit.groups() if group)
            if normalise(name) not in there and not FILE.search(name):
                yield name, sentence.quote
