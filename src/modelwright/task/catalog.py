"""The tables of a task, read when they are needed: their columns, their rows, and the keys between them."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from .folder import Folder
from .tables import read_table


@dataclass(frozen=True)
class ForeignKey:
    """A declared key: `columns` of `table` hold values of `other_columns` of `other`, position by position."""

    table: Path
    columns: tuple[str, ...]
    other: Path
    other_columns: tuple[str, ...]


class Tables:
    """Tables of a folder, each read once, when it is needed.

    A path is one of `folder.tables`: a file, a directory of parts, or a table inside a container, as
    `shop.db/customers`, `data.zip/train.csv` or `book.xlsx/Sheet1`.
    """

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self._read: dict[Path, pd.DataFrame] = {}

    def __getitem__(self, path: Path) -> pd.DataFrame:
        """The table, or a random sample of its rows where it is larger than memory (see `rows`)."""
        if path not in self._read:
            self._read[path] = read_table(path)
        return self._read[path]

    def columns(self, path: Path) -> set[str]:
        """Names of a table's columns."""
        return set(self[path].columns)

    def rows(self, path: Path) -> int:
        """Rows of the whole table, also where only a sample of them was read."""
        table = self[path]
        return int(table.attrs.get("rows", len(table)))

    def foreign_keys(self) -> list[ForeignKey]:
        """Keys that a database declares between tables of the folder; [] for files, which declare none."""
        return []
