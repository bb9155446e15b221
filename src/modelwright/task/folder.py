"""What lies in a task folder: the description, the tables, and everything else."""

import email
import email.policy
import gzip
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from ..errors import TaskError

TABLE_ENDINGS = frozenset({".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet", ".pq", ".feather"})
PACKED_ENDINGS = frozenset({".gz", ".bz2", ".xz", ".zip"})
PROSE_ENDINGS = frozenset({".md", ".markdown", ".txt", ".rst", ".eml", ""})
# Names under which people describe a task, the likeliest first; a dictionary of columns comes after all others.
PROSE_NAMES = ("description", "task", "brief", "readme", "problem", "overview", "instruction", "mail", "evaluation")
LAST_NAMES = re.compile(r"data.?(description|dictionary)|dictionary|codebook|licen[cs]e|notice|changelog|citation")
LONGEST_PROSE = 200_000  # characters; longer texts are data, not descriptions


@dataclass(frozen=True)
class Folder:
    """What was found; paths are absolute."""

    root: Path
    name: str
    description: str  # all prose found, the likeliest description first
    description_file: str  # its file name; "" when there is none
    tables: tuple[Path, ...]  # files, and directories whose files are parts of one table
    others: tuple[Path, ...]  # sub-folders and files that are neither


def scan(path: Path) -> Folder:
    """List a task folder, or a single table file (then only that table counts, and no description).

    Raises TaskError for a path that is not there, an empty folder and a folder without any table.
    """
    path = Path(path).expanduser().resolve()
    if path.is_file():
        name = path.name.split(".")[0]
        return Folder(path.parent, name, "", "", (path,), ())
    if not path.is_dir():
        raise TaskError(f"{path} does not exist: give the folder that holds the tables and the description.")
    entries = sorted(p for p in path.iterdir() if not p.name.startswith((".", "__")))
    if not entries:
        raise TaskError(f"{path} is empty: put the tables (csv, tsv, json, parquet) and a description there.")
    tables, prose, others = _sort_out(entries)
    if not tables:
        tables = _one_floor_down(entries)
    if not tables:
        listed = ", ".join(p.name for p in entries[:5])
        raise TaskError(f"{path} holds no table, only {listed}: add one as csv, tsv, json, jsonl or parquet.")
    prose.sort(key=_rank)
    texts = [text for file in prose if (text := read_prose(file))]
    found = prose[0].name if prose else ""
    name = (
        path.parent.name if path.name.lower() in ("task", "data", "input", "public") and path.parent.name else path.name
    )
    return Folder(path, name, "\n\n".join(texts), found, tuple(tables), tuple(others))


def _sort_out(entries: list[Path]) -> tuple[list[Path], list[Path], list[Path]]:
    tables: list[Path] = []
    prose: list[Path] = []
    others: list[Path] = []
    for entry in entries:
        if is_table(entry):
            tables.append(entry)
        elif entry.is_file() and entry.suffix.lower() in PROSE_ENDINGS:
            (tables if _is_text_table(entry) else prose).append(entry)
        else:
            tables.extend(_parts(entry))
            others.append(entry)
    return tables, prose, others


def ending(path: Path) -> str:
    """The ending that says what the content is: ".csv" for train.csv, train.csv.gz and train.CSV."""
    name = path.name.lower()
    stem, _, last = name.rpartition(".")
    return Path(stem).suffix if f".{last}" in PACKED_ENDINGS else Path(name).suffix


def is_table(path: Path) -> bool:
    """Whether a file is a table by its name (or, for a bare archive, by the name inside)."""
    if not path.is_file():
        return False
    if ending(path) in TABLE_ENDINGS:
        return True
    if path.suffix.lower() == ".zip" and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            inside = [n for n in archive.namelist() if not n.endswith("/") and not n.startswith("__MACOSX")]
        return len(inside) == 1 and Path(inside[0]).suffix.lower() in TABLE_ENDINGS
    return False


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
    counts = [{line.count(separator) for line in lines} for separator in "\t;|,"]
    return any(len(found) == 1 and min(found) > 0 for found in counts)


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
