"""The tables of a task, read when they are needed: their columns, their rows, and the keys between them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pandas as pd

from ..errors import TaskError
from . import large, trees
from .databases import Database, is_sqlite
from .folder import SAMPLE_NAME, Folder, container_of
from .tables import read_database, read_table

T = TypeVar("T")


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
        self._counted: dict[Path, int] = {}

    def __getitem__(self, path: Path) -> pd.DataFrame:
        """The table, or a random sample of its rows where it is larger than memory (see `rows`)."""
        if path not in self._read:
            self._read[path] = self._named(lambda: self._table(path, whole=False))
        return self._read[path]

    def whole(self, path: Path) -> pd.DataFrame:
        """The table with all its rows, as rows that are asked for must be."""
        if self.rows(path) > len(self[path]):
            self._read[path] = self._named(lambda: self._table(path, whole=True))
        return self._read[path]

    def called(self, path: Path) -> str:
        """What to call a table in a message: shop.db/customers inside a container, else the name of the file."""
        if path == self.folder.root:
            return self.folder.name
        inside = container_of(path) if self.folder.database is None else None
        return path.relative_to(inside.parent).as_posix() if inside is not None else path.name

    def notes(self, *paths: Path | None) -> list[str]:
        """What the readers of these tables would have a person know, each sentence with the name of its table."""
        said = []
        for path in paths:
            if path is not None:
                said += [f"{self.called(path)}: {note}" for note in self[path].attrs.get("notes", [])]
                if self.rows(path) > len(self[path]):
                    said.append(
                        f"{self.called(path)} has {self.rows(path):,} rows; a random sample of {len(self[path]):,} of "
                        "them is learned from."
                    )
        return said

    def columns(self, path: Path) -> set[str]:
        """Names of a table's columns."""
        return set(self[path].columns)

    def rows(self, path: Path) -> int:
        """Rows of the whole table, also where only a sample of them was read."""
        table = self[path]
        return int(table.attrs.get("rows", len(table)))

    def unanswered(self, path: Path, targets: Sequence[str]) -> pd.DataFrame:
        """All rows of a table without a value in any of the columns, also those outside a sample."""
        if self.rows(path) > len(self[path]) and container_of(path) is None and self.folder.database is None:
            return self._named(lambda: large.without(path, targets))
        table = self._named(lambda: self._table(path, whole=True))
        return table[table[list(targets)].isna().all(axis=1)].reset_index(drop=True)

    def foreign_keys(self) -> list[ForeignKey]:
        """Keys that a database declares between tables of the folder; [] for files, which declare none."""
        found = []
        for holder, database in self._databases().items():
            for key in self._named(database.keys):
                ends = holder / key.table, holder / key.other
                if all(end in self.folder.tables for end in ends):
                    found.append(ForeignKey(ends[0], key.columns, ends[1], key.other_columns))
        return found

    def _databases(self) -> dict[Path, Database]:
        """The databases of the folder, by the path below which their tables are."""
        if self.folder.database is not None:
            return {Path(): self.folder.database}
        holders = {c for t in self.folder.tables if (c := container_of(t)) is not None}
        return {holder: Database(holder) for holder in sorted(holders) if is_sqlite(holder)}

    def _table(self, path: Path, whole: bool) -> pd.DataFrame:
        tree = self.folder.trees.get(path)
        if tree is not None:
            samples = [t for t in self.folder.tables if SAMPLE_NAME.search(t.name.lower()) and t != path]
            asked = any(not other.labelled for other in self.folder.trees.values())
            return trees.read(tree, self.folder.root, self[samples[0]] if samples else None, asked)
        if self.folder.database is not None:
            return self._of_database(self.folder.database, str(path), f"{self.folder.place}, table {path}", whole)
        container = container_of(path)
        if container is not None and is_sqlite(container):
            return self._of_database(Database(container), path.relative_to(container).as_posix(), path, whole)
        return large.read(path) if not whole and large.too_large(path) else read_table(path)

    def _of_database(self, database: Database, name: str, said: Path | str, whole: bool) -> pd.DataFrame:
        rows = database.rows(name)
        if whole or rows <= large.MANY_ROWS:
            return read_database(database, name, said)
        keep = large.positions(rows, large.rows_kept(rows, len(database.columns(name))))
        table = read_database(database, name, said, keep)
        table.attrs["rows"] = rows
        return table

    def _named(self, make: Callable[[], T]) -> T:
        """Call, with errors that name what the user named rather than where it was unpacked."""
        try:
            return make()
        except TaskError as error:
            if not self.folder.told or str(self.folder.root) not in str(error):
                raise
            raise type(error)(str(error).replace(str(self.folder.root), self.folder.told)) from error
