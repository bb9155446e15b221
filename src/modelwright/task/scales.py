"""Scales: whether a few words are steps of one, and which is the lowest.

A vocabulary of scales that people write (low to high, days and months, sizes, grades in words), and numbers inside the
values (`1st floor`, `<5`, `5-10`, `>10`, `Q3`, `10k to 20k`). Letters alone (A to F) are no scale: as often they are
names.
"""

import math
import re
from collections.abc import Iterable
from itertools import pairwise

# Each from the lowest to the highest; words of one step are separated by a bar.
VOCABULARY = (
    "none|no; minimal|min|minimum|slight; low|lo|mild|light; medium|med|moderate|average|avg|mid|middle|normal;"
    "high|hi|heavy|strong; very high|severe|extreme|max|maximum|critical",
    "very low|lowest; low|lo; medium low|low medium; medium|med|moderate|average|avg|mid|middle|normal;"
    "medium high|high medium; high|hi; very high|highest|extreme; critical",
    "worst; very poor|very bad|awful|terrible; po|poor|bad|weak|unsatisfactory; below average|subpar;"
    "fa|fair|sufficient|passable; ta|typ|typical|average|avg|ok|okay|acceptable|standard|satisfactory;"
    "above average; gd|good; very good; great; ex|excellent|outstanding|superb|perfect; best",
    "never; rarely|seldom; occasionally|sometimes; regularly|often|frequently; usually|mostly; always",
    "never; once; daily; weekly; monthly; quarterly; yearly|annually",
    "strongly disagree|disagree strongly; disagree; somewhat disagree|slightly disagree;"
    "neutral|neither agree nor disagree|undecided; somewhat agree|slightly agree; agree; strongly agree|agree strongly",
    "very dissatisfied; dissatisfied|unsatisfied; neutral; satisfied; very satisfied",
    "very unlikely; unlikely; neutral|possible; likely; very likely; certain",
    "very negative; negative; neutral; positive; very positive",
    "xxxs; xxs; xs|extra small|x-small; s|small|sm; m|medium|med; l|large|lg|big; xl|extra large|x-large; xxl|2xl;"
    "xxxl|3xl; xxxxl|4xl",
    "tiny|very small; small; medium|mid|midsize; large|big; huge|very large|giant",
    "freezing; cold; cool; mild; warm; hot; very hot",
    "novice|beginner; elementary|basic; intermediate; advanced; expert; master; grandmaster",
    "intern|trainee; junior|entry|entry level; mid|mid level|intermediate; senior; lead|staff; principal;"
    "director; executive",
    "preschool; primary|primary school|elementary school; middle school|lower secondary;"
    "secondary|high school|secondary school|upper secondary; some college; associate|associates|associate degree;"
    "bachelor|bachelors|bachelor's|undergraduate|college|university; master|masters|master's|graduate;"
    "doctorate|doctoral|phd|ph.d.|postgraduate",
    "newborn|infant|baby; toddler; child; teen|teenager|adolescent; young|young adult; adult|middle aged|middle-aged;"
    "senior|old|elderly",
    "slow; medium|moderate|normal; fast; very fast",
    "poor; working class; lower middle class; middle class; upper middle class; upper class|rich|wealthy",
    "early; middle|mid; late",
    "first; second; third; fourth; fifth; sixth; seventh; eighth; ninth; tenth",
    "one; two; three; four; five; six; seven; eight; nine; ten; eleven; twelve",
    "bronze; silver; gold; platinum; diamond",
    "fair; good; very good; premium; ideal",
    "unfinished; rough|partly finished; finished",
    "mon|monday; tue|tues|tuesday; wed|weds|wednesday; thu|thur|thurs|thursday; fri|friday; sat|saturday; sun|sunday",
    "jan|january; feb|february; mar|march; apr|april; may; jun|june; jul|july; aug|august; sep|sept|september;"
    "oct|october; nov|november; dec|december",
    "spring; summer; autumn|fall; winter",
    "dawn; morning; noon|midday; afternoon; evening; night; midnight",
    "ground floor|ground; first floor; second floor; third floor; fourth floor; fifth floor",
)
LEAST = 3  # steps; of two values each order says the same
MOST = 40  # values
UNSURE = {"unknown", "other", "na", "n/a", "not available", "missing", "?", "-", "none", "not specified"}

NUMBER = r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[+-]?\d+(?:\.\d+)?"
AMOUNT = re.compile(rf"({NUMBER})\s*([km]\b)?", re.IGNORECASE)
RANGE = re.compile(
    rf"^[^\d+-]{{0,3}}({NUMBER})\s*([km])?\s*(?:-|\u2013|\u2014|to|until|bis|~|\.\.|,)\s*[^\d+-]{{0,3}}"
    rf"({NUMBER})\s*([km])?",
    re.IGNORECASE,
)
BELOW = re.compile(
    r"^\s*(?:<=?|\u2264|less than|under|below|up to|at most|fewer than|younger than)\s*(?=[\d$+-])", re.IGNORECASE
)
ABOVE = re.compile(
    r"^\s*(?:>=?|\u2265|more than|over|above|at least|older than)\s*(?=[\d$+-])|"
    r"\d\D{0,8}?(?:\+|\s(?:or|and) (?:more|over|above|older)|\splus)\s*$",
    re.IGNORECASE,
)
ORDINAL = re.compile(r"^\s*(\d+)\s*(?:st|nd|rd|th)\b\s*(.*)$", re.IGNORECASE)
FIRST = re.compile(r"^\s*(\d{1,2})\s*[-.:)_]\s*(?=[^\W\d])")  # 1. low, 2 - high
WORD_FIRST = re.compile(
    r"\s*(q|quarter|level|lvl|grade|stage|tier|phase|step|rank|class|year|week|day|month|degree|risk|priority|prio|"
    r"severity|score|rating|age)[\s_-]*(\d{1,4})\s*",
    re.IGNORECASE,
)
WORD_LAST = re.compile(
    r"\s*(\d{1,4})[\s_-]*(stars?|years?|yrs?|days?|weeks?|months?|hours?|doors?|rooms?|bedrooms?|floors?|storeys?|"
    r"stories|cylinders?|gears?|seats?|persons?|people|points?)\s*",
    re.IGNORECASE,
)


def order_of(values: Iterable[str]) -> tuple[str, ...]:
    """The values, the lowest first, where they are steps of a scale; () where they are not, or nobody can tell.

    Words for what is not known (`unknown`, `n/a`) may stand among the steps, and come first.
    """
    found = list(dict.fromkeys(values))
    if not LEAST <= len(found) <= MOST:
        return ()
    steps = [v for v in found if _plain(v) not in UNSURE]
    for tried in (found, steps):
        ordered = _by_words(tried) or _by_bounds(tried) or _by_count(tried)
        if ordered:
            return (*sorted(set(found) - set(tried)), *ordered)
    return ()


def _plain(value: str) -> str:
    return re.sub(r"[\s_-]+", " ", value).strip().lower() or value.strip()


def _scale(text: str) -> dict[str, int]:
    return {_plain(word): k for k, step in enumerate(text.split(";")) for word in step.split("|")}


SCALES = tuple(_scale(text) for text in VOCABULARY)


def _by_words(values: list[str]) -> tuple[str, ...]:
    """Sorted by the first scale that has all of the values, each as a step of its own."""
    words = [_plain(v) for v in values]
    for scale in SCALES:
        ranks = [scale[word] for word in words if word in scale]
        if len(ranks) == len(set(ranks)) == len(values) >= LEAST:
            return tuple(v for _, v in sorted(zip(ranks, values, strict=True)))
    return ()


def _by_bounds(values: list[str]) -> tuple[str, ...]:
    """Sorted by where they lie, where all are ranges that do not overlap, bounds, or numbers between such."""
    bounds = [_bounds(v) for v in values]
    if len(values) < LEAST or None in bounds or all(b is not None and b[0] == b[1] for b in bounds):
        return ()
    ranked = sorted((bound, v) for bound, v in zip(bounds, values, strict=True) if bound is not None)
    if any(low < before for ((_, before), _), ((low, _), _) in pairwise(ranked)):
        return ()
    return tuple(v for _, v in ranked)


def _bounds(value: str) -> tuple[float, float] | None:
    """The lowest and highest number that a value stands for; None where it stands for something else."""
    both = RANGE.match(value)
    if both:
        low, high = _amount(both[1], both[2] or both[4]), _amount(both[3], both[4])
        return (low, high) if low <= high else None
    amounts = AMOUNT.findall(value)
    if len(amounts) != 1:
        return None
    bound = _amount(*amounts[0])
    if BELOW.match(value):
        return -math.inf, bound
    if ABOVE.search(value):
        return bound, math.inf
    return (bound, bound) if AMOUNT.fullmatch(value.strip()) else None


def _by_count(values: list[str]) -> tuple[str, ...]:
    """Sorted by the number in each, where the rest is alike: `Q3`, `2nd floor`, `3 stars`, `1. low`."""
    for read in (_ordinal, _word_first, _word_last, _first):
        keys = [key for v in values if (key := read(v)) is not None]
        if len(keys) == len(set(keys)) == len(values) >= LEAST and len({rest for rest, _ in keys}) == 1:
            return tuple(v for _, v in sorted(zip(keys, values, strict=True)))
    return ()


def _ordinal(value: str) -> tuple[str, int] | None:
    match = ORDINAL.match(value)
    return (_plain(match[2]) if match[2] else "", int(match[1])) if match else None


def _word_first(value: str) -> tuple[str, int] | None:
    match = WORD_FIRST.fullmatch(value)
    return (match[1].lower(), int(match[2])) if match else None


def _word_last(value: str) -> tuple[str, int] | None:
    match = WORD_LAST.fullmatch(value)
    return (match[2].lower().removesuffix("s"), int(match[1])) if match else None


def _first(value: str) -> tuple[str, int] | None:
    match = FIRST.match(value)
    return ("", int(match[1])) if match else None


def _amount(number: str, unit: str | None) -> float:
    return float(number.replace(",", "")) * {"k": 1e3, "m": 1e6}.get((unit or "").lower(), 1.0)
