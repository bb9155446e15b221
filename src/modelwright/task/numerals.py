"""Columns of numbers that people wrote as text: thousands, decimal commas, percent, currencies, words for a gap.

A column becomes numbers only as a whole: every value that is no number must be a known word for a missing one, or be
so rare that it is a slip, which is told. Columns of words are left as they are.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

SAMPLE = 2_000  # values that are looked at before a whole column is
SLIPS = 0.02  # share of words in a column of numbers up to which they are slips
MOSTLY = 0.8  # share of numbers from which a column of text is told to be one of numbers, perhaps
MANY = 50  # different numbers from which a column is one of measures rather than of codes
LIKELY = 0.5  # share of numbers in the sample from which the rest is looked at
DASHES = ["-", "--", "---", "\u2013", "\u2014"]
WORDS = frozenset(  # lower case
    ["", "?", "??", ".", "..", "*", "n/a", "na", "n.a.", "n.a", "n.d.", "nd", "nan", "none", "null", "nil", "(null)",
     "<null>", "<na>", "missing", "(missing)", "unknown", "unk", "undefined", "tbd", "not available", "not applicable",
     "not known", "no data", "not recorded", "#n/a", "#null!", "#div/0!", "#value!", "#ref!", "#num!", "#name?", "\\n",
     *DASHES]
)  # fmt: skip
SENTINELS = (-999.0, -9999.0, -99999.0, -999999.0, -999.9, -999.99, -9999.99)
FAR = 3.0  # a sentinel lies so many times the range of the other values away from them
CODES = "USD|EUR|GBP|CHF|JPY|CNY|INR|RUB|SEK|NOK|DKK|PLN|CZK|HUF|CAD|AUD|NZD|BRL|MXN|KRW|TRY|ZAR|SGD|HKD"
MONEY = rf"(?:(?:US|A|C|R|HK|NZ|S)?\$|[€£¥₹₽₩₺]|Rs\.?|Fr\.|kr\.?|zł|Kč|{CODES})"
BLANKS = "\u00a0\u202f\u2009"
# thousands, decimal -> the form of a number without sign and affixes
FORMS: dict[tuple[str, str], str] = {
    ("", "."): r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?",
    ("", ","): r"\d+(?:,\d+)?(?:[eE][+-]?\d+)?",
    (",", "."): r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?",
    (",,", "."): r"(?:\d{1,2}(?:,\d{2})*,\d{3}|\d+)(?:\.\d+)?",
    (".", ","): r"(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?",
    (" ", "."): r"(?:\d{1,3}(?: \d{3})+|\d+)(?:\.\d+)?",
    (" ", ","): r"(?:\d{1,3}(?: \d{3})+|\d+)(?:,\d+)?",
    ("'", "."): r"(?:\d{1,3}(?:['\u2019]\d{3})+|\d+)(?:\.\d+)?",
    ("'", ","): r"(?:\d{1,3}(?:['\u2019]\d{3})+|\d+)(?:,\d+)?",
    ("_", "."): r"(?:\d{1,3}(?:_\d{3})+|\d+)(?:\.\d+)?",
}
SIGN = r"[+\-\u2212]"
AFFIXED = re.compile(
    rf"^(?P<open>\()?\s*(?P<sign>{SIGN})?\s*(?P<before>{MONEY})?\s*(?P<sign2>{SIGN})?\s*"
    rf"(?P<body>[\d.,'\u2019_ {BLANKS}eE+\-]*?\d[.]?)\s*(?P<after>%|\u2030|{MONEY})?\s*(?P<behind>-)?(?P<close>\))?$"
)
LEADING_ZERO = re.compile(r"[+-]?0\d+")


@dataclass
class Read:
    """A column read as numbers: the values (NaN for gaps), and the words that stood for gaps or were slips."""

    values: pd.Series
    gaps: dict[str, int] = field(default_factory=dict)  # known words for a missing value, with counts
    slips: dict[str, int] = field(default_factory=dict)  # other words, with counts
    first: int = 0  # position of the first slip
    text: bool = False  # there are too many of them: it is text, although most values are numbers


def read(column: pd.Series, decimal: str = ".") -> Read | None:
    """Read a column of text as numbers; None when it is no column of numbers (and see `Read.text`).

    Args:
        column: objects, NaN or None where nothing stood.
        decimal: the decimal sign of the file, for values such as 1,234 that could be read in two ways.
    """
    filled = column.dropna()
    sample = filled.iloc[:: max(1, len(filled) // SAMPLE)]
    if not len(sample) or not _may_be_numbers(sample):
        return None
    codes, distinct = pd.factorize(column)  # -1 for what is missing
    if any(isinstance(value, bool) or not isinstance(value, str | int | float) for value in distinct):
        return None  # truth values and dates are no numbers
    texts = [value.strip() if isinstance(value, str) else value for value in distinct]
    form = _form([t for t in texts if isinstance(t, str)], decimal)
    numbers, words = _numbers(texts, form)
    known = ~np.isnan(numbers)
    if not known.any() or any(isinstance(t, str) and LEADING_ZERO.fullmatch(t) for t in texts):
        return None
    counts = np.bincount(codes[codes >= 0], minlength=len(texts))
    found = Read(pd.Series(np.append(numbers, np.nan)[codes], index=column.index, name=column.name))
    for place in words:
        text = str(texts[place])
        kept = found.gaps if text.lower() in WORDS else found.slips
        kept[text] = kept.get(text, 0) + int(counts[place])
    slips = sum(found.slips.values())
    if slips:
        if int(known.sum()) < MANY or slips > (1 - MOSTLY) * len(filled):
            return None
        found.text = slips > SLIPS * len(filled)
        strange = [p for p in words if str(texts[p]).lower() not in WORDS]
        found.first = int(np.flatnonzero(np.isin(codes, strange))[0])
    return found


def _may_be_numbers(sample: pd.Series) -> bool:
    """Whether most of a sample, known words for gaps aside, begins and ends like a number."""
    texts = [str(v).strip() for v in sample]
    rest = [t for t in texts if t.lower() not in WORDS]
    if not rest:
        return True  # the numbers may lie between the rows looked at
    return sum(AFFIXED.match(t) is not None for t in rest) >= LIKELY * len(rest)


def _form(texts: Iterable[str], decimal: str) -> tuple[tuple[str, str], bool]:
    """The way of writing that reads most of the values; of equals, the plainer one with the decimal sign of the file.

    The second value says whether the numbers may carry a percent or currency sign: all of them the same, or none.
    """
    listed = list(texts)
    looked_at = listed[:: max(1, len(listed) // SAMPLE)]
    bodies, affixes = [], set()
    for text in looked_at:
        parts = AFFIXED.match(text)
        if parts:
            bodies.append(_even_blanks(parts["body"]))
            affixes.add((parts["before"] or "") + (parts["after"] or ""))
    scores = {}
    for rank, (form, pattern) in enumerate(FORMS.items()):
        matched = sum(re.fullmatch(pattern, body) is not None for body in bodies)
        scores[form] = (matched, form[1] == decimal, -rank)
    best = max(scores, key=lambda form: scores[form])
    return best, len(affixes) == 1 or affixes <= {"", "%"}


def _even_blanks(body: str) -> str:
    return body.translate({ord(blank): " " for blank in BLANKS})


def _numbers(texts: list[object], form: tuple[tuple[str, str], bool]) -> tuple[np.ndarray, list[int]]:
    """A number or NaN for each text, and the places of those that are none."""
    (thousands, decimal), affixed = form
    pattern = re.compile(FORMS[thousands, decimal])
    grouping = thousands[:1] + ("\u2019" if thousands == "'" else "")
    numbers, words = np.full(len(texts), np.nan), []
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            numbers[place] = float(text) if isinstance(text, int | float) else np.nan  # numbers among the texts
            continue
        parts = AFFIXED.match(text)
        body = _even_blanks(parts["body"]) if parts else ""
        if parts is None or not pattern.fullmatch(body) or bool(parts["open"]) != bool(parts["close"]):
            words.append(place)
            continue
        if not affixed and (parts["before"] or parts["after"]):
            words.append(place)
            continue
        for sign in grouping:
            body = body.replace(sign, "")
        negative = bool(parts["open"] or parts["behind"]) or "-" in _signs(parts)
        numbers[place] = float(body.replace(",", ".")) * (-1 if negative else 1)
    return numbers, words


def _signs(parts: re.Match[str]) -> str:
    return ((parts["sign"] or "") + (parts["sign2"] or "")).replace("\u2212", "-")


def settle(table: pd.DataFrame, decimal: str, where: Callable[[int], str], typed: bool = False) -> None:
    """Turn the columns that are numbers written as text into numbers, in place.

    What stood for missing values goes to `attrs["missing"]`, slips of the pen to `attrs["notes"]`.

    Args:
        table: as read; strings are stripped for the reading only.
        decimal: the decimal sign of the file.
        where: says of the position of a row where it stands, as "line 7".
        typed: the format tells numbers from text, so that a column of text only is left alone.
    """
    for name in table.columns:
        column = table[name]
        if column.dtype.kind == "O" and not (typed and _only_text(column)):
            found = read(column, decimal)
            if found is not None and not found.text:
                table[name] = _whole(found)
                note_gaps(table, str(name), found.gaps)
            if found is not None and found.slips:
                _note_slips(table, str(name), found, where)
        low = sentinel(table[name])
        if low is not None:
            gap = table[name] == low
            table[name] = table[name].astype("float64").mask(gap)
            note_gaps(table, str(name), {f"{low:g}": int(gap.sum())})


def _only_text(column: pd.Series) -> bool:
    return all(isinstance(value, str) for value in column.dropna())


def _whole(found: Read) -> pd.Series:
    """int64 where every value is there and whole, as pandas reads a plain column."""
    values = found.values
    if not values.isna().any() and (values == np.floor(values)).all() and (values.abs() < 2**53).all():
        return values.astype("int64")
    return values


def note_gaps(table: pd.DataFrame, name: str, counts: dict[str, int]) -> None:
    """Add to the spellings of missing values of a column, as `attrs["missing"][name][spelling]`."""
    if counts:
        missing = table.attrs.setdefault("missing", {}).setdefault(name, {})
        for spelling, count in counts.items():
            missing[spelling] = missing.get(spelling, 0) + count


def _note_slips(table: pd.DataFrame, name: str, found: Read, where: Callable[[int], str]) -> None:
    count, word = sum(found.slips.values()), next(iter(found.slips))
    done = f"taken for missing; mend {'it' if count == 1 else 'them'} if a number was meant."
    if found.text:
        done = "too many to be slips, so the column is read as text; mend them if numbers were meant."
    table.attrs.setdefault("notes", []).append(
        f"The column {name!r} holds numbers but for {count} value{'s' * (count > 1)}, the first {word!r} in "
        f"{where(found.first)}: {done}"
    )


def is_sentinel(text: str) -> bool:
    """Whether the spelling of a missing value is a number, as -999 is."""
    return re.fullmatch(r"-9+(?:\.9+)?", text) is not None


def sentinel(column: pd.Series) -> float | None:
    """A number such as -999 that stands for a missing value: repeated, and far from all others (or none is negative).

    -99 and positive numbers such as 9999 are not taken for gaps: too many columns hold them honestly.
    """
    if column.dtype.kind not in "if":
        return None
    values = column.to_numpy(dtype=float)
    low = np.nanmin(values) if len(values) and not np.isnan(values).all() else np.nan
    if low not in SENTINELS:
        return None
    others = values[(values != low) & ~np.isnan(values)]
    if (values == low).sum() < 2 or len(np.unique(others[:1000])) < 2:
        return None
    apart = others.min() >= 0 or others.min() - low > FAR * (others.max() - others.min())
    return float(low) if apart else None
