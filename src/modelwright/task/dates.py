"""Text to dates: one format per column, found on a sample and kept, so that single rows are read alike for ever."""

import re
import warnings

import numpy as np
import pandas as pd

SAMPLE = 1000  # values on which a format is tried
ISO = "ISO8601"
EPOCH = "epoch"  # whole seconds since 1970
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
LOOKS_LIKE_DATE = re.compile(
    rf"^\s*(?:\d{{1,4}}[-/. ]\d{{1,2}}[-/. ]\d{{1,4}}|\d{{4}}[-/.]\d{{2}}|"
    rf"\d{{1,2}}[- .]{MONTH}[- .,]+\d{{2,4}}|{MONTH}\.? \d{{1,2}},? \d{{4}}"
    rf"|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? .*\d{{4}}|\d{{8}}T\d{{4,6}}|{MONTH}[- ]\d{{4}})(?:\b|T)",
    re.IGNORECASE,
)


def find_format(values: pd.Series) -> str | None:
    """The format in which at least 98 % of the texts are dates, or None. Day-first is taken where only it fits."""
    filled = values.dropna()
    if filled.empty or not isinstance(filled.iloc[0], str):
        return None
    if not all(LOOKS_LIKE_DATE.match(str(text)) for text in filled.head(5)):
        return None
    step = max(1, len(filled) // SAMPLE)
    sample = filled.iloc[::step].astype(str).str.strip()
    if sample.str.match(LOOKS_LIKE_DATE).mean() < 0.98:
        return None
    best, found = 0.98, None
    for candidate in _candidates(sample):
        share = float(_parse(sample, candidate).notna().mean())
        if share > best or (share == best and found is None):
            best, found = share, candidate
    return found


def _candidates(sample: pd.Series) -> list[str]:
    from pandas.tseries.api import guess_datetime_format  # type: ignore[attr-defined]

    guesses = []
    for text in sample.drop_duplicates().iloc[:: max(1, sample.nunique() // 20)]:
        for day_first in (False, True):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # that dayfirst does not apply to a year-first text
                try:
                    guess = guess_datetime_format(text, dayfirst=day_first)
                except (ValueError, OverflowError):
                    continue
            if guess and guess not in guesses:
                guesses.append(guess)
    return [ISO, *guesses]


def _parse(values: pd.Series, how: str) -> pd.Series:
    parsed = pd.to_datetime(values, format=how, errors="coerce", utc=True)
    return parsed.dt.tz_localize(None)


def read_dates(values: pd.Series, how: str) -> pd.Series:
    """Dates (datetime64[ns], without zone) of texts, dates or seconds since 1970; NaT where a value is none."""
    if values.dtype.kind == "M":
        return values.astype("datetime64[ns]")
    if how == EPOCH:
        numbers = pd.to_numeric(values, errors="coerce")
        return pd.to_datetime(numbers, unit="s", errors="coerce").astype("datetime64[ns]")
    texts = values.where(values.isna(), values.astype(str).str.strip())
    parsed = _parse(texts, how)
    lost = parsed.isna() & values.notna()
    if lost.any():  # other spellings in new rows, e.g. a date without a time of day
        parsed = parsed.where(~lost, _parse(texts.where(lost), ISO))
    return parsed.astype("datetime64[ns]")


def orders_rows(name: str) -> bool:
    """Whether a name says that the column is the time of the row, rather than some date about it."""
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
    about = {
        "birth",
        "born",
        "birthday",
        "dob",
        "founded",
        "built",
        "signup",
        "joined",
        "registered",
        "expiry",
        "expires",
    }
    return bool(
        {"date", "time", "datetime", "timestamp", "day", "ds", "week", "month", "hour", "when"} & set(words)
    ) and not (about & set(words))


def looks_like_epoch(name: str, values: pd.Series) -> bool:
    """Whole numbers that are seconds since 1970, in a column named so."""
    if values.dtype.kind not in "iuf" or not re.search(r"timestamp|unix|epoch|_ts$|^ts$", name.lower()):
        return False
    filled = values.dropna().to_numpy(dtype=float)
    return bool(len(filled) and np.median(filled) > 6e8 and filled.max() < 4e9 and filled.min() > 0)
