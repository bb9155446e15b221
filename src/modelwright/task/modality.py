"""What a row is made of: numbers and categories, texts, a pair of texts to compare, a picture, a moment of a series."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from ..records.problem import Modality
from .prose import Prose

SAMPLE = 1_000  # values of a column that are looked at
WORDS = 3.0  # words that a text has on average, at least
PHRASE = 1.4  # and a phrase that is one of a pair
LONG = 12.0  # words from which a text is the matter of a row, whatever stands beside it
DISTINCT = 0.3  # share of the rows with a text of their own
FEW = 30  # distinct texts, up to which they are categories
BESIDE = 2  # other columns for each text, up to which the text is the matter of a row
ALIKE = 4.0  # times one of a pair may be as long as the other
SHARED = 0.15  # share of the words of the poorer vocabulary that the other has too
PAIR = re.compile(
    r"\b(?:similar\w*|duplicates?|entail\w*|paraphras\w*|match(?:es|ing|ed)?|pairs?|compar(?:e|ed|ing|ison)|same (?:"
    r"meaning|thing|question|product|intent)|mean the same|contradict\w*|related(?:ness)?|relevan\w+|inference|"
    r"equivalen\w+|answers? the question)\b"
)
TEXT = re.compile(
    r"\b(?:texts?|tweets?|reviews?|comments?|sentences?|documents?|articles?|messages?|posts?|e ?mails?|headlines?|"
    r"questions?|passages?|paragraphs?|abstracts?|essays?|stories|story|transcripts?|utterances?|phrases?|authors?|"
    r"wrote|written|complaints?|descriptions?|tickets?|news|poems?|lyrics|notes)\b"
)


@dataclass(frozen=True)
class Matter:
    """What a row is made of, and the columns that hold it."""

    modality: Modality
    inputs: tuple[str, ...] = ()
    because: str = "the columns are numbers and categories"
    confidence: float = 0.95
    runner_up: str | None = None


@dataclass(frozen=True)
class _Text:
    """A column of text as far as it was looked at."""

    name: str
    words: float  # on average
    distinct: int
    share: float  # distinct values of the rows
    vocabulary: frozenset[str]


def find_matter(train: pd.DataFrame, features: Sequence[str], prose: Prose) -> Matter:
    """What the rows of a table are made of, by its columns and what the description says of them."""
    looked = [t for name in features if (t := _read(name, train[name])) is not None]
    pair = _pair(looked, features, prose)
    if pair is not None:
        return pair
    texts = [t for t in looked if t.words >= WORDS and t.share >= DISTINCT]
    if not texts:
        return Matter(Modality.TABLE)
    named = ", ".join(repr(t.name) for t in texts)
    longest = max(t.words for t in texts)
    beside = len(features) - len(texts)
    said = any(TEXT.search(s.plain) for s in prose.sentences)
    few = beside <= BESIDE * len(texts)
    long = longest >= LONG and said
    if not (few or long):
        return Matter(Modality.TABLE, (), f"{named} is text, but {beside} other columns stand beside it", 0.8, "text")
    because = f"{named} holds texts of {longest:.0f} words on average" + (
        f", with {beside} other column{'s' if beside != 1 else ''}" if beside else ""
    )
    return Matter(Modality.TEXT, tuple(t.name for t in texts), because, 0.9 if few and said else 0.7, "table")


def _read(name: str, values: pd.Series) -> _Text | None:
    """A column of phrases or texts; None for anything else."""
    if values.dtype.kind != "O":
        return None
    filled = values.dropna()
    distinct = int(filled.nunique())
    if distinct <= FEW:
        return None
    some = filled.iloc[:: max(1, len(filled) // SAMPLE)].astype(str)
    words = some.str.lower().str.findall(r"[^\W\d_]{2,}")
    count = float(some.str.split().str.len().mean())
    lettered = float((words.str.len() > 0).mean())
    if count < PHRASE or lettered < 0.8:
        return None
    return _Text(name, count, distinct, distinct / len(filled), frozenset(w for row in words for w in row))


def _pair(looked: Sequence[_Text], features: Sequence[str], prose: Prose) -> Matter | None:
    """Two texts alike in length and words, where the description compares, or little else is there."""
    said = next((m for s in prose.sentences if (m := PAIR.search(s.plain))), None)
    best: tuple[float, _Text, _Text] | None = None
    for k, first in enumerate(looked):
        for second in looked[k + 1 :]:
            if max(first.words, second.words) > ALIKE * min(first.words, second.words):
                continue
            small, large = sorted((first.vocabulary, second.vocabulary), key=len)
            shared = len(small & large) / max(1, len(small))
            if shared >= SHARED and (best is None or shared > best[0]):
                best = (shared, first, second)
    if best is None:
        return None
    shared, first, second = best
    others = [c for c in features if c not in (first.name, second.name)]
    named_alike = re.sub(r"\d|_?[ab]$", "", first.name.lower()) == re.sub(r"\d|_?[ab]$", "", second.name.lower())
    if not (said and len(others) <= 4) and not (named_alike and len(others) <= 2):
        return None
    because = f"{first.name!r} and {second.name!r} are texts alike in length that share {shared:.0%} of their words" + (
        f", and the description speaks of {said[0]!r}" if said else ""
    )
    return Matter(Modality.TEXT_PAIR, (first.name, second.name), because, 0.9 if said else 0.7, "text")
