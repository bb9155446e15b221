"""Files to DataFrames, values kept as they are: text with leading zeros stays text, dates stay text.

Covered: delimited text (see `delimited`), JSON, JSON lines, parquet, feather and workbooks, packed with gzip, bzip2,
xz, zstandard or zip; directories of parts; tables inside a container, as shop.db/customers. The content decides, not
the ending.

What a reader learnt beside the values is in `DataFrame.attrs`, as plain JSON values:

- "missing": {column: {spelling: count}}, how missing values are written beside an empty cell; counts of the spellings
  that pandas knows, such as NA, rest on the first 20,000 rows;
- "notes": sentences that a person should see;
- "rows": rows of the whole table, where only a sample was read, and then
- "whole": {column: {"missing": share, "distinct": about how many, "low": , "high": }} of all its rows.
"""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import TableError
from . import archives, databases, delimited, numerals, packed, workbooks
from .databases import Database
from .encodings import HEAD, decode, without_mark
from .folder import container_of
from .packed import ending

SIGNATURES = {  # first bytes of files that are no tables for us, and what to do
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"%PDF": "a PDF document",
    b"SQLite format 3": "an SQLite database",
    b"\x89HDF": "an HDF5 file",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (name it .xls)",
}


def read_table(path: Path) -> pd.DataFrame:
    """Read one table whole: a file, a table inside a container, or a directory whose files are its parts, in order.

    Raises TableError, one sentence naming the file and, where it is known, the line; TaskError where a database
    refuses.
    """
    path = Path(path)
    if not path.exists():
        return _read_inside(path)
    if path.is_dir():
        return _read_parts(path)
    if path.suffix.lower() in workbooks.ENDINGS:
        return tidy(workbooks.read(path), path)
    if databases.is_sqlite(path):
        names = Database(path).names()
        if len(names) > 1:
            raise TableError(f"{path} is a database of {len(names)} tables: name one, as {path}/{names[0]}.")
        return read_database(Database(path), names[0], path)
    try:
        return tidy(_read_bytes(path, packed.content(path)), path)
    except packed.TooLargeError as error:
        raise TableError(
            f"{error}: that is too much for this machine's memory; give it in parts, or unpack it."
        ) from error


def read_database(database: Database, name: str, said: Path | str, keep: Any = None) -> pd.DataFrame:
    """A table of a database; `said` is what to call it, `keep` the positions of the rows to keep (all: None)."""
    table = database.read(name, keep)
    numerals.settle(table, ".", lambda row: f"row {row + 1}", typed=database.typed)
    return tidy(table, said)


def _read_inside(path: Path) -> pd.DataFrame:
    """A table inside a container."""
    container = container_of(path)
    if container is None:
        raise TableError(f"{path} does not exist.")
    name = path.relative_to(container).as_posix()
    if databases.is_sqlite(container):
        names = Database(container).names()
        if name not in names:
            raise TableError(f"{container} has no table {name!r}: those are {', '.join(names[:8])}.")
        return read_database(Database(container), name, path)
    if container.suffix.lower() in workbooks.ENDINGS:
        return tidy(workbooks.read(container, name), path)
    if archives.is_archive(container):
        unpacked = archives.unpack(container) / name
        if not unpacked.exists():
            raise TableError(f"{container} has no member {name!r}: look into it for the right name.")
        return read_table(unpacked)
    raise TableError(f"{path} does not exist: {container.name} is a file, and holds no tables.")


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
    return _with_attrs_of(parts, pd.concat(parts, ignore_index=True))


def _with_attrs_of(parts: list[pd.DataFrame], whole: pd.DataFrame) -> pd.DataFrame:
    """The whole with what was learnt from its parts."""
    whole.attrs = {}
    notes = [note for part in parts for note in part.attrs.get("notes", [])]
    if notes:
        whole.attrs["notes"] = list(dict.fromkeys(notes))
    for part in parts:
        for name, counts in part.attrs.get("missing", {}).items():
            numerals.note_gaps(whole, name, counts)
    return whole


# --- bytes ----------------------------------------------------------------------------------------------------------


def _read_bytes(path: Path, raw: bytes) -> pd.DataFrame:
    """Choose the reader by the first bytes, then by the ending."""
    kind = ending(path)
    if raw[:4] == b"PAR1" or raw[:6] == b"ARROW1":
        return _read_arrow(path, raw)
    if kind in (".parquet", ".pq", ".feather"):
        raise TableError(f"{path} is not a {kind[1:]} file, whatever its ending says: {_looks_like(raw)}.")
    _check_readable(path, raw, said=kind or "a table")
    text, encoding = decode(path, raw)
    if kind in (".json", ".jsonl", ".ndjson") or text.lstrip()[:2] in ("[{", '{"'):
        table = _read_json(path, text, lines=kind in (".jsonl", ".ndjson"))
        numerals.settle(table, ".", lambda row: f"row {row + 1}", typed=True)
        return table
    table = delimited.read(path, text, raw if encoding == "utf-8" else None)
    if not encoding.startswith(("utf", "cp1252")):
        table.attrs.setdefault("notes", []).append(f"{path.name} is read as {encoding} text: save it as utf-8 if not.")
    return table


def _check_readable(path: Path, raw: bytes, said: str) -> None:
    start = raw[:512].lstrip().lower()
    known = next((what for magic, what in SIGNATURES.items() if raw.startswith(magic)), "")
    if not known and start.startswith((b"<!doctype html", b"<html")):
        known = "a web page (perhaps of a log-in)"
    if not known and b"\0" in raw[:HEAD] and raw[:2] not in (b"\xff\xfe", b"\xfe\xff") and not without_mark(raw):
        known = "binary"
    if known:
        raise TableError(f"{path} is {known}, not {said}: save the table as csv or parquet.")


def _looks_like(raw: bytes) -> str:
    return f"it begins with {raw[:16]!r}; name it .csv if it is text, or write it again"


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


def tidy(table: pd.DataFrame, path: Path | str) -> pd.DataFrame:
    """Plain dtypes (int64, float64, bool, datetime64[ns], object), names as text, a plain index, at least one row."""
    if not isinstance(table.index, pd.RangeIndex):
        table = table.reset_index(drop=all(n is None for n in table.index.names))
    table.columns = pd.Index([str(c) for c in table.columns])
    double = table.columns[table.columns.duplicated()]
    if len(double):
        raise TableError(f"{path} names the column {double[0]!r} twice: rename or remove one of them.")
    if not len(table) or not len(table.columns):
        raise TableError(f"{path} has no rows.")
    attrs = table.attrs
    empty = [c for c in table.columns if c.startswith("Unnamed: ") and table[c].isna().all()]
    table = plain(table.drop(columns=empty))
    if table.isna().all(axis=None):
        raise TableError(f"{path} has {len(table)} rows, but no value in any of them: check how it was written.")
    table.attrs = attrs
    return table


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
    simple = pd.api.types.infer_dtype(filled, skipna=True) == "string"  # told at once; most columns are
    if not simple and not filled.map(lambda v: isinstance(v, str | bool | int | float)).all():
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
