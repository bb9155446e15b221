"""Which rows belong together, read from a column by a rule that a person can read too.

    value       rows with the same value
    prefix:_    rows whose text is the same up to the first `_`; `prefix:_:2` up to the second, and so on
    block:3D    rows of the same stretch of three days; `block:50` of fifty units, where time is a number
    near:0.4    rows whose texts share that much of their pieces, or are linked by such texts, see `near`
    copies      rows alike in all of the plan's columns

A row whose value is missing belongs with no other.
"""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import SettingsError, TaskError
from . import clock, near

if TYPE_CHECKING:
    import pandas as pd

    from ..records.plan import ValidationPlan

    Codes = np.ndarray[Any, np.dtype[np.int64]]


def of(plan: "ValidationPlan", table: "pd.DataFrame") -> "Codes | None":
    """The group of each row as a code 0.., or None for a plan without groups.

    Raises:
        TaskError: the table lacks the column that the plan names.
        SettingsError: the plan has a rule nobody knows.
    """
    if plan.group_rule == "copies":
        return copies(columns(table, plan.columns))
    if plan.group is None:
        return None
    return codes(keys(column(table, plan.group), plan.group_rule or "value"))


def columns(table: "pd.DataFrame", names: "Sequence[str]") -> "pd.DataFrame":
    """Some columns of the table. Raises TaskError naming the first that is not there."""
    for name in names:
        column(table, name)
    return table[list(names)]


def copies(table: "pd.DataFrame") -> "Codes":
    """A code for each row; rows alike in every column have the same."""
    import pandas as pd

    return codes(pd.Series(pd.util.hash_pandas_object(table, index=False).to_numpy()))


def column(table: "pd.DataFrame", name: str) -> "pd.Series[Any]":
    """One column of the table. Raises TaskError naming it where it is not there."""
    if name not in table.columns:
        raise TaskError(f"the table has no column {name!r}, by which the validation plan folds the rows.")
    return table[name]


def keys(values: "pd.Series[Any]", rule: str) -> "pd.Series[Any]":
    """What rows of one group have in common, by the rule; missing where the value is."""
    import pandas as pd

    kind, _, detail = rule.partition(":")
    if kind == "value":
        return values
    if kind == "prefix" and (len(detail) == 1 or detail[2:].isdigit()):
        return prefix(values, detail[0], int(detail[2:] or 1))
    if kind == "block":
        return pd.Series(np.floor(clock.read(values) / amount(detail)), index=values.index)
    if kind == "near":
        found = pd.Series(near.clusters(values, share(detail)), index=values.index, dtype="float64")
        return found.where(values.notna())
    raise SettingsError(f"group rule {rule!r} is not known: write value, prefix:_, block:3D or near:0.4.")


def prefix(values: "pd.Series[Any]", separator: str, parts: int) -> "pd.Series[Any]":
    """The first parts of each text; missing where it has no more parts than that, so that nothing is left to name."""
    split = values.map(lambda value: str(value).split(separator), na_action="ignore")
    return split.map(
        lambda found: separator.join(found[:parts]) if len(found) > parts else None,
        na_action="ignore",
    )


def amount(text: str) -> float:
    """A length of time: `3D` is three days, `50` fifty of whatever unit the column counts in.

    Raises:
        SettingsError: it is not a positive number.
    """
    try:
        found = float(text.removesuffix("D"))
    except ValueError:
        found = 0.0
    if not found > 0:
        raise SettingsError(f"{text!r} is not a length of time: write 3D for three days, or a positive number.")
    return found


def share(text: str) -> float:
    """A share, as in `near:0.4`. Raises SettingsError where it does not lie between 0 and 1."""
    found = amount(text)
    if found > 1:
        raise SettingsError(f"{text!r} is not a share: write a number between 0 and 1.")
    return found


def countable(values: "pd.Series[Any]") -> bool:
    """Whether values can be counted and compared; lists and mappings in a cell, as JSON has them, cannot."""
    return values.dtype.kind != "O" or all(isinstance(value, Hashable) for value in values.dropna().iloc[:50])


def codes(values: "pd.Series[Any]") -> "Codes":
    """Codes 0.. in order of appearance; each missing value gets a code of its own."""
    import pandas as pd

    found, known = pd.factorize(values)
    missing = found < 0
    found = found.astype("int64")
    found[missing] = len(known) + np.arange(missing.sum())
    return found
