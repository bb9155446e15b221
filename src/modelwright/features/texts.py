"""Texts as numbers: how they are written (`TextStatistics`), and what they are about (`TextComponents`)."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd

from .. import grams
from ..records.profile import Role
from .base import Step, put_together, text_names
from .characters import positions_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..interfaces import Array
    from ..records.experiment import Params
    from ..records.problem import Problem
    from ..records.profile import Profile

    Series = pd.Series[Any]

STATISTICS = (
    "characters",
    "different_characters",
    "words",
    "word_length",
    "capitals",
    "digits",
    "punctuation",
    "questions",
    "exclamations",
    "capital_words",
    "different_words",
    "long_words",
    "words_per_sentence",
    "syllables_per_word",
    "reading_ease",
    "lines",
    "links",
)
SENTENCE = re.compile(r"[.!?…]+(?=\s|$)|\n{2,}")
SYLLABLE = re.compile(r"[aeiouyäöüáéíóúàèìòùâêîôûœæ]+", re.IGNORECASE)
LINK = re.compile(r"https?://|www\.", re.IGNORECASE)
LONG = 7  # letters of a long word
ALIKE = ("shared_words", "first_in_second", "second_in_first", "shared_trigrams", "same_start")
COMPARED = 3  # text columns that are compared pair by pair, at most
SHORT = 8  # words that a name or title has at most, on average
ABBREVIATION = re.compile(r"(?<!\w)[^\W\d_]{2,8}\.(?=\s)")  # Mr. Dr. St.
TOKENS = 30
RARE = 10  # rows; a token in fewer has no category of its own
COMMON = 0.5  # share of the texts that have a token, from which tokens make a column
OTHER = "other"
COMPONENTS = 32  # of each text
MAX_FEATURES = 50_000
SORTS = {"topic": grams.Sort("words", 1, 2), "style": grams.Sort("characters", 2, 5, keep_case=True)}


class TextStatistics(Step):
    """How texts are written, named `title.words` and so on, and how two text columns agree; the texts stay.

    Of each text: characters, different characters, words, mean length of a word, shares of capitals, digits and
    punctuation, numbers of question and exclamation marks; shares of words in capitals, of different words and of long
    ones; words in a sentence, syllables in a word, and from both the reading ease of Flesch ("A new readability
    yardstick", 1948); lines and links. Of short texts such as names, where most have one: the first
    abbreviation (Mr., Dr.), or else the first of the commonest words, as a category. Of two texts: shares of words and
    trigrams they have in common, and whether they start alike. All are missing where a text is.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "row"

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:  # noqa: ARG003
        """None when there is a column of text."""
        return None if profile.names(Role.TEXT) else "no column holds text"

    @classmethod
    def width_for(cls, profile: "Profile", params: "Params") -> int:  # noqa: ARG003
        """Columns that it adds, about: the statistics of each text."""
        return len(STATISTICS) * len(profile.names(Role.TEXT))

    def fit(self, table: pd.DataFrame, y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Find the text columns, the statistics that vary, and tokens that many short texts have."""
        self.statistics_: dict[str, tuple[str, ...]] = {}
        self.tokens_: dict[str, tuple[str, tuple[str, ...]]] = {}
        for name in text_names(table):
            if positions_of(table[name]):
                continue  # a code, not a text: its characters are another step's
            made = _by_text(_statistics, STATISTICS, table[name])
            self.statistics_[name] = tuple(
                s for s, values in made.items() if len(np.unique(values[~np.isnan(values)])) > 1
            )
            if np.nanmean(made["words"]) <= SHORT and (found := _tokens(table[name])) is not None:
                self.tokens_[name] = found
        self.pairs_ = tuple(combinations(list(self.statistics_)[:COMPARED], 2))
        return self

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with the statistics beside it."""
        added: dict[str, Any] = {}
        for name, wanted in self.statistics_.items():
            made = _by_text(_statistics, STATISTICS, table[name])
            added.update({f"{name}.{statistic}": made[statistic] for statistic in wanted})
        for name, (sort, tokens) in self.tokens_.items():
            added[f"{name}.{sort}"] = _token_column(table[name], sort, tokens)
        for first, second in self.pairs_:
            made = _compared(table[first], table[second])
            added.update({f"{first}+{second}.{statistic}": values for statistic, values in made.items()})
        return put_together(table, added)


class TextComponents(Step):
    """What texts are about, as a few numbers each: TF-IDF of grams, then a truncated SVD.

    This is latent semantic analysis (Deerwester et al., 1990). Columns are float32, named `title.topic1` and so on for
    words and pairs of words, `title.style1` for pieces of words; a missing text is an empty one, and the texts stay.

    Args:
        components: columns per text, fewer where the vocabulary is smaller.
        pieces: as many columns more, of pieces of two to five characters, capital letters told apart.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "rows"
    effort: ClassVar[float] = 4.0
    variants: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"components": 64, "pieces": True},
        {"components": 128, "pieces": True},
        {"components": 100},
    )

    def __init__(self, components: int = COMPONENTS, pieces: bool = False) -> None:
        self.components = components
        self.pieces = pieces

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:  # noqa: ARG003
        """None when there is a text column."""
        return None if profile.names(Role.TEXT) else "no column holds text"

    @classmethod
    def width_for(cls, profile: "Profile", params: "Params") -> int:
        """Columns that it adds: of each text, and as many again for pieces of words."""
        each = int(params.get("components", COMPONENTS))  # type: ignore[arg-type]
        return each * (2 if params.get("pieces") else 1) * len(profile.names(Role.TEXT))

    def fit(self, table: pd.DataFrame, y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Learn vocabulary and components of each text column."""
        self.models_: dict[tuple[str, str], tuple[grams.Vocabulary, Any]] = {}
        declined = []
        for name in text_names(table):
            for sort in SORTS if self.pieces else ("topic",):
                found = self._learn(grams.texts_of(table[name]), SORTS[sort])
                if found is None:
                    declined.append(f"text-components: no word of {name} stands in two rows.")
                else:
                    self.models_[name, sort] = found
        self.declined_ = tuple(declined)
        return self

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with the components beside it."""
        added: dict[str, Array] = {}
        for (name, sort), (vocabulary, svd) in self.models_.items():
            matrix = np.empty((0, svd.n_components), dtype=np.float32)  # sklearn wants a row at least
            if len(table):
                matrix = svd.transform(vocabulary.transform(grams.texts_of(table[name]))).astype(np.float32)
            added.update({f"{name}.{sort}{k}": column for k, column in enumerate(matrix.T, 1)})
        return put_together(table, added)

    def _learn(self, texts: list[str], sort: grams.Sort) -> "tuple[grams.Vocabulary, Any] | None":
        from sklearn.decomposition import TruncatedSVD

        vocabulary = grams.Vocabulary(sort)
        matrix = vocabulary.fit_transform(texts, least=2, most=MAX_FEATURES)
        size = min(self.components, matrix.shape[1] - 1, matrix.shape[0] - 1)
        return (vocabulary, TruncatedSVD(n_components=size, random_state=0).fit(matrix)) if size >= 1 else None


def _by_text(
    measure: "Callable[[str], Sequence[float]]", names: "Sequence[str]", column: "Series"
) -> "dict[str, Array]":
    """What is measured of each text, by name (rows,); each distinct text is measured once."""
    codes, distinct = pd.factorize(column)
    found = np.full((len(distinct) + 1, len(names)), np.nan)  # the last row serves code -1, a missing text
    for k, text in enumerate(distinct):
        found[k] = measure(str(text))
    return {name: found[codes, k] for k, name in enumerate(names)}


def _statistics(text: str) -> tuple[float, ...]:
    """The values of STATISTICS."""
    parts = text.split()
    words, size, characters = len(parts), max(1, len(text)), Counter(text)
    spelt = re.findall(r"[^\W\d_]+", text)
    least = max(1, len(spelt))
    sentences = max(1, sum(1 for part in SENTENCE.split(text) if part.strip()))
    syllables = sum(max(1, len(SYLLABLE.findall(word))) for word in spelt) / least
    sorts: Counter[str] = Counter()
    for character, times in characters.items():
        sorts[_sort_of(character)] += times
    return (
        len(text),
        len(characters),
        words,
        (len(text) - sorts["blank"]) / max(1, words),
        sorts["capital"] / size,
        sorts["digit"] / size,
        sorts["punctuation"] / size,
        characters["?"],
        characters["!"],
        sum(len(word) > 1 and word.isupper() for word in spelt) / least,
        len({word.lower() for word in spelt}) / least,
        sum(len(word) >= LONG for word in spelt) / least,
        words / sentences,
        syllables,
        206.835 - 1.015 * words / sentences - 84.6 * syllables,
        text.count("\n") + 1,
        len(LINK.findall(text)),
    )


@lru_cache(maxsize=10_000)
def _sort_of(character: str) -> str:
    if character.isspace():
        return "blank"
    if character.isdigit():
        return "digit"
    if unicodedata.category(character)[0] in "PS":
        return "punctuation"
    return "capital" if character.isupper() else "other"


# --- tokens of short texts -------------------------------------------------------------------------------------------


def _abbreviations(text: str) -> list[str]:
    return ABBREVIATION.findall(text)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


READERS = {"abbreviation": _abbreviations, "token": _words}


def _tokens(column: "Series") -> tuple[str, tuple[str, ...]] | None:
    """The sort of token that most texts have, and those that stand in enough rows; None where there are none."""
    texts = [str(value) for value in column.dropna()]
    for sort, read in READERS.items():
        rows = Counter(token for text in texts for token in set(read(text)))
        common = [(token, n) for token, n in rows.items() if n >= max(RARE, len(texts) / 500)]
        chosen = {token for token, _ in sorted(common, key=lambda item: (-item[1], item[0]))[:TOKENS]}
        have = sum(not chosen.isdisjoint(read(text)) for text in texts)
        if len(chosen) > 1 and have >= COMMON * len(texts):
            return sort, tuple(sorted(chosen))
    return None


def _token_column(column: "Series", sort: str, tokens: tuple[str, ...]) -> pd.Categorical:
    """The first known token of each text; "other" for texts that have none."""
    known, read = set(tokens), READERS[sort]
    codes, distinct = pd.factorize(column)
    found = [next((token for token in read(str(text)) if token in known), OTHER) for text in distinct]
    values = np.array([*found, None], dtype=object)[codes]
    return pd.Categorical(values, categories=[*(t for t in tokens if t != OTHER), OTHER])


# --- two texts -------------------------------------------------------------------------------------------------------


def _compared(first: "Series", second: "Series") -> "dict[str, Array]":
    """How two texts of a row agree, by name of ALIKE (rows,)."""
    words = [_sets(column, lambda text: frozenset(_words(text))) for column in (first, second)]
    trigrams = [_sets(column, _trigrams) for column in (first, second)]
    found = np.full((len(first), len(ALIKE)), np.nan)
    starts = [[str(v)[:5].lower() for v in column] for column in (first, second)]
    for k, (a, b, c, d) in enumerate(zip(*words, *trigrams, strict=True)):
        if a is None or b is None or c is None or d is None:
            continue
        both = len(a & b)
        found[k] = (
            both / max(1, len(a | b)),
            both / max(1, len(a)),
            both / max(1, len(b)),
            len(c & d) / max(1, len(c | d)),
            starts[0][k] == starts[1][k],
        )
    return dict(zip(ALIKE, found.T, strict=True))


def _trigrams(text: str) -> frozenset[str]:
    padded = f" {text.lower()} "
    return frozenset(padded[k : k + 3] for k in range(max(1, len(padded) - 2)))


def _sets(column: "Series", read: "Callable[[str], frozenset[str]]") -> "list[frozenset[str] | None]":
    """What is read of each text, each distinct text once; None where it is missing."""
    codes, distinct = pd.factorize(column)
    found: list[frozenset[str] | None] = [*(read(str(text)) for text in distinct), None]
    return [found[code] for code in codes]
