"""Files to DataFrames, values kept as they are: text with leading zeros stays text, dates stay text.

Covered: delimited text (comma, semicolon, tab, bar; utf-8, utf-16 with a mark, cp1252; decimal comma), JSON, JSON
lines, parquet and feather, packed with gzip, bzip2, xz or zip, and directories of parts. The content decides, not the
ending.
Not covered: Excel, databases, files larger than memory.
"""

import bz2
import csv
import gzip
import io
import json
import lzma
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from ..errors import TableError
from .folder import ending

SEPARATORS = ",;\t|"
HEAD = 1 << 16  # bytes from which the dialect is read
# What pandas takes for missing, without "None": it is an ordinary label in many tables (see `_none_to_missing`).
MISSING = ["", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A"]
MISSING += ["NA", "NULL", "NaN", "n/a", "nan", "null"]
SIGNATURES = {  # first bytes of files that are no tables for us, and what to do
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"%PDF": "a PDF document",
    b"SQLite format 3": "an SQLite database",
    b"\x89HDF": "an HDF5 file",
    b"\x28\xb5\x2f\xfd": "packed with zstandard",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
}
LEADING_ZERO = re.compile(r"[+-]?0\d+")


def read_table(path: Path) -> pd.DataFrame:
    """Read one table: a file, or a directory whose files are its parts, in the order of their names.

    Raises TableError, one sentence naming the file and, where it is known, the line.
    """
    path = Path(path)
    if not path.exists():
        raise TableError(f"{path} does not exist.")
    if path.is_dir():
        return _read_parts(path)
    return _tidy(_read_bytes(path, _unpack(path)), path)


def _read_parts(path: Path) -> pd.DataFrame:
    files = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith((".", "_")))
    if not files:
        raise TableError(f"{path} is an empty directory: it should hold the parts of a table.")
    parts = [read_table(file) for file in files]
    for file, part in zip(files, parts, strict=True):
        if set(part.columns) != set(parts[0].columns):
            odd = sorted(set(part.columns) ^ set(parts[0].columns))
            raise TableError(f"{file} and {files[0].name} are parts of one table but differ in column {odd[0]!r}.")
    for name in parts[0].columns:
        kinds = {part[name].dtype.kind for part in parts}
        if "O" in kinds and len(kinds) > 1:  # text in one part, numbers in another: text in all
            for part in parts:
                filled = part[name].notna()
                part[name] = part[name].astype(object).where(~filled, part[name].astype(str))
    return pd.concat(parts, ignore_index=True)


# --- bytes ----------------------------------------------------------------------------------------------------------


def _unpack(path: Path) -> bytes:
    """The content, unpacked as its first bytes say."""
    raw = path.read_bytes()
    if not raw:
        raise TableError(f"{path} is empty (0 bytes): put the table there or remove the file.")
    try:
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
        elif raw[:3] == b"BZh":
            raw = bz2.decompress(raw)
        elif raw[:6] == b"\xfd7zXZ\x00":
            raw = lzma.decompress(raw)
        elif raw[:4] == b"PK\x03\x04":
            raw = _unzip(path)
        elif path.suffix.lower() in (".gz", ".bz2", ".xz", ".zip"):
            _check_readable(path, raw, said=path.suffix)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise TableError(f"{path} is packed but broken ({error}): make or download it again.") from error
    if not raw.strip():
        raise TableError(f"{path} is empty once unpacked: put the table there or remove the file.")
    return raw


def _unzip(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if not n.endswith("/") and not n.startswith("__MACOSX")]
        if "[Content_Types].xml" in names:
            raise TableError(f"{path} is an Excel workbook: save the sheet as csv.")
        if len(names) != 1:
            raise TableError(f"{path} is an archive of {len(names)} files: unpack it into the task folder.")
        return archive.read(names[0])


def _read_bytes(path: Path, raw: bytes) -> pd.DataFrame:
    """Choose the reader by the first bytes, then by the ending."""
    kind = ending(path)
    if raw[:4] == b"PAR1" or raw[:6] == b"ARROW1":
        return _read_arrow(path, raw)
    if kind in (".parquet", ".pq", ".feather"):
        raise TableError(f"{path} is not a {kind[1:]} file, whatever its ending says: {_looks_like(raw)}.")
    _check_readable(path, raw, said=kind or "a table")
    text, encoding = _decode(path, raw)
    if kind in (".json", ".jsonl", ".ndjson") or text.lstrip()[:2] in ("[{", '{"'):
        return _read_json(path, text, lines=kind in (".jsonl", ".ndjson"))
    return _read_delimited(path, text, raw if encoding == "utf-8" else None)


def _check_readable(path: Path, raw: bytes, said: str) -> None:
    start = raw[:512].lstrip().lower()
    known = next((what for magic, what in SIGNATURES.items() if raw.startswith(magic)), "")
    if not known and start.startswith((b"<!doctype html", b"<html")):
        known = "a web page (perhaps of a log-in)"
    if not known and b"\0" in raw[:HEAD] and raw[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        known = "binary"
    if known:
        raise TableError(f"{path} is {known}, not {said}: save the table as csv or parquet.")


def _looks_like(raw: bytes) -> str:
    return f"it begins with {raw[:16]!r}; name it .csv if it is text, or write it again"


def _decode(path: Path, raw: bytes) -> tuple[str, str]:
    """Text and the encoding that read it."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", errors="replace"), "utf-16"
    encoding = "utf-8-sig" if raw[:3] == b"\xef\xbb\xbf" else "utf-8"
    try:
        return raw.decode(encoding), encoding
    except UnicodeDecodeError as error:
        try:
            return raw.decode("cp1252"), "cp1252"
        except UnicodeDecodeError:
            line = raw[: error.start].count(b"\n") + 1
            raise TableError(
                f"{path}, line {line}: the byte {raw[error.start]:#04x} is neither utf-8 nor cp1252 text: "
                "save it as utf-8."
            ) from error


# --- delimited text -------------------------------------------------------------------------------------------------


def _read_delimited(path: Path, text: str, raw: bytes | None) -> pd.DataFrame:
    """Delimited text; `raw` is the same content as utf-8, which pandas reads without another copy."""
    separator = _separator(text[:HEAD], len(text) <= HEAD, prefer="\t" if ending(path) == ".tsv" else ",")
    header = _header(path, text, separator)
    options: dict[str, Any] = {
        "sep": separator,
        "decimal": _decimal(text[:HEAD], separator),
        "skipinitialspace": len(header) > 1 and all(n.startswith(" ") for n in header[1:]),
        "na_values": MISSING,
        "keep_default_na": False,
        "low_memory": False,
        "float_precision": "round_trip",  # a value read alone, years later, must be the same number
    }

    def source() -> io.BytesIO | io.StringIO:
        return io.BytesIO(raw) if raw is not None else io.StringIO(text)

    try:
        table = pd.read_csv(source(), **options)
    except pd.errors.ParserError as error:
        _explain(path, error)
    except (ValueError, csv.Error) as error:
        raise TableError(f"{path} cannot be read as a table: {str(error).splitlines()[0]}.") from error
    if not len(table):
        raise TableError(f"{path} has a header line but no rows.")
    if not isinstance(table.index, pd.RangeIndex):
        raise TableError(
            f"{path}, line 2: {len(header) + table.index.nlevels} fields, but the header names {len(header)} columns."
        )
    _check_short_rows(path, text, table, separator)
    _restore_leading_zeros(table, text, lambda names: pd.read_csv(source(), usecols=names, dtype=str, **options))
    table.columns = pd.Index([n.strip() or str(c) for n, c in zip(header, table.columns, strict=True)])
    return _none_to_missing(table)


def _separator(head: str, whole: bool, prefer: str) -> str:
    """The separator that gives the first records the most even width.

    By hand because csv.Sniffer takes letters for separators in tables with a text column and fails on one column.
    """
    lines = head if whole else head[: head.rfind("\n") + 1]
    best, found = (0.0, 0, False), prefer
    for separator in SEPARATORS:
        try:
            widths = [len(r) for r in csv.reader(io.StringIO(lines, newline=""), delimiter=separator) if r][:200]
        except csv.Error:
            continue
        widths = widths if whole or len(widths) < 2 else widths[:-1]
        if widths and widths[0] > 1:
            even = round(sum(w == widths[0] for w in widths) / len(widths), 2)
            if (even, widths[0], separator == prefer) > best:
                best, found = (even, widths[0], separator == prefer), separator
    return found


def _header(path: Path, text: str, separator: str) -> list[str]:
    """Names in the first line. Raises TableError for doubles, and for a first line that is data."""
    reader = csv.reader(io.StringIO(text[: 1 << 20], newline=""), delimiter=separator)
    try:
        header = next(row for row in reader if row)
    except (StopIteration, csv.Error) as error:
        raise TableError(f"{path} has no header line.") from error
    names = [n.strip() for n in header if n.strip()]
    if not names:
        raise TableError(f"{path} has an empty header line: name the columns in the first line.")
    numbers = [n for n in names if re.fullmatch(r"[+-]?\d+([.,]\d+)?", n)]
    counted = [n for n in numbers if n.isdigit()]
    if len(numbers) * 2 > len(names) and (len(set(counted)) < len(numbers) or not _consecutive(counted)):
        raise TableError(f"{path} has no header: its first line, {separator.join(header)[:60]!r}, is data; add names.")
    double = next((n for i, n in enumerate(names) if n in names[:i]), None)
    if double is not None:
        raise TableError(f"{path} names the column {double!r} twice: rename or remove one of them.")
    return header


def _consecutive(numbers: list[str]) -> bool:
    values = sorted(map(int, numbers))
    return values[-1] - values[0] == len(values) - 1


def _decimal(head: str, separator: str) -> str:
    """A comma where numbers are written 3,14 (never in files separated by commas)."""
    if separator == ",":
        return "."
    edge = rf"(?:^|[{re.escape(separator)}\n])\"?-?\d+{{}}\d+(?=\"?(?:[{re.escape(separator)}\r\n]|$))"
    commas, points = (len(re.findall(edge.format(mark), head)) for mark in (",", r"\."))
    return "," if commas > points else "."


def _explain(path: Path, error: Exception) -> NoReturn:
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
        raise TableError(f"{path}, line {int(quote[1]) + 2}: a quotation mark is opened and never closed.") from error
    raise TableError(f"{path} cannot be read as a table: {message.splitlines()[0]}.") from error


def _check_short_rows(path: Path, text: str, table: pd.DataFrame, separator: str) -> None:
    """Pandas fills short rows silently; they can only hide where the last column has gaps."""
    if table.shape[1] < 2 or table.iloc[:, -1].notna().all():
        return
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    csv.field_size_limit(1 << 30)
    for row in reader:
        if row and len(row) < table.shape[1]:
            raise TableError(
                f"{path}, line {reader.line_num}: {len(row)} fields where {table.shape[1]} are expected: mend the line."
            )


def _restore_leading_zeros(table: pd.DataFrame, text: str, reread: Any) -> None:
    """Columns such as 00012 come back as text; a scan of the raw text spares most files the second reading."""
    if not re.search(r"(?:^|[,;\t|\"\n ])[+-]?0\d+(?=[,;\t|\"\r\n]|$)", text):
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


def _none_to_missing(table: pd.DataFrame) -> pd.DataFrame:
    """The word None is a label in a column of words and a gap in a column of numbers or truth values."""
    for name in table.select_dtypes("object").columns:
        column = table[name]
        none = column == "None"
        if not none.any():
            continue
        rest = column[~none]
        numbers = pd.to_numeric(rest, errors="coerce")
        if numbers.notna().equals(rest.notna()) and rest.notna().any():
            table[name] = numbers.reindex(column.index)
        elif rest.dropna().isin(["True", "False", True, False]).all():
            table[name] = rest.map({"True": True, "False": False, True: True, False: False}).reindex(column.index)
    return table


# --- other formats --------------------------------------------------------------------------------------------------


def _read_json(path: Path, text: str, lines: bool) -> pd.DataFrame:
    if not lines:
        try:
            return _from_json(path, json.loads(text))
        except json.JSONDecodeError as error:
            if "\n" not in text.strip() or not text.lstrip().startswith("{"):
                raise TableError(f"{path}, line {error.lineno}: not valid JSON ({error.msg}).") from error
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise TableError(f"{path}, line {number}: not valid JSON ({error.msg}).") from error
        if not isinstance(row, dict):
            raise TableError(f'{path}, line {number}: each line must be one object, as in {{"id": 1}}.')
        rows.append(row)
    return pd.DataFrame(rows)


def _from_json(path: Path, value: Any) -> pd.DataFrame:
    """A list of objects, columns of values, pandas' split form, or an object with one list of objects."""
    if isinstance(value, dict) and {"columns", "data"} <= set(value):
        return pd.DataFrame(value["data"], columns=value["columns"])
    if isinstance(value, dict):
        lists = [v for v in value.values() if isinstance(v, list) and v and isinstance(v[0], dict)]
        if len(lists) == 1:
            value = lists[0]
    try:
        if isinstance(value, list) and all(isinstance(row, dict) for row in value):
            return pd.DataFrame(value)
        if isinstance(value, dict) and value:
            table = pd.DataFrame(value)
            return table.reset_index(drop=True)
    except ValueError as error:
        raise TableError(f"{path} is JSON, but its columns differ in length ({error}).") from error
    raise TableError(f"{path} is JSON but no table: write a list of objects, one for each row.")


def _read_arrow(path: Path, raw: bytes) -> pd.DataFrame:
    import pyarrow as pa

    reader = pd.read_parquet if raw[:4] == b"PAR1" else pd.read_feather
    try:
        return reader(io.BytesIO(raw))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise TableError(f"{path} is a broken parquet or feather file ({str(error).splitlines()[0]}).") from error


def _tidy(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Plain dtypes (int64, float64, bool, datetime64[ns], object), names as text, a plain index, at least one row."""
    if not isinstance(table.index, pd.RangeIndex):
        table = table.reset_index(drop=all(n is None for n in table.index.names))
    table.columns = pd.Index([str(c) for c in table.columns])
    double = table.columns[table.columns.duplicated()]
    if len(double):
        raise TableError(f"{path} names the column {double[0]!r} twice: rename or remove one of them.")
    if not len(table) or not len(table.columns):
        raise TableError(f"{path} has no rows.")
    empty = [c for c in table.columns if c.startswith("Unnamed: ") and table[c].isna().all()]
    return plain(table.drop(columns=empty))


def plain(table: pd.DataFrame) -> pd.DataFrame:
    """The table with plain dtypes only: int64, float64, bool, datetime64[ns] without zone, object."""
    return pd.DataFrame({name: _plain_column(table[name]) for name in table.columns}, index=table.index)


def _plain_column(column: pd.Series) -> pd.Series:
    kind = column.dtype
    gaps = bool(column.isna().any())
    if isinstance(kind, pd.CategoricalDtype):
        return _plain_column(column.astype(object).infer_objects())
    if isinstance(kind, pd.DatetimeTZDtype):
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    if kind.kind not in "Mfbiu" or (kind.kind == "b" and gaps):
        return _plain_objects(column.astype(object))
    plain_kind = {"M": "datetime64[ns]", "f": "float64", "b": "bool"}.get(kind.kind, "float64" if gaps else "int64")
    return column.astype(np.dtype("float64" if kind == np.uint64 else plain_kind))


def none_for_missing(column: pd.Series) -> pd.Series:
    """The column as objects, with None for what is missing."""
    values = column.astype(object).to_numpy(copy=True)
    values[column.isna().to_numpy()] = None
    return pd.Series(values, index=column.index, name=column.name, dtype=object)


def _plain_objects(column: pd.Series) -> pd.Series:
    """Text, truth values and numbers stay; lists and objects become JSON text, bytes text."""
    from decimal import Decimal

    filled = column.dropna()
    if filled.empty:
        return column.astype("float64")
    first = filled.iloc[0]
    if isinstance(first, Decimal):
        return pd.to_numeric(column.map(float, na_action="ignore"))
    if isinstance(first, pd.Timedelta):
        return pd.to_numeric(column.map(lambda v: v.total_seconds(), na_action="ignore"))
    if not filled.map(lambda v: isinstance(v, str | bool | int | float)).all():
        column = column.map(_as_text, na_action="ignore")
    return column.where(column.notna(), np.nan)


def _as_text(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, default=str)
    return value if isinstance(value, str | bool | int | float) else str(value)
