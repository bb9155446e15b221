"""What lies in a task folder: the description, the tables, and everything else."""

import email
import email.policy
import gzip
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import TaskError
from . import archives, databases, trees, workbooks
from .addresses import file_of, is_address
from .databases import Database
from .packed import ending
from .trees import Tree

TABLE_ENDINGS = frozenset({".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet", ".pq", ".feather"})
DATABASE_ENDINGS = frozenset({".db", ".sqlite", ".sqlite3", ".db3"})
SAMPLE_NAME = re.compile(r"sample|submi|template|answer.?form")
PROSE_ENDINGS = frozenset({".md", ".markdown", ".txt", ".rst", ".eml", ""})
# Names under which people describe a task, the likeliest first; a dictionary of columns comes after all others.
PROSE_NAMES = ("description", "task", "brief", "readme", "problem", "overview", "instruction", "mail", "evaluation")
LAST_NAMES = re.compile(r"data.?(description|dictionary)|dictionary|codebook|licen[cs]e|notice|changelog|citation")
LONGEST_NAME = 4  # words of a column's name; more are prose
SETTINGS = 1_000_000  # bytes; a longer JSON file is a table
LONGEST_PROSE = 200_000  # characters; longer texts are data, not descriptions


@dataclass(frozen=True)
class Folder:
    """What was found; paths are absolute, but for the tables of a database, which are bare names."""

    root: Path
    name: str
    description: str  # all prose found, the likeliest description first
    description_file: str  # its file name; "" when there is none
    tables: tuple[Path, ...]  # files, directories whose files are parts of one table, and tables inside containers
    others: tuple[Path, ...]  # sub-folders and files that are neither
    told: str = ""  # what the user named, where root is another: an archive, a folder with archives, a database
    trees: Mapping[Path, Tree] = field(default_factory=dict)  # of the tables, those that are folders of files by class
    database: Database | None = None  # that holds the tables

    @property
    def place(self) -> str:
        """What to call the folder in a message."""
        return self.told or str(self.root)


def scan(source: Path | str) -> Folder:
    """List a task: a folder, an archive of one, a database, a workbook, or a single table (then only that counts).

    Raises TaskError for a path that is not there, an empty folder, one without any table, an archive that is not
    honest, and a database that refuses.
    """
    if is_address(source):
        file = file_of(str(source))
        if file is None:
            return _of_database(Database(str(source)))
        source = file
    path = Path(source).expanduser().resolve()
    if archives.is_archive(path):
        content = archives.unpacked(archives.unpack(path), TABLE_ENDINGS | PROSE_ENDINGS, levels=1)
        return _of_folder(content, path)
    if path.is_file():
        return Folder(path.parent, path.name.split(".")[0], "", "", tuple(tables_inside(path)), ())
    if not path.is_dir():
        container = container_of(path)
        if container is not None:
            return Folder(container.parent, path.name.split(".")[0], "", "", (path,), ())
        raise TaskError(f"{path} does not exist: give the folder that holds the tables and the description.")
    return _of_folder(archives.unpacked(path, TABLE_ENDINGS | PROSE_ENDINGS), path)


def _of_folder(root: Path, told: Path) -> Folder:
    """The folder `root`, which stands for what the user named where that holds archives, or is one."""
    entries = sorted(p for p in root.iterdir() if not p.name.startswith((".", "__")))
    if not entries:
        raise TaskError(f"{told} is empty: put the tables (csv, tsv, json, parquet) and a description there.")
    tables, prose, others = _sort_out(entries)
    settings = [t for t in tables if _is_settings(t)]
    if len(settings) < len(tables):
        tables, others = [t for t in tables if t not in settings], [*others, *settings]
    if not tables:
        tables = _one_floor_down(entries)
    forests = _trees(root, [p for p in others if p.is_dir()], tables)
    tables += [tree.folder for tree in forests]
    tables = list({table.resolve(): table for table in tables}.values())  # an archive's folder may be seen twice
    if not tables:
        listed = ", ".join(p.name for p in entries[:5])
        raise TaskError(f"{told} holds no table, only {listed}: add one as csv, tsv, json, jsonl or parquet.")
    prose.sort(key=_rank)
    texts = [text for file in prose if (text := read_prose(file))]
    named = told.parent if told.name.lower() in ("task", "data", "input", "public") and told.parent.name else told
    return Folder(
        root,
        named.name.split(".")[0] if told.is_file() else named.name,
        "\n\n".join(texts),
        prose[0].name if prose else "",
        tuple(tables),
        tuple(others),
        told="" if told == root else str(told),
        trees={tree.folder: tree for tree in forests},
    )


def _of_database(database: Database) -> Folder:
    tables = tuple(Path(name) for name in database.names())
    return Folder(Path(), database.title, "", "", tables, (), told=database.name, database=database)


def _sort_out(entries: list[Path]) -> tuple[list[Path], list[Path], list[Path]]:
    tables: list[Path] = []
    prose: list[Path] = []
    others: list[Path] = []
    for entry in entries:
        if entry.is_dir() and entry.name.lower().endswith(archives.ENDINGS):  # an archive, unpacked
            below = _sort_out(sorted(p for p in entry.iterdir() if p.is_file()))
            tables.extend(below[0])
            prose.extend(below[1] if len(below[1]) <= archives.FEW else [])  # many texts are data
        elif is_table(entry):
            tables.extend(tables_inside(entry))
        elif entry.is_file() and entry.suffix.lower() in PROSE_ENDINGS:
            (tables if _is_text_table(entry) else prose).append(entry)
        else:
            tables.extend(_parts(entry))
            others.append(entry)
    return tables, prose, others


def _trees(root: Path, folders: list[Path], tables: list[Path]) -> list[Tree]:
    """Folders of files by class that no table is the index of."""
    found = trees.find(root, folders)
    if not found and not tables and len(folders) == 1:
        found = trees.find(folders[0], [p for p in folders[0].iterdir() if p.is_dir()])
    others = [t for t in tables if not SAMPLE_NAME.search(t.name.lower())]
    if not found:
        return [] if others else trees.find_named(folders)
    from .tables import read_table

    indexes = [read_table(t) for t in others]
    if any(trees.named_by(index, [t for t in found if t.labelled]) for index in indexes):
        return []
    return [tree for tree in found if not any(trees.named_by(index, [tree]) for index in indexes)]


def container_of(path: Path) -> Path | None:
    """The file that a path leads into, as shop.db for shop.db/customers; None when it leads into none."""
    return next((p for p in path.parents if p.is_file()), None) if not path.exists() else None


def tables_inside(path: Path) -> list[Path]:
    """The tables of a file: those inside a database or a workbook of several sheets, else the file itself."""
    if path.suffix.lower() in workbooks.ENDINGS:
        sheets = workbooks.sheets(path)
        return [path] if len(sheets) == 1 else [path / sheet for sheet in sheets]
    return [path / name for name in Database(path).names()] if databases.is_sqlite(path) else [path]


def is_table(path: Path) -> bool:
    """Whether a file is a table by its name (or, for a bare archive, by the name inside)."""
    if not path.is_file():
        return False
    if ending(path) in TABLE_ENDINGS or path.suffix.lower() in workbooks.ENDINGS:
        return True
    if path.suffix.lower() in DATABASE_ENDINGS:
        return databases.is_sqlite(path)
    if path.suffix.lower() == ".zip" and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            inside = [n for n in archive.namelist() if not n.endswith("/") and not n.startswith("__MACOSX")]
        return len(inside) == 1 and Path(inside[0]).suffix.lower() in TABLE_ENDINGS
    return False


def _is_settings(path: Path) -> bool:
    """Whether a small JSON file is a record of settings: an object with plain values in it and no list of rows."""
    if path.suffix.lower() != ".json" or not path.is_file() or path.stat().st_size > SETTINGS:
        return False
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False  # a table, perhaps, whose reader says what is wrong with it
    if not isinstance(content, dict) or {"columns", "data"} <= set(content):
        return False
    rows = any(isinstance(v, list) and v and isinstance(v[0], dict) for v in content.values())
    return not rows and any(not isinstance(v, list | dict) for v in content.values())


def _parts(folder: Path) -> list[Path]:
    """A sub-folder that holds nothing but table files: one table in parts, or several tables."""
    if not folder.is_dir():
        return []
    files = sorted(p for p in folder.iterdir() if not p.name.startswith((".", "_")))
    if not files or not all(is_table(p) for p in files):
        return []
    stems = {re.sub(r"\d+", "", p.name.lower()) for p in files}
    named = re.compile(r"train|test|sample|submission")
    one_table = len(files) == 1 or len(stems) == 1 or bool(named.search(folder.name.lower()))
    return [folder] if one_table and not (len(stems) > 1 and any(map(named.search, stems))) else files


def _one_floor_down(entries: list[Path]) -> list[Path]:
    """Tables of the only sub-folder that has any, as in data/train.csv."""
    below = [sorted(p for p in entry.iterdir() if is_table(p)) for entry in entries if entry.is_dir()]
    with_tables = [files for files in below if files]
    return with_tables[0] if len(with_tables) == 1 else []


def _is_text_table(path: Path) -> bool:
    """Whether a text file is a table: its first lines all have the same number of separators."""
    if path.suffix.lower() != ".txt" or path.stat().st_size == 0:
        return False
    with path.open("rb") as file:
        head = file.read(8192).decode("latin-1")
    lines = [line for line in head.splitlines()[:30] if line.strip()]
    lines = lines[:-1] if len(head) == 8192 and len(lines) > 2 else lines
    if len(lines) < 2:
        return False
    return any(_is_header(lines[0], c) and len({line.count(c) for line in lines}) == 1 for c in "\t;|,")


def _is_header(line: str, separator: str) -> bool:
    """Whether a line names columns: several names of a few words each, none of which ends like a sentence."""
    names = [name.strip() for name in line.split(separator)]
    return len(names) > 1 and all(len(n.split()) <= LONGEST_NAME and not n.endswith((".", "?", "!")) for n in names)


def _rank(path: Path) -> tuple[int, str]:
    """Place in the order of likely descriptions."""
    name = path.name.lower()
    if LAST_NAMES.search(name):
        return len(PROSE_NAMES) + 1, name
    return next((i for i, word in enumerate(PROSE_NAMES) if word in name), len(PROSE_NAMES)), name


def read_prose(path: Path) -> str:
    """The text of a description; mails lose their technical header. "" for a file that is no text."""
    raw = path.read_bytes()[: 4 * LONGEST_PROSE]
    if raw[:2] == b"\x1f\x8b":
        raw = gzip.decompress(path.read_bytes())
    if b"\0" in raw and raw[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return ""
    if path.suffix.lower() == ".eml":
        message = email.message_from_bytes(raw, policy=email.policy.default)
        body = message.get_body(preferencelist=("plain",))
        return f"Subject: {message['subject'] or ''}\n\n{body.get_content() if body else ''}"
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return raw.decode(encoding, errors="replace").replace("\r\n", "\n")[:LONGEST_PROSE]
