"""What reading a task gives: the problem, and the tables it speaks of."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..records.problem import Problem
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


def relative(path: Path | None, folder: Folder) -> str:
    """A path as the problem keeps it: below the task folder where it lies there; "" for none."""
    if path is None:
        return ""
    return str(path.relative_to(folder.root)) if path.is_relative_to(folder.root) else str(path)
