"""Other tables of a task: what is known of one, what a search for relations found, and what of the rows leads there."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ..joins import check_columns, with_joins
from ..records.problem import Relation
from ..records.profile import TableSummary
from .tidy import read_times, tidy


@dataclass(frozen=True, eq=False)
class Side:
    """Another table of the task."""

    name: str  # fit for column names, and used once
    label: str  # what people call it
    paths: tuple[Path, ...]  # where it was read; two where the part for train and the part for test were put together
    frame: pd.DataFrame
    rows: int  # of the whole table, where only a sample was read


@dataclass
class Found:
    """The tables with what was joined to them, and what is known of the other ones."""

    train: pd.DataFrame
    test: pd.DataFrame | None
    relations: tuple[Relation, ...] = ()
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)  # by name of the relation
    summaries: tuple[TableSummary, ...] = ()
    doubts: list[str] = field(default_factory=list)

    @property
    def because(self) -> str:
        """Why, in words; one sentence for each table."""
        return "; ".join(r.because for r in self.relations)


def short_name(label: str, taken: Sequence[str] = ()) -> str:
    """A name for columns: "data/Orders 2023.csv" -> orders_2023."""
    stem = Path(label).name.split(".")[0]
    name = "_".join(re.findall(r"[a-z0-9]+", stem.lower())) or "table"
    while name in taken:
        name += "_"
    return name


def lookup(side: Side, keys: tuple[tuple[str, str], ...], taken: Sequence[str], because: str) -> Relation:
    """A relation that is joined: its columns keep their names where those are free."""
    theirs = {k for _, k in keys}
    wanted = [str(c) for c in side.frame.columns if c not in theirs]
    return Relation(
        name=side.name,
        table=side.label,
        keys=keys,
        many=False,
        columns=tuple((c, c if c not in taken else f"{side.name}.{c}") for c in wanted),
        rows=side.rows,
        because=because,
    )


def rows_of(table: pd.DataFrame, relations: Sequence[Relation]) -> pd.DataFrame:
    """Keys and times of rows, as aggregates need them; the index starts at 0.

    Raises TableError for a column that the table lacks.
    """
    columns: dict[str, pd.Series] = {}
    for relation in relations:
        if not relation.many:
            continue
        names = [ours for ours, _ in relation.keys]
        times = [relation.time[0]] if relation.time else []
        check_columns(table, [*names, *times], "the table", f"to find its rows in {relation.table}")
        columns |= {name: table[name] for name in names if name not in columns}
        columns |= {name: read_times(table[name], relation.row_format) for name in times}
    return pd.DataFrame(columns, index=table.index).reset_index(drop=True)


def tidied(tables: Mapping[str, pd.DataFrame], relations: Sequence[Relation]) -> dict[str, pd.DataFrame]:
    """Fresh tables as `data/tables/` holds them, by name of the relation."""
    needed = {r.name: r for r in with_joins(relations)}
    return {name: tidy(frame, needed[name]) for name, frame in tables.items() if name in needed}
