"""Tables larger than memory: a random sample of their rows, and facts about all of them, in bounded memory.

duckdb reads csv (packed too) and parquet piece by piece. Which rows are drawn follows from the number of rows alone, so
the same file always gives the same sample, in the order of the file.
"""

import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..errors import TableError
from . import archives, delimited, dialect, encodings, numerals, packed
from .dialect import Dialect
from .packed import ending

if TYPE_CHECKING:
    import duckdb

MANY_ROWS = 5_000_000  # rows from which a table is sampled in any case
EXPANSION = {".csv": 6, ".tsv": 6, ".txt": 6, ".parquet": 12, ".pq": 12}  # bytes in memory for each byte of the file
PACKED = 6  # bytes of text for each byte of a packed one, about
SHARE = 0.5  # of the free memory that one table may take
KEPT_ROWS = 1_000_000  # rows of a sample at most
KEPT_CELLS = 50_000_000  # and so many values
MEMORY = "1GB"  # that duckdb may use before it spills
SEED = 20_011  # of the sample
HEAD = 1 << 20  # bytes from which the form of a text is read
PARQUET = (".parquet", ".pq")
MISSING = ", ".join(f"'{word}'" for word in delimited.MISSING)


def too_large(path: Path) -> bool:
    """Whether a table is to be sampled: larger than what fits into memory, or of very many rows.

    Only delimited text and parquet (and folders of them) can be; other files are read whole.
    """
    files = _files(path)
    kinds = {ending(f) for f in files}
    if not files or len(kinds) != 1 or not kinds <= set(EXPANSION):
        return False
    kind = kinds.pop()
    size = sum(f.stat().st_size for f in files)
    if kind in PARQUET:
        return size * EXPANSION[kind] > SHARE * packed.free_memory() or _parquet_rows(files) > MANY_ROWS
    if size < HEAD:
        return False
    head = packed.start(files[0], HEAD)
    if packed.is_packed(head):
        size *= PACKED
        lines = 0.0  # not worth unpacking for a guess
    else:
        lines = size / HEAD * head.count(b"\n")
    return size * EXPANSION[kind] > SHARE * packed.free_memory() or lines > MANY_ROWS


def rows_kept(rows: int, columns: int) -> int:
    """Rows of the sample of a table that is too large."""
    return min(rows, KEPT_ROWS, max(1, KEPT_CELLS // max(1, columns)))


def positions(rows: int, keep: int) -> np.ndarray:
    """Sorted positions of the rows drawn: uniform, without repetition, the same for the same numbers."""
    return np.sort(np.random.default_rng([SEED, rows]).choice(rows, keep, replace=False, shuffle=False))


def summary(path: Path, columns: Sequence[str] = ()) -> tuple[int, dict[str, dict[str, Any]]]:
    """Facts about all rows of a table, in bounded memory.

    Args:
        path: delimited text, parquet, or a folder of parts.
        columns: names of columns to describe; all when nothing is said.

    Returns:
        The exact number of rows, and for each column "missing" (share of rows), "distinct" (about), "numbers" (rows
        with a number), and where there are numbers "low" and "high".

    Raises:
        TableError: one sentence with file and line.
    """
    with _opened(path) as table:
        return _summary(table, columns)


def read(path: Path) -> pd.DataFrame:
    """A sample of the rows of a table, with `attrs["rows"]` and `attrs["whole"]` (see `tables`) of all of them.

    Raises:
        TableError: one sentence with file and line.
    """
    from .tables import tidy

    with _opened(path) as table:
        rows, facts = _summary(table)
        if not rows:
            raise TableError(f"{path} has a header line but no rows.")
        keep = positions(rows, rows_kept(rows, len(table.columns)))
        sample = _rows(table, keep)
    sample = tidy(_read_again(sample, table, path), path)
    sample.attrs["rows"] = rows
    spellings = sample.attrs.get("missing", {})
    sample.attrs["whole"] = {
        name: _fact(facts[name], sample[name], rows, spellings.get(name, {})) for name in sample if name in facts
    }
    return sample


def without(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """All rows that have no value in any of the columns, as rows to predict must be read whole; it may be empty.

    Raises:
        TableError: one sentence with file and line.
    """
    from .tables import tidy

    with _opened(path) as table:
        lacking = f" OR {{0}} IN ({MISSING})" if table.form is not None else ""
        each = " AND ".join(f"({{0}} IS NULL{lacking})".format(_name(name)) for name in columns)
        found = table.connection.sql(f"SELECT * FROM {table.source} WHERE {each}").df()  # noqa: S608
    return tidy(_read_again(found, table, path), path) if len(found) else found


def _read_again(rows: pd.DataFrame, table: "_Table", path: Path) -> pd.DataFrame:
    """Rows of text, with the values that any reader of the file would give them."""
    if table.form is None:
        return rows
    return delimited.read(path, rows.to_csv(index=False, sep=table.form.separator, lineterminator="\n"))


def _fact(fact: dict[str, Any], sample: pd.Series, rows: int, written: dict[str, int]) -> dict[str, Any]:
    """What holds of all rows, read as the sample was: words for gaps among numbers are missing values."""
    found = {"missing": fact["missing"], "distinct": fact["distinct"]}
    if sample.dtype.kind not in "iuf" or fact["numbers"] < 0.5 * (1 - fact["missing"]) * rows:
        return found  # text, or numbers written in another way than plainly
    found["missing"] = 1 - fact["numbers"] / rows
    if "low" in fact and not any(map(numerals.is_sentinel, written)):
        found |= {"low": fact["low"], "high": fact["high"]}
    return found


# --- duckdb ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Table:
    """A table that duckdb reads piece by piece."""

    path: Path
    connection: "duckdb.DuckDBPyConnection"
    source: str  # what stands after FROM
    columns: tuple[str, ...]
    numeric: tuple[str, ...]  # typed columns of numbers; () where all is text
    form: Dialect | None  # of text


@contextmanager
def _opened(path: Path) -> Iterator[_Table]:
    import duckdb

    spill = Path(tempfile.mkdtemp(prefix=".spill-", dir=archives.cache()))
    connection = duckdb.connect(
        config={"memory_limit": MEMORY, "temp_directory": str(spill), "autoinstall_known_extensions": "false"}
    )
    try:
        yield _table(path, connection, spill)
    except duckdb.Error as error:
        raise TableError(_said(path, str(error))) from error
    finally:
        connection.close()
        shutil.rmtree(spill, ignore_errors=True)


def _table(path: Path, connection: "duckdb.DuckDBPyConnection", spill: Path) -> _Table:
    files = _files(path)
    if ending(files[0]) in PARQUET:
        source = f"read_parquet([{', '.join(map(_text, map(str, files)))}], union_by_name = true)"
        described = connection.sql(f"SELECT * FROM {source} LIMIT 0")  # noqa: S608 - our own words and quoted paths
        numeric = [
            n for n, t in zip(described.columns, described.types, strict=True)
            if re.match(r"U?(?:TINY|SMALL|BIG|HUGE)?INT|FLOAT|DOUBLE|DECIMAL", str(t))
        ]  # fmt: skip
        return _Table(path, connection, source, tuple(described.columns), tuple(numeric), None)
    plain = [_plain_text(f, spill) for f in files]
    head = _head(plain[0])
    form = dialect.find(head, prefer="\t" if ending(files[0]) == ".tsv" else ",")
    names = delimited.header(files[0], head, form)
    columns = [f"{name.strip() or f'column_{place + 1}'}" for place, name in enumerate(names)]
    described_columns = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in columns)
    source = (
        f"read_csv([{', '.join(map(_text, map(str, plain)))}], delim = {_text(form.separator)}, "
        f"quote = {_text(form.quote)}, escape = {_text(form.escape or form.quote)}, header = false, "
        f"skip = {form.above + 1}, columns = {{{described_columns}}}, auto_detect = false, "
        f"comment = {_text('#' if form.comments else '')}, max_line_size = 20000000)"
    )
    return _Table(path, connection, source, tuple(columns), (), form)


def _summary(table: _Table, columns: Sequence[str] = ()) -> tuple[int, dict[str, dict[str, Any]]]:
    wanted = [name for name in table.columns if not columns or name in columns]
    asked = ["count(*)"]
    for name in wanted:
        column = _name(name)
        if table.form is None:
            numbers = column if name in table.numeric else "NULL::DOUBLE"
            filled = f"count({column})"
        else:
            decimal = f"replace({column}, ',', '.')" if table.form.decimal == "," else column
            numbers = f"TRY_CAST({decimal} AS DOUBLE)"
            filled = f"count({column}) - count(*) FILTER ({column} IN ({MISSING}))"
        asked += [filled, f"approx_count_distinct({column})", f"count({numbers})", f"min({numbers})", f"max({numbers})"]
    answer = table.connection.sql(f"SELECT {', '.join(asked)} FROM {table.source}").fetchone()  # noqa: S608
    rows, values = int(answer[0]) if answer else 0, iter(answer[1:] if answer else ())
    facts: dict[str, dict[str, Any]] = {}
    for name, filled, distinct, numbers, low, high in zip(wanted, *[values] * 5, strict=True):
        facts[name] = {
            "missing": 1 - filled / rows if rows else 0.0,
            "distinct": min(int(distinct), int(filled)),
            "numbers": int(numbers),
        }
        if numbers:
            facts[name] |= {"low": float(low), "high": float(high)}
    return rows, facts


def _rows(table: _Table, keep: np.ndarray) -> pd.DataFrame:
    """The rows at these positions, in order."""
    table.connection.register("kept", pd.DataFrame({"place": keep}))
    query = (
        "SELECT * EXCLUDE (row_of_file) FROM "  # noqa: S608 - our own words and quoted names
        f"(SELECT *, row_number() OVER () - 1 AS row_of_file FROM {table.source}) SEMI JOIN kept "
        "ON row_of_file = kept.place ORDER BY row_of_file"
    )
    return table.connection.sql(query).df()


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith((".", "_")))
    return [path] if path.is_file() else []


def _parquet_rows(files: Sequence[Path]) -> int:
    import pyarrow.parquet as pq

    try:
        return sum(int(pq.read_metadata(f).num_rows) for f in files)
    except (OSError, ValueError):  # whoever reads it says what is wrong
        return 0


def _plain_text(path: Path, spill: Path) -> Path:
    """The file itself where it is plain utf-8, else a copy of it that is."""
    head = packed.start(path, HEAD)
    if packed.is_packed(head):
        copy = spill / f"{len(list(spill.iterdir()))}.csv"
        with path.open("rb") as source, packed.opened(path, source, head) as stream, copy.open("wb") as file:
            done = 0
            while piece := stream.read(packed.PIECE):
                done += len(piece)
                packed.refuse_endless(path, done, source.tell())
                file.write(piece)
        path, head = copy, packed.start(copy, HEAD)
    encoding = _encoding(path, head)
    if encoding.startswith("utf-8"):
        return path
    copy = spill / f"{len(list(spill.iterdir()))}.csv"
    with path.open(encoding=encoding, newline="") as text, copy.open("w", encoding="utf-8", newline="") as file:
        shutil.copyfileobj(text, file, packed.PIECE)
    return copy


def _encoding(path: Path, head: bytes) -> str:
    whole = head[: head.rfind(b"\n") + 1] or head
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or encodings.without_mark(head):
        whole = head[: len(head) & ~1]
    return encodings.decode(path, whole)[1]


def _head(path: Path) -> str:
    raw = packed.start(path, HEAD)
    return raw[: raw.rfind(b"\n") + 1].decode("utf-8-sig", errors="replace")


def _said(path: Path, message: str) -> str:
    """The sentence for what duckdb says."""
    line = re.search(r"Line: (\d+)", message)
    what = re.search(
        r"(Expected Number of Columns: \d+ Found: \d+|unterminated quote|Invalid unicode|Maximum line)", message
    )
    first = (what[1] if what else message.split("\n", maxsplit=1)[0]).rstrip(".")
    return f"{path}{f', line {line[1]}' if line else ''}: {first}: mend the line."


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _name(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'
