"""Folders of pictures or texts, by class, as tables: `file`, `text` and `label`.

Used where no table of the task names the files. They may be sorted into a folder for each class: `train/cat/1.jpg`
becomes a row with file train/cat/1.jpg and label cat; files that are in no class folder (test/7.jpg) have no label. Or
their names begin or end with the class: `train/cat.1.jpg`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..errors import TableError
from . import archives, encodings
from .files import below

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp"})
TEXTS = frozenset({".txt", ".text", ".md", ".html", ".htm", ".eml"})
ASIDE = re.compile(
    r"^(?:(?:images?|imgs?|pictures?|photos?|masks?|labels?|targets?|truths?|annotations?|bands?|train(?:ing)?|"
    r"valid(?:ation)?|dev)(?:[^a-z]+|$))+$"
)
WITHOUT_LABEL = re.compile(r"^(?:test|testing|eval|evaluation|predict|unlabell?ed|unknown|holdout|submission)")
FEWEST = 2  # files of a class, on average
ALIKE = 0.5  # share of a table's values that must name files for it to be their index
WITH_CLASS = (  # names, without their endings, that hold a class: cat.12, Maine_Coon_007, 12_cat
    re.compile(r"^(?P<label>[A-Za-z][\w .-]*?)[ _.-]*\(?\d+\)?$"),
    re.compile(r"^\d+[ _.-]+(?P<label>[A-Za-z][\w .-]*)$"),
)
MOST_CLASSES = 1000  # in names of files
MANY = 5  # files of a class in whose names it stands, on average


@dataclass(frozen=True)
class Tree:
    """Files below one folder, by class; class "" where they have none."""

    folder: Path
    classes: dict[str, tuple[Path, ...]]
    texts: bool  # rather than pictures
    empty: tuple[str, ...] = ()  # folders among those of the classes in which there is nothing
    in_names: bool = False  # the classes are read from the names of files

    @property
    def labelled(self) -> bool:
        """Whether the files are sorted by class."""
        return "" not in self.classes


def find(root: Path, folders: Sequence[Path]) -> list[Tree]:
    """The trees below a task folder: one sorted by class, and those without classes beside it; [] where there is none.

    Args:
        root: the task folder; its own sub-folders may be the classes.
        folders: its sub-folders.
    """
    trees = [tree for folder in folders if (tree := at(folder)) is not None]
    if any(tree.labelled for tree in trees):
        return trees
    own = at(root, top=True)
    if own is not None and own.labelled:
        return [own, *(t for t in trees if WITHOUT_LABEL.match(t.folder.name.lower()))]
    return []


def find_named(folders: Sequence[Path]) -> list[Tree]:
    """The trees where the names of files hold their class, as in train/cat.12.jpg; [] where none is like that.

    Not where files elsewhere have the same names, masks of the pictures perhaps, nor where those to predict hold the
    same classes: then what stands there is where or when a picture was taken.
    """
    trees = [tree for folder in folders if (tree := at(folder)) is not None]
    found = [t for t in map(_by_names, trees) if t is not None]
    if len(found) != 1:
        return []
    named = found[0]
    stems = {p.stem for files in named.classes.values() for p in files}
    asked = [t for t in trees if WITHOUT_LABEL.match(t.folder.name.lower())]
    held = [c for t in asked for p in t.classes.get("", ()) if (c := _class_in(p.stem)) is not None]
    shared = sum(label in named.classes for label in held) > ALIKE * sum(map(len, (t.classes[""] for t in asked)))
    others = [f for f in folders if f != named.folder and f not in [t.folder for t in asked]]
    twins = sum(p.stem in stems for f in others if f.is_dir() for p in below(f)) > ALIKE * len(stems)
    return [] if (asked and shared) or twins else [named, *asked]


def _by_names(tree: Tree) -> Tree | None:
    """A tree without classes as one of the classes that stand in its files' names."""
    files = tree.classes.get("", ())
    if tree.labelled or WITHOUT_LABEL.match(tree.folder.name.lower()):
        return None
    classes: dict[str, list[Path]] = {}
    for path in files:
        if (label := _class_in(path.stem)) is None:
            return None
        classes.setdefault(label, []).append(path)
    fewest = min(map(len, classes.values()), default=0)
    if not 2 <= len(classes) <= MOST_CLASSES or len(files) < MANY * len(classes) or fewest < FEWEST:
        return None
    return Tree(tree.folder, {k: tuple(classes[k]) for k in sorted(classes)}, tree.texts, in_names=True)


def _class_in(stem: str) -> str | None:
    return next((m["label"] for pattern in WITH_CLASS if (m := pattern.match(stem))), None)


def at(folder: Path, top: bool = False) -> Tree | None:
    """The tree of one folder, or None when it holds something else; the name of a `top` folder says nothing."""
    if not folder.is_dir():
        return None
    unlabelled = not top and WITHOUT_LABEL.match(folder.name.lower()) is not None
    parts = {p.name: p for p in sorted(folder.iterdir()) if p.is_dir() and not p.name.startswith((".", "__"))}
    parts = {name: p for name, p in parts.items() if not name.lower().endswith(archives.ENDINGS)}  # unpacked
    parts = {name: p for name, p in parts.items() if unlabelled or not WITHOUT_LABEL.match(name.lower())}
    own = _files(folder)
    if own and not parts:
        return _tree(folder, {"": own})
    found = {name: _files(path, deep=True) for name, path in parts.items()}
    if unlabelled:
        return _tree(folder, {"": own + tuple(f for files in found.values() for f in files)})
    classes = {name: files for name, files in found.items() if files}
    empty = tuple(name for name in parts if name not in classes and not any(True for _ in below(parts[name])))
    if len(classes) < 2 or len(classes) + len(empty) < len(parts) or any(ASIDE.match(n.lower()) for n in classes):
        return None
    return None if _scenes(classes) else _tree(folder, classes, empty)


def _files(folder: Path, deep: bool = False) -> tuple[Path, ...]:
    """Pictures and texts in a folder; () where other files lie among them."""
    found = below(folder) if deep else sorted(folder.iterdir())
    files = [p for p in found if not p.name.startswith(".") and p.is_file()]
    fitting = [p for p in files if p.suffix.lower() in PICTURES or p.suffix.lower() in TEXTS]
    return tuple(fitting) if len(fitting) >= 0.9 * len(files) else ()


def _scenes(classes: dict[str, tuple[Path, ...]]) -> bool:
    """Many folders with the same few files each are scenes, not classes."""
    names = Counter(p.name for files in classes.values() for p in files)
    mean = sum(map(len, classes.values())) / len(classes)
    shared = sum(count for count in names.values() if count > 0.5 * len(classes)) / sum(names.values())
    return mean < FEWEST or (len(classes) > mean and shared > 0.5)


def _tree(folder: Path, classes: dict[str, tuple[Path, ...]], empty: tuple[str, ...] = ()) -> Tree | None:
    files = [p for files in classes.values() for p in files]
    texts = sum(p.suffix.lower() in TEXTS for p in files)
    if not files or 0.1 * len(files) < texts < 0.9 * len(files):
        return None
    return Tree(folder, classes, texts > 0.5 * len(files), empty)


def named_by(table: pd.DataFrame, trees: Sequence[Tree]) -> bool:
    """Whether a column of a table names the files of the trees, which makes it their index."""
    files = [p for tree in trees for files in tree.classes.values() for p in files]
    names = {p.name for p in files} | {p.stem for p in files}
    for column in table.columns:
        values = table[column].dropna().head(2_000).astype(str).str.replace("\\", "/").str.rsplit("/", n=1).str[-1]
        if len(values) and values.isin(names).mean() >= ALIKE:
            return True
    return False


def read(tree: Tree, root: Path, sample: pd.DataFrame | None = None, asked: bool = True) -> pd.DataFrame:
    """A tree as a table, in the order of the names.

    Args:
        tree: the files.
        root: folder that the column `file` is relative to.
        sample: the sample submission; where its first column names files by another form (0007 for 0007.jpg), that
            column is added under its name.
        asked: whether there are files to predict, which `file` then names. Texts have that column for no other
            reason, as it tells their class.

    Raises:
        TableError: naming a text file that cannot be read.
    """
    rows = [(path, label) for label, files in tree.classes.items() for path in files]
    columns: dict[str, list[str]] = {}
    heads = sample is not None and len(sample.columns) and sample.columns[0] not in ("file", "text", "label")
    if sample is not None and heads and not tree.in_names:  # a name with its class in it is no id
        ids = _ids(tree, sample[sample.columns[0]].astype(str), rows)
        columns |= {str(sample.columns[0]): ids} if ids is not None else {}
    if not tree.texts or (asked and not columns):
        columns["file"] = [path.relative_to(root).as_posix() for path, _ in rows]
    if tree.texts:
        columns["text"] = [_text(path) for path, _ in rows]
    if tree.labelled:
        columns[_label_name(tree, sample, columns)] = [label for _, label in rows]
    table = pd.DataFrame(columns)
    notes = []
    if tree.empty:
        named = ", ".join(tree.empty)
        notes.append(f"{named} {'is' if len(tree.empty) == 1 else 'are'} empty, so that no row has such a label.")
    if tree.in_names:
        path, label = rows[0]
        notes.append(f"Labels are read from the names of files: {path.relative_to(root).as_posix()} is {label!r}.")
    if notes:
        table.attrs["notes"] = notes
    return table


def _label_name(tree: Tree, sample: pd.DataFrame | None, taken: Iterable[str]) -> str:
    """As the sample calls its one column of answers, else `label`."""
    asked = [] if sample is None else [str(name) for name in sample.columns[1:]]
    return asked[0] if len(asked) == 1 and asked[0] not in {*taken, *tree.classes} else "label"


def _ids(tree: Tree, wanted: pd.Series, rows: Sequence[tuple[Path, str]]) -> list[str] | None:
    forms = {"name": [p.name for p, _ in rows], "stem": [p.stem for p, _ in rows]}
    if tree.labelled:
        with_ending = wanted.str.contains(r"\.\w{2,5}$").mean() > 0.5
        return forms["name" if with_ending else "stem"]
    return next((names for names in forms.values() if wanted.isin(names).mean() > ALIKE), None)


def _text(path: Path) -> str:
    raw = path.read_bytes()
    if b"\0" in raw and raw[:2] not in (b"\xff\xfe", b"\xfe\xff") and not encodings.without_mark(raw):
        raise TableError(f"{path} is binary, not text, whatever its ending says: remove it.")
    return encodings.decode(path, raw)[0]
