"""What reading a task gives: the problem, and the tables it speaks of."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ..records.problem import Problem
from ..records.profile import TableSummary
from .asked import Asked
from .folder import Folder
from .questions import find_questions

if TYPE_CHECKING:
    from .sides import Found

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


def conclude(
    problem: Problem,
    asked: Asked,
    train: pd.DataFrame,
    test: pd.DataFrame | None,
    sample: pd.DataFrame | None,
    sampled: int | None = None,
    others: "Found | None" = None,
) -> Understanding:
    """The end of reading: the questions that close readings leave are put to the problem."""
    problem = problem.model_copy(update={"questions": find_questions(problem, asked.questions)})
    read = Understanding(problem, train, test, sample, tuple(asked.doubts), sampled)
    return replace(read, tables=others.tables, summaries=others.summaries) if others else read


def relative(path: Path | None, folder: Folder) -> str:
    """A path as the problem keeps it: below the task folder where it lies there; "" for none."""
    if path is None:
        return ""
    return str(path.relative_to(folder.root)) if path.is_relative_to(folder.root) else str(path)
