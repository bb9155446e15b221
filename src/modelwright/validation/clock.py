"""Times as numbers, whatever they came as: days since 1970 for dates, the numbers themselves for numbers."""

import re
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    Times = np.ndarray[Any, np.dtype[np.float64]]

DAY = np.timedelta64(1, "D")
LIKE_A_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}\b|\d{1,2}[-/. ](\d{1,2}|[A-Za-z]{3,9})[-/. ,]+\d{2,4}\b|[A-Za-z]{3,9}\.? \d"
)
# month first where both orders fit, as pandas has it; a time of day behind the date is tried for each
DAYS = ("%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%d.%m.%Y", "%Y.%m.%d", "%m-%d-%Y", "%d-%m-%Y", "%m/%d/%y", "%d/%m/%y")
WORDS = ("%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %Y", "%Y/%m", "%Y.%m")
HOURS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
FORMATS = ("ISO8601", *(day + hour for hour in HOURS for day in DAYS + WORDS))
ENOUGH = 0.95  # share of the values that must be dates before a column counts as dates


def is_date(column: "pd.Series[Any]") -> bool:
    """Whether the column holds dates, as datetimes or as text."""
    if column.dtype.kind == "M":
        return True
    if column.dtype.kind in "biufcm":
        return False
    return _format(column.dropna()) is not None


def read(column: "pd.Series[Any]") -> "Times":
    """One float per row: days since 1970 (UTC) for dates, the number itself for numbers, NaN for what is neither.

    Whole numbers that all are dates written like 20170131 count as dates.
    """
    import pandas as pd

    if column.dtype.kind in "iuf":
        numbers = column.to_numpy("float64", na_value=np.nan)
        return _compact_dates(numbers) if _is_compact(numbers) else numbers
    if column.dtype.kind == "M":
        return _days(pd.to_datetime(column, utc=True))
    codes, values = pd.factorize(column)
    texts = pd.Series(values).astype(str)
    form = _format(texts)
    if form is None:
        days = pd.to_numeric(texts, errors="coerce").to_numpy("float64")
    else:
        days = _days(pd.to_datetime(texts, format=form, errors="coerce", utc=True))
    return np.append(days, np.nan)[codes]  # missing values have code -1


def unit(column: "pd.Series[Any]") -> str:
    """`D` where `read` gives days, nothing where the column counts in a unit of its own."""
    return "D" if is_date(column) or (column.dtype.kind in "iuf" and _is_compact(column.to_numpy("float64"))) else ""


def step(times: "Times") -> float:
    """The usual distance between one time and the next: the median over distinct times, 0 where there is one only."""
    distances = np.diff(np.unique(times[~np.isnan(times)]))
    return float(np.median(distances)) if len(distances) else 0.0


def _days(dates: "pd.Series[Any]") -> "Times":
    values = dates.dt.tz_localize(None).to_numpy("datetime64[ns]")
    days = (values - np.datetime64(0, "ns")) / DAY
    return np.asarray(days, "float64")


def _format(values: "pd.Series[Any]") -> str | None:
    """The first format in which nearly all of some values are dates."""
    import pandas as pd

    some = values.iloc[:: max(1, len(values) // 200)].astype(str)
    few = some.iloc[::10]
    if few.empty or few.str.match(LIKE_A_DATE).mean() < ENOUGH or some.str.len().max() > 40:
        return None

    def fits(form: str, texts: "pd.Series[str]") -> bool:
        return bool(pd.to_datetime(texts, format=form, errors="coerce", utc=True).notna().mean() >= ENOUGH)

    return next((form for form in FORMATS if fits(form, few) and fits(form, some)), None)


def _is_compact(numbers: "Times") -> bool:
    known = numbers[~np.isnan(numbers)]
    if not len(known) or known.min() < 19000101 or known.max() > 21001231:
        return False
    return bool((~np.isnan(_compact_dates(known))).mean() >= ENOUGH)


def _compact_dates(numbers: "Times") -> "Times":
    import pandas as pd

    texts = pd.Series(numbers).map("{:.0f}".format, na_action="ignore")
    return _days(pd.to_datetime(texts, format="%Y%m%d", errors="coerce", utc=True))
