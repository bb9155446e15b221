"""Excel and OpenDocument workbooks: each sheet that is not empty is a table; titles above the header are skipped."""

import datetime as dt
import functools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import TableError
from . import delimited, dialect, numerals

ENDINGS = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
PROSE = 40  # mean characters of a cell from which a sheet of one column is prose


def sheets(path: Path) -> list[str]:
    """Names of the sheets that hold a table. Raises TableError for a broken, a locked and an empty workbook."""
    with_rows = [name for name in _opened(path, path.stat().st_mtime_ns).sheet_names if _is_table(_rows(path, name))]
    if not with_rows:
        raise TableError(f"{path} has no sheet with a table: put a header and rows into one.")
    return with_rows


def read(path: Path, sheet: str | None = None) -> pd.DataFrame:
    """One sheet as a table; the only one when none is named.

    Raises:
        TableError: for a broken workbook, a sheet that is not there, and several sheets of which none is named.
    """
    names = sheets(path)
    if sheet is None and len(names) > 1:
        raise TableError(f"{path} has {len(names)} sheets: name one, as {path}/{names[0]}.")
    if sheet is not None and sheet not in names:
        raise TableError(f"{path} has no sheet {sheet!r}: those with a table are {', '.join(names)}.")
    rows = _rows(path, sheet or names[0])
    where = f"{path}/{sheet}" if sheet is not None else str(path)
    above = dialect.above(rows) or next(i for i, row in enumerate(rows) if any(_filled(v) for v in row))
    header = [_name(value) for value in rows[above]]
    names_there = [n for n in header if n]
    delimited.refuse_data(Path(where), names_there)
    delimited.refuse_doubles(Path(where), names_there)
    places = [above + 1 + i for i, row in enumerate(rows[above + 1 :]) if any(_filled(v) for v in row)]
    body = [[_value(value) for value in rows[place]] for place in places]
    table = delimited.named(pd.DataFrame(body, columns=range(len(header))), header)
    for name in table.columns:
        table[name] = _column(table[name])
    numerals.settle(table, ".", lambda row: f"row {places[row] + 1}")
    return table


@functools.lru_cache(maxsize=1)
def _opened(path: Path, _changed: int) -> Any:
    import python_calamine

    try:
        return python_calamine.CalamineWorkbook.from_path(str(path))
    except python_calamine.PasswordError as error:
        raise TableError(f"{path} is locked by a password: save it without one.") from error
    except (python_calamine.CalamineError, OSError) as error:
        raise TableError(f"{path} is no workbook that can be read ({error}): save it again, or as csv.") from error


@functools.lru_cache(maxsize=4)
def _sheet(path: Path, name: str, changed: int) -> list[list[Any]]:
    rows: list[list[Any]] = _opened(path, changed).get_sheet_by_name(name).to_python(skip_empty_area=False)
    return rows


def _rows(path: Path, name: str) -> list[list[Any]]:
    return _sheet(path, name, path.stat().st_mtime_ns)


def _is_table(rows: list[list[Any]]) -> bool:
    """Whether a sheet holds a header and rows, rather than nothing or some lines of prose."""
    filled = [[v for v in row if _filled(v)] for row in rows]
    filled = [row for row in filled if row]
    if len(filled) < 2:
        return False
    if max(map(len, filled)) > 1:
        return True
    return float(np.mean([len(str(row[0])) for row in filled])) < PROSE


def _filled(value: Any) -> bool:
    return value is not None and value != ""


def _name(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _value(value: Any) -> Any:
    if value is None or value == "":
        return np.nan
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)
    if isinstance(value, dt.time):
        return value.isoformat()
    return value


def _column(column: pd.Series) -> pd.Series:
    """Whole numbers, which workbooks hold as 3.0, become int64; among texts they lose the decimal point."""
    filled = column.dropna()
    if not len(filled) or column.dtype.kind not in "fO":
        return column
    numbers = filled.map(lambda v: isinstance(v, int | float) and not isinstance(v, bool))
    if numbers.all():
        values = pd.to_numeric(column)
        whole = len(filled) == len(column) and bool((values == np.floor(values)).all()) and values.abs().max() < 2**53
        return values.astype("int64") if whole else values
    if not numbers.any():
        return column.infer_objects()
    return column.map(lambda v: _name(v) if isinstance(v, float) else v, na_action="ignore")
