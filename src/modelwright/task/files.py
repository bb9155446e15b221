"""Names of files in a column: where below the task folder the files lie, also when only a part of the name is given."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

ENDINGS = r"png|jpe?g|tiff?|bmp|gif|webp|npy|npz|wav|mp3|flac|ogg|m4a|txt|pdf|dcm|mp4|avi|mov|nii|svg"
FILE_ENDING = re.compile(rf"\.(?:{ENDINGS})(?:\.gz)?$", re.IGNORECASE)
MOST = 50_000  # files looked through below a task folder
LOOKED = 20  # values
NAME = "*"  # stands for the value in a form


def below(top: Path, deep: int | None = None) -> Iterator[Path]:
    """All files below a folder, in the order of their names, links to folders followed; hidden folders left out.

    Args:
        top: the folder.
        deep: how many folders below it are looked into; None: all.
    """
    seen: set[str] = set()
    for place, folders, names in os.walk(top, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:  # a link that leads back up, or to what was seen
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        if deep is not None and len(Path(place).relative_to(top).parts) >= deep:
            folders.clear()
        yield from (Path(place) / name for name in sorted(names))


def forms(values: Sequence[str], root: str) -> tuple[str, ...]:
    """How to make a path below `root` of a value, `*` standing for it: ("train/*.png", "test/*.png"); () for no file.

    Args:
        values: some values of the column, as text.
        root: the task folder; "" where there is none.
    """
    some = [v for v in dict.fromkeys(values) if v.strip()][:LOOKED]
    if not root or not some or any(len(v) > 200 or "\0" in v for v in some):
        return ()
    folder = Path(root)
    if FILE_ENDING.search(some[0]) and all((folder / v).is_file() for v in some):
        return (NAME,)
    if all("/" in v for v in some) or any(" " in v.strip() and not FILE_ENDING.search(v) for v in some):
        return ()
    known = _files(root)
    found: Counter[str] = Counter()
    for value in some:
        found.update({place.format(NAME) for place in known.get(value, ())})
    covered = all(known.get(value) for value in some)
    return tuple(form for form, _ in sorted(found.items(), key=lambda item: (-item[1], item[0]))) if covered else ()


@lru_cache(maxsize=4)
def _files(root: str) -> dict[str, tuple[str, ...]]:
    """Forms by what a value may be: the name of a file, or its name without the ending."""
    found: dict[str, list[str]] = {}
    for seen, path in enumerate(below(Path(root))):
        if seen >= MOST:
            break
        if not FILE_ENDING.search(path.name):
            continue
        folder = path.parent.relative_to(root)
        place = "" if folder == Path() else f"{folder.as_posix()}/"
        stem = FILE_ENDING.sub("", path.name)
        found.setdefault(path.name, []).append(f"{place}{{}}")
        found.setdefault(stem, []).append(f"{place}{{}}{path.name[len(stem) :]}")
    return {name: tuple(places) for name, places in found.items()}


def path_of(value: str, forms_of_column: Sequence[str], root: Path) -> str:
    """The path of the file that a value names: of several forms the first whose file is there, else the first."""
    tried = [str(root / form.replace(NAME, value)) for form in forms_of_column or (NAME,)]
    return next((path for path in tried if Path(path).exists()), tried[0]) if len(tried) > 1 else tried[0]
