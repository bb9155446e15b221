"""New rows that are pictures: a folder of them in place of a table, or a table whose ids name files beside it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import TableError, TaskError
from ..records.profile import Role, Schema

if TYPE_CHECKING:
    import pandas as pd


def column_of_paths(schema: Schema) -> str | None:
    """The one column that names files; None where there is none or several."""
    found = [field.name for field in schema.fields if field.role is Role.PATH]
    return found[0] if len(found) == 1 else None


def table_of(folder: Path, schema: Schema, id_name: str | None) -> "pd.DataFrame":
    """A row for each picture of a folder and those below it, by name; its path in the folder is its id.

    Raises TableError where the model does not ask for pictures, or the folder has none.
    """
    import pandas as pd

    from ..task import pictures

    column = column_of_paths(schema)
    if column is None:
        raise TableError(f"{folder} is a folder, and the model reads rows of a table: name the file of one.")
    files = sorted(set(pictures.below(folder).by_path.values()))
    if not files:
        raise TableError(f"{folder} holds no pictures ({', '.join(sorted(pictures.PICTURES))}).")
    ids = {id_name: files} if id_name and id_name != column else {}
    return pd.DataFrame({**ids, column: files})


def with_paths(table: "pd.DataFrame", root: Path, schema: Schema, id_name: str | None) -> "pd.DataFrame":
    """The table with the column of paths, where it lacks that and another column names pictures below `root`.

    The column `id_name` is looked at first. Raises TableError for a row whose picture is not there.
    """
    from ..task import pictures

    column = column_of_paths(schema)
    if column is None or column in table.columns:
        return table
    if id_name in table.columns and (found := _named_outright(table[id_name], root)):
        return table.assign(**{column: found})
    files = pictures.below(root)
    known = [id_name] if id_name in table.columns else []
    by = pictures.naming_column(files, table, filter(None, known), "test")
    by = by or pictures.naming_column(files, table, [c for c in table.columns if isinstance(c, str)], "test")
    if by is None:
        return table  # the column is missing, which is told as for any other
    try:
        return table.assign(**{column: pictures.paths(files, table[by], "test", "the table")})
    except TaskError as error:
        raise TableError(str(error)) from error


def _named_outright(names: "pd.Series[Any]", root: Path) -> list[str]:
    """The names, where each is that of a picture that lies in the folder itself; else [].

    So a large folder is not listed anew for every row that is asked of a model.
    """
    from ..task import pictures

    found = [name for name in names if isinstance(name, str) and Path(name).suffix.lower() in pictures.PICTURES]
    plain = len(found) == len(names) and all(name == Path(name).name for name in found)
    return found if plain and all((root / name).is_file() for name in found) else []
