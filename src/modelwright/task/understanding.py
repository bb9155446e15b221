"""What reading a task gives: the problem, and the tables it speaks of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ..records.problem import Problem
from ..records.profile import TableSummary
from .folder import Folder

LONGEST_DESCRIPTION = 20_000  # characters kept in the record


@dataclass(frozen=True)
class Understanding:
    """The problem, and the tables it speaks of: rows with a target, rows wanted, the sample of an answer."""

    problem: Problem
    train: pd.DataFrame
    test: pd.DataFrame | None
    sample: pd.DataFrame | None
    doubts: tuple[str, ...]
    sampled: int | None = None  # rows of the whole training table, where `train` is a sample of it
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)  # other tables, by name of their relation
    summaries: tuple[TableSummary, ...] = ()  # of all other tables


def relative(path: Path | None, folder: Folder) -> str:
    """A path as the problem keeps it: below the task folder where it lies there; "" for none."""
    if path is None:
        return ""
    return str(path.relative_to(folder.root)) if path.is_relative_to(folder.root) else str(path)
