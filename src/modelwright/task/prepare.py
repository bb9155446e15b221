"""From a table as read to the table that recipes get, alike for training now and for new rows years later.

The schema holds all that is needed. A DATE field keeps its format as its only category, so that 03/04/2025 means the
same day in a single new row as in the training table; a PATH field keeps how a name becomes a path, a NUMBER field
which numbers stand for a gap (-999).
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..errors import TableError
from ..records.profile import Column, Field, Profile, Role, Schema
from . import dates, files, numerals, scales
from .tables import none_for_missing

if TYPE_CHECKING:
    from pandas.api.extensions import ExtensionArray

    from ..interfaces import Array

WHOLE = re.compile(r"[+-]?\d+\.0+")  # a whole number written with a decimal point
TRUTH = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False, "yes": True, "no": False}


def schema(train: pd.DataFrame, test: pd.DataFrame | None, profile: Profile, root: str = "") -> Schema:
    """The fields for the features of a profile, in the order of the training table.

    Args:
        train: all training rows, the sealed ones too: a category is known when any row has it.
        test: rows wanted.
        profile: the roles.
        root: the task folder, below which the files of a PATH lie.
    """
    features = set(profile.features)
    return Schema(fields=tuple(_field(c, train, test, root) for c in profile.columns if c.name in features))


def _field(column: Column, train: pd.DataFrame, test: pd.DataFrame | None, root: str) -> Field:
    name, role = column.name, column.role
    tables = [t[name] for t in (train, test) if t is not None and name in t.columns]
    if role is Role.ORDERED:  # sealed rows may have a value that the profile did not see
        seen = {text for t in tables for text in _texts(pd.Series(t.dropna().unique())).tolist()}
        order = column.order if seen <= set(column.order) else scales.order_of(sorted(seen))
        return Field(name=name, role=role, categories=order or (*sorted(seen - set(column.order)), *column.order))
    if role is Role.CATEGORY or (role is Role.BOOLEAN and any(t.isna().any() for t in tables)):
        seen = {text for t in tables for text in _texts(pd.Series(t.dropna().unique())).tolist()}
        return Field(name=name, role=role, categories=tuple(sorted(seen)))
    if role is Role.PATH:
        some = [t.dropna().astype(str).head(files.LOOKED).tolist() for t in tables]
        forms = tuple(dict.fromkeys(form for each in some for form in files.forms(each, root)))
        return Field(name=name, role=role, categories=() if forms == (files.NAME,) else forms)
    if role is Role.DATE:
        return Field(name=name, role=role, categories=(_date_format(name, tables),))
    if role is Role.NUMBER:
        return Field(name=name, role=role, categories=_numbers_for_gaps(train, name))
    return Field(name=name, role=role)


def _numbers_for_gaps(train: pd.DataFrame, name: str) -> tuple[str, ...]:
    """Numbers that the reader of the training table took for missing values."""
    spellings = train.attrs.get("missing", {}).get(name, {})
    return tuple(text for text in spellings if numerals.is_sentinel(text))


def _date_format(name: str, tables: list[pd.Series]) -> str:
    if tables[0].dtype.kind == "M":
        return dates.ISO
    if dates.looks_like_epoch(name, tables[0]):
        return dates.EPOCH
    return next((how for t in tables if (how := dates.find_format(t))), dates.ISO)


def apply(table: pd.DataFrame, schema: Schema, root: Path | None = None) -> pd.DataFrame:
    """The columns of the schema with the dtypes of their roles; other columns are left out, the index starts at 0.

    Values may come as text (from csv) or typed: "3", 3 and 3.0 are one number, True and "True" one truth value.
    Categories that the schema does not have, and texts that are no number or date, become missing.

    Args:
        table: rows as read.
        schema: what `schema` made of the training table.
        root: folder that relative paths start from.

    Raises:
        TableError: naming the columns that the table lacks.
    """
    lacking = [f.name for f in schema.fields if f.name not in table.columns]
    if lacking:
        listed = ", ".join(map(repr, lacking[:8])) + (" ..." if len(lacking) > 8 else "")
        raise TableError(
            f"the table lacks {'a column' if len(lacking) == 1 else 'columns'} that the model needs: {listed}."
        )
    columns = {f.name: _column(table[f.name], f, root) for f in schema.fields}
    return pd.DataFrame(columns, index=pd.RangeIndex(len(table)), columns=pd.Index([f.name for f in schema.fields]))


def _column(values: pd.Series, field: Field, root: Path | None) -> "ExtensionArray | Array":
    """The values as an array: of wide tables, what pandas does for each Series is most of what a single row takes."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    match field.role:
        case Role.NUMBER:
            return _without(_numbers(values), field.categories)
        case Role.CATEGORY | Role.ORDERED:
            return _categories(values, field.categories, ordered=field.role is Role.ORDERED)
        case Role.BOOLEAN:
            return _truths(values, field)
        case Role.DATE:
            how = field.categories[0] if field.categories else dates.ISO
            read: ExtensionArray = dates.read_dates(values, how).array
            return read
        case Role.PATH:
            return _paths(_texts(values), field.categories, root).to_numpy()
        case _:
            return _texts(values).to_numpy()


def _numbers(values: pd.Series) -> "Array":
    """int64 without gaps where every value is whole and typed so, else float64."""
    if values.dtype.kind in "iufb":
        gaps = not isinstance(values.dtype, np.dtype) and bool(values.hasnans)
        whole = values.dtype.kind in "iu" and values.dtype != np.uint64 and not gaps
        found = values.to_numpy(dtype=np.float64, na_value=np.nan) if gaps else values.to_numpy()
        return np.asarray(found.astype(np.int64 if whole else np.float64, copy=False))
    numbers = pd.to_numeric(values.map(_stripped, na_action="ignore"), errors="coerce")
    lost = numbers.isna() & values.notna()
    if lost.any():  # written as 1,200 or 12.5 %
        parsed = numerals.read(values[lost])
        if parsed is not None and not parsed.text:
            numbers = numbers.astype("float64").where(~lost, parsed.values)
    return numbers.to_numpy(dtype=np.int64 if numbers.dtype.kind == "i" else np.float64)


def _without(numbers: "Array", gaps: tuple[str, ...]) -> "Array":
    """The numbers, with those that stand for a gap missing."""
    return np.where(np.isin(numbers, [float(text) for text in gaps]), np.nan, numbers) if gaps else numbers


def _stripped(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _texts(values: pd.Series) -> pd.Series:
    """Text or None; whole numbers without a decimal point, so that 3, 3.0 and "3" are the same category."""
    if values.dtype.kind in "iub":
        return values.astype(str).astype(object)
    if values.dtype.kind == "f":
        texts = values.map(_number_text, na_action="ignore")
    elif values.dtype.kind == "M":
        texts = values.map(str, na_action="ignore")
    else:
        codes, distinct = pd.factorize(values)  # few distinct values, many rows
        known = np.array([*(_text(v) for v in distinct), None], dtype=object)
        return pd.Series(known[codes], index=values.index, dtype=object)
    return none_for_missing(texts)


def _text(value: object) -> str:
    return _number_text(value) if isinstance(value, float) else str(value)


def _number_text(value: float) -> str:
    return str(int(value)) if value == value // 1 and abs(value) < 1e15 else str(value)


def _categories(values: pd.Series, known: tuple[str, ...], ordered: bool = False) -> pd.Categorical:
    """A category column. Typed numbers match "3", and "3.0" matches too where only 3 is known."""
    codes, distinct = pd.factorize(values)
    places = _places(known)
    found: Any = np.array([*(_place(value, places) for value in distinct), -1], dtype=np.int64)
    return pd.Categorical.from_codes(found[codes], dtype=_dtype(known, ordered))


def _place(value: object, places: Mapping[str, int]) -> int:
    """Which of the known categories a value is; -1 where it is none."""
    text = _text(value)
    if text in places:
        return places[text]
    plain = text.strip()
    return places.get(plain.split(".")[0] if WHOLE.fullmatch(plain) else plain, -1)


# The same for every row: whoever asks row by row shall not wait until they are made again.
@lru_cache(maxsize=1024)
def _places(known: tuple[str, ...]) -> Mapping[str, int]:
    return {text: place for place, text in enumerate(known)}


@lru_cache(maxsize=1024)
def _dtype(known: tuple[str, ...], ordered: bool) -> pd.CategoricalDtype:
    return pd.CategoricalDtype(pd.Index(list(known), dtype=object), ordered=ordered)


def _truths(values: pd.Series, field: Field) -> "ExtensionArray | Array":
    found = values.map(lambda v: TRUTH.get(str(v).strip().lower()), na_action="ignore").astype(object)
    if field.categories:
        return _categories(none_for_missing(found.map(str, na_action="ignore")), field.categories)
    return found.map(lambda v: v is True).to_numpy(dtype=bool)  # a gap where training had none counts as False


def _paths(texts: pd.Series, forms: tuple[str, ...], root: Path | None) -> pd.Series:
    if root is None:
        return texts
    return none_for_missing(texts.map(lambda text: files.path_of(text, forms, root), na_action="ignore"))
