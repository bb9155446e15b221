"""Delimited text to a DataFrame, values kept as they are: text with leading zeros stays text, dates stay text."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from ..errors import TableError
from . import dialect, numerals
from .dialect import Dialect
from .packed import ending

# What pandas takes for missing, without "None": it is an ordinary label in many tables (see `_truths`).
MISSING = ["", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A"]
MISSING += ["NA", "NULL", "NaN", "n/a", "nan", "null"]
COUNTED = 20_000  # first rows in which the spellings of missing values are counted
LEADING_ZERO = re.compile(r"[+-]?0\d+")


def read(path: Path, text: str, raw: bytes | None = None) -> pd.DataFrame:
    """Read delimited text.

    Args:
        path: for messages, and for the separator that its ending promises.
        text: the content.
        raw: the same content as utf-8, which pandas reads without another copy.

    Raises:
        TableError: one sentence with file and line.
    """
    form = dialect.find(text, prefer="\t" if ending(path) == ".tsv" else ",")
    names = header(path, text, form)
    if form.comments:
        text, raw = _without_comments(text, form), None
    options: dict[str, Any] = {
        "sep": form.separator,
        "quotechar": form.quote,
        "escapechar": form.escape,
        "decimal": form.decimal,
        "skiprows": form.above or None,
        "skipinitialspace": len(names) > 1 and all(n.startswith(" ") for n in names[1:]),
        "low_memory": False,
        "float_precision": "round_trip",  # a value read alone, years later, must be the same number
    }

    def again(**more: Any) -> pd.DataFrame:
        source = io.BytesIO(raw) if raw is not None else io.StringIO(text)
        table: pd.DataFrame = pd.read_csv(source, keep_default_na=False, **{"na_values": MISSING, **options, **more})
        return table

    try:
        table = again()
    except pd.errors.ParserError as error:
        _explain(path, error, form.above)
    except (ValueError, csv.Error) as error:
        raise TableError(f"{path} cannot be read as a table: {str(error).splitlines()[0]}.") from error
    if not len(table):
        raise TableError(f"{path} has a header line but no rows.")
    if not isinstance(table.index, pd.RangeIndex):
        raise TableError(
            f"{path}, line {form.above + 2}: {len(names) + table.index.nlevels} fields, but the header names "
            f"{len(names)} columns."
        )
    _check_short_rows(path, text, table, form)
    _restore_leading_zeros(table, text, lambda few: again(usecols=few, dtype=str))
    spellings = _spellings(table, again)
    table = _named(table, names)
    for place, counts in spellings.items():
        if place < table.shape[1]:
            numerals.note_gaps(table, str(table.columns[place]), counts)
    numerals.settle(table, form.decimal, lambda row: f"line {_line(text, form, row)}")
    return _truths(table)


def header(path: Path, text: str, form: Dialect) -> list[str]:
    """Names in the header. Raises TableError for doubles, and for a first line that is data."""
    head = text[: 1 << 20]
    for _ in range(form.above):
        head = head[head.find("\n") + 1 :]
    reader = csv.reader(io.StringIO(head, newline=""), **form.reader)
    try:
        first = next(row for row in reader if row)
    except (StopIteration, csv.Error) as error:
        raise TableError(f"{path} has no header line.") from error
    names = [n.strip() for n in first if n.strip()]
    if not names:
        raise TableError(f"{path} has an empty header line: name the columns in the first line.")
    refuse_data(path, first, form.separator)
    refuse_doubles(path, names)
    if form.comments and first[0].startswith("#"):
        first[0] = first[0].lstrip("# ")
    return first


def refuse_data(path: Path, header: list[str], separator: str = ",") -> None:
    """Raise TableError where the first line holds numbers rather than names; counted columns are names."""
    names = [n.strip() for n in header if n.strip()]
    numbers = [n for n in names if dialect.NUMBER.fullmatch(n)]
    counted = [n for n in numbers if n.isdigit()]
    if len(numbers) * 2 > len(names) and (len(set(counted)) < len(numbers) or not _consecutive(counted)):
        raise TableError(f"{path} has no header: its first line, {separator.join(header)[:60]!r}, is data; add names.")


def refuse_doubles(path: Path, names: list[str]) -> None:
    """Raise TableError where two columns have one name."""
    double = next((n for i, n in enumerate(names) if n in names[:i]), None)
    if double is not None:
        raise TableError(f"{path} names the column {double!r} twice: rename or remove one of them.")


def _consecutive(numbers: list[str]) -> bool:
    values = sorted(map(int, numbers))
    return values[-1] - values[0] == len(values) - 1


def _named(table: pd.DataFrame, header: list[str]) -> pd.DataFrame:
    return named(table, [header[i] if i < len(header) else "" for i in range(table.shape[1])])


def named(table: pd.DataFrame, header: list[str]) -> pd.DataFrame:
    """The table under the names of its header; columns without one are called column_3, or dropped when empty."""
    names, unnamed, keep = [], [], []
    for place, text in enumerate(header):
        name = text.strip()
        if not name and table.iloc[:, place].isna().all():
            continue
        if not name:
            name = f"column_{place + 1}"
            while name in header or name in names:
                name += "_"
            unnamed.append(name)
        names.append(name)
        keep.append(place)
    table = table if len(keep) == table.shape[1] else table.iloc[:, keep].copy()
    table.columns = pd.Index(names)
    if unnamed:
        listed = ", ".join(unnamed[:3])
        table.attrs.setdefault("notes", []).append(
            f"{len(unnamed)} column{' has' if len(unnamed) == 1 else 's have'} no name in the header and "
            f"{'is' if len(unnamed) == 1 else 'are'} called {listed}."
        )
    return table


def _without_comments(text: str, form: Dialect) -> str:
    """Lines that begin with # become empty, so that the others keep their numbers; the lines to skip stay."""
    place = 0
    for _ in range(form.above + 1):
        place = text.find("\n", place) + 1
    return text[:place] + re.sub(r"(?m)^#[^\n]*", "", text[place:])


def _explain(path: Path, error: Exception, above: int) -> NoReturn:
    """Raise the sentence for a parser's message."""
    message = str(error)
    ragged = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", message)
    if ragged:
        expected, line, saw = ragged.groups()
        raise TableError(
            f"{path}, line {line}: {saw} fields where {expected} are expected: quote or mend it."
        ) from error
    quote = re.search(r"EOF inside string starting at row (\d+)", message)
    if quote:
        line = str(int(quote[1]) + above + 2)
        raise TableError(f"{path}, line {line}: a quotation mark is opened and never closed.") from error
    raise TableError(f"{path} cannot be read as a table: {message.splitlines()[0]}.") from error


def _check_short_rows(path: Path, text: str, table: pd.DataFrame, form: Dialect) -> None:
    """Pandas fills short rows silently; they can only hide where the last column has gaps."""
    if table.shape[1] < 2 or table.iloc[:, -1].notna().all():
        return
    csv.field_size_limit(1 << 30)
    reader = csv.reader(io.StringIO(text, newline=""), **form.reader)
    for row in reader:
        if row and len(row) < table.shape[1] and reader.line_num > form.above:
            raise TableError(
                f"{path}, line {reader.line_num}: {len(row)} fields where {table.shape[1]} are expected: mend the line."
            )


def _line(text: str, form: Dialect, row: int) -> int:
    """The line on which a row of the table ends."""
    reader = csv.reader(io.StringIO(text, newline=""), **form.reader)
    left = row + 1  # and the header
    for fields in reader:
        if fields and reader.line_num > form.above:
            if not left:
                break
            left -= 1
    return reader.line_num


def _restore_leading_zeros(table: pd.DataFrame, text: str, reread: Callable[[list[Any]], pd.DataFrame]) -> None:
    """Columns such as 00012 come back as text; a scan of the raw text spares most files the second reading."""
    if not re.search(r"(?:^|[,;\t|\"\n' ])[+-]?0\d+(?=[,;\t|\"\r\n']|$)", text):
        return
    columns = table.columns
    whole = [c for c in columns if table[c].dtype.kind in "iu" or (table[c].dtype.kind == "f" and _whole(table[c]))]
    if not whole:
        return
    as_text = reread(whole)
    for name in whole:
        if as_text[name].dropna().str.strip().str.fullmatch(LEADING_ZERO).any():
            table[name] = as_text[name]


def _whole(values: pd.Series) -> bool:
    filled = values.dropna().to_numpy(dtype=float)
    return bool(np.isfinite(filled).all() and (filled == np.floor(filled)).all())


def _spellings(table: pd.DataFrame, again: Callable[..., pd.DataFrame]) -> dict[int, dict[str, int]]:
    """How the missing values of the first rows are written, beside an empty field: position of the column, counts."""
    gaps = [i for i in range(table.shape[1]) if table.iloc[:COUNTED, i].isna().any()]
    if not gaps:
        return {}
    written = again(usecols=gaps, dtype=str, na_values=[""], nrows=COUNTED)
    found: dict[int, dict[str, int]] = {}
    for place, name in zip(gaps, written.columns, strict=True):
        words = written[name][table.iloc[: len(written), place].isna().to_numpy()].dropna()
        if len(words):
            found[place] = {str(word): int(count) for word, count in words.value_counts().items()}
    return found


def _truths(table: pd.DataFrame) -> pd.DataFrame:
    """The word None is a label in a column of words and a gap in a column of truth values."""
    for name in table.select_dtypes("object").columns:
        column = table[name]
        none = column == "None"
        if none.any() and column[~none].dropna().isin(["True", "False", True, False]).all():
            truths = column[~none].map({"True": True, "False": False, True: True, False: False})
            table[name] = truths.reindex(column.index)
    return table
