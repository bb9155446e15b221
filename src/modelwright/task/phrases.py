"""From words to metrics: a vocabulary of phrases, the grammar of error measures, and evidence that adds up.

A sentence gives evidence for a metric when it holds one of the metric's names or a phrase that means it. The evidence
counts more in a sentence about judging, less in one that only mentions the metric, and against it where it is denied
("not accuracy"). What several sentences say adds up. Nothing here knows the data: whether a metric can judge the
answers asked for is decided by `interpret`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from .details import read_details
from .formulas import Written, find_calls, find_formulas
from .prices import read_prices
from .prose import Prose, Sentence, normalise
from .signs import (
    AGREEING,
    COMMON_WORDS,
    CONTRAST,
    COUNTING,
    DENIED,
    DENIED_AFTER,
    DENIED_BEFORE,
    ERROR_IDEAS,
    ERROR_WORDS,
    HEDGED_BEFORE,
    JUDGING,
    JUDGING_HEADING,
    MENTION,
    ONLY,
    TIE,
    WRONG,
)
from .tongues import in_english
from .vocabulary import IDEAS, PHRASES, TWINS
from .warned import warns

if TYPE_CHECKING:
    from ..interfaces import Metric
    from ..records.base import JsonValue


@dataclass(frozen=True)
class Reading:
    """One metric that a text may mean."""

    metric: str  # a name in the catalogue
    score: float  # sum of evidence; 1 is a mention, 3 and more a statement
    quote: str  # the sentence that says it best
    strongest: float = 0.0  # evidence of that sentence alone
    heading: str = ""  # what it stands under
    place: int = 0  # its number among the sentences
    params: dict[str, "JsonValue"] = field(default_factory=dict)
    missing: str = ""  # the idea, when the catalogue has no metric for it


@dataclass(frozen=True)
class _Match:
    idea: str
    weight: float
    start: int
    end: int


@cache
def _patterns() -> list[tuple[str, float, re.Pattern[str]]]:
    return [(idea, weight, re.compile("|".join(patterns))) for idea, weight, patterns in PHRASES]


def read_metric(prose: Prose, metrics: Sequence["Metric"]) -> list[Reading]:
    """Metrics that the text may mean, the likeliest first; only those with more evidence for than against."""
    known = {flat(n): m.name for m in reversed(metrics) for n in (*m.aliases, m.name)}
    scores: dict[str, float] = {}
    best: dict[str, tuple[float, Sentence]] = {}
    params: dict[str, dict[str, JsonValue]] = {}
    for sentence in (*prose.sentences, *_code(prose)):
        if warns(sentence):  # "some labels were wrong" is no error rate
            continue
        plain, written = in_english(sentence.plain), [*find_formulas(sentence.text), *find_calls(sentence.text)]
        for name, score in _weigh(sentence, plain, written, known).items():
            scores[name] = scores.get(name, 0.0) + score
            if score > 0:
                said = read_details(name, plain) | _arguments(name, written)
                params[name] = params.get(name, {}) | said if score < best.get(name, (0.0,))[0] else said
            if score > best.get(name, (0.0, sentence))[0]:
                best[name] = (score, sentence)
    readings = []
    for name, (strongest, where) in best.items():
        resolved, missing = _resolve(name, known)
        if scores[name] > 0:
            readings.append(
                Reading(
                    resolved,
                    scores[name],
                    where.quote,
                    strongest,
                    where.heading,
                    prose.sentences.index(where) if where in prose.sentences else len(prose.sentences),
                    params.get(name, {}),
                    missing,
                )
            )
    for prices in read_prices(prose):
        resolved, missing = _resolve(prices.idea, known)
        readings.append(
            Reading(resolved, prices.score, prices.quote, prices.score, params=prices.params, missing=missing)
        )
    return sorted(_merge(readings), key=lambda r: -r.score)


def _code(prose: Prose) -> Iterator[Sentence]:
    """Blocks that hold a formula or a call of a library, rather than lines of a table, as sentences of their own."""
    for block in prose.blocks:
        text = " ".join(line for line in block if not line.startswith(("import ", "from ", "#")))
        if find_formulas(text) or find_calls(text):
            yield Sentence(text, "metric")


def _arguments(idea: str, written: Sequence[Written]) -> dict[str, "JsonValue"]:
    return next((w.params for w in written if w.idea == idea and w.params), {})


def flat(name: str) -> str:
    """A name without case and separators: ROC_AUC, roc-auc and "roc auc" are the same."""
    return re.sub(r"[^a-z0-9.@]", "", name.lower())


def _resolve(idea: str, known: dict[str, str]) -> tuple[str, str]:
    """The catalogue's name for an idea, else the idea itself marked as missing."""
    for name in IDEAS.get(idea, (idea,)):
        if flat(name) in known:
            return known[flat(name)], ""
    return idea, idea


def _merge(readings: list[Reading]) -> Iterator[Reading]:
    """One reading per metric: ideas that the catalogue does not tell apart add up."""
    by_name: dict[str, Reading] = {}
    for r in readings:
        old = by_name.get(r.metric)
        if old is None:
            by_name[r.metric] = r
        else:
            top = r if r.score > old.score else old
            by_name[r.metric] = replace(top, score=r.score + old.score, params=old.params | r.params)
    yield from by_name.values()


def _weigh(sentence: Sentence, plain: str, written: Sequence[Written], known: dict[str, str]) -> dict[str, float]:
    """Evidence of one sentence for each idea, below zero where it is denied."""
    judging = JUDGING.search(plain) is not None
    heading = JUDGING_HEADING.search(sentence.heading) is not None
    factor = 0.6 + 0.6 * judging + 0.6 * heading
    found: dict[str, float] = {}
    for match in _strongest([*_signs(sentence, plain, written), *_matches(plain, known)]):
        before, after = plain[max(0, match.start - 60) : match.start], plain[match.end : match.end + 60]
        if ONLY.search(before) or HEDGED_BEFORE.search(before):
            sign = 0.2
        elif DENIED_BEFORE.search(before) or DENIED_AFTER.search(after):
            sign = -0.7
        else:
            sign = 1.0
        aside = MENTION.search(_clause(plain, match)) or TIE.search(plain[: match.start])
        score = sign * factor * match.weight * (0.4 if aside else 1.0)
        old = found.get(match.idea)
        found[match.idea] = score if old is None else (max(old, score) if min(old, score) >= 0 else old + score)
    return found


def _signs(sentence: Sentence, plain: str, written: Sequence[Written]) -> Iterator[_Match]:
    """Formulas and calls, placed in the sentence as it is matched (about: it is shorter than the text)."""
    shrink = len(plain) / max(1, len(sentence.text))
    for w in written:
        yield _Match(w.idea, 4.8, int(w.start * shrink), max(int(w.end * shrink), int(w.start * shrink) + 1))
        if w.idea == "mse":  # of probabilities
            yield _Match("brier", 2.0, int(w.start * shrink), max(int(w.end * shrink), int(w.start * shrink) + 1))


def _clause(plain: str, match: _Match) -> str:
    """The part of a sentence around a match, between commas, semicolons or brackets."""
    begin = max(plain.rfind(mark, 0, match.start) for mark in ",;()") + 1
    ends = [at for mark in ",;()" if (at := plain.find(mark, match.end)) >= 0]
    return plain[begin : min(ends, default=len(plain))]


def _matches(plain: str, known: dict[str, str]) -> Iterator[_Match]:
    errors = list(_errors(plain))
    yield from errors
    yield from _counts(plain)
    for match in _named_matches(plain, known):
        # what the whole clause says goes before a name inside it: the root of the mean squared log error is no msle
        if not (match.idea in ERROR_IDEAS and any(e.start < match.end and match.start < e.end for e in errors)):
            yield match


def _named_matches(plain: str, known: dict[str, str]) -> Iterator[_Match]:
    for idea, weight, pattern in _patterns():
        for hit in pattern.finditer(plain):
            yield _Match(idea, weight, hit.start(), hit.end())
    ideas = {flat(n): idea for idea, names in reversed(IDEAS.items()) for n in names}
    words = [(m.group(), m.start(), m.end()) for m in re.finditer(r"[a-z0-9.^@]+", plain)]
    for size in range(1, 8):
        for i in range(len(words) - size + 1):
            joined = flat("".join(w for w, _, _ in words[i : i + size]))
            if len(joined) >= 3 and joined in known and (size > 1 or joined not in COMMON_WORDS):
                idea = ideas.get(flat(known[joined]), known[joined])
                yield _Match(idea, min(2.4 + 0.4 * size, 4.4), words[i][1], words[i + size - 1][2])


def _strongest(matches: list[_Match]) -> list[_Match]:
    """Without those that overlap a stronger one for another idea: f1 in "macro f1", kappa in "quadratic kappa"."""
    return [
        m
        for m in matches
        if not any(
            o.idea != m.idea
            and o.start < m.end
            and m.start < o.end
            and (o.weight, o.end - o.start) > (m.weight, m.end - m.start)
            and {o.idea, m.idea} not in TWINS  # one phrase for both: the answers decide
            for o in matches
        )
    ]


# --- the grammar of error measures: which words stand together ------------------------------------------------------


@cache
def _error_words() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(pattern) for name, pattern in ERROR_WORDS.items()}


def _counts(plain: str) -> Iterator[_Match]:
    """Accuracy in any words: something is counted, and it is being right, or wrong."""
    counted = COUNTING.search(plain)
    for idea, pattern, rival in (("accuracy", AGREEING, None), ("error-rate", WRONG, AGREEING)):
        hit = pattern.search(plain)
        if counted and hit and not (rival and rival.search(plain)):
            yield _Match(idea, 1.6, min(counted.start(), hit.start()), max(counted.end(), hit.end()))


def _errors(plain: str) -> Iterator[_Match]:
    """Error measures put together from words, in whatever order a clause has them."""
    plain = DENIED.sub(lambda m: " " * len(m[0]), plain)
    cuts = [0, *(m.start() for m in CONTRAST.finditer(plain)), len(plain)]
    for begin, end in pairwise(cuts):
        clause = plain[begin:end]
        hits = {name: [m.span() for m in p.finditer(clause)] for name, p in _error_words().items()}
        idea, used = _error_idea({name for name, spans in hits.items() if spans})
        if idea:
            start = min(s for name in used for s, _ in hits[name])
            stop = max(e for name in used for _, e in hits[name])
            stop = max([stop, *(e for s, e in hits["error"] if stop <= s < stop + 25)])
            yield _Match(idea, 2.4 + 0.3 * len(used), begin + start, begin + stop)


def _error_idea(has: set[str]) -> tuple[str, tuple[str, ...]]:
    """The measure that the words found make together, and the words it rests on."""
    rules: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
        # idea, needs all of these, and none of those
        ("rmsle", ("log", "square", "plus"), ()),
        ("rmse-log", ("log", "square", "of-logs"), ()),
        ("rmsle", ("log", "square", "root"), ()),
        ("msle", ("log", "square", "error"), ()),
        ("rmsle", ("log", "error", "plus"), ("absolute",)),
        ("mae-log", ("log", "absolute", "error"), ("percent",)),
        ("rmse-log", ("of-logs", "error"), ("absolute",)),
        ("rmsle", ("log", "error"), ("absolute",)),
        ("smape", ("symmetric", "percent"), ()),
        ("rmspe", ("percent", "square", "error"), ()),
        ("mdape", ("percent", "median", "error"), ()),
        ("mape", ("percent", "absolute"), ()),
        ("rmse", ("square", "root"), ()),
        ("mse", ("square", "error"), ()),
        ("medae", ("median", "absolute"), ()),
        ("medae", ("median", "error"), ()),
        ("mae", ("absolute", "error"), ()),
        ("mape", ("percent", "error"), ()),
    )
    for idea, needs, without in rules:
        if has.issuperset(needs) and not has.intersection(without):
            return idea, needs
    return "", ()


def named(name: str, metrics: Sequence["Metric"]) -> tuple[str, dict[str, "JsonValue"]] | None:
    """The metric that a person's word or phrase means: a name, an alias, or a clear description; None if unclear."""
    known = {flat(n): m.name for m in reversed(metrics) for n in (*m.aliases, m.name)}
    if flat(name) in known:
        return known[flat(name)], {}
    for idea, names in IDEAS.items():
        if flat(name) in {flat(n) for n in names}:
            resolved, missing = _resolve(idea, known)
            return (resolved, read_details(idea, normalise(name))) if not missing else None
    readings = [r for r in read_metric(Prose((Sentence(name, "metric"),), ()), metrics) if not r.missing]
    if readings and readings[0].score >= 2.5 and (len(readings) == 1 or readings[0].score > 1.3 * readings[1].score):
        return readings[0].metric, readings[0].params
    return None
