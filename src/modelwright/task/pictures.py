"""Files that rows name: pictures below the task folder, found by name, by name without its ending, or by path.

Covered: an index table with ids or file names and one or several folders of pictures; folders by class, which
`folder` makes a table of. Recordings of sound are recognised and refused.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pandas as pd

from ..errors import TaskError
from .files import below as files_below
from .folder import Folder

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".gif", ".webp", ".ppm", ".pgm"})
SOUNDS = frozenset({".wav", ".mp3", ".flac", ".ogg", ".m4a", ".aiff", ".aif"})
TRAIN_PART = re.compile(r"(?:^|[^a-z])(?:train\w*|learn\w*|labell?ed)(?:[^a-z]|$)")
TEST_PART = re.compile(r"(?:^|[^a-z])(?:test\w*|eval\w*|predict\w*|unlabell?ed)(?:[^a-z]|$)")
DEEP = 5  # folders below a folder of the task that are looked into
LOOK_AT = 60  # values of a column that are tried
ENOUGH = 0.5  # share of them that must name a file for the column to be one of file names
COLUMN = "picture"  # name of the column of paths where none is there


@dataclass
class Files:
    """Files of one sort by what rows may call them; values are paths below the task folder."""

    sort: str  # pictures or sounds
    by_path: dict[str, str] = field(default_factory=dict)
    by_name: dict[str, list[str]] = field(default_factory=dict)
    by_stem: dict[str, list[str]] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)

    def add(self, path: str, top: str) -> None:
        """A file below the folder `top` of the task."""
        self.by_path[path] = path
        self.by_path.setdefault(path.removeprefix(f"{top}/"), path)
        name = PurePosixPath(path).name
        self.by_name.setdefault(name, []).append(path)
        self.by_stem.setdefault(name.rpartition(".")[0], []).append(path)

    def find(self, value: object, part: str) -> str | None:
        """The file that a value means; of several of one name, the one in a folder of that part (train or test)."""
        text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
        text = text.replace("\\", "/").removeprefix("./")
        if text in self.by_path and not self._elsewhere(self.by_path[text], part):
            return self.by_path[text]
        name = PurePosixPath(text).name
        found = self.by_name.get(name) or self.by_stem.get(name) or self.by_stem.get(text) or []
        own = [path for path in found if (TRAIN_PART if part == "train" else TEST_PART).search(path.lower())]
        other = [path for path in found if not self._elsewhere(path, part)]
        return next(iter(own or other or found), self.by_path.get(text))

    @staticmethod
    def _elsewhere(path: str, part: str) -> bool:
        return (TEST_PART if part == "train" else TRAIN_PART).search(path.lower()) is not None


def list_files(folder: Folder) -> Iterator[Files]:
    """The pictures below the task folder, and the sounds, each if there are any."""
    tops = [p for p in folder.others if p.is_dir()]
    for sort, endings in (("pictures", PICTURES), ("sounds", SOUNDS)):
        found = Files(sort)
        for top in tops:
            before = len(found.by_path)
            for path in _below(top, endings):
                found.add(path.relative_to(folder.root).as_posix(), top.relative_to(folder.root).as_posix())
            if len(found.by_path) > before:
                found.folders.append(top.name)
        if found.by_path:
            yield found


def below(root: Path) -> Files:
    """The pictures of a folder and of those below it, as rows may call them."""
    found = Files("pictures", folders=[root.name])
    for path in _below(root, PICTURES):
        name = path.relative_to(root).as_posix()
        found.add(name, name.partition("/")[0])
    return found


def _below(top: Path, endings: frozenset[str]) -> Iterator[Path]:
    """Files with one of the endings, in the order of their names."""
    for path in files_below(top, DEEP):
        if path.suffix.lower() in endings and not path.name.startswith("."):
            yield path


def naming_column(files: Files, table: pd.DataFrame, names: Iterable[str], part: str) -> str | None:
    """The column whose values name files best, of equals one with the files' endings; None where none does."""
    best: tuple[float, float, str | None] = (0.0, 0.0, None)
    for name in names:
        if table[name].dtype.kind not in "iuO":
            continue
        some = table[name].dropna()
        some = some.iloc[:: max(1, len(some) // LOOK_AT)]
        share = sum(files.find(v, part) is not None for v in some) / max(1, len(some))
        ended = float(some.astype(str).str.lower().str.endswith(tuple(PICTURES | SOUNDS)).mean())
        if (share, ended) > best[:2]:
            best = (share, ended, name)
    return best[2] if best[0] >= ENOUGH else None


def paths(files: Files, values: pd.Series, part: str, table_name: str) -> list[str]:
    """The path below the task folder that each value names.

    Raises TaskError naming the first value without a file, and how many there are.
    """
    found = [files.find(v, part) for v in values]
    lost = [row for row, path in enumerate(found) if path is None]
    if lost:
        value, where = values.iloc[lost[0]], " or ".join(f"{name}/" for name in files.folders)
        raise TaskError(
            f"{table_name}: {str(value)!r} in line {lost[0] + 2} names no file of {where}, like {len(lost)} of "
            f"{len(values)} rows: add the files, or take the rows out."
        )
    return [str(path) for path in found]


def unlisted(files: Files, known: Iterable[str], asked: Iterable[str]) -> tuple[list[str], str]:
    """Paths of pictures that lie among those of a table, and are neither in it nor asked for; and where, in words.

    Args:
        files: all pictures.
        known: paths of those in the table.
        asked: paths of those asked for; what lies in a folder of the test part is no training picture either.
    """
    listed = set(known)
    places = {str(Path(p).parent) for p in listed}
    taken = listed | set(asked)
    found = sorted({p for p in files.by_path.values() if p not in taken and str(Path(p).parent) in places})
    return [p for p in found if not TEST_PART.search(p.lower())], " and ".join(sorted(places))


@dataclass(frozen=True)
class Shown:
    """Tables with a column of paths of pictures."""

    train: pd.DataFrame
    test: pd.DataFrame | None
    column: str  # of the paths
    named_by: str  # the column whose values name the pictures
    because: str


def show(
    folder: Folder,
    train: pd.DataFrame,
    test: pd.DataFrame | None,
    names: tuple[str, str],
    targets: Sequence[str],
    id_name: str | None,
) -> Shown | None:
    """Put the paths of the pictures that rows name into a column; None where rows name none.

    Args:
        folder: the task.
        train: training rows.
        test: rows wanted.
        names: of the two tables, for messages.
        targets: columns that name no pictures.
        id_name: the id; where it names the pictures, a column is added beside it.

    Raises:
        TaskError: for a picture that is missing, and for recordings of sound.
    """
    candidates = [c for c in train.columns if c not in targets and (test is None or c in test.columns)]
    for files in list_files(folder):
        column = naming_column(files, train, candidates, "train")
        if column is None:
            continue
        refuse_sounds(files, folder)
        known = paths(files, train[column], "train", names[0])
        asked = None if test is None else paths(files, test[column], "test", names[1])
        if id_name is None and all(t[column].is_unique for t in (train, test) if t is not None):
            id_name = column  # a picture of its own for each row: what names it names the row
        same = known == train[column].astype(str).tolist()
        same = same and (test is None or asked == test[column].astype(str).tolist())
        name = column if same or column != id_name else free_name(COLUMN, train, test)
        because = f"{column!r} names pictures in {' and '.join(f + '/' for f in files.folders[:4])}"
        shown = None if test is None or asked is None else test.assign(**{name: asked})
        train = train.assign(**{name: known})
        for other in _further(files, train, [c for c in candidates if c not in (column, name)]):
            because += f", as does {other!r}"
            train = train.assign(**{other: paths(files, train[other], "train", names[0])})
            shown = None if shown is None else shown.assign(**{other: paths(files, shown[other], "test", names[1])})
        return Shown(train, shown, name, column, because)
    return None


def _further(files: Files, table: pd.DataFrame, names: Iterable[str]) -> list[str]:
    """Columns that name pictures as well, by the files' endings and in every row that was looked at."""
    found = []
    for name in names:
        some = table[name].dropna()
        some = some.iloc[:: max(1, len(some) // LOOK_AT)] if table[name].dtype.kind == "O" else some[:0]
        ended = some.astype(str).str.lower().str.endswith(tuple(PICTURES))
        if len(some) and ended.all() and table[name].notna().all():
            found += [name] if all(files.find(v, "train") is not None for v in some) else []
    return found


def refuse_sounds(files: Files, folder: Folder) -> None:
    """Raise TaskError for recordings of sound, which are left for later."""
    if files.sort == "sounds":
        where = " and ".join(f"{name}/" for name in files.folders[:3])
        raise TaskError(
            f"{folder.root} is about recordings of sound ({where}), which are not read yet: "
            "give a table of numbers that describe them."
        )


def free_name(name: str, *tables: pd.DataFrame | None) -> str:
    """The name, with underscores where a table has it already."""
    while any(table is not None and name in table.columns for table in tables):
        name += "_"
    return name
