"""Another table of the task as aggregates read it: numbers, dates and categories, alike for fresh tables later on."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from ..joins import check_columns, distinct_keys, key_of
from ..records.problem import Relation
from . import dates
from .keys import LONGEST

if TYPE_CHECKING:
    Series = pd.Series[Any]

NUMBER = "number"  # in place of a format: times that are numbers, as days counted from a start
SAMPLE = 1000  # texts looked at


def formats_of(frame: pd.DataFrame, relation: Relation) -> tuple[tuple[str, str], ...]:
    """The date columns among those that matter to a relation, with the format each is read by."""
    return tuple((name, how) for name in _columns(frame, relation) if (how := _date_format(name, frame[name])))


def _date_format(name: str, values: "Series") -> str | None:
    if values.dtype.kind == "M":
        return dates.ISO
    return dates.EPOCH if dates.looks_like_epoch(name, values) else dates.find_format(values)


def time_format(name: str, values: "Series") -> str | None:
    """How the time of a row is read; None where the column holds neither dates nor numbers."""
    return _date_format(name, values) or (NUMBER if values.dtype.kind in "iuf" else None)


def read_times(values: "Series", how: str) -> "Series":
    """Times in a format that `time_format` found, as dates or as numbers."""
    return pd.to_numeric(values, errors="coerce") if how == NUMBER else dates.read_dates(values, how)


def tidy(frame: pd.DataFrame, relation: Relation) -> pd.DataFrame:
    """The columns that matter: dates as dates, texts as categories, long texts left out; the index starts at 0.

    Raises TableError for a key, date or joined column that the table lacks.
    """
    theirs = [*(k for _, k in relation.keys if not _joined(relation, k)), *(c for c, _ in relation.columns)]
    names = [*theirs, *(c for c, _ in relation.formats), *(ours for j in relation.joins for ours, _ in j.keys)]
    check_columns(frame, names, relation.table, "")
    formats, keys = dict(relation.formats), set(names) - {c for c, _ in relation.columns}
    made = {}
    for name in _columns(frame, relation):
        column = frame[name]
        if name in formats:
            made[name] = dates.read_dates(column, formats[name])
        elif column.dtype.kind in "iufbM" and not isinstance(column.dtype, pd.CategoricalDtype):
            made[name] = column
        elif name in keys or name in theirs or not _long(column):
            codes, distinct = distinct_keys(column)
            texts = pd.CategoricalDtype(distinct)
            made[name] = pd.Series(pd.Categorical.from_codes(codes, dtype=texts), index=column.index)  # type: ignore[arg-type]
    return pd.DataFrame(made, index=frame.index).reset_index(drop=True)


def storable(table: pd.DataFrame) -> pd.DataFrame:
    """The table as a column store can hold it: objects that are not all text become text, gaps stay gaps."""
    mixed: dict[str, Any] = {}
    for name in table.select_dtypes("object"):
        if pd.api.types.infer_dtype(table[name], skipna=True) not in ("string", "empty"):
            mixed[str(name)] = table[name].map(key_of, na_action="ignore")
    return table.assign(**mixed).reset_index(drop=True)


def _columns(frame: pd.DataFrame, relation: Relation) -> list[str]:
    """Of a table that is joined: its keys and what is joined; of one that is aggregated: all."""
    if relation.many:
        return [str(c) for c in frame.columns]
    wanted = {*(k for _, k in relation.keys), *(c for c, _ in relation.columns)}
    return [str(c) for c in frame.columns if c in wanted]


def _joined(relation: Relation, name: str) -> bool:
    """Whether a column comes with a table that is joined first."""
    return any(name == ours for join in relation.joins for _, ours in join.columns)


def _long(column: "Series") -> bool:
    sample = column.dropna()
    sample = sample.iloc[:: max(1, len(sample) // SAMPLE)].astype(str)
    return bool(len(sample)) and float(sample.str.len().mean()) > LONGEST
